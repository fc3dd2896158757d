"""The demo stages, rescues, tells, and leaves nothing behind that it was not asked to keep."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from crashcart.flows.demo import GUESSES, demo
from crashcart.model.case import Case
from crashcart.model.errors import UnavailableError, UsageError
from crashcart.model.finding import Role, Verdict
from crashcart.reports import render
from crashcart.staging import keeping, ports
from crashcart.staging.accident import DEMO, load, unmet
from servers import missing
from waiting import until


@dataclass
class Told:
    """One demo and what it said."""

    case: Case | None = None
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def run(folder: Path | None, keep: bool) -> Told:
    told = Told()
    try:
        told.case = demo(folder, keep, told.lines.append, render=lambda case, form: render(case, form, width=200))
    except UnavailableError as error:
        missing("postgres", str(error))
    return told


def end(pid: int, port: int) -> None:
    """Tell the process that serves *port* to end, and wait until it has."""
    os.kill(pid, signal.SIGTERM)
    assert until(lambda: ports.refuses(ports.LOOPBACK, port)), f"process {pid} still serves port {port}"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A demo in a temporary folder, run from a shell whose own database must not be touched."""
    with pytest.MonkeyPatch.context() as patch, ports.silent_port() as trap:
        patch.setenv("DATABASE_URL", f"postgresql://me:mine@127.0.0.1:{trap}/mine")
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary files")))
        yield run(None, keep=False)


def test_everything_staged_is_found(told: Told) -> None:
    assert told.case
    assert unmet(load(DEMO), told.case.findings) == ()
    assert unmet(load(DEMO), ()) != ()


def test_no_confirmed_cause_is_one_that_was_not_staged(told: Told) -> None:
    assert told.case
    wanted = {each["fault"] for each in load(DEMO).must_find if each["role"] == "cause"}
    causes = {f.fault for f in told.case.of(Role.CAUSE) if f.verdict is Verdict.CONFIRMED}
    assert causes == wanted


def test_each_guess_meets_what_is_proven(told: Told) -> None:
    assert told.case
    for guess in GUESSES:
        proven = [finding.because for finding in told.case.findings if finding.fault == guess.fault]
        assert proven, guess
        assert told.text.count(f"guessed  {guess.words}\n  proven   {proven[0]}") == 1


def test_the_plan_and_the_report_are_shown(told: Told) -> None:
    assert told.case
    assert told.case.plan
    assert told.case.plan.steps[0].does in told.text
    assert "The same as a report in Markdown" in told.text


def test_only_the_staged_database_is_asked(told: Told) -> None:
    assert told.case
    assert told.case.target.database_url
    assert "mine" not in told.case.target.database_url.value.reveal()


def test_nothing_is_left(told: Told) -> None:
    assert list(Path(tempfile.gettempdir()).glob("crashcart-demo-*")) == []
    port = re.search(r"at 127\.0\.0\.\d:(\d+)", told.text)
    assert port
    assert ports.refuses(ports.LOOPBACK, int(port[1]))


def test_what_is_kept_can_be_played_with(tmp_path: Path) -> None:
    folder = tmp_path / "kept here"
    told = run(folder, keep=True)
    pid = re.search(r"as process (\d+)", told.text)
    assert pid
    setup = keeping.recall(folder)
    try:
        with psycopg.connect(f"postgresql://shop:velvet-otter-41@127.0.0.1:{setup.port}/shop_db") as connection:
            rows = connection.execute("SELECT count(*) FROM avatar_projects").fetchone()
    finally:
        end(int(pid[1]), setup.port)
        if setup.data and not setup.data.is_relative_to(folder):
            shutil.rmtree(setup.data.parent)
    assert rows == (0,)
    commands = re.findall(r"^  (\S+) (?:explain|triage|diagnose|migrations)\b", told.text, re.MULTILINE)
    assert len(commands) == 4
    assert all(shutil.which(command) for command in commands)
    assert (folder / "report.md").read_text().startswith("#")
    assert "velvet-otter-41" not in told.text + (folder / "report.md").read_text()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        run(tmp_path, keep=False)
    assert (tmp_path / "mine.txt").read_text() == "mine"
