"""The only door by which text leaves crashcart: secrets stay inside; host, port, user and database stay readable."""

from __future__ import annotations

from crashcart.model.evidence import Evidence, Origin, OriginKind, Redacted
from crashcart.model.secret import MASK, Secret
from crashcart.tools.clock import now

_known: set[str] = set()


def learn(secret: Secret) -> Secret:
    """Remember *secret*, so that its text is masked wherever it turns up; gives it back."""
    _known.add(secret.reveal())
    return secret


def redact(text: str) -> Redacted:
    """*text* without secrets and without control characters that a terminal would obey."""
    for secret in sorted(_known, key=len, reverse=True):
        if len(secret) >= 8:
            text = text.replace(secret, MASK)
    return Redacted(text)


def evidence(kind: OriginKind, where: str, text: str, *, line: int | None = None, check: str | None = None) -> Evidence:
    """Something seen just now, redacted."""
    return Evidence(Origin(kind, where, line), redact(text), now(), redact(check) if check else None)
