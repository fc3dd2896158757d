"""The lines around what was noticed."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from crashcart.flows import context
from crashcart.flows.triage import triage
from crashcart.model.case import Case

REFUSED = "Error: connect ECONNREFUSED 172.18.0.2:5432"
LINES = [*(f"before {n}" for n in range(1, 21)), REFUSED, "\x1b[31mafter\x1b[0m password=CaN4ry-77xQ", "last"]


def around(case: Case) -> list[tuple[int, str]]:
    return [(near.line, near.text) for near in case.findings[0].evidence[0].context]


EXPECTED = [(19, "before 19"), (20, "before 20"), (21, REFUSED), (22, "after password=***"), (23, "last")]


def test_a_file_is_read_again(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("\n".join(LINES))
    assert around(triage([str(log)], context=2)) == EXPECTED
    assert around(triage([str(log)], context=1)) == EXPECTED[1:-1]
    assert around(triage([str(log)])) == []


def test_standard_input_is_kept() -> None:
    text = "\n".join(LINES).encode()
    assert around(triage(["-"], stdin=io.BytesIO(text), context=2)) == EXPECTED
    assert around(triage(["-"], stdin=io.BytesIO(gzip.compress(text)), context=2)) == EXPECTED


def test_of_endless_input_only_so_much_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "MAX_KEPT", 64)
    case = triage(["-"], stdin=io.BytesIO("\n".join(LINES).encode()), context=2)
    assert case.findings[0].evidence[0].origin.line == 21
    assert around(case) == []


def test_the_logs_of_an_archive_have_their_own_lines(tmp_path: Path) -> None:
    from zipfile import ZipFile

    with ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("quiet.log", "well\n" * 30)
        archive.writestr("app.log", "\n".join(LINES))
        archive.writestr("other.log", "well\n" * 30)
    assert around(triage([str(tmp_path / "logs.zip")], context=2)) == EXPECTED


def test_a_log_that_is_another_one_now_gives_no_context(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("\n".join(LINES))
    case = triage([str(log)])
    log.write_text("\n".join(reversed(LINES)))
    assert around(context.with_context(case, [str(log)], 2)) == []
    log.unlink()
    assert around(context.with_context(case, [str(log)], 2)) == []
