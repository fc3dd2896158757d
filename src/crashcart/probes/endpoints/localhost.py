"""Does the connection string say *localhost* where the app stands in a container?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crashcart.model.finding import Claim, Failed, Outcome, Unknown
from crashcart.model.target import DatabaseUrl, Target, Variable
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import endpoint, variable_line
from crashcart.probes.endpoints.claimed import CLAIMS
from crashcart.tools import compose, sockets
from crashcart.tools.database_url import BadUrl, parse
from crashcart.tools.hands import Hands
from crashcart.tools.sockets import Dialled

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
    if service := _database_service(target):
        yield _failed(variable, url, claims, service)
        return
    dials = [sockets.dial(address, url.port, hands.patience) for address in _addresses(url, hands)]
    if any(dial.came is Dialled.CONNECTED for dial in dials):
        why = (
            f"{endpoint(url)} accepts connections on this machine. Either it did not yet when the log was written, or"
            " the app stood in a container, where that address is the container itself."
        )
        yield Unknown(why, about=tuple(claim.id for claim in claims))


def _is_loopback_of(claim: Claim, url: DatabaseUrl) -> bool:
    host = claim.facts.get("host", "").strip("[]")
    return claim.refuted_because is None and sockets.is_loopback(host) and claim.facts.get("port") == str(url.port)


def _addresses(url: DatabaseUrl, hands: Hands) -> tuple[str, ...]:
    found = sockets.resolve(url.host, hands.patience)
    return found.addresses if isinstance(found, sockets.Resolved) else ()


def _database_service(target: Target) -> str | None:
    """What compose calls the database that it runs beside the app, each in a container of its own."""
    services = [service for path in target.compose_files for service in compose.read(path).services]
    if not any(not service.is_postgres and not service.host_network for service in services):
        return None
    return next((service.name for service in services if service.is_postgres), None)


def _failed(variable: Variable, url: DatabaseUrl, claims: Sequence[Claim], service: str) -> Failed:
    because = (
        f"{variable.name} ({variable.origin}) names {endpoint(url)}: in the app's container, that container itself."
        f" Compose runs the database in another one, called {service}."
    )
    facts = {"host": url.host, "port": str(url.port), "variable": variable.name, "service": service}
    proof = (variable_line(variable),)
    return Failed(FAULT, because, proof, facts, explains=tuple(claim.id for claim in claims))


ROOM = Probe(
    "endpoints.localhost",
    "Does the connection string mean the app's own container where it says localhost?",
    ask,
    (FAULT,),
    network=True,
)
