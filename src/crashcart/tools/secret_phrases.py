"""Secrets known by the words around them: on command lines, in SQL, in prose, where a URL was taken apart wrongly."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crashcart.tools.expressions import lazy
from crashcart.tools.secret_names import Kind, kind

_COMMANDS = lazy(
    r"\b(?:mysql|mariadb|mysqldump|mariadb-dump|mysqladmin|sshpass)\b[^\n|;&]{0,200}?\s-p(?P<glued>[^\s'\"]{1,200})"
    r"|\b(?:docker|podman|buildah|nerdctl|oras|crane|helm registry|az acr)\s[^\n|;&]{0,80}?\blogin\b[^\n|;&]{0,200}?"
    r"\s-p[ =]?(?P<login>[^\s'\"]{1,200})"
    r"|\b(?:redis|valkey|keydb)-cli\b[^\n|;&]{0,200}?\s-a\s{1,4}(?P<redis>[^\s'\"]{1,200})"
)
_SQL = lazy(
    r"\bIDENTIFIED\s{1,4}(?:WITH\s{1,4}[\w'\"`]{1,60}\s{1,4})?(?:BY|AS)\s{1,4}(?:PASSWORD\s{1,4})?"
    r"(?:'(?P<single>[^'\n]{1,300})|\"(?P<double>[^\"\n]{1,300}))",
    re.IGNORECASE,
)
_CONNECTION = lazy(r"(?<![\w./$-])pwd\s?=\s?(?P<pwd>(?![/'\"$~.%]|[a-z]:\\)[^;\s'\"]{1,200})", re.IGNORECASE)
_ADDRESS = lazy(
    r"://(?P<opaque>(?=[\w-]{0,100}\d)(?=[\w-]{0,100}[A-Za-z])[\w-]{20,300})@"
    r"|(?<=%3A%2F%2F)[^%\s]{0,100}%3A(?P<encoded>[^\s&\"']{1,300}?)(?=%40)"
    r"|[?&](?:X-Amz-(?:Signature|Security-Token)|X-Goog-Signature|Signature|sig)=(?P<signature>[^\s&\"'<>#]{6,2000})"
    r"|[?&]code=(?P<code>[^\s&\"'<>#]{6,1000})(?=[^\s\"'<>]{0,1000}&state=)"
    r"|[?&]state=[^\s&\"'<>#]{0,1000}&code=(?P<state>[^\s&\"'<>#]{6,1000})"
    r"|discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/\d{1,30}/(?P<webhook>[\w-]{1,200})"
    r"|/bot\d{5,20}:(?P<bot>[\w-]{20,100})",
    re.IGNORECASE,
)
_HALF_PARSED = lazy(
    r"(?:host ?(?:name)?|server at|port number:?)\s?[=:]?\s{0,2}[\"'“](?P<quoted>[^\"'“”\s]{0,200})@"
    r"|\b(?:ENOTFOUND|EAI_AGAIN|getaddrinfo|lookup)\s{1,4}(?P<bare>[^\s\"']{1,200})@(?=[\w.-])",
    re.IGNORECASE,
)
_PROSE = lazy(
    r"\b(?:password|passwd|passphrase|passwort)\s{1,4}(?:(?:is|was|set to)\s{1,4})?"
    r"(?P<told>(?!SCRAM|MD5|SHA|bcrypt|argon)(?=[^\s\"']{0,100}[\d#$%!*^&+])(?=[^\s\"']{0,100}[A-Za-z])[^\s\"'`.,;:(]{6,200})",
    re.IGNORECASE,
)
_VARIABLE = lazy(
    r"(?<![\w.-])(?P<name>[A-Z][A-Z0-9_]{3,100})\s{1,3}(?P<quote>['\"`])(?P<value>[^\s'\"`]{4,300})(?P=quote)"
)
_DETAIL = lazy(r"\((?P<columns>[\w\", ]{1,300})\)=\((?P<values>[^\n]{1,1000}?)\)(?= |\.|$)")


def phrase_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Where in *text* a secret stands by the words around it: start and end, in no order."""
    for expression in (_COMMANDS, _SQL, _CONNECTION, _ADDRESS, _HALF_PARSED, _PROSE):
        for match in expression.finditer(text):
            yield match.span(match.lastgroup or 0)
    for match in _VARIABLE.finditer(text):
        if kind(match["name"]) is Kind.SECRET:
            yield match.span("value")
    for match in _DETAIL.finditer(text):
        if any(kind(column.strip(' "')) is Kind.SECRET for column in match["columns"].split(",")):
            yield match.span("values")
