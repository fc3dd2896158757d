"""A shadow database in which structure is built and migrations are tried, by a role that cannot leave it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from crashcart.proof.catalog import Thing, read_catalog
from crashcart.proof.named import quote
from crashcart.proof.statements import Kind, Statement
from crashcart.tools.clock import Deadline
from crashcart.tools.postgres_server import Server
from crashcart.tools.scratch_database import Databases, ShadowDatabase

if TYPE_CHECKING:
    import psycopg

STATEMENT_SECONDS = 20
STUBS = ("uuid-ossp", "pgcrypto")
"""Extensions that the embedded server lacks and whose functions are simple to stand in for."""

_DUPLICATE = ("42P07", "42710", "42701", "42723", "42P06", "42P16")
_MISSING = ("42P01", "42703", "42704", "42883", "3F000")
_LIMIT = ("0A000", "58P01", "42501", "53", "54", "57", "58", "XX", "08")


class TimeUpError(Exception):
    """The proof took longer than it was allowed to."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a statement failed on the shadow."""

    sqlstate: str
    message: str

    @property
    def duplicate(self) -> bool:
        """Something of that name is there already."""
        return self.sqlstate in _DUPLICATE

    @property
    def missing(self) -> bool:
        """Something that the statement needs is not there."""
        return self.sqlstate in _MISSING

    @property
    def of_the_shadow(self) -> bool:
        """It may be the shadow that lacks something, not the statement that is wrong."""
        return self.sqlstate.startswith(_LIMIT)

    def __str__(self) -> str:
        return f"{self.sqlstate}: {self.message}" if self.sqlstate else self.message


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What scripts take for granted: found in the live database, made in the shadow before they run."""

    roles: Sequence[str] = ()
    extensions: Sequence[tuple[str, str]] = ()
    """Names with the schemas they lie in."""


def surroundings(live: psycopg.Connection[Any]) -> Surroundings:
    """The roles and extensions of a live database. Raises psycopg.Error."""
    from psycopg.rows import tuple_row

    with live.transaction(force_rollback=True), live.cursor(row_factory=tuple_row) as cursor:
        roles = cursor.execute("SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' LIMIT 500").fetchall()
        extensions = cursor.execute(
            "SELECT extname, nspname FROM pg_catalog.pg_extension "
            "JOIN pg_catalog.pg_namespace n ON n.oid = extnamespace WHERE extname <> 'plpgsql'"
        ).fetchall()
    return Surroundings([name for (name,) in roles], extensions)


@dataclass(slots=True)
class Workshop:
    """An open shadow database. The connection belongs to the role that owns it and can do nothing else."""

    database: ShadowDatabase
    connection: psycopg.Connection[Any]
    schema: str
    leave_out: Sequence[str]
    deadline: Deadline
    around: Surroundings
    hidden: set[str] = field(default_factory=set)
    """Objects that stand in for an extension's."""
    stubs: set[str] = field(default_factory=set)

    def catalog(self) -> dict[str, Thing]:
        """The structure built so far. Raises TimeUpError."""
        self._hurry()
        found = read_catalog(self.connection, leave_out=self.leave_out)
        stand_ins = {f"extension {quote(name)}": Thing("extension", quote(name), None) for name in self.stubs}
        return {key: thing for key, thing in found.items() if key not in self.hidden} | stand_ins

    def reset(self) -> None:
        """The session as a migration tool opens it."""
        self.connection.execute("ROLLBACK" if self._in_transaction() else "RESET ALL")
        self.connection.execute(
            f"SET search_path = {quote(self.schema)}; SET statement_timeout = '{STATEMENT_SECONDS}s'"
        )

    def run(self, statement: Statement) -> Failure | None:
        """Run one statement for its effect on the structure; there is no data to change. Raises TimeUpError."""
        self._hurry()
        if statement.kind in (Kind.CONTROL, Kind.DATA):
            return None
        if statement.extension is not None:
            return self.extend(statement.extension)
        return self.execute(statement.sql)

    def execute(self, sql: str) -> Failure | None:
        """Run SQL. Raises TimeUpError where the connection was cut because the time was up."""
        import psycopg

        try:
            self.connection.execute(sql.encode())
        except psycopg.Error as error:
            failure = Failure(error.sqlstate or "", error.diag.message_primary or str(error))
            if self.connection.closed:
                raise TimeUpError from error
            if self._in_transaction():
                self.connection.execute("ROLLBACK")
            return failure
        return None

    def attempt(self, sql: str) -> bool:
        """Run SQL inside the open transaction, which goes on as if nothing was where it fails."""
        import psycopg

        try:
            with self.connection.transaction():
                self.connection.execute(sql.encode())
        except psycopg.Error as error:
            if self.connection.closed:
                raise TimeUpError from error
            return False
        return True

    def extend(self, name: str) -> Failure | None:
        """Make an extension, or what stands in for it."""
        import psycopg
        from psycopg import sql

        lies_in = dict(self.around.extensions).get(name, self.schema)
        make = sql.SQL("CREATE SCHEMA IF NOT EXISTS {1}; CREATE EXTENSION IF NOT EXISTS {0} SCHEMA {1} CASCADE")
        with self.database.connect_admin() as admin:
            if not admin.execute("SELECT 1 FROM pg_available_extensions WHERE name = %s", [name]).fetchone():
                return self._stand_in(admin, name, lies_in)
            try:
                admin.execute(make.format(sql.Identifier(name), sql.Identifier(lies_in)))
            except psycopg.Error as error:
                return Failure("0A000", error.diag.message_primary or str(error))
        return None

    def _stand_in(self, admin: psycopg.Connection[Any], name: str, schema: str) -> Failure | None:
        if name not in STUBS:
            return Failure("0A000", f"the shadow server has no extension {name}")
        if name not in self.stubs:
            before = read_catalog(admin)
            text = files("crashcart.proof").joinpath("sql", "extensions", f"{name}.sql").read_text(encoding="utf-8")
            admin.execute(f"SET search_path = {quote(schema)}, pg_catalog".encode())
            admin.execute(text.encode())
            self.hidden |= read_catalog(admin).keys() - before.keys()
            self.stubs.add(name)
        return None

    def _hurry(self) -> None:
        if self.deadline.passed:
            raise TimeUpError

    def _in_transaction(self) -> bool:
        from psycopg.pq import TransactionStatus

        return self.connection.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR)


