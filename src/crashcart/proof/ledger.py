"""What the migration tool's own table says, and who is migrating at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crashcart.engines import Engine
from crashcart.model.migration import Ledger, LedgerRow

if TYPE_CHECKING:
    import psycopg

SHORTEST_TEXT = 12
"""Characters of a query that must be part of a script before the session counts as running it."""


@dataclass(frozen=True, slots=True)
class Session:
    """Another session of the same database."""

    pid: int
    state: str | None
    """As in ``pg_stat_activity``; None where this role may not know."""
    query: str | None
    since: datetime | None

    def runs(self, script: str) -> bool:
        """Whether it is running *script*, whole or a statement of it, at this moment."""
        text = _squashed(self.query or "").rstrip("; ")
        return self.state == "active" and len(text) >= SHORTEST_TEXT and text in _squashed(script)

    def __str__(self) -> str:
        since = f" since {self.since:%Y-%m-%d %H:%M:%S %Z}" if self.since else ""
        return f"process {self.pid} ({self.state or 'state hidden from this role'}{since})"


@dataclass(frozen=True, slots=True)
class Reading:
    """The ledger as one role sees it from one connection."""

    schema: str
    table: str
    role: str
    rows: tuple[LedgerRow, ...] = ()
    exists: bool = True
    baselined: bool = True
    """False where there is no such table although the schema holds others."""
    unreadable: str | None = None
    """Why the rows cannot be read, although the table is there."""
    elsewhere: tuple[str, ...] = ()
    """Other schemas of the database that hold a table of this name."""
    holders: tuple[Session, ...] = ()
    """Who holds the tool's migration lock; more than one is possible only where it is shared."""
    sessions: tuple[Session, ...] = ()

    @property
    def hidden(self) -> int:
        """How many sessions this role may not look into."""
        return sum(session.state is None for session in self.sessions)

    def by_name(self) -> Mapping[str, tuple[LedgerRow, ...]]:
        """The attempts at each migration, oldest first."""
        names: dict[str, list[LedgerRow]] = {}
        for row in self.rows:
            names.setdefault(row.name, []).append(row)
        return {name: tuple(rows) for name, rows in names.items()}

    def running(self, script: str | None) -> Session | None:
        """The session that runs *script* at this moment, as far as this role may see."""
        return next((session for session in self.sessions if script and session.runs(script)), None)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known about the reading as a whole, one sentence each."""
        said = [self.unreadable] if self.unreadable else []
        if not self.exists and self.elsewhere:
            places = ", ".join(self.elsewhere)
            said.append(f"{self.table} is not in the schema {self.schema} that the URL names, but in {places}")
        if self.hidden and any(row.state is Ledger.RUNNING for row in self.rows):
            said.append(f"what {self.hidden} other sessions run is hidden from the role {self.role}")
        return tuple(said)


def read(live: psycopg.Connection[Any], engine: Engine, schema: str) -> Reading:
    """Reads, and changes nothing. Raises psycopg.Error where the connection is lost."""
    places = {place["schema"]: place for place in _ask(live, "ledger_place", table=engine.ledger_table)}
    role = live.info.user
    known: dict[str, Any] = {"schema": schema, "table": engine.ledger_table, "role": role}
    known |= {"elsewhere": tuple(place for place in places if place != schema), **_now(live, engine)}
    if schema not in places:
        others = _ask(live, "any_table", schema=schema)[0]["found"]
        return Reading(**known, exists=False, baselined=not others)
    if why := _unreadable(places[schema], engine.ledger_table, role):
        return Reading(**known, unreadable=why)
    rows, why = _rows(live, engine, schema)
    return Reading(**known, rows=rows, unreadable=why)


def _rows(live: psycopg.Connection[Any], engine: Engine, schema: str) -> tuple[tuple[LedgerRow, ...], str | None]:
    import psycopg

    try:
        return engine.rows(_fetch(live, engine.ledger_query(schema).encode())), None
    except psycopg.Error as error:
        if live.closed:
            raise
        said = error.diag.message_primary or str(error)
        return (), f"{engine.ledger_table} cannot be read: {error.sqlstate or type(error).__name__} {said}"


def _now(live: psycopg.Connection[Any], engine: Engine) -> dict[str, tuple[Session, ...]]:
    key = engine.advisory_lock
    holders = _ask(live, "advisory_lock", key=key) if key is not None else []
    return {
        "holders": tuple(Session(**record) for record in holders),
        "sessions": tuple(Session(**record) for record in _ask(live, "sessions")),
    }


def _unreadable(place: Mapping[str, Any], table: str, role: str) -> str | None:
    if not place["readable"]:
        return f"the role {role} may not read {table} (42501)"
    if place["hidden"]:
        return f"row-level security may hide rows of {table} from the role {role}"
    return None


def _ask(live: psycopg.Connection[Any], question: str, **parameters: object) -> list[dict[str, Any]]:
    return _fetch(live, _question(question).encode(), parameters)


def _fetch(
    live: psycopg.Connection[Any], query: bytes, parameters: Mapping[str, object] | None = None
) -> list[dict[str, Any]]:
    from psycopg.rows import dict_row

    with live.transaction(), live.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, parameters).fetchall()


@cache
def _question(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _squashed(sql: str) -> str:
    return " ".join(sql.split()).casefold()
