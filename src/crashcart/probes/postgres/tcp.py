"""Rung 3: does anything accept connections at that address and port?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from crashcart.model.finding import Failed, Outcome, Passed, Unknown
from crashcart.model.target import DatabaseUrl
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import endpoint, netcat, seen
from crashcart.probes.postgres._ladder import NETWORK_FAULTS, WAITING_FAULTS, about, url_of
from crashcart.tools import sockets
from crashcart.tools.hands import Hands
from crashcart.tools.sockets import Dial, Dialled

FAULTS = {
    Dialled.REFUSED: "postgres.connection-refused",
    Dialled.SILENT: "postgres.connection-timeout",
    Dialled.UNREACHABLE: "postgres.unreachable",
    Dialled.RESET: "postgres.connection-terminated",
}


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:
    url = url_of(inquiry)
    if not url:
        return
    found = sockets.resolve(url.host, hands.patience)
    if isinstance(found, sockets.Unresolved):
        yield Unknown(f"{url.host} could not be resolved a second time: {found.text}.")
        return
    dials = sockets.dial_all(found.addresses, url.port, hands.patience)
    evidence = tuple(
        seen(f"{d.address}:{d.port} {d.came} ({d.text})", netcat(url.host, url.port)) for d in dials
    )  # fmt: skip
    if dials[-1].came is Dialled.CONNECTED:
        yield Passed(f"{endpoint(url)} accepts connections.", evidence)
        return
    worst = next((d for d in dials if d.came is Dialled.REFUSED), dials[0])
    claims = about(inquiry, url, *NETWORK_FAULTS, addresses=found.addresses)
    if why := _cannot_tell(url, worst, claims):
        yield Unknown(why, about=claims)
    else:
        because = f"{endpoint(url)} {worst.came}, asked from this machine."
        facts = {"host": url.host, "port": str(url.port)}
        waiting = about(inquiry, url, *WAITING_FAULTS) if claims else ()
        yield Failed(FAULTS[worst.came], because, evidence, facts, confirms=claims + waiting)


def _cannot_tell(url: DatabaseUrl, dial: Dial, claims: Sequence[str]) -> str | None:
    """Why silence here need not be silence for the app: a firewall or a private network lies between."""
    if dial.came is Dialled.DENIED:
        return f"This machine may not dial {endpoint(url)}: {dial.text}."
    if dial.came is Dialled.REFUSED or claims or _is_this_machine(dial.address):
        return None
    return (
        f"{endpoint(url)} {dial.came} from this machine; a firewall may let only the app in, so ask from its container."
    )


def _is_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return True


ROOM = Probe(
    "postgres.tcp",
    "Does anything accept connections at the database's address and port?",
    ask,
    tuple(FAULTS.values()),
    after=("postgres.dns",),
    network=True,
)
