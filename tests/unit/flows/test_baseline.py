from __future__ import annotations

from pathlib import Path

import pytest

from crashcart.diagnosis.notice import notice
from crashcart.faults import load
from crashcart.flows.baseline import Good, read
from crashcart.flows.triage import triage
from crashcart.model.case import Case, exit_code
from crashcart.model.errors import ExitCode, UsageError
from crashcart.model.fault import Severity
from crashcart.model.finding import Passed, Role, Unknown, Verdict
from crashcart.tools.logs import LogLine

REFUSED = "Error: connect ECONNREFUSED 192.0.2.7:6380"
OTHER = "Error: connect ECONNREFUSED 192.0.2.8:6380"
NOISE = "2026-01-05 10:00:00 ERROR cushions: none for seat 7"
NEWS = "2026-01-05 10:00:00 ERROR guests: nobody came"


def log(folder: Path, name: str, *lines: str) -> str:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


def good(folder: Path, *lines: str) -> Good:
    return read([log(folder, "good.log", *lines)], load())


def compared(folder: Path, bad: list[str], fine: list[str]) -> Case:
    return triage([log(folder, "bad.log", *bad)], baseline=[log(folder, "good.log", *fine)])


def test_what_a_good_deployment_shows_too_is_no_cause(tmp_path: Path) -> None:
    (finding,) = compared(tmp_path, ["starting", REFUSED], [REFUSED, "all well"]).findings
    assert (finding.role, finding.verdict) == (Role.BENIGN, Verdict.REFUTED)
    assert "good deployment" in finding.because
    assert str(tmp_path / "good.log") in [evidence.origin.where for evidence in finding.evidence]


def test_what_concerns_another_place_stands(tmp_path: Path) -> None:
    findings = compared(tmp_path, [REFUSED, OTHER], [REFUSED]).findings
    assert [(f.facts["host"], f.role) for f in findings] == [("192.0.2.8", Role.CAUSE), ("192.0.2.7", Role.BENIGN)]


def test_what_is_much_worse_than_in_the_good_deployment_stands_and_says_so(tmp_path: Path) -> None:
    (finding,) = compared(tmp_path, [REFUSED] * 40, [REFUSED]).findings
    assert finding.role is Role.CAUSE
    assert "40 times" in finding.because


def test_what_recovered_in_the_good_deployment_proves_nothing_for_what_did_not_here() -> None:
    waits = "PostgreSQL is unavailable - sleeping"
    claims = notice(
        [LogLine("good.log", 1, waits), LogLine("good.log", 2, "PostgreSQL is up - executing command")], load()
    ).claims
    bad = notice([LogLine("bad.log", 1, waits)], load()).claims
    assert claims[0].refuted_because
    assert Good(("good.log",), claims, (), ()).answers(bad) == ()


def test_unexplained_lines_of_the_good_deployment_are_left_out_and_counted(tmp_path: Path) -> None:
    case = compared(tmp_path, [NOISE.replace("7", "9"), NEWS], [NOISE])
    assert [lines.example.text for lines in case.unexplained] == [NEWS]
    assert case.also_good == 1


def test_a_log_of_a_failed_deployment_is_not_compared_with(tmp_path: Path) -> None:
    failed = ["ERROR: Application startup failed. Exiting.", REFUSED]
    case = compared(tmp_path, [REFUSED], failed)
    assert case.findings[0].role is Role.CAUSE
    assert any("good.log" in error and "failure itself" in error for error in case.errors)


def test_several_good_logs_each_tell(tmp_path: Path) -> None:
    paths = [log(tmp_path, "one.log", REFUSED), log(tmp_path, "two.log", OTHER)]
    case = triage([log(tmp_path, "bad.log", REFUSED, OTHER)], baseline=paths)
    assert {finding.role for finding in case.findings} == {Role.BENIGN}


def test_answers_name_the_line_of_the_good_log(tmp_path: Path) -> None:
    fine = good(tmp_path, "well", REFUSED)
    claims = notice([LogLine("bad.log", 1, REFUSED)], load()).claims
    (answer,) = fine.answers(claims)
    assert isinstance(answer.outcome, Passed)
    assert answer.outcome.refutes == ("c1",)
    assert "good.log:2" in answer.outcome.because
    (worse,) = fine.answers(notice([LogLine("bad.log", n, REFUSED) for n in range(1, 99)], load()).claims)
    assert isinstance(worse.outcome, Unknown)


def test_what_cannot_serve_as_a_good_log_is_told(tmp_path: Path) -> None:
    bad = log(tmp_path, "bad.log", REFUSED)
    for path in ("-", str(tmp_path / "absent.log"), bad):
        with pytest.raises(UsageError):
            read([path], load(), [bad])
    assert "empty" in read([log(tmp_path, "empty.log")], load()).problems[0]


def test_without_a_known_cause_the_case_says_what_is_left_open(tmp_path: Path) -> None:
    assert triage([log(tmp_path, "a.log", "all well")]).remark is None
    assert triage([log(tmp_path, "a.log", REFUSED, NEWS)]).remark is None
    doubtful = triage([log(tmp_path, "a.log", NEWS)])
    assert doubtful.remark
    assert "cannot be told" in doubtful.remark
    ended = triage([log(tmp_path, "a.log", "2026-01-05 10:00:00 FATAL guests: nobody came")])
    assert ended.remark
    assert "ended badly" in ended.remark
    assert exit_code(ended, Severity.P3) is ExitCode.OK
