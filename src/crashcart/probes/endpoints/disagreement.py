"""Do all who dial the database dial the address that the connection string names?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
MOST = 8
"""Addresses compared; a project that names more is past helping."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What dialling both addresses gave; None where it was not asked or has no address."""

    there: Dial | None = None
    here: Knock | None = None

    @property
    def well(self) -> bool:
        return self.here is not None and self.here.came is Came.READY

    @property
    def proves(self) -> bool:
        """Whether the address that is dialled is dead while the one that was meant is well."""
        return self.well and self.there is not None and self.there.came is Dialled.REFUSED


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:
    variable = inquiry.target.database_url
    if not variable:
        return
    try:
        url = parse(variable)
    except BadUrl:
        return
    seen_places: set[tuple[str, int]] = set()
    for source in sources(inquiry.target):
        place = (source.host.lower(), source.port)
        if _differs(source, url) and place not in seen_places and len(seen_places) < MOST:
            seen_places.add(place)
            yield from _compare(inquiry, hands, variable, url, source)


def _differs(source: Source, url: DatabaseUrl) -> bool:
    return source.port != url.port or not _same_host(source, url)


def _same_host(source: Source, url: DatabaseUrl) -> bool:
    one, other = source.host.lower(), url.host.lower()
    return source.from_url or one == other or (sockets.is_loopback(one) and sockets.is_loopback(other))


def _compare(inquiry: Inquiry, hands: Hands, variable: Variable, url: DatabaseUrl, source: Source) -> Iterator[Outcome]:
    claims = tuple(claim.id for claim in standing(inquiry, *NETWORK_FAULTS) if _at(claim, source))
    waiting = ids(standing(inquiry, *WAITING_FAULTS))
    if not claims and not (source.dials and (source.from_url or waiting)):
        return
    answer = _Answer() if hands.offline else _ask_both(source, url, Deadline(hands.patience))
    if not claims and not answer.proves:
        return
    if not _same_host(source, url) and not answer.proves:
        why = _because(variable, url, source, _Answer()) + " Which of the two the app was given cannot be told."
        yield Unknown(why, about=claims)
        return
    yield Failed(
        FAULT,
        _because(variable, url, source, answer),
        (source.evidence, variable_line(variable), *_dialled(inquiry, url, source, answer)),
        {"host": source.host, "port": str(source.port), "variable": variable.name},
        confirms=waiting if answer.there and answer.there.came is not Dialled.CONNECTED else (),
        explains=claims + waiting,
    )


def _at(claim: Claim, source: Source) -> bool:
    """Whether the claim names the source's address; a host that resolves to it counts too."""
    host, port = claim.facts.get("host", ""), claim.facts.get("port", "")
    if port != str(source.port):
        return False
    bare = host.strip("[]").lower()
    return bare == source.host.lower() or (sockets.is_loopback(bare) and sockets.is_loopback(source.host))


def _ask_both(source: Source, url: DatabaseUrl, deadline: Deadline) -> _Answer:
    return _Answer(_dial(source, deadline), knock(url, answering(url, deadline), timeout=deadline.left))


def _dial(source: Source, deadline: Deadline) -> Dial | None:
    found = sockets.resolve(source.host, deadline.left)
    if isinstance(found, sockets.Unresolved):
        return None
    return sockets.dial_all(found.addresses, source.port, deadline.left / 2)[-1]


def _because(variable: Variable, url: DatabaseUrl, source: Source, answer: _Answer) -> str:
    text = f"{source.says}, while {variable.name} ({variable.origin}) names {endpoint(url)}."
    there = answer.there
    if there and there.came is not Dialled.CONNECTED:
        text += f" Asked from this machine, {source.host}:{source.port} {there.came}"
        text += f", and {endpoint(url)} lets {url.user} in." if answer.well else "."
    return text


def _dialled(inquiry: Inquiry, url: DatabaseUrl, source: Source, answer: _Answer) -> Iterator[Evidence]:
    if there := answer.there:
        yield seen(f"{source.host}:{source.port} {there.came} ({there.text})", netcat(source.host, source.port))
    if here := answer.here:
        yield seen(f"{endpoint(url)}: {here.came} as {url.user}", psql(inquiry.target))


ROOM = Probe(
    "endpoints.disagreement",
    "Do all who dial the database dial the address that the connection string names?",
    ask,
    (FAULT,),
)
