"""Migrations deployed as Prisma deploys them, on a real server."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crashcart.staging import prisma
from servers import FreshDatabase

STARTED = datetime(2025, 10, 16, 2, 10, 34, 471974, tzinfo=UTC)
BAD = 'CREATE TABLE "a" ("id" INT);\nCREATE TABLE "b" ("id" INT);\nCREATE TABLE "c" ("id" INT);\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, sql in {"1_good": 'CREATE TABLE "good" ("id" INT);', "2_bad": BAD}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "migration.sql").write_text(sql)
    return tmp_path


def tables(database: FreshDatabase) -> set[str]:
    rows = database.connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^[a-c]$|^good$'"
    )
    return {row[0] for row in rows}


def test_what_came_before_the_failing_statement_stays(database: FreshDatabase, folder: Path) -> None:
    database.connection.execute('CREATE TABLE "b" ("other" TEXT)')
    error = prisma.deploy(database.connection, folder, started_at=STARTED)
    assert error is not None
    assert error.sqlstate == "42P07"
    assert tables(database) == {"good", "a", "b"}


def test_a_script_sent_whole_leaves_nothing(database: FreshDatabase, folder: Path) -> None:
    database.connection.execute('CREATE TABLE "b" ("other" TEXT)')
    assert prisma.deploy(database.connection, folder, started_at=STARTED, whole=True)
    assert tables(database) == {"good", "b"}


def test_the_rows_are_those_that_prisma_leaves(database: FreshDatabase, folder: Path) -> None:
    database.connection.execute('CREATE TABLE "b" ("other" TEXT)')
    prisma.deploy(database.connection, folder, started_at=STARTED)
    good, bad = database.connection.execute(
        "SELECT migration_name, checksum, started_at, finished_at IS NULL, rolled_back_at, applied_steps_count, logs"
        " FROM _prisma_migrations ORDER BY started_at"
    ).fetchall()
    assert good[0] == "1_good"
    assert good[3:] == (False, None, 1, None)
    assert bad[:6] == ("2_bad", hashlib.sha256(BAD.encode()).hexdigest(), STARTED, True, None, 0)
    assert "Migration name: 2_bad\n\nDatabase error code: 42P07\n\nDatabase error:\nERROR: relation" in bad[6]
    assert 'code: SqlState(E42P07), message: "relation \\"b\\" already exists"' in bad[6]


def test_recorded_migrations_do_not_run_again(database: FreshDatabase, folder: Path) -> None:
    assert prisma.deploy(database.connection, folder, started_at=STARTED, until="1_good") is None
    assert tables(database) == {"good"}
    assert prisma.deploy(database.connection, folder, started_at=STARTED) is None
    assert tables(database) == {"good", "a", "b", "c"}
