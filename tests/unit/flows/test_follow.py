"""A story that is told while it happens."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import pytest

from crashcart.faults import load
from crashcart.flows.follow import Following, Story
from crashcart.flows.triage import Follow, triage
from crashcart.model.errors import UsageError
from crashcart.model.finding import Finding, Role, Verdict
from crashcart.tools.clock import Deadline

REFUSED = "Error: connect ECONNREFUSED 172.18.0.2:5432\n"
WELL = "Database connected successfully\n"
MISSING = "error: Cannot find module './live/socket' from '/app/server/src/index.ts'\n"


def told(following: Following, seconds: float = 60) -> list[tuple[str, str, str]]:
    return [
        (change, f.fault, str(f.verdict)) for changes in following.changes(Deadline(seconds)) for change, f in changes
    ]


def test_what_stands_at_the_end_is_what_triage_finds() -> None:
    text = (REFUSED + MISSING + "backend-1 exited with code 1\n").encode()
    flow = Follow(["-"], faults=load(), stdin=io.BytesIO(text))
    assert {change for change, _, _ in told(flow.following)} == {"new"}
    followed, at_once = flow.report(), triage(["-"], stdin=io.BytesIO(text))
    assert {(f.fault, f.role, f.title) for f in followed.findings} == {
        (f.fault, f.role, f.title) for f in at_once.findings
    }
    assert followed.facts == at_once.facts


def test_a_recovery_changes_what_was_told(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(REFUSED)
    following = Following([str(log)], load())
    changes = following.changes(Deadline(60))
    ((change, finding),) = next(changes)
    assert (change, finding.verdict) == ("new", Verdict.UNPROVEN)
    with log.open("a") as more:
        more.write(WELL)
    ((change, again),) = next(changes)
    assert (change, again.role, again.id) == ("changed", Role.BENIGN, finding.id)


def test_it_ends_with_the_deadline_though_the_file_may_still_grow(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(REFUSED)
    assert told(Following([str(log)], load()), 1.0) == [("new", "postgres.connection-refused", "unproven")]


def test_a_rotated_log_is_one_story(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(REFUSED)
    flow = Follow([str(log)], faults=load(), context=1)
    changes = flow.following.changes(Deadline(60))
    next(changes)
    os.rename(log, tmp_path / "app.log.1")  # noqa: PTH104 - as logrotate does
    log.write_text(WELL)
    ((change, _),) = next(changes)
    assert change == "changed"
    assert flow.report().facts["rotated"].startswith("1×")


def test_several_logs_are_followed_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(REFUSED)
    following = Following(["-", str(tmp_path / "a.log")], load(), io.BytesIO(MISSING.encode()))
    assert {fault for _, fault, _ in told(following, 1.5)} == {"postgres.connection-refused", "node.module-not-found"}


def test_what_cannot_be_followed_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="absent"):
        told(Following([str(tmp_path / "absent.log")], load()))
    with pytest.raises(UsageError, match="no log named"):
        Following([], load())
    binary = Following(["-"], load(), io.BytesIO(bytes(range(256)) * 50))
    assert told(binary) == []
    assert binary.unread


def test_a_packed_log_is_not_followed(tmp_path: Path) -> None:
    (log := tmp_path / "deploy.log.gz").write_bytes(gzip.compress(b"ERROR: x\n"))
    with pytest.raises(UsageError, match="packed"):
        told(Following([str(log)], load()))


def finding(text: str, at: int, found: tuple[Finding, ...]) -> Finding:
    return next(f for f in found if text in f.fault and f.evidence[0].origin.line == at)


def test_ids_stay_though_the_order_of_the_judgement_changes() -> None:
    first = triage(["-"], stdin=io.BytesIO(MISSING.encode())).findings
    both = triage(["-"], stdin=io.BytesIO((MISSING + REFUSED).encode())).findings
    story = Story()
    ((_, one),) = story.changes(first)
    changed = story.changes(both)
    assert {change for change, _ in changed} == {"new"}
    assert finding("module", 1, story.told).id == one.id
    assert len({f.id for f in story.told}) == len(story.told)
    assert [change for change, _ in story.changes(first)] == ["withdrawn"]
