"""Do all who dial the database dial the address that the connection string names?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crashcart.model.evidence import Evidence
from crashcart.model.finding import Claim, Failed, Outcome, Unknown
from crashcart.model.target import DatabaseUrl, Variable
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import endpoint, netcat, psql, seen, variable_line
from crashcart.probes.endpoints._sources import Source, sources
from crashcart.probes.postgres._ladder import NETWORK_FAULTS, WAITING_FAULTS, answering, ids, standing
from crashcart.tools import sockets
from crashcart.tools.clock import Deadline
from crashcart.tools.database_url import BadUrl, parse
from crashcart.tools.hands import Hands
from crashcart.tools.postgres_wire import Came, Knock, knock
from crashcart.tools.sockets import Dial, Dialled

FAULT = "db-url.endpoint-disagreement"
REFUSED, UNRESOLVED = "network.connection-refused", "network.dns-unresolved"
_DRIVER = re.compile(
    r"postgres|psql|pg_isready|libpq|pgx|npgsql|psycopg|asyncpg|pg-pool|node_modules/pg/|prisma|sequelize|typeorm|knex",
    re.IGNORECASE,
)
MOST = 8
"""Addresses compared; a project that names more is past helping."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What dialling both addresses gave; None where it was not asked or has no address."""

    there: Dial | sockets.Unresolved | None = None
    here: Knock | None = None

    @property
    def well(self) -> bool:
        return self.here is not None and self.here.came is Came.READY

    @property
    def proves(self) -> bool:
        """Whether the address that is dialled is dead while the one that was meant is well."""
        return self.well and isinstance(self.there, Dial) and self.there.came is Dialled.REFUSED

    @property
    def dead(self) -> bool:
        """Whether nothing answers at the address that is dialled, as far as can be seen from here."""
        return isinstance(self.there, Dial) and self.there.came is not Dialled.CONNECTED


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:
    variable = inquiry.target.database_url
    if not variable:
        return
    try:
        url = parse(variable)
    except BadUrl:
        return
    project = list(sources(inquiry.target))
    suspects = [source for source in (*project, *_logged(inquiry, project)) if _differs(source, url)]
    waiters = any(source.waits for source in project)
    places: dict[tuple[str, int], Source] = {}
    for source in suspects:
        places.setdefault((_host(source.host), source.port), source)
    for source in list(places.values())[:MOST]:
        blamable = _agrees_with_log(inquiry, source) and (source.waits or not waiters)
        waiting = ids(standing(inquiry, *WAITING_FAULTS)) if blamable else ()
        yield from _compare(inquiry, hands, variable, url, source, waiting)


def _host(name: str) -> str:
    host = name.strip("[]").lower()
    return "localhost" if sockets.is_loopback(host) else host


def _logged(inquiry: Inquiry, project: Sequence[Source]) -> Iterator[Source]:
    """The addresses that the log complains of and nothing in the project names."""
    for claim in (*standing(inquiry, *NETWORK_FAULTS), *_the_databases(inquiry)):
        host, port = claim.facts.get("host", "").strip("[]"), claim.facts.get("port", "")
        known = any(_at(claim, source) for source in project)
        if host and port.isdigit() and 0 < int(port) < 65_536 and not known:
            where = str(claim.evidence[0].origin)
            says = f"{where} shows {host}:{port} dialled; who dialled it was not found in scripts, variables or compose"
            yield Source(host, int(port), where, says, claim.evidence[0], dials=True, waits=True, only_the_log=True)


def _the_databases(inquiry: Inquiry) -> Iterator[Claim]:
    """Refusals at a port of no known service, where the line itself speaks of PostgreSQL or of one of its drivers."""
    for claim in standing(inquiry, REFUSED):
        if any(_DRIVER.search(line.text) for line in claim.evidence):
            yield claim


def _agrees_with_log(inquiry: Inquiry, source: Source) -> bool:
    """Whether *source* may be the one that the log complains of: its address is among those that are named there."""
    named = [c for c in standing(inquiry, *NETWORK_FAULTS, REFUSED, UNRESOLVED) if c.facts.get("host")]
    return not named or any(_at(claim, source) for claim in named)


