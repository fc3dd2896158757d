"""Do all who dial the database dial the address that the connection string names?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crashcart.model.evidence import Evidence
from crashcart.model.finding import Claim, Failed, Outcome, Unknown
from crashcart.model.target import DatabaseUrl, Variable
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import endpoint, netcat, psql, seen, variable_line
from crashcart.probes.endpoints._sources import Source, sources
from crashcart.probes.postgres._ladder import NETWORK_FAULTS, WAITING_FAULTS
from crashcart.tools import sockets
from crashcart.tools.database_url import BadUrl, parse
from crashcart.tools.hands import Hands
from crashcart.tools.postgres_wire import Came, Knock, knock
from crashcart.tools.sockets import Dial, Dialled

FAULT = "db-url.endpoint-disagreement"


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:
    variable = inquiry.target.database_url
    if not variable:
        return
    try:
        url = parse(variable)
    except BadUrl:
        return
    asked: set[tuple[str, int]] = set()
    for source in sources(inquiry.target):
        place = (source.host.lower(), source.port)
        if _differs(source, url) and place not in asked:
            asked.add(place)
            yield from _compare(inquiry, hands, variable, url, source)


def _differs(source: Source, url: DatabaseUrl) -> bool:
    return source.port != url.port or not _same_host(source, url)


def _same_host(source: Source, url: DatabaseUrl) -> bool:
    one, other = source.host.lower(), url.host.lower()
    return source.from_url or one == other or (sockets.is_loopback(one) and sockets.is_loopback(other))


def _compare(inquiry: Inquiry, hands: Hands, variable: Variable, url: DatabaseUrl, source: Source) -> Iterator[Outcome]:
    claims = [claim for claim in inquiry.about(*NETWORK_FAULTS) if claim.refuted_because is None and _at(claim, source)]
    there = None if hands.offline else _dial(source, hands)
    here = None if hands.offline or not there else _knock(url, hands)
    well = here is not None and here.came is Came.READY
    proven = there is not None and there.came is Dialled.REFUSED and well
    if not claims and not proven:
        return
    if not _same_host(source, url) and not proven:
        why = _because(variable, url, source, None, well=False) + " Which of the two the app was given cannot be told."
        yield Unknown(why, about=tuple(claim.id for claim in claims))
        return
    waiting = tuple(c.id for c in inquiry.about(*WAITING_FAULTS) if c.refuted_because is None)
    yield Failed(
        FAULT,
        _because(variable, url, source, there, well=well),
        (source.evidence, variable_line(variable, str(url)), *_dialled(inquiry, url, source, there, here)),
        {"host": source.host, "port": str(source.port), "variable": variable.name},
        confirms=waiting if there and there.came is not Dialled.CONNECTED else (),
        explains=(*(claim.id for claim in claims), *waiting),
    )


def _at(claim: Claim, source: Source) -> bool:
    """Whether the claim names the source's address; a host that resolves to it counts too."""
    host, port = claim.facts.get("host", ""), claim.facts.get("port", "")
    if port != str(source.port):
        return False
    bare = host.strip("[]").lower()
    return bare == source.host.lower() or (sockets.is_loopback(bare) and sockets.is_loopback(source.host))


def _dial(source: Source, hands: Hands) -> Dial | None:
    found = sockets.resolve(source.host, hands.patience)
    if isinstance(found, sockets.Unresolved):
        return None
    return sockets.dial_all(found.addresses, source.port, hands.patience)[-1]


def _knock(url: DatabaseUrl, hands: Hands) -> Knock | None:
    found = sockets.resolve(url.host, hands.patience)
    if isinstance(found, sockets.Unresolved):
        return None
    return knock(url, found.addresses[0], timeout=hands.patience)


def _because(variable: Variable, url: DatabaseUrl, source: Source, there: Dial | None, *, well: bool) -> str:
    text = f"{source.says}, while {variable.name} ({variable.origin}) names {endpoint(url)}."
    if there and there.came is not Dialled.CONNECTED:
        text += f" Asked from this machine, {source.host}:{source.port} {there.came}"
        text += f", and {endpoint(url)} lets {url.user} in." if well else "."
    return text


def _dialled(
    inquiry: Inquiry, url: DatabaseUrl, source: Source, there: Dial | None, here: Knock | None
) -> Iterator[Evidence]:
    if there:
        yield seen(f"{source.host}:{source.port} {there.came} ({there.text})", netcat(source.host, source.port))
    if here:
        yield seen(f"{endpoint(url)}: {here.came} as {url.user}", psql(inquiry.target))


ROOM = Probe(
    "endpoints.disagreement",
    "Do all who dial the database dial the address that the connection string names?",
    ask,
    (FAULT,),
)
