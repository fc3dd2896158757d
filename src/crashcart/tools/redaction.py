"""The only door by which text leaves crashcart: secrets stay inside; host, port, user and database stay readable."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable
from urllib.parse import quote, quote_plus, unquote, urlsplit

from crashcart.model.evidence import Evidence, Origin, OriginKind, Redacted
from crashcart.model.secret import MASK, Secret
from crashcart.tools.clock import now
from crashcart.tools.expressions import lazy
from crashcart.tools.printable import printable
from crashcart.tools.secret_names import Kind, kind
from crashcart.tools.secret_shapes import mask_named, mask_shapes, url_passwords

_PLAIN = lazy(
    r"postgres(ql)?|localhost|passwor[dt]|database|username|production|development|staging|testing|default|changeme|disabled"
    r"|enabled|required|undefined|secret|docker|container|service|public|prisma|migrations?|server|client|connection|failed"
    r"|refused|timeout|coolify|compose",
    re.IGNORECASE,
)
_ADDRESS = lazy(r"[a-z0-9-]+(\.[a-z0-9-]+)*(\.[a-z]{2,}(:\d+)?|:\d{1,5})(/\S*)?|(\d+\.){3}\d+|/[\w./-]*|file:\S+")
"""What a variable for a URL may hold that is neither a URL nor a secret."""
_forms: frozenset[str] = frozenset()
_readable: frozenset[str] = frozenset()
_lock = threading.Lock()


def learn(secret: Secret) -> Secret:
    """Remember *secret*, so that its text is masked wherever it turns up; gives it back.

    Its name decides what is secret about it: of a URL only the password, of a ``DB_HOST`` nothing.
    """
    value = secret.reveal()
    secrecy = kind(secret.name) if secret.name.isupper() else Kind.SECRET
    if "://" in value:
        _learn_url(value)
    elif secrecy is Kind.READABLE:
        keep_readable(value)
    elif _distinctive(value, secrecy):
        _remember(value)
    return secret


def keep_readable(*words: str) -> None:
    """Never mask these where they stand alone, even if a secret happens to be the same: a host, a user, a database."""
    global _readable  # noqa: PLW0603 - one process, one door
    with _lock:
        _readable |= {w for w in words if len(w) >= 4}


def redact(text: str) -> Redacted:
    """*text* without secrets and without control characters that a terminal would obey."""
    return Redacted(_settled(lambda shown: mask_named(mask(shown)), printable(text)))


def redact_part(part: str, *wholes: str) -> Redacted:
    """*part*, taken out of one of *wholes*: by itself it may not look like the secret that it is there."""
    shown = redact(part)
    hidden = any(part in whole and shown not in redact(whole) for whole in wholes)
    return Redacted(MASK) if hidden else shown


def joined(*parts: str) -> Redacted:
    """The *parts* in one text, each redacted by itself, and what only their joint shows."""
    return redact(parts[0]) if len(parts) == 1 else Redacted(mask("".join(redact(part) for part in parts)))


def mask(text: str) -> str:
    """*text* without the secrets that are known or show by their form; its control characters stay.

    For what crashcart itself has composed and coloured out of redacted parts: there a colon behind the name of a log,
    a column or an index begins what is said about it, not its value.
    """
    return _settled(lambda shown: mask_shapes(_mask_known(shown)), text)


def _settled(step: Callable[[str], str], text: str) -> str:
    """What another mask beside it uncovers is masked too."""
    for _ in range(4):
        masked = step(text)
        if masked == text:
            break
        text = masked
    return text


def evidence(kind: OriginKind, where: str, text: str, *, line: int | None = None, check: str | None = None) -> Evidence:
    """Something seen just now, redacted."""
    return Evidence(Origin(kind, redact(where), line), redact(text), now(), redact(check) if check else None)


def _learn_url(value: str) -> None:
    for password in url_passwords(value):
        if _distinctive(password, Kind.SECRET):
            _remember(password)
    try:
        parts = urlsplit(value)
        keep_readable(parts.hostname or "", parts.username or "", parts.path.strip("/"))
    except ValueError:
        return


def _distinctive(value: str, secrecy: Kind) -> bool:
    """Whether masking *value* everywhere hides a secret, not the words and numbers of every log."""
    if len(value) < 4 or _PLAIN.fullmatch(value) or set(value) <= {"*"}:
        return False
    mixed = not value.isalpha() and not value.isdigit()
    if secrecy is Kind.PLAIN:
        return len(value) >= 16 and mixed and not re.search(r"[\s/\\]|\.\w+$", value)
    if secrecy is Kind.URL and _ADDRESS.fullmatch(value):
        return False
    return mixed or len(value) >= (8 if value.isdigit() else 6)


def _remember(value: str) -> None:
    global _forms  # noqa: PLW0603 - one process, one door
    plain = unquote(value)
    with _lock:
        _forms |= {form for text in {value, plain} for form in _spellings(text) if len(form) >= 4}


def _spellings(value: str) -> set[str]:
    """How *value* may be written: as it is, in a URL, in JSON, in a terminal-safe line, in base64."""
    value = value.encode("utf-8", "replace").decode("utf-8")
    quoted = {quote(value, safe=""), quote(value), quote_plus(value)}
    lower = {re.sub(r"%[0-9A-F]{2}", lambda m: m[0].lower(), q) for q in quoted}
    in_json = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    encoded = {base64.b64encode(value.encode()).decode().rstrip("=")} if len(value) >= 6 else set()
    lines = {line for line in printable(value).splitlines() if len(line) >= 12} if "\n" in value else set()
    return {value, printable(value), value.strip()} | quoted | lower | in_json | encoded | lines


def _mask_known(text: str) -> str:
    found = [form for form in _forms if form in text]
    if not found:
        return text
    kept = {word for word in _readable if any(form in word for form in found) and word in text}
    words = sorted((*found, *kept), key=len, reverse=True)
    pattern = lazy("|".join(_bounded(w) if len(w) < 8 or w in kept else re.escape(w) for w in words))
    return pattern.sub(lambda m: m[0] if m[0] in kept else MASK, text)


def _bounded(word: str) -> str:
    return rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])"
