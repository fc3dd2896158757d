"""Everyone in the project who names an address of the database, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.secret import Secret
from crashcart.model.target import DatabaseUrl, Target, Variable
from crashcart.probes._seen import shown_path, variable_line
from crashcart.tools import compose
from crashcart.tools.database_url import BadUrl, parse
from crashcart.tools.redaction import evidence
from crashcart.tools.shell_scripts import ScriptDial, dials

_HOST = re.compile(r"((?:PG|POSTGRES_|POSTGRESQL_|DB_|DATABASE_))HOST(?:NAME)?")
CLIENTS = frozenset({"psql", "pg_isready", "pg_dump", "createdb"})
_URL = re.compile(r"postgres(?:ql)?(?:\+\w+)?://|jdbc:postgresql:")


@dataclass(frozen=True, slots=True)
class Source:
    """One place that names an address, and what it says in one clause."""

    host: str
    port: int
    where: str
    says: str
    evidence: Evidence
    from_url: bool = False
    """The host was taken from the app's own connection string."""
    dials: bool = False
    """Something that is run, rather than a value that somebody may use."""


def sources(target: Target) -> Iterator[Source]:
    """Start scripts, variables and compose settings; not the app's own connection string."""
    yield from _scripts(target)
    yield from _variables(target)
    yield from _compose(target)


def _scripts(target: Target) -> Iterator[Source]:
    for path in target.scripts:
        try:
            found = dials(path, target.variables)
        except OSError:
            continue
        shown = shown_path(target, path)
        for dial in found:
            proof = evidence(OriginKind.FILE, shown, dial.text, line=dial.line, check=f"sed -n {dial.line}p {shown}")
            where = f"{shown}:{dial.line}"
            taken = dial.host_from == target.database_url_env
            if taken or dial.tool in CLIENTS or _is_usual(dial.port):
                yield Source(dial.host, dial.port, where, _said(dial, where), proof, taken, dials=True)


def _is_usual(port: int) -> bool:
    """Whether a tool that can wait for anything waits for PostgreSQL or its poolers here."""
    return 5430 <= port <= 5439 or port in (6432, 6543)


def _said(dial: ScriptDial, where: str) -> str:
    port = f"port {dial.port}" if dial.port_given else f"its default port {dial.port}, as none is given"
    host = f" (host taken from {dial.host_from})" if dial.host_from else ""
    return f"{where} lets {dial.tool} dial {dial.host}{host} at {port}"


def _variables(target: Target) -> Iterator[Source]:
    for variable in target.variables:
        if variable.name == target.database_url_env:
            continue
        if found := _HOST.fullmatch(variable.name):
            port = target.variables.get(f"{found[1]}PORT")
            text = port.value.reveal() if port else "5432"
            if text.isdigit():
                yield _variable(variable, variable.value.reveal(), int(text), variable.value.reveal())
        elif url := _url(variable):
            yield _variable(variable, url.host, url.port, str(url))


def _variable(variable: Variable, host: str, port: int, shown: str) -> Source:
    where = f"{variable.name} ({variable.origin})"
    return Source(host, port, where, f"{where} names {host}:{port}", variable_line(variable, shown))


def _url(variable: Variable) -> DatabaseUrl | None:
    if not _URL.match(variable.value.reveal()[:40]):
        return None
    try:
        return parse(variable)
    except BadUrl:
        return None


def _compose(target: Target) -> Iterator[Source]:
    for path in target.compose_files:
        shown = shown_path(target, path)
        for service in compose.read(path).services:
            for name, setting in service.environment.items():
                url = _compose_url(name, setting.value, target)
                if url:
                    where = f"{shown}:{setting.line}"
                    proof = evidence(
                        OriginKind.FILE,
                        shown,
                        f"{name}: {url}",
                        line=setting.line,
                        check=f"sed -n {setting.line}p {shown}",
                    )
                    says = f"{where} gives {service.name} {name} with {url.host}:{url.port}"
                    yield Source(url.host, url.port, where, says, proof)


def _compose_url(name: str, value: str | None, target: Target) -> DatabaseUrl | None:
    if not value or "://" not in value:
        return None
    known = {v.name: v.value.reveal() for v in target.variables if f"{{{v.name}" in value}
    text = compose.interpolate(value, known)
    if not _URL.match(text[:40]):
        return None
    try:
        return parse(Secret(text, name))
    except BadUrl:
        return None
