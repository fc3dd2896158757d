"""Rung 6: is there such a database, and may this user enter it?"""

from __future__ import annotations

from collections.abc import Iterable

from crashcart.model.finding import Outcome, Passed, Unknown
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import psql, seen
from crashcart.probes.postgres._ladder import failed, knock_at, url_of
from crashcart.tools.hands import Hands
from crashcart.tools.postgres import kind_of
from crashcart.tools.postgres_wire import Came
from crashcart.tools.redaction import redact


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:
    url = url_of(inquiry)
    if not url:
        return
    came, name = knock_at(url, hands), url.database or url.user or ""
    kind = kind_of(came)
    if came.came is Came.READY:
        yield Passed(f"The database {name} is there.", (seen(f"logged in to {name}", psql(inquiry.target)),))
    elif kind == "database":
        because = f"The server has no database {name}"
        yield failed(inquiry, url, came, "postgres.database-missing", because, database=name)
    elif kind == "permission":
        because = f"{url.user} may not connect to the database {name}"
        yield failed(inquiry, url, came, "postgres.permission-denied", because, database=name)
    else:
        yield Unknown(f"The database {name} could not be entered: {redact(came.text or came.came)}")


ROOM = Probe(
    "postgres.database",
    "Is the app's database there, and may its user enter?",
    ask,
    ("postgres.database-missing", "postgres.permission-denied"),
    after=("postgres.login",),
    network=True,
)
