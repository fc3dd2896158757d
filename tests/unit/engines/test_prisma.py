"""How Prisma's folder and table are read."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crashcart.engines import _collation
from crashcart.engines.prisma import LARGEST, ROOM
from crashcart.model.migration import FileState, Ledger, LedgerRow, Script

EARLY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LATE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

SCHEMA = 'datasource db {{\n  provider = "{}"\n  url = env("DATABASE_URL")\n}}\n'


def lay(folder: Path, **scripts: str | bytes) -> Path:
    for name, script in scripts.items():
        (folder / name).mkdir(parents=True)
        content = script if isinstance(script, bytes) else script.encode()
        (folder / name / "migration.sql").write_bytes(content)
    return folder


def record(**values: Any) -> dict[str, Any]:
    row = {"migration_name": "init", "checksum": "0" * 64, "started_at": EARLY, "applied_steps_count": 0}
    return {**row, "finished_at": None, "rolled_back_at": None, "logs": None, **values}


def one(tmp_path: Path, content: str | bytes) -> Script:
    (script,) = ROOM.scripts(lay(tmp_path / "migrations", init=content), tmp_path)
    return script


# --- where the migrations are


def test_a_schema_in_its_usual_place_is_recognised_even_before_the_first_migration(tmp_path: Path) -> None:
    (tmp_path / "prisma").mkdir()
    (tmp_path / "prisma/schema.prisma").write_text(SCHEMA.format("postgresql"))
    assert ROOM.recognises(tmp_path) == tmp_path / "prisma/migrations"


def test_the_place_named_in_package_json_wins_over_the_usual_one(tmp_path: Path) -> None:
    for folder in ("prisma", "database"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "schema.prisma").write_text(SCHEMA.format("postgresql"))
    (tmp_path / "package.json").write_text('{"prisma": {"schema": "database/schema.prisma"}}')
    assert ROOM.recognises(tmp_path) == tmp_path / "database/migrations"


def test_the_path_in_prisma_config_wins_over_the_usual_one(tmp_path: Path) -> None:
    lay(tmp_path / "db/history", init="SELECT 1")
    (tmp_path / "prisma.config.ts").write_text('export default defineConfig({ migrations: { path: "db/history" } })')
    assert ROOM.recognises(tmp_path) == tmp_path / "db/history"


def test_a_backend_below_the_project_is_found_but_not_inside_node_modules(tmp_path: Path) -> None:
    for folder in ("node_modules/some/migrations", "apps/backend/prisma/migrations"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "migration_lock.toml").write_text('provider = "postgresql"\n')
    assert ROOM.recognises(tmp_path) == tmp_path / "apps/backend/prisma/migrations"


@pytest.mark.parametrize("provider", ["mysql", "sqlite", "cockroachdb"])
def test_another_database_is_not_recognised(tmp_path: Path, provider: str) -> None:
    lay(tmp_path / "prisma/migrations", init="SELECT 1")
    (tmp_path / "prisma/migrations/migration_lock.toml").write_text(f'provider = "{provider}"\n')
    (tmp_path / "prisma/schema.prisma").write_text(SCHEMA.format(provider))
    assert ROOM.recognises(tmp_path) is None


@pytest.mark.parametrize("package", ["", "{", "[1]", '{"prisma": 3}', '{"prisma": {"schema": 7}}', "[" * 100_000])
def test_a_broken_package_json_recognises_nothing(tmp_path: Path, package: str) -> None:
    (tmp_path / "package.json").write_text(package)
    assert ROOM.recognises(tmp_path) is None


def test_a_lock_file_of_another_provider_is_noted(tmp_path: Path) -> None:
    folder = lay(tmp_path / "prisma/migrations", init="SELECT 1")
    (folder / "migration_lock.toml").write_text('provider = "sqlite"\n')
    (tmp_path / "prisma/schema.prisma").write_text(SCHEMA.format("postgresql"))
    assert ROOM.recognises(tmp_path) == folder
    (note,) = ROOM.notes(folder)
    assert "P3019" in note


# --- in which order


def test_folders_run_in_the_order_of_node(tmp_path: Path) -> None:
    folder = lay(tmp_path / "migrations", b_second="", A_first="", _x="", **{"2024_a": "", "10_b": ""})
    assert [script.name for script in ROOM.scripts(folder, tmp_path)] == ["_x", "10_b", "2024_a", "A_first", "b_second"]


@pytest.mark.skipif(shutil.which("node") is None, reason="asks Node for its own order")
def test_the_order_is_that_of_locale_compare() -> None:
    letters = "abcABCzZ019_-. ()+$#@éÉüñß"
    chosen = random.Random(7)  # noqa: S311 - the same names on every run
    names = sorted({"".join(chosen.choices(letters, k=chosen.randint(1, 5))) for _ in range(600)})
    program = (
        "const n = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(n.sort((a, b) => a.localeCompare(b, 'en'))))"
    )
    command = ["node", "-e", program]
    import json

    done = subprocess.run(command, input=json.dumps(names), capture_output=True, text=True, check=True)
    assert sorted(names, key=_collation.key) == json.loads(done.stdout)


# --- what is a script


def test_files_beside_the_folders_are_no_migrations(tmp_path: Path) -> None:
    folder = lay(tmp_path / "migrations", init="SELECT 1")
    (folder / "README.md").write_text("notes")
    (folder / "linked").symlink_to(folder / "init")
    assert [script.name for script in ROOM.scripts(folder, tmp_path)] == ["init"]


def test_no_folder_is_no_scripts(tmp_path: Path) -> None:
    assert ROOM.scripts(tmp_path / "prisma/migrations", tmp_path) == ()


def test_a_folder_without_a_script_says_what_prisma_will_say(tmp_path: Path) -> None:
    (tmp_path / "migrations/gap").mkdir(parents=True)
    (script,) = ROOM.scripts(tmp_path / "migrations", tmp_path)
    assert script.sql is None
    assert "P3015" in str(script.problem)


@pytest.mark.parametrize("kind", ["fifo", "folder", "huge"])
def test_what_is_no_readable_file_has_a_problem_and_hangs_nothing(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "migrations/odd/migration.sql"
    path.parent.mkdir(parents=True)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.touch()
        os.truncate(path, LARGEST + 1)
    (script,) = ROOM.scripts(tmp_path / "migrations", tmp_path)
    assert script.sql is None
    assert script.problem


def test_utf_16_is_a_problem_that_postgres_would_refuse(tmp_path: Path) -> None:
    script = one(tmp_path, "CREATE TABLE t ();".encode("utf-16"))
    assert script.sql is None
    assert "zero byte" in str(script.problem)


# --- checksums


def test_the_checksum_is_that_of_the_bytes(tmp_path: Path) -> None:
    content = b"CREATE TABLE a ();\r\n"
    script = one(tmp_path, content)
    assert script.checksum == hashlib.sha256(content).hexdigest()
    assert script.path.as_posix() == "migrations/init/migration.sql"


def test_odd_bytes_count_as_the_replacement_characters_they_are_read_as(tmp_path: Path) -> None:
    assert one(tmp_path, b"-- caf\xe9\n").checksum == hashlib.sha256("-- caf�\n".encode()).hexdigest()


@pytest.mark.parametrize(
    ("on_disk", "recorded", "expected"),
    [
        (b"A\nB\n", b"A\nB\n", FileState.SAME),
        (b"A\nB\n", b"A\r\nB\r\n", FileState.LINE_ENDINGS),
        (b"A\r\nB\r\n", b"A\nB\n", FileState.LINE_ENDINGS),
        (b"A\nB", b"A\nB\n", FileState.EDITED),
        (b"\xef\xbb\xbfA\n", b"A\n", FileState.EDITED),
    ],
)
def test_line_endings_are_no_edit_but_a_newline_or_a_mark_is(
    tmp_path: Path, on_disk: bytes, recorded: bytes, expected: FileState
) -> None:
    row = LedgerRow("init", Ledger.APPLIED, hashlib.sha256(recorded).hexdigest())
    assert ROOM.file_state(one(tmp_path, on_disk), row) is expected


def test_the_old_form_without_leading_zeros_is_accepted(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"SELECT 3").digest()
    old = "".join(f"{byte:x}" for byte in digest)
    assert len(old) < len(digest.hex()), "the text is chosen to have a byte with a leading zero"
    row = LedgerRow("init", Ledger.APPLIED, old)
    assert ROOM.file_state(one(tmp_path, "SELECT 3"), row) is not FileState.EDITED
    assert ROOM.file_state(one(tmp_path / "other", "SELECT 4"), row) is FileState.EDITED


# --- rows


@pytest.mark.parametrize(
    ("values", "state", "by_hand", "note"),
    [
        ({"finished_at": LATE, "applied_steps_count": 1}, Ledger.APPLIED, False, None),
        ({"finished_at": EARLY, "logs": ""}, Ledger.APPLIED, True, "resolve --applied"),
        ({"finished_at": LATE, "logs": "ERROR"}, Ledger.APPLIED, True, "by hand"),
        ({"logs": "ERROR"}, Ledger.FAILED, False, None),
        ({}, Ledger.RUNNING, False, None),
        ({"applied_steps_count": 1}, Ledger.RUNNING, False, "ran to the end"),
        ({"rolled_back_at": LATE, "logs": "ERROR"}, Ledger.ROLLED_BACK, False, None),
        ({"rolled_back_at": LATE, "finished_at": LATE}, Ledger.ROLLED_BACK, False, "P3008"),
    ],
)
def test_what_a_row_means(values: dict[str, Any], state: Ledger, by_hand: bool, note: str | None) -> None:
    (row,) = ROOM.rows([record(**values)])
    assert (row.state, row.marked_by_hand) == (state, by_hand)
    assert (note in str(row.note)) if note else row.note is None


def test_the_schema_is_that_of_the_url() -> None:
    assert ROOM.schema({}) == "public"
    assert ROOM.schema({"schema": "app"}) == "app"
    assert '"we""ird"."_prisma_migrations"' in ROOM.ledger_query('we"ird')


def test_the_databases_own_error_is_taken_out_of_the_log() -> None:
    log = (
        "A migration failed to apply. New migrations cannot be applied before the error is recovered from.\n\n"
        "Migration name: init\n\nDatabase error code: 42710\n\nDatabase error:\n"
        'ERROR: constraint "a_fkey" for relation "a" already exists\n\n   0: sql_schema_connector::apply_migration'
    )
    assert ROOM.failure(log) == '42710 constraint "a_fkey" for relation "a" already exists'
    assert ROOM.failure("something else") == "something else"
    assert ROOM.failure("  ") is None


def test_a_name_from_the_database_cannot_leave_its_argument(tmp_path: Path) -> None:
    command = ROOM.mark_command("a; rm -rf /", "applied", tmp_path, tmp_path)
    assert command == "npx prisma migrate resolve --applied 'a; rm -rf /'"


@pytest.mark.parametrize(
    ("lock", "runner"),
    [("bun.lock", "bunx"), ("bun.lockb", "bunx"), ("pnpm-lock.yaml", "pnpm exec"), ("yarn.lock", "yarn run")],
)
def test_marking_is_run_where_the_package_is_by_what_installed_it(tmp_path: Path, lock: str, runner: str) -> None:
    folder = tmp_path / "apps" / "the api" / "prisma" / "migrations"
    folder.mkdir(parents=True)
    (tmp_path / "apps" / "the api" / "package.json").write_text("{}")
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / lock).write_text("")
    command = ROOM.mark_command("1_init", "applied", folder, tmp_path)
    assert command == f"cd 'apps/the api' && {runner} prisma migrate resolve --applied 1_init"
