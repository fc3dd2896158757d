"""What every migration engine promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from crashcart import engines
from crashcart.engines import Engine
from crashcart.model.migration import FileState, Ledger, LedgerRow

ROOMS = engines.find()
every_engine = pytest.mark.parametrize("engine", ROOMS, ids=lambda engine: engine.name)


def test_names_are_unique() -> None:
    assert len({engine.name for engine in ROOMS}) == len(ROOMS) > 0


@every_engine
def test_an_empty_project_is_not_recognised(engine: Engine, tmp_path: Path) -> None:
    assert engine.recognises(tmp_path) is None


@every_engine
def test_a_project_that_is_not_there_is_not_recognised(engine: Engine, tmp_path: Path) -> None:
    assert engine.recognises(tmp_path / "nowhere") is None


@every_engine
def test_a_folder_that_is_not_there_has_no_scripts(engine: Engine, tmp_path: Path) -> None:
    assert engine.scripts(tmp_path / "nowhere", tmp_path) == ()
    assert engine.notes(tmp_path / "nowhere") == ()


@every_engine
def test_no_records_are_no_rows(engine: Engine) -> None:
    assert engine.rows([]) == ()


@every_engine
def test_a_row_without_a_script_misses_its_file(engine: Engine) -> None:
    assert engine.file_state(None, LedgerRow("gone", Ledger.APPLIED, "0" * 64)) is FileState.MISSING


@every_engine
def test_the_ledger_is_only_read(engine: Engine) -> None:
    from pglast import parse_sql

    (statement,) = parse_sql(engine.ledger_query("public"))
    assert type(statement.stmt).__name__ == "SelectStmt"
    assert engine.ledger_table in engine.ledger_query("public")


@every_engine
def test_marking_names_the_migration_and_the_state(engine: Engine, tmp_path: Path) -> None:
    for state in ("applied", "rolled-back"):
        command = engine.mark_command("20240101_init", state, tmp_path, tmp_path)
        assert "20240101_init" in command
        assert state in command
