"""Rung 2: has the host an address?"""

from __future__ import annotations

from collections.abc import Iterable

from crashcart.model.finding import Failed, Outcome, Passed, Unknown
from crashcart.model.target import DatabaseUrl
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import seen
from crashcart.probes.postgres._ladder import NETWORK_FAULTS, about, url_of
from crashcart.tools import sockets
from crashcart.tools.hands import Hands

FAULT = "network.dns-unresolved"


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:
    url = url_of(inquiry)
    if not url:
        return
    found = sockets.resolve(url.host, hands.patience)
    check = f"getent hosts {url.host}"
    if isinstance(found, sockets.Resolved):
        addresses = ", ".join(found.addresses)
        yield Passed(f"{url.host} has the address {addresses}.", (seen(f"{url.host} -> {addresses}", check),))
    else:
        yield _unresolved(inquiry, url, found, check)


def _unresolved(inquiry: Inquiry, url: DatabaseUrl, found: sockets.Unresolved, check: str) -> Outcome:
    dns = about(inquiry, url, FAULT)
    claims = dns + about(inquiry, url, *NETWORK_FAULTS)
    if "." not in url.host:
        return Unknown(
            f"{url.host} is a name without a domain, which only the app's own network may know: it cannot be resolved"
            f" from this machine ({found.text}); try `{check}` in the app's container.",
            about=claims,
        )
    if found.kind in ("temporary", "timeout"):
        return Unknown(f"{url.host} could not be resolved from this machine just now: {found.text}.", about=claims)
    because = f"{url.host} has no address, asked from this machine."
    return Failed(FAULT, because, (seen(f"{url.host}: {found.text}", check),), {"host": url.host}, confirms=claims)


ROOM = Probe(
    "postgres.dns", "Has the database's host an address?", ask, (FAULT,), after=("postgres.url",), network=True
)
