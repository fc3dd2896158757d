"""Rung 4: is it PostgreSQL, is it up, and does it talk the TLS that the app wants?"""

from __future__ import annotations

from collections.abc import Iterable

from crashcart.model.finding import Outcome, Passed, Unknown
from crashcart.model.target import DatabaseUrl
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import endpoint, psql, seen
from crashcart.probes.postgres._ladder import answering, failed, knock_at, url_of
from crashcart.tools import sockets
from crashcart.tools.clock import Deadline
from crashcart.tools.hands import Hands
from crashcart.tools.postgres import kind_of
from crashcart.tools.postgres_wire import Came, Knock
from crashcart.tools.redaction import redact

NAMES = {"http": "a web server", "tls": "a TLS server", "mysql": "MySQL", "ssh": "an SSH server", "redis": "Redis"}
FAULTS = {
    Came.SILENT: ("postgres.connection-timeout", "accepts connections, but never answers"),
    Came.CLOSED: ("postgres.connection-terminated", "accepts connections and closes them without an answer"),
    Came.NO_TLS: ("postgres.ssl-not-supported", "offers no TLS, while the connection string demands it"),
}


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:
    url = url_of(inquiry)
    if not url:
        return
    came = knock_at(url, hands, log_in=False)
    kind = kind_of(came)
    if came.came in FAULTS:
        fault, what = FAULTS[came.came]
        yield failed(inquiry, url, came, fault, f"{endpoint(url)} {what}")
    elif came.came in (Came.NOT_POSTGRES, Came.TLS_FAILED):
        yield _stranger(inquiry, url, came, hands)
    elif came.came in (Came.UNREACHABLE, Came.UNSUPPORTED):
        yield Unknown(f"{endpoint(url)}: {came.came} ({came.text}).")
    elif kind == "starting-up":
        yield failed(inquiry, url, came, _starting(came), f"{endpoint(url)} answers that it takes no connections yet")
    elif kind == "too-many-connections":
        yield failed(inquiry, url, came, "postgres.too-many-connections", f"{endpoint(url)} has no connection left")
    else:
        how = "over TLS" if came.tls else "in clear text"
        yield Passed(
            f"PostgreSQL answers at {endpoint(url)} {how}.", (seen(f"{came.came} {how}", psql(inquiry.target)),)
        )


def _starting(came: Knock) -> str:
    recovering = came.error is not None and "recovery" in came.error.message
    return "postgres.crash-recovery" if recovering else "postgres.starting-up"


def _stranger(inquiry: Inquiry, url: DatabaseUrl, came: Knock, hands: Hands) -> Outcome:
    deadline = Deadline(hands.patience)
    try:
        service, words = sockets.identify(answering(url, deadline), url.port, deadline.left)
    except OSError as error:
        return Unknown(f"{endpoint(url)} answered oddly once and not at all the second time: {error.strerror}.")
    if service == "postgres":
        # The first letter of another service's greeting may look like a yes to TLS, but here PostgreSQL itself answers.
        return Unknown(f"PostgreSQL answers at {endpoint(url)}, but {came.came}: {redact(came.text)}.")
    name = NAMES.get(service, "something that is not PostgreSQL")
    told = Knock(came.came, came.tls, f"{name} answers: {words}" if words else f"{name} answers")
    return failed(inquiry, url, told, "db-url.not-postgres", f"At {endpoint(url)} answers {name}", service=service)


ROOM = Probe(
    "postgres.startup",
    "Is it PostgreSQL that answers there, and is it up?",
    ask,
    (
        *(fault for fault, _ in FAULTS.values()),
        *("postgres.starting-up", "postgres.crash-recovery", "postgres.too-many-connections", "db-url.not-postgres"),
    ),
    after=("postgres.tcp",),
    network=True,
)