@contextmanager
def workshop(
    server: Databases, *, schema: str, leave_out: Sequence[str], around: Surroundings, deadline: Deadline
) -> Iterator[Workshop]:
    """A fresh database on *server*, prepared for scripts that work in *schema*."""
    with server.database() as database, database.connect() as connection, _ended_at(deadline, database, connection):
        with database.connect_admin() as admin:
            _prepare(admin, database, schema, around, own=isinstance(server, Server))
        opened = Workshop(database, connection, schema, leave_out, deadline, around)
        opened.reset()
        yield opened


def _prepare(
    admin: psycopg.Connection[Any], database: ShadowDatabase, schema: str, around: Surroundings, *, own: bool
) -> None:
    from psycopg import errors, sql
    from psycopg.conninfo import conninfo_to_dict

    role = sql.Identifier(str(conninfo_to_dict(database.dsn)["user"]))
    admin.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(sql.Identifier(schema), role))
    for name in around.roles if own else ():
        with suppress(errors.DuplicateObject, errors.UniqueViolation, errors.ReservedName):
            admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))
            admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(name), role))


@contextmanager
def _ended_at(deadline: Deadline, database: ShadowDatabase, connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Ends the connection when the time is up, whatever the SQL it runs does about its own timeouts."""
    import threading

    import psycopg

    backend = connection.info.backend_pid

    def end() -> None:
        with suppress(psycopg.Error), database.connect_admin() as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [backend])

    timer = threading.Timer(deadline.left + 1, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
