"""What is read of the ledger, of the lock and of the other sessions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from crashcart.engines.prisma import ROOM
from crashcart.model.migration import Ledger
from crashcart.proof.ledger import Reading, Session, read
from prisma_project import FIRST, SECOND, Project, as_role
from servers import FreshDatabase
from waiting import until

LOCK = 72707369


@contextmanager
def session(database: FreshDatabase, query: str) -> Iterator[None]:
    """Another session that runs *query* until the block ends."""
    with database.server.connect(database.name) as other:
        thread = threading.Thread(target=_run, args=(other, query))
        thread.start()
        try:
            _wait_for(database, other.info.backend_pid)
            yield
        finally:
            database.connection.execute("SELECT pg_terminate_backend(%s)", (other.info.backend_pid,))
            thread.join(20)


def _run(connection: psycopg.Connection[Any], query: str) -> None:
    try:
        connection.execute(query.encode())
    except psycopg.Error:
        return


def _wait_for(database: FreshDatabase, pid: int) -> None:
    question = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND state = 'active'"
    begun = until(lambda: database.connection.execute(question, (pid,)).fetchone())
    assert begun, "the other session never began"


def test_rows_come_oldest_first_in_prismas_meaning(project: Project) -> None:
    project.deploy(FIRST)
    project.fail(SECOND)
    reading = read(project.connection, ROOM, "public")
    assert [(row.name, row.state) for row in reading.rows] == [(FIRST, Ledger.APPLIED), (SECOND, Ledger.FAILED)]
    assert reading.notes == ()


def test_a_table_that_is_not_there_is_no_rows(database: FreshDatabase) -> None:
    reading = read(database.connection, ROOM, "public")
    assert (reading.exists, reading.rows, reading.unreadable) == (False, (), None)


def test_a_table_in_another_schema_is_pointed_out(project: Project) -> None:
    project.run("CREATE SCHEMA app; ALTER TABLE _prisma_migrations SET SCHEMA app")
    reading = read(project.connection, ROOM, "public")
    assert not reading.exists
    assert reading.notes == ("_prisma_migrations is not in the schema public that the URL names, but in app",)
    assert read(project.connection, ROOM, "app").exists


def test_a_role_without_select_cannot_tell(project: Project, database: FreshDatabase) -> None:
    project.deploy(FIRST)
    with as_role(database, "GRANT USAGE ON SCHEMA public TO {}") as live:
        reading = read(live, ROOM, "public")
    assert "may not read _prisma_migrations (42501)" in str(reading.unreadable)
    assert reading.rows == ()


def test_rows_hidden_by_row_security_are_not_taken_for_absent(project: Project, database: FreshDatabase) -> None:
    project.deploy(FIRST)
    project.run("ALTER TABLE _prisma_migrations ENABLE ROW LEVEL SECURITY")
    with as_role(database, "GRANT SELECT ON _prisma_migrations TO {}") as live:
        assert "row-level security" in str(read(live, ROOM, "public").unreadable)


@pytest.mark.parametrize("change", ["DROP COLUMN logs", "ALTER COLUMN started_at TYPE text"])
def test_a_table_of_another_shape_cannot_be_read_or_is_read_as_it_stands(project: Project, change: str) -> None:
    project.deploy(FIRST)
    project.run(f"ALTER TABLE _prisma_migrations {change}")
    reading = read(project.connection, ROOM, "public")
    assert reading.unreadable or len(reading.rows) == 1


def test_a_moment_that_no_calendar_knows_leaves_the_ledger_unread(project: Project) -> None:
    project.deploy(FIRST)
    project.run("UPDATE _prisma_migrations SET started_at = 'infinity'")
    assert "cannot be read" in str(read(project.connection, ROOM, "public").unreadable)


def test_the_holder_of_the_migration_lock_is_seen(project: Project, database: FreshDatabase) -> None:
    assert read(project.connection, ROOM, "public").holders == ()
    with database.server.connect(database.name) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        (holder,) = read(project.connection, ROOM, "public").holders
        assert holder.pid == other.info.backend_pid


def test_the_lock_of_another_key_or_database_is_none_of_ours(project: Project, database: FreshDatabase) -> None:
    with database.server.connect() as elsewhere, database.server.connect(database.name) as other:
        elsewhere.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        other.execute("SELECT pg_advisory_lock(%s)", (LOCK + (1 << 32),))
        assert read(project.connection, ROOM, "public").holders == ()


def test_a_session_that_runs_the_script_is_found(project: Project, database: FreshDatabase) -> None:
    script = "-- slow\nSELECT pg_sleep(60),\n       'of the script';\n"
    with session(database, script):
        running = read(project.connection, ROOM, "public").running(script)
    assert running is not None
    assert running.state == "active"


def test_a_role_that_may_not_look_says_so_where_it_matters(project: Project, database: FreshDatabase) -> None:
    project.deploy(FIRST)
    with as_role(database, "GRANT SELECT ON _prisma_migrations TO {}") as live:
        assert read(live, ROOM, "public").notes == ()
    project.begin(SECOND)
    with as_role(database, "GRANT SELECT ON _prisma_migrations TO {}") as live:
        reading = read(live, ROOM, "public")
    assert reading.hidden
    assert "hidden from the role" in reading.notes[-1]


@pytest.mark.parametrize(
    ("state", "query", "runs"),
    [
        ("active", "CREATE   TABLE t (\n a int)", True),
        ("active", "create table t ( a int);", True),
        ("idle", "CREATE TABLE t ( a int)", False),
        ("active", "COMMIT", False),
        ("active", "SELECT something_else FROM t", False),
        (None, None, False),
    ],
)
def test_a_session_runs_a_script_or_a_statement_of_it(state: str | None, query: str | None, runs: bool) -> None:
    script = "BEGIN;\nCREATE TABLE t ( a int);\nCOMMIT;"
    assert Session(1, state, query, None).runs(script) is runs


def test_nothing_is_written_by_reading(project: Project) -> None:
    project.deploy(FIRST)
    with project.connection.transaction():
        project.run("SET TRANSACTION READ ONLY")
        assert isinstance(read(project.connection, ROOM, "public"), Reading)
