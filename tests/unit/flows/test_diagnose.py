from __future__ import annotations

from pathlib import Path

import pytest

from crashcart.flows.diagnose import diagnose
from crashcart.flows.target import discover
from crashcart.model.case import Case, exit_code
from crashcart.model.config import Config
from crashcart.model.errors import ExitCode
from crashcart.model.fault import Severity
from crashcart.tools.clock import Deadline
from crashcart.tools.hands import Hands

SCHEMA = 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop/prisma/migrations/1_init"
    folder.mkdir(parents=True)
    (folder / "migration.sql").write_text("CREATE TABLE a (id INT);\n")
    (folder.parent / "migration_lock.toml").write_text('provider = "postgresql"\n')
    (folder.parent.parent / "schema.prisma").write_text(SCHEMA)
    return tmp_path / "shop"


def ask(project: Path, *logs: str, offline: bool = False) -> tuple[Case, ExitCode]:
    target = discover(project, config=Config(), environ={})
    case = diagnose(target, logs, Hands(timeout=2, deadline=Deadline(60), offline=offline))
    return case, exit_code(case, Severity.P1)


def test_migrations_without_a_database_to_look_at_are_no_all_clear(project: Path) -> None:
    case, code = ask(project)
    assert code is ExitCode.UNCHECKED
    assert any("DATABASE_URL is set nowhere" in why for why in unknown(case))


def unknown(case: Case) -> list[str]:
    return [getattr(answer.outcome, "why", "") for answer in case.unknowns]


def test_what_was_not_to_be_asked_is_not_missed(project: Path) -> None:
    assert ask(project, offline=True)[1] is ExitCode.OK


def test_variables_that_cannot_be_read_are_no_all_clear(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\x00\x01\x02\x03" * 100)
    (tmp_path / "app.log").write_text("all is well\n")
    case, code = ask(tmp_path, str(tmp_path / "app.log"))
    assert code is ExitCode.UNCHECKED
    assert any(".env" in why for why in case.unchecked)


def test_an_empty_folder_cannot_be_told_anything_of(tmp_path: Path) -> None:
    case, code = ask(tmp_path)
    assert code is ExitCode.UNCHECKED
    assert "nothing here could be asked" in case.unchecked[0]


def test_a_log_without_trouble_in_an_empty_folder_is_well(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("Server running on port 3000\n0 errors\n")
    case, code = ask(tmp_path, str(tmp_path / "app.log"))
    assert code is ExitCode.OK
    assert case.findings == ()