def _differs(source: Source, url: DatabaseUrl) -> bool:
    return source.port != url.port or not _same_host(source, url)


def _same_host(source: Source, url: DatabaseUrl) -> bool:
    return source.from_url or _host(source.host) == _host(url.host)


def _compare(
    inquiry: Inquiry, hands: Hands, variable: Variable, url: DatabaseUrl, source: Source, waiting: tuple[str, ...]
) -> Iterator[Outcome]:
    told = [claim for claim in standing(inquiry, *NETWORK_FAULTS, UNRESOLVED) if _at(claim, source)]
    claims = ids((*told, *(claim for claim in _the_databases(inquiry) if _at(claim, source))))
    if not claims and not (source.dials and (source.from_url or waiting)):
        return
    askable = not hands.offline and (not source.only_the_log or _same_host(source, url))
    answer = _ask_both(source, url, Deadline(hands.patience)) if askable else _Answer()
    unresolved = answer.well and isinstance(answer.there, sockets.Unresolved)
    nameless = ids(claim for claim in told if claim.fault == UNRESOLVED) if unresolved else ()
    proven = answer.proves or bool(nameless)
    if not claims and not proven:
        return
    if (source.only_the_log or not _same_host(source, url)) and not proven:
        why = _because(variable, url, source, _Answer()) + " Which of the two the app was given cannot be told."
        yield Unknown(why, about=claims)
        return
    yield Failed(
        FAULT,
        _because(variable, url, source, answer),
        (source.evidence, variable_line(variable), *_dialled(inquiry, url, source, answer)),
        {"host": source.host, "port": str(source.port), "variable": variable.name},
        confirms=(*nameless, *(waiting if answer.dead or proven else ())),
        explains=claims + waiting,
    )


def _at(claim: Claim, source: Source) -> bool:
    """Whether the claim names the source's address; a host that resolves to it counts too."""
    host, port = claim.facts.get("host", ""), claim.facts.get("port", "")
    unknown_port = not port and claim.fault == UNRESOLVED
    return (unknown_port or port == str(source.port)) and _host(host) == _host(source.host)


def _ask_both(source: Source, url: DatabaseUrl, deadline: Deadline) -> _Answer:
    return _Answer(_dial(source, deadline), knock(url, answering(url, deadline), timeout=deadline.left))


def _dial(source: Source, deadline: Deadline) -> Dial | sockets.Unresolved:
    found = sockets.resolve(source.host, deadline.left / 2)
    if isinstance(found, sockets.Unresolved):
        return found
    return sockets.dial_all(found.addresses, source.port, deadline.left / 2)[-1]


def _because(variable: Variable, url: DatabaseUrl, source: Source, answer: _Answer) -> str:
    text = f"{source.says}, while {variable.name} ({variable.origin}) names {endpoint(url)}."
    there = answer.there
    if isinstance(there, sockets.Unresolved) and answer.well:
        text += f" Asked from this machine, {source.host} has no address, and {endpoint(url)} lets {url.user} in."
    elif isinstance(there, Dial) and answer.dead:
        text += f" Asked from this machine, {source.host}:{source.port} {there.came}"
        text += f", and {endpoint(url)} lets {url.user} in." if answer.well else "."
    return text


def _dialled(inquiry: Inquiry, url: DatabaseUrl, source: Source, answer: _Answer) -> Iterator[Evidence]:
    if isinstance(there := answer.there, sockets.Unresolved):
        yield seen(f"{source.host}: {there.text}", f"getent hosts {source.host}")
    elif there:
        yield seen(f"{source.host}:{source.port} {there.came} ({there.text})", netcat(source.host, source.port))
    if here := answer.here:
        yield seen(f"{endpoint(url)}: {here.came} as {url.user}", psql(inquiry.target))


ROOM = Probe(
    "endpoints.disagreement",
    "Do all who dial the database dial the address that the connection string names?",
    ask,
    (FAULT,),
)
