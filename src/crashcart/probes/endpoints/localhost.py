"""Does the connection string say *localhost* where the app stands in a container?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crashcart.model.finding import Claim, Failed, Outcome
from crashcart.model.target import DatabaseUrl, Target, Variable
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import endpoint, netcat, seen, variable_line
from crashcart.probes.endpoints.claimed import CLAIMS
from crashcart.tools import compose, sockets
from crashcart.tools.database_url import BadUrl, parse
from crashcart.tools.hands import Hands
from crashcart.tools.sockets import Dial, Dialled

FAULT = "db-url.localhost-in-container"


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:
    target, variable = inquiry.target, inquiry.target.database_url
    if not variable or not (target.dockerfiles or target.compose_files):
        return
    try:
        url = parse(variable)
    except BadUrl:
        return
    claims = [claim for claim in inquiry.about(*CLAIMS) if _is_loopback_of(claim, url)]
    if not sockets.is_loopback(url.host) or not claims:
        return
    dials = [sockets.dial(address, url.port, hands.patience) for address in _addresses(url, hands)]
    accepting = next((dial for dial in dials if dial.came is Dialled.CONNECTED), None)
    if accepting or _database_service(target):
        yield _failed(target, variable, url, claims, accepting)


def _is_loopback_of(claim: Claim, url: DatabaseUrl) -> bool:
    host = claim.facts.get("host", "").strip("[]")
    return claim.refuted_because is None and sockets.is_loopback(host) and claim.facts.get("port") == str(url.port)


def _addresses(url: DatabaseUrl, hands: Hands) -> tuple[str, ...]:
    found = sockets.resolve(url.host, hands.patience)
    return found.addresses if isinstance(found, sockets.Resolved) else ()


def _database_service(target: Target) -> str | None:
    """The name of the service that is the database, as compose calls it."""
    services = (service for path in target.compose_files for service in compose.read(path).services)
    return next((service.name for service in services if service.is_postgres), None)


def _failed(
    target: Target, variable: Variable, url: DatabaseUrl, claims: Sequence[Claim], accepting: Dial | None
) -> Failed:
    service = _database_service(target)
    because = f"{variable.name} ({variable.origin}) names {endpoint(url)}: in a container, the container itself."
    evidence = [variable_line(variable, str(url))]
    if accepting:
        because += " The same address accepts connections on this machine, so the log was written somewhere else."
        evidence.append(seen(f"{accepting.address}:{url.port} {accepting.came}", netcat(url.host, url.port)))
    if service:
        because += f" Compose calls the database {service}."
    facts = {"host": url.host, "port": str(url.port), "variable": variable.name}
    facts |= {"service": service} if service else {}
    return Failed(FAULT, because, tuple(evidence), facts, explains=tuple(claim.id for claim in claims))


ROOM = Probe(
    "endpoints.localhost",
    "Does the connection string mean the app's own container where it says localhost?",
    ask,
    (FAULT,),
    network=True,
)
