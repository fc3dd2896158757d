"""Own faults from end to end: learned from a log, checked, noticed; what is told of them keeps to the contract."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crashcart.flows.faults import check
from crashcart.reports.as_json import schema

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).parent / "crashcart"
LIMIT = 120
LINE = "2026-01-05T10:00:00Z ERROR [seats] no seat left on seats.example.com:7070 (attempt 3)"


def crashcart(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [PROGRAM, *arguments], cwd=project, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert "Traceback" not in done.stderr
    return done


def document(project: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = crashcart(project, *arguments, "--format", "json")
    found: dict[str, Any] = json.loads(done.stdout)
    Draft202012Validator(schema()).validate(found)
    return done.returncode, found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "deploy.log").write_text(f"2026-01-05T09:59:59Z INFO [seats] 3 seats left\n{LINE}\n")
    return tmp_path


def test_from_an_unexplained_line_to_a_finding(project: Path) -> None:
    code, before = document(project, "triage", "deploy.log")
    assert (code, before["findings"]) == (0, [])
    assert before["unexplained"][0]["example"]["text"] == LINE
    assert before["unexplained"][0]["example"]["origin"]["line"] == 2
    assert before["remark"]
    learned = crashcart(project, "triage", "deploy.log", "--learn")
    assert learned.returncode == 0
    path = project / learned.stdout.strip()
    assert path.is_file()
    assert crashcart(project, "faults", "check").returncode == 0
    code, after = document(project, "triage", "deploy.log", "--fail-on", "P2")
    (finding,) = after["findings"]
    assert (code, finding["fault"], finding["role"]) == (3, f"own.{path.stem}", "cause")
    assert (finding["facts"]["host"], finding["facts"]["port"]) == ("seats.example.com", "7070")
    assert (after["unexplained"], after["remark"]) == ([], None)
    assert path.stem in crashcart(project, "explain").stdout


def test_a_known_line_is_not_learned_and_the_reason_is_told(project: Path) -> None:
    crashcart(project, "triage", "--learn", "deploy.log:2")
    again = crashcart(project, "triage", "--learn", "deploy.log:2")
    assert again.returncode == 2
    assert "is known" in again.stderr
    assert len(list((project / ".crashcart/faults/own").iterdir())) == 1


def test_the_check_tells_file_key_and_cure_in_every_format(project: Path) -> None:
    crashcart(project, "triage", "--learn", "deploy.log:2")
    (path,) = (project / ".crashcart/faults/own").iterdir()
    path.write_text(path.read_text().replace("explains = []", 'explains = ["app.startup-faild"]'))
    code, found = document(project, "faults", "check")
    (problem,) = found["problems"]
    assert (code, found["exit_code"], problem["key"], problem["weight"]) == (2, 2, "explains", "error")
    assert problem["cure"] == "did you mean app.startup-failed?"
    for kind in ("text", "markdown"):
        told = crashcart(project, "faults", "check", "--format", kind)
        assert told.returncode == 2
        assert path.name in told.stdout
        assert "app.startup-failed?" in told.stdout


def test_a_folder_may_be_named_and_none_is_needed(project: Path) -> None:
    assert crashcart(project, "faults", "check").returncode == 0
    elsewhere = project / "shared"
    elsewhere.mkdir()
    (elsewhere / "seats.toml").write_text("title = \n")
    assert crashcart(project, "faults", "check", "shared").returncode == 2
    absent = crashcart(project, "faults", "check", "absent")
    assert (absent.returncode, absent.stdout) == (2, "")


def test_a_malformed_own_fault_ends_the_triage_with_its_place(project: Path) -> None:
    folder = project / ".crashcart/faults"
    folder.mkdir(parents=True)
    (folder / "seats.toml").write_text('title = "\\u001b[31mx"\n')
    done = crashcart(project, "triage", "deploy.log")
    assert done.returncode == 2
    assert "seats.toml" in done.stderr
    assert "title" in done.stderr
    assert "\x1b" not in done.stderr


def test_the_example_of_the_page_is_sound(tmp_path: Path) -> None:
    page = (ROOT / "docs/own-faults.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "seats").mkdir()
    (tmp_path / "seats/none-left.toml").write_text(example)
    assert check(tmp_path).flaws == ()


def test_the_recipe_of_a_fault_is_sound_apart_from_its_double(tmp_path: Path) -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("### A fault")[2]
    example = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0]
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres/auth-failed.toml").write_text(example)
    found = check(tmp_path)
    assert found.flaws == ()
    assert found.replaced == {"postgres.auth-failed"}
