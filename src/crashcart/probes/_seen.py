"""Evidence of probes, in the words they share."""

from __future__ import annotations

import re

from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.target import DatabaseUrl, Target, Variable
from crashcart.tools.redaction import evidence

HERE = "this machine"
"""From where the probes ask: it may see less, or more, than the app's container does."""


def seen(text: str, check: str | None = None) -> Evidence:
    """What a question to the network gave just now."""
    return evidence(OriginKind.PROBE, HERE, text, check=check)


def variable_line(variable: Variable, shown: str | None = None) -> Evidence:
    """The place where *variable* was read, its secret parts masked."""
    origin = variable.origin
    text = f"{variable.name}={shown if shown is not None else mask_credentials(variable.value.reveal())}"
    check = f"sed -n {origin.line}p {origin.where}" if origin.line else f"printenv {variable.name}"
    return evidence(origin.kind, origin.where, text, line=origin.line, check=check)


def mask_credentials(text: str) -> str:
    """A connection string, even a broken one, with nothing of its password; what is no URL is not shown at all."""
    scheme, found, rest = text[:8_192].partition("://")
    if not found or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.:\-]{0,30}", scheme):
        return "(not shown)"
    credentials, _, place = rest.rpartition("@")
    user = re.match(r"[\w.%+-]*(?=:)", credentials or place)
    shown = re.split(r"[?#]", place)[0] if credentials else ""
    return f"{scheme}://{user[0] if user else ''}:***{'@' if credentials else ''}{shown}"


def shown_path(target: Target, path: object) -> str:
    """*path* relative to the project where it lies in it."""
    text, project = str(path), str(target.project)
    return text.removeprefix(project).lstrip("/") if text.startswith(project + "/") else text


def psql(target: Target) -> str:
    """The command by which a person asks the same of the database."""
    return f"psql \"${target.database_url_env}\" -c 'select 1'"


def netcat(host: str, port: int | str) -> str:
    return f"nc -vz {host} {port}"


def endpoint(url: DatabaseUrl) -> str:
    return f"{url.host}:{url.port}"
