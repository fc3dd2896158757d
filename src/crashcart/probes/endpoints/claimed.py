"""What do the addresses that the log complains of say now?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from crashcart.model.finding import Claim, Failed, Outcome, Unknown
from crashcart.model.target import DatabaseUrl
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import netcat, seen
from crashcart.probes.endpoints._sources import sources
from crashcart.tools import compose, sockets
from crashcart.tools.database_url import BadUrl, parse
from crashcart.tools.hands import Hands
from crashcart.tools.sockets import Dialled

REFUSED, TIMEOUT, UNREACHABLE = CLAIMS = (
    "postgres.connection-refused",
    "postgres.connection-timeout",
    "postgres.unreachable",
)
MOST = 4
"""Addresses asked; a log that names more is no reason to scan a network."""


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:
    known, url = _known_hosts(inquiry), _url(inquiry)
    for (host, port), claims in list(_by_place(inquiry).items())[:MOST]:
        if sockets.is_loopback(host) and not (url and sockets.is_loopback(url.host)):
            why = f"{host} means the place where the app ran, and nothing says that this machine is it."
            yield Unknown(why, about=_ids(claims))
        elif host not in known and not sockets.is_loopback(host):
            why = f"Only the log names {host}; crashcart dials no address that the project does not name."
            yield Unknown(why, about=_ids(claims))
        elif outcome := _asked(inquiry, hands, host, port, claims):
            yield outcome


def _by_place(inquiry: Inquiry) -> dict[tuple[str, int], list[Claim]]:
    places: dict[tuple[str, int], list[Claim]] = {}
    for claim in inquiry.about(*CLAIMS):
        host, port = claim.facts.get("host", "").strip("[]").lower(), claim.facts.get("port", "")
        if host and port.isdigit() and 0 < int(port) < 65_536 and claim.refuted_because is None:
            places.setdefault((host, int(port)), []).append(claim)
    return places


def _known_hosts(inquiry: Inquiry) -> set[str]:
    target = inquiry.target
    hosts = {source.host.lower() for source in sources(target)}
    hosts |= {service.name.lower() for path in target.compose_files for service in compose.read(path).services}
    return hosts | ({url.host.lower()} if (url := _url(inquiry)) else set())


def _url(inquiry: Inquiry) -> DatabaseUrl | None:
    variable = inquiry.target.database_url
    try:
        return parse(variable) if variable else None
    except BadUrl:
        return None


def _ids(claims: Iterable[Claim]) -> tuple[str, ...]:
    return tuple(claim.id for claim in claims)


def _asked(inquiry: Inquiry, hands: Hands, host: str, port: int, claims: Sequence[Claim]) -> Outcome | None:
    found = sockets.resolve(host, hands.patience)
    if isinstance(found, sockets.Unresolved):
        return Unknown(f"{host} cannot be resolved from this machine ({found.text}).", _ids(claims))
    dial = sockets.dial_all(found.addresses, port, hands.patience)[-1]
    if dial.came is Dialled.CONNECTED:
        return Unknown(
            f"{host}:{port} accepts connections now, asked from this machine; the log was written earlier.",
            _ids(claims),
        )
    if _is_the_ladders(inquiry, host, port):
        return None
    fault = {Dialled.REFUSED: REFUSED, Dialled.SILENT: TIMEOUT, Dialled.UNREACHABLE: UNREACHABLE}.get(dial.came)
    agreeing = tuple(_agreeing(claims, fault))
    if not fault or not agreeing:
        return Unknown(
            f"{host}:{port} {dial.came} now, asked from this machine; the log saw something else.", _ids(claims)
        )
    because = f"{host}:{port} {dial.came}, asked from this machine just now."
    proof = seen(f"{dial.address}:{port} {dial.came} ({dial.text})", netcat(host, port))
    return Failed(fault, because, (proof,), {"host": host, "port": str(port)}, confirms=agreeing)


def _agreeing(claims: Iterable[Claim], fault: str | None) -> Iterator[str]:
    """The claims that this answer bears out; *unreachable* says no more than that something kept them apart."""
    for claim in claims:
        if claim.fault in (fault, UNREACHABLE):
            yield claim.id


def _is_the_ladders(inquiry: Inquiry, host: str, port: int) -> bool:
    """Whether the ladder to the app's own database asks this address anyway."""
    url = _url(inquiry)
    if not url or url.port != port:
        return False
    return host == url.host.lower() or (sockets.is_loopback(host) and sockets.is_loopback(url.host))


ROOM = Probe(
    "endpoints.claimed",
    "What do the addresses that the log complains of say now?",
    ask,
    CLAIMS,
    network=True,
)
