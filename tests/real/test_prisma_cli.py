"""What the real CLI writes down and leaves behind, against how crashcart's engine room reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crashcart.engines.prisma import ROOM
from crashcart.model.migration import FileState, Ledger, Script
from real.project import INIT, POSTS, TAGS, Project

Make = Callable[..., Project]
pytestmark = [pytest.mark.real("prisma"), pytest.mark.real("postgres")]

LATE = "20240104000000_late"
TOUCH = "SELECT 1;"


def scripts(project: Project) -> tuple[Script, ...]:
    return ROOM.scripts(project.migrations, project.folder)


def script(project: Project, name: str) -> Script:
    return next(script for script in scripts(project) if script.name == name)


def states(project: Project, name: str) -> list[Ledger]:
    return [row.state for row in ROOM.rows(project.rows(name))]


def file_state(project: Project, name: str) -> FileState:
    return ROOM.file_state(script(project, name), ROOM.rows(project.rows(name))[0])


@pytest.mark.parametrize("version", [5, 6, 7])
def test_a_deployed_history_reads_as_applied(prisma: Make, version: int) -> None:
    project = prisma(version).base()
    rows = ROOM.rows(project.rows())
    assert [row.name for row in rows] == [INIT, POSTS, TAGS] == [script.name for script in scripts(project)]
    assert [row.checksum for row in rows] == [script.checksum for script in scripts(project)]
    assert all(row.state is Ledger.APPLIED and row.steps == 1 and not row.marked_by_hand for row in rows)
    assert not project.differs()
    project.execute('ALTER TABLE "Tag" DROP COLUMN "name"')
    assert project.differs()


@pytest.mark.parametrize("version", [6, 7])
def test_migrations_run_in_the_order_that_the_engine_room_lists(prisma: Make, version: int) -> None:
    project = prisma(version)
    names = [
        "b_second",
        "A_first",
        "_x",
        "10_ten",
        "9_nine",
        "a-dash",
        "a_line",
        "aB",
        "Ab",
        "É_accent",
        "z",
        "20240101_b",
    ]
    for name in names:
        project.migration(name, TOUCH)
    (project.migrations / "README.md").write_text("not a migration")
    project.deploy(expect=0)
    assert [row["migration_name"] for row in project.rows()] == [script.name for script in scripts(project)]


def test_a_folder_without_its_script_stops_the_deployment_and_is_a_problem(prisma: Make) -> None:
    project = prisma()
    project.migration(INIT)
    (project.migrations / POSTS).mkdir()
    run = project.deploy(expect=1)
    assert "P3015" in run.out
    assert [row["migration_name"] for row in project.rows()] == [INIT]
    assert "P3015" in (script(project, POSTS).problem or "")


SCRIPTS = {
    "windows": TOUCH.encode() + b"\r\nSELECT 2;\r\n",
    "latin-1": b"-- caf\xe9\n" + TOUCH.encode() + b"\n",
    "no-newline": TOUCH.encode(),
    "empty": b"",
    "umlaut": "-- Größe 🙂\nSELECT 1;\n".encode(),
}


@pytest.mark.parametrize("version", [6, 7])
def test_the_checksum_is_what_the_cli_wrote(prisma: Make, version: int) -> None:
    project = prisma(version)
    for name, content in SCRIPTS.items():
        project.migration(name, content)
    project.deploy(expect=0)
    assert {row["migration_name"]: row["checksum"] for row in project.rows()} == {
        script.name: script.checksum for script in scripts(project)
    }


def test_an_edited_file_is_told_from_other_line_endings_where_status_sees_neither(prisma: Make) -> None:
    project = prisma().base()
    for name in (INIT, POSTS):
        path = project.migrations / name / "migration.sql"
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    path = project.migrations / POSTS / "migration.sql"
    path.write_bytes(path.read_bytes() + b"-- later\n")
    assert project.status().code == 0
    assert [file_state(project, name) for name in (INIT, POSTS, TAGS)] == [
        FileState.LINE_ENDINGS,
        FileState.EDITED,
        FileState.SAME,
    ]


FAILS = 'ALTER TABLE "Tag" ADD CONSTRAINT "Tag_pkey" PRIMARY KEY ("id");\n'
"""Fails with 42P16: the table has a primary key."""

HALF = {
    "plain": 'ALTER TABLE "Tag" ADD COLUMN "slug" TEXT;\n' + FAILS,
    "do-block": 'DO $$ BEGIN NULL; END $$;\nALTER TABLE "Tag" ADD COLUMN "slug" TEXT;\n' + FAILS,
    "syntax-error": 'ALTER TABLE "Tag" ADD COLUMN "slug" TEXT;\nALTER TABEL "Tag";\n',
    "own-transaction": 'BEGIN;\nALTER TABLE "Tag" ADD COLUMN "slug" TEXT;\nCOMMIT;\n' + FAILS,
}


@pytest.mark.parametrize(
    ("version", "kind", "left"),
    [
        (5, "plain", False),
        (6, "plain", False),
        (7, "plain", True),
        (6, "do-block", False),
        (7, "do-block", False),
        (7, "syntax-error", False),
        (6, "own-transaction", True),
        (7, "own-transaction", True),
    ],
)
def test_what_a_failed_script_leaves_depends_on_the_version(prisma: Make, version: int, kind: str, left: bool) -> None:
    project = prisma(version).base()
    project.migration(LATE, HALF[kind])
    run = project.deploy(expect=1)
    assert "P3018" in run.out
    assert ("slug" in project.columns("Tag")) is left
    assert states(project, LATE) == [Ledger.FAILED]
    (row,) = ROOM.rows(project.rows(LATE))
    assert ROOM.failure(row.log or "") == {
        "syntax-error": '42601 syntax error at or near "TABEL"',
    }.get(kind, '42P16 multiple primary keys for table "Tag" are not allowed')


@pytest.mark.parametrize("version", [6, 7])
def test_a_script_wholly_in_a_transaction_hides_its_error(prisma: Make, version: int) -> None:
    project = prisma(version).base()
    project.migration(LATE, f'BEGIN;\nALTER TABLE "Tag" ADD COLUMN "slug" TEXT;\n{FAILS}COMMIT;\n')
    assert "current transaction is aborted" in project.deploy(expect=1).out
    assert "slug" not in project.columns("Tag")
    (row,) = project.rows(LATE)
    assert row["logs"] is None
    assert row["finished_at"] is None
    assert "P3009" in project.deploy(expect=1).out


def test_each_attempt_leaves_a_row(prisma: Make) -> None:
    project = prisma(6).base()
    project.migration(LATE, FAILS)
    project.deploy(expect=1)
    project.resolve("rolled-back", LATE)
    project.deploy(expect=1)
    assert states(project, LATE) == [Ledger.ROLLED_BACK, Ledger.FAILED]
    project.resolve("applied", LATE)
    assert states(project, LATE) == [Ledger.ROLLED_BACK, Ledger.ROLLED_BACK, Ledger.APPLIED]
    assert ROOM.rows(project.rows(LATE))[-1].marked_by_hand
    assert project.status().code == 0


def test_the_table_lies_in_the_schema_of_the_url(prisma: Make) -> None:
    project = prisma(schema="app")
    project.execute("CREATE SCHEMA IF NOT EXISTS app")
    project.base()
    with project.connect() as connection:
        assert connection.execute(ROOM.ledger_query("app")).fetchall()
        assert connection.execute("SELECT to_regclass('public._prisma_migrations') AS found").fetchone() == {
            "found": None
        }
