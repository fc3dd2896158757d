"""What the rungs share: the URL they climb by, and which claims of the log mean the same place."""

from __future__ import annotations

from collections.abc import Iterable

from crashcart.model.finding import Claim, Failed
from crashcart.model.target import DatabaseUrl
from crashcart.probes import Inquiry
from crashcart.probes._seen import psql, seen
from crashcart.tools import sockets
from crashcart.tools.clock import Deadline
from crashcart.tools.database_url import BadUrl, parse
from crashcart.tools.hands import Hands
from crashcart.tools.postgres_wire import Knock, knock

NETWORK_FAULTS = ("postgres.connection-refused", "postgres.connection-timeout", "postgres.unreachable")
NAMES_THE_CLIENT = ("postgres.no-pg-hba-entry", "postgres.ssl-required")
"""Faults whose host is the one that asked, as the server saw it."""
WAITING_FAULTS = ("app.waiting-for-db", "app.db-unavailable")


def url_of(inquiry: Inquiry) -> DatabaseUrl | None:
    """The app's connection string, or None where it cannot be read (the lowest rung says why)."""
    variable = inquiry.target.database_url
    try:
        return parse(variable) if variable else None
    except BadUrl:
        return None


def same_place(claim: Claim, url: DatabaseUrl, addresses: Iterable[str] = ()) -> bool:
    """Whether *claim* may be about the endpoint of *url*: what it leaves out does not speak against it."""
    host = None if claim.fault in NAMES_THE_CLIENT else claim.facts.get("host")
    port = claim.facts.get("port")
    return (not host or same_host(host, url.host, addresses)) and (not port or port == str(url.port))


def same_host(one: str, other: str, addresses: Iterable[str] = ()) -> bool:
    """Whether two names mean the same host, as far as can be told without asking."""
    one, other = one.strip("[]").lower(), other.strip("[]").lower()
    return one == other or one in addresses or (sockets.is_loopback(one) and sockets.is_loopback(other))


def about(
    inquiry: Inquiry, url: DatabaseUrl, *faults: str, addresses: Iterable[str] = (), **facts: str | None
) -> tuple[str, ...]:
    """Ids of the standing claims of *faults* at the endpoint of *url* that do not contradict *facts*."""
    return ids(
        claim
        for claim in standing(inquiry, *faults)
        if same_place(claim, url, addresses) and all(claim.facts.get(k, v) == v for k, v in facts.items())
    )


def standing(inquiry: Inquiry, *faults: str) -> tuple[Claim, ...]:
    """The claims of *faults* that the log itself has not taken back."""
    return tuple(claim for claim in inquiry.about(*faults) if claim.refuted_because is None)


def ids(claims: Iterable[Claim]) -> tuple[str, ...]:
    return tuple(claim.id for claim in claims)


def answering(url: DatabaseUrl, deadline: Deadline) -> str:
    """The first address of the URL's host that accepts; the last one where none does."""
    found = sockets.resolve(url.host, deadline.left)
    if isinstance(found, sockets.Unresolved):
        return url.host
    dials = sockets.dial_all(found.addresses, url.port, deadline.left)
    return dials[-1].address if dials else url.host


def knock_at(url: DatabaseUrl, hands: Hands, *, log_in: bool = True, mode: str | None = None) -> Knock:
    """Knocks as the app would, at the first address that accepts."""
    deadline = Deadline(hands.patience)
    return knock(url, answering(url, deadline), timeout=deadline.left, log_in=log_in, mode=mode)


def failed(inquiry: Inquiry, url: DatabaseUrl, came: Knock, fault: str, because: str, **facts: str) -> Failed:
    """The server's refusal as the fault of this rung; claims of the same fault at the same place are true."""
    said = f"{came.error.severity}: {came.error.message} (SQLSTATE {came.error.sqlstate})" if came.error else came.text
    claims = about(inquiry, url, fault, **facts)
    return Failed(
        fault,
        f"{because}, asked from this machine.",
        (seen(f"{url.host}:{url.port}: {said or came.came}", psql(inquiry.target)),),
        {"host": url.host, "port": str(url.port), **facts},
        confirms=claims,
    )
