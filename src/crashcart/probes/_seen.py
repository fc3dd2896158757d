"""Evidence of probes, in the words they share."""

from __future__ import annotations

import re

from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.target import DatabaseUrl, Target, Variable
from crashcart.tools import checks
from crashcart.tools.database_url import BadUrl, parse
from crashcart.tools.redaction import evidence

HERE = "this machine"
"""From where the probes ask: it may see less, or more, than the app's container does."""


def seen(text: str, check: str | None = None) -> Evidence:
    """What a question to the network gave just now."""
    return evidence(OriginKind.PROBE, HERE, text, check=check)


def variable_line(variable: Variable, shown: str | None = None) -> Evidence:
    """The place where *variable* was read, its secret parts masked; a connection string's line as it stands."""
    origin, value = variable.origin, variable.value.reveal()
    line = variable.line.reveal() if variable.line and shown is None else ""
    given = shown if shown is not None else _masked(variable)
    text = line.strip().replace(value, given) if value and value in line else f"{variable.name}={given}"
    return evidence(origin.kind, origin.where, text, line=origin.line, check=checks.variable(variable))


def _masked(variable: Variable) -> str:
    value = variable.value.reveal()
    try:
        return mask_credentials(value) if parse(variable).password else value
    except BadUrl:
        return mask_credentials(value)


def file_line(where: str, line: int, text: str) -> Evidence:
    """A line of a file as it stands, but for its secrets."""
    return evidence(OriginKind.FILE, where, text.strip(), line=line, check=checks.file_line(where, line, text))


def mask_credentials(text: str) -> str:
    """A connection string, even a broken one, with nothing of its password; what is no URL is not shown at all."""
    scheme, found, rest = text[:8_192].partition("://")
    if not found or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.:\-]{0,30}", scheme):
        return "(not shown)"
    credentials, _, place = rest.rpartition("@")
    user = re.match(r"[\w.%+-]*(?=:)", credentials or place)
    shown = _without_secrets(place, credentials) if credentials else ""
    return f"{scheme}://{user[0] if user else ''}:***{'@' if credentials else ''}{shown}"


def _without_secrets(place: str, credentials: str) -> str:
    """Host, database and parameters; of a URL whose credentials hold what they must encode, not even those."""
    address, mark, query = place.partition("?")
    if "#" in place or set(credentials) & set("@/?#") or re.search(checks.PASSWORD, query):
        return re.split(r"[?#]", place)[0]
    return address + mark + query


def shown_path(target: Target, path: object) -> str:
    """*path* relative to the project where it lies in it."""
    text, project = str(path), str(target.project)
    return text.removeprefix(project).lstrip("/") if text.startswith(project + "/") else text


def psql(target: Target) -> str:
    """The command by which a person asks the same of the database."""
    return checks.psql(target, "select 1")


def netcat(host: str, port: int | str) -> str:
    return f"nc -vz {host} {port}"


def endpoint(url: DatabaseUrl) -> str:
    return f"{url.host}:{url.port}"
