"""Secrets known by where they stand or how they look, whoever wrote the text. Linear in its length."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crashcart.model.secret import MASK
from crashcart.tools.expressions import lazy
from crashcart.tools.secret_names import Kind, kind
from crashcart.tools.secret_phrases import phrase_secrets

_CREDENTIAL_SCHEMES = (
    r"postgres(?:ql)?(?:\+\w{1,20})?|mysql(?:\+\w{1,20})?|mariadb(?:\+\w{1,20})?|mongodb(?:\+srv)?|rediss?|valkeys?|amqps?|mssql"
    r"|sqlserver|cockroachdb|clickhouse|nats|kafka|https?|wss?|s?ftps?|smtps?|imaps?|ldaps?|prisma"
)
_AUTHORITY = lazy(
    rf"(?:(?<![a-z0-9+.\-])(?P<scheme>[a-z][a-z0-9+.\-]*+):)?(?:\\?/){{2}}(?P<user>[^\s:/?#\"'`<>\\\[]*+):"
    rf"|(?<![a-z0-9+.\-])(?P<bare>{_CREDENTIAL_SCHEMES}):/?(?P<name>[^\s:/?#\"'`<>\\\[]*+):(?=[^\n@]{{0,128}}@)",
    re.IGNORECASE,
)
_CREDENTIAL_SCHEME = lazy(rf"(?:jdbc:)?(?:{_CREDENTIAL_SCHEMES})", re.IGNORECASE)
_PORT = lazy(r"\d{1,5}(?=$|[^\w@:%$!*+-])|(?:PORT|port|\*)\b|\{")
_NEXT_URL = lazy(r"[a-z][a-z0-9+.\-]*+://", re.IGNORECASE)
_WINDOW = 1024

_PLACEHOLDER = lazy(
    r"\$[A-Z_][A-Z0-9_]{2,}|\$\{[A-Za-z_]\w*\}|\$\{\{[^{}]{1,80}\}\}|<[a-z_ -]{1,40}>|\*{3,}|"
    r"(?:process\.env\.|os\.environ|env\(|ENV\[|getenv)\S*|\$\(\S*"
)
_NAMED = lazy(r"(?<![\w.\-])(?P<name>[\w.\-]++)(?P<sep>\\?[\"']?\]?[ \t]{0,10}(?:=>|:=|==?|:)[ \t]{0,10})")
_FLAG = lazy(r"(?<!\S)--?(?P<name>[a-z][\w\-]*+)(?P<sep>[ \t]{1,10})(?=[^\s\-])")
_SQL = lazy(r"\b(?P<name>PASSWORD|IDENTIFIED BY)(?P<sep>\s{1,10})(?=E?')", re.IGNORECASE)
_VALUE = lazy(
    r"(?P<open>\\\")(?P<escaped>(?:(?!\\\")[^\n])*)"
    r"|(?P<block>[|>][+-]?(?:\n[ \t]+[^\n]+)+)"
    r"|(?P<quote>E?[\"'`])(?P<quoted>(?:\\.|(?!(?P=quote))[^\n\\])*)"
    r"|(?P<scheme>(?:Bearer|Basic|Token|Digest|ApiKey)[ \t]+)?(?P<word>[^\s\"'`]++)"
)
_POSITION = lazy(r":\d{1,7}(?![\w\-.$!%*+/@#&])")
_FILE_NAME = lazy(
    r"[\w.\-]*\.(?:log|out|err|txt|md|rst|csv|py|[cm]?[jt]sx?|vue|java|kt|go|rs|rb|php|cs|sh|bash|sql|prisma|json|ya?ml|toml"
    r"|ini|conf|cfg|xml|html|lock|gz|zip|pem|crt)"
)
_SAID_OF_A_FILE = lazy(
    r"(?:no such file|(?:file )?not found|permission denied|(?:is|not) a directory|file exists|read-only)\b",
    re.IGNORECASE,
)
_REST = lazy(r"(?:[ \t]++(?![\w.\-]++[=:])[^\s\"'`]++)*")
_WORDS = lazy(
    r"yes|no|true|false|null|none|nil|undefined|empty|missing|invalid|required|expired|wrong|string|number|boolean|unset"
    r"|blank|text|varchar|not|is|was",
    re.IGNORECASE,
)
_SHAPES = lazy(
    r"(?P<pem>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?!-----END ).)*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?)"
    r"|(?<![\w\-])eyJ[\w\-]{4,}+\.[\w\-]{4,}+(?:\.[\w\-]*+)*"
    r"|(?P<header>(?<![\w\-])(?:set-cookie|cookie)\"?[ \t]{0,4}:[ \t]{0,4})[^\n\"]++"
    r"|(?P<bearer>\b(?:Bearer|Basic)[ \t]{1,4})(?=[A-Za-z]*[0-9+/=_.~\-]|[A-Za-z]{16})[A-Za-z0-9._~+/=\-]{8,}+"
    r"|(?<![A-Za-z0-9])(?:gh[opusr]_[A-Za-z0-9]{16,}+|github_pat_\w{16,}+|sk-[\w\-]{16,}+|[srp]k_(?:live|test)_\w{8,}+"
    r"|whsec_[\w+/=]{8,}+|xox[abeoprs]-[\w\-]{8,}+|(?:AKIA|ASIA)[A-Z0-9]{12,}+|glpat-[\w\-]{12,}+|npm_[A-Za-z0-9]{24,}+"
    r"|AIza[\w\-]{24,}+|dckr_pat_[\w\-]{16,}+|hf_[A-Za-z0-9]{24,}+|SG\.[\w\-]{16,}+\.[\w\-]{16,}+|\d{1,9}\|[A-Za-z0-9]{40,}+)"
    r"|(?<=hooks\.slack\.com/services/)[\w/]++"
    r"|^[ \t]{0,20}(?P<base64>[A-Za-z0-9+/]{64})$"
    r"|(?P<login>(?<!\S)-u[ \t]{1,4}[^\s:'\"]{1,100}:)[^\s'\"]++"
    r"|(?P<dsn>(?<![\w.\-])[\w.\-]++:)[^\s:/@]{1,200}(?=@(?:tcp|unix)\()",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)


def mask_shapes(text: str) -> str:
    """*text* with every secret masked that its form gives away: tokens, keys, passwords in URLs and in commands."""
    text = _mask_urls(_SHAPES.sub(_mask_shape, text))
    return _replaced(text, (span for span in sorted(phrase_secrets(text)) if text[slice(*span)].strip("*")))


def mask_named(text: str) -> str:
    """*text* with every value masked that stands beside the name of a secret."""
    for names in (_NAMED, _FLAG, _SQL):
        text = _replaced(text, _named_values(text, names))
    return text


def url_passwords(text: str) -> Iterator[str]:
    """The text in the password slot of each URL in *text*, well-formed or not."""
    for start, end in _password_slots(text):
        yield text[start:end]


def _mask_shape(match: re.Match[str]) -> str:
    if match["pem"]:
        return f"[private key {MASK}]"
    if (line := match["base64"]) and not (
        re.search("[A-Z]", line) and re.search("[a-z]", line) and re.search("[0-9]", line)
    ):
        return match[0]
    return (match["header"] or match["bearer"] or match["login"] or match["dsn"] or "") + MASK


def _mask_urls(text: str) -> str:
    return _replaced(text, (slot for slot in _password_slots(text)))


def _replaced(text: str, spans: Iterator[tuple[int, int]]) -> str:
    parts, done = [], 0
    for start, end in spans:
        if start >= done:
            parts += [text[done:start], MASK]
            done = end
    return "".join([*parts, text[done:]])


def _password_slots(text: str) -> Iterator[tuple[int, int]]:
    done = 0
    for match in _AUTHORITY.finditer(text):
        if match.start() < done:
            continue
        scheme = match["scheme"] or match["bare"] or ""
        length = _slot_length(text[match.end() : match.end() + _WINDOW], scheme, match["user"] or match["name"] or "")
        slot = text[match.end() : match.end() + length]
        if length and not _PLACEHOLDER.fullmatch(slot):
            done = match.end() + length
            yield match.end(), done


def _slot_length(rest: str, scheme: str, user: str) -> int:
    """How much of *rest*, which follows ``user:``, is a password; 0 where it is a port or a path."""
    line = rest.partition("\n")[0]
    if following := _NEXT_URL.search(line):
        line = line[: following.start()]
    credential = bool(_CREDENTIAL_SCHEME.fullmatch(scheme))
    web = scheme.lower() in ("http", "https", "ws", "wss") or not credential
    port = _PORT.match(line)
    for reach in (re.match(r"[^\s\"'`<>]*", line), re.match(r"\S*", line), re.match(r".{0,128}", line)):
        token = reach[0] if reach else ""
        end = token.rfind("@")
        if port and (web or end < 0 or "?" in token[:end] or " " in token[:end]):
            return 0
        if end >= 0 and (credential or " " not in token[:end]):
            return end
    if not credential or "@" in user or line[:1] in ("/", "\\", ""):
        return 0
    return len(re.split(r"[\s\"'`<>]", line, maxsplit=1)[0])


def _named_values(text: str, names: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    done = 0
    for match in names.finditer(text):
        if match.start() < done or (secrecy := kind(match["name"])) not in (Kind.SECRET, Kind.TOKEN):
            continue
        if match["sep"].strip() == ":" and _names_a_file(text, match):
            continue
        value = _VALUE.match(text, match.end())
        if value and (span := _secret_span(text, match, value, secrecy)):
            done = span[1]
            yield span


def _names_a_file(text: str, name: re.Match[str]) -> bool:
    """Whether this is a file with a line, ``auth/key.py:12``, or with what is said about it, ``key.py: empty``."""
    in_folder, file_name = text[name.start() - 1 : name.start()] == "/", _FILE_NAME.fullmatch(name["name"])
    if name["sep"] != ":":
        return bool(file_name or (in_folder and _SAID_OF_A_FILE.match(text, name.end())))
    if file_name and _NAMED.match(text, name.end()):
        return True
    return bool((file_name or in_folder or name["name"][0] == ".") and _POSITION.match(text, name.end() - 1))


def _secret_span(text: str, name: re.Match[str], value: re.Match[str], secrecy: Kind) -> tuple[int, int] | None:
    group = next(g for g in ("escaped", "block", "quoted", "word") if value[g] is not None)
    start, end = value.span(group)
    found = value[group]
    if group == "word":
        found, end = _unquoted(text, name, value)
    if not found or _WORDS.fullmatch(found.rstrip(".,;)")) or _PLACEHOLDER.fullmatch(found.rstrip(",;")):
        return None
    if secrecy is Kind.TOKEN and group == "word" and not value["scheme"] and not _stands_for_itself(text, name, found):
        return None
    return start, end


def _unquoted(text: str, name: re.Match[str], value: re.Match[str]) -> tuple[str, int]:
    """Where a value without quotes ends: an env or YAML line holds one to its end, a query up to ``&``."""
    start, end = value.span("word")
    found = value["word"]
    before = text[max(0, name.start() - 1) : name.start()]
    if before in ("?", "&", ";"):
        found = re.split(r"[&#;]", found, maxsplit=1)[0]
    elif before == "{" or text[name.end("sep") - 1] == ":":
        found = found.rstrip("},")
    elif _begins_line(text, name.start()) and (name["name"].isupper() or ":" in name["sep"]):
        rest = _REST.match(text, end)
        return found, rest.end() if rest else end
    else:
        found = found.rstrip(",;)")
    return found, start + len(found)


def _begins_line(text: str, start: int) -> bool:
    head = text[max(0, text.rfind("\n", max(0, start - 64), start) + 1, start - 64) : start]
    return re.fullmatch(r"\s*(?:(?:-|export|ENV|ARG|set)\s+)?", head) is not None


def _stands_for_itself(text: str, name: re.Match[str], value: str) -> bool:
    """Tells ``token=x`` and ``token: a1b2c3d4`` from prose such as ``unexpected token: }``."""
    if value.isdigit():
        return False
    if "=" in name["sep"] or (len(value) >= 6 and any(c.isdigit() for c in value)) or len(value) >= 20:
        return True
    return _begins_line(text, name.start()) and " " not in text[name.end() :].partition("\n")[0].strip()
