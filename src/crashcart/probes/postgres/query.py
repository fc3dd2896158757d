"""Rung 7: does the database answer a read?"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

from crashcart.model.finding import Outcome, Passed, Unknown
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import psql, seen
from crashcart.probes.postgres._ladder import url_of
from crashcart.tools.clock import Stopwatch
from crashcart.tools.hands import Hands
from crashcart.tools.postgres import ConnectFailure, connect

SQL = "sql/about_server.sql"


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:
    import psycopg

    url = url_of(inquiry)
    if not url:
        return
    try:
        with connect(url, timeout=hands.patience) as session:
            watch = Stopwatch()
            row = session.execute((files(__package__) / SQL).read_bytes()).fetchone()
            took = watch.ms
    except ConnectFailure as failure:
        yield Unknown(f"No session could be opened: {failure.message}")
        return
    except psycopg.Error as error:
        yield Unknown(f"The read failed with SQLSTATE {error.sqlstate}.")
        return
    assert row
    version, standby, role, database = row
    note = ", a read-only standby" if standby else ""
    text = f"PostgreSQL {version}{note} answered {role} on {database} in {took} ms"
    yield Passed(f"{text}.", (seen(text, psql(inquiry.target)),))


ROOM = Probe("postgres.query", "Does the database answer a read?", ask, (), after=("postgres.database",), network=True)
