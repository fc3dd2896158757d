"""Everyone in the project who names an address of the database, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crashcart.model.evidence import Evidence
from crashcart.model.secret import Secret
from crashcart.model.target import DatabaseUrl, Target, Variable
from crashcart.probes._seen import file_line, shown_path, variable_line
from crashcart.tools import compose
from crashcart.tools.database_url import BadUrl, parse
from crashcart.tools.files import read_text
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
    waits: bool = False
    """It is run again and again until the database answers."""
    only_the_log: bool = False
    """Nothing of the project names the address: the log alone shows that somebody dialled it."""


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
            proof = file_line(shown, dial.line, dial.text)
            where = f"{shown}:{dial.line}"
            taken = dial.host_from == target.database_url_env
            if taken or dial.tool in CLIENTS or _is_usual(dial.port):
                yield Source(dial.host, dial.port, where, _said(dial, where), proof, taken, True, dial.waits)


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
            for name, setting, host, port in named_by(service, target):
                where = f"{shown}:{setting.line}"
                says = f"{where} gives {service.name} {name} with {host}:{port}"
                yield Source(host, port, where, says, line_of(target, path, setting.line))


def line_of(target: Target, path: Path, line: int) -> Evidence:
    """One line of a compose file."""
    return file_line(shown_path(target, path), line, read_text(path).splitlines()[line - 1])


def named_by(service: compose.Service, target: Target) -> Iterator[tuple[str, compose.Setting, str, int]]:
    """The addresses of databases that compose gives *service*: variable, setting, host and port."""
    given = service.environment
    for name, setting in given.items():
        if url := _compose_url(name, setting.value, target):
            yield name, setting, url.host, url.port
        elif (found := _HOST.fullmatch(name)) and setting.value:
            port = given.get(f"{found[1]}PORT")
            host, text = (compose.interpolate(s.value or "") if s else "5432" for s in (setting, port))
            if text.isdigit() and "$" not in host:
                yield name, port or setting, host, int(text)


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
