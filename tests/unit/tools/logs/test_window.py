from __future__ import annotations

import io
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from crashcart.model.errors import UsageError
from crashcart.tools.logs import open_log
from crashcart.tools.logs.window import Window, moment, within

HERE = timezone(timedelta(hours=2))
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=HERE)


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-23T10:00:00Z", at(23, 10)),
        ("2026-11-23T10:00:00+01:00", at(23, 9)),
        ("2026-11-23 10:00:00", at(23, 8)),
        ("2026-11-23", at(22, 22)),
        ("10:00", at(23, 8)),
        ("10:00:07", at(23, 8, 0, 7)),
        ("15m", at(23, 9, 45)),
        ("1h30m", at(23, 8, 30)),
        ("2 h ago", at(23, 8)),
        ("2d", at(21, 10)),
        ("now", at(23, 10)),
        ("today", at(22, 22)),
        ("yesterday", at(21, 22)),
        ("Yesterday 18:30", at(22, 16, 30)),
        ("1795428000", datetime.fromtimestamp(1795428000, UTC)),
    ],
)
def test_a_moment_is_meant_as_people_write_it(text: str, meant: datetime) -> None:
    assert moment(text, NOW) == meant


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2026-13-01", "m", "10", "99999999999h", "-", "today noon"])
def test_what_is_no_time_is_a_mistake_of_usage(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        moment(text, NOW)


def test_a_window_cannot_end_before_it_begins() -> None:
    with pytest.raises(UsageError):
        Window(at(23, 10), at(23, 9))


LOG = b"""header
2026-11-23T09:59:59.9Z early
    at early.js
2026-11-23T10:00:00.1Z first
    at first.js

2026-11-23T10:00:30Z last
2026-11-23T10:00:30.5Z late
    at late.js
2026-11-23T10:00:29Z out of order
"""


def test_lines_without_a_time_belong_to_the_last_one_with_it(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_bytes(LOG)
    with open_log(tmp_path / "app.log") as log:
        lines = list(within(log, Window(at(23, 10), at(23, 10, 0, 30))).lines())
    assert [line.number for line in lines] == [1, 4, 5, 6, 7, 10]
    assert lines[-1].text.endswith("out of order")
    assert lines[-1].check
    shown = subprocess.run(lines[-1].check, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert shown.stdout.rstrip("\n") == lines[-1].text


def test_the_second_of_a_bound_is_told_to_its_fraction() -> None:
    text = b"".join(b"2026-11-23T10:00:00.%dZ x\n" % n for n in range(10))
    since = at(23, 10) + timedelta(milliseconds=500)
    kept = list(within(open_log(io.BytesIO(text)), Window(since, None)).lines())
    assert [line.number for line in kept] == [6, 7, 8, 9, 10]


def test_many_lines_of_a_second_are_one_question() -> None:
    text = b"".join(b"api-1  | 2026-11-23 10:%02d:%02d.%03dZ x\n" % (n // 600, n // 10 % 60, n) for n in range(1000))
    kept = list(within(open_log(io.BytesIO(text)), Window(at(23, 10, 1), at(23, 10, 1, 9))).lines())
    assert len(kept) == 90
    assert (kept[0].number, kept[-1].number) == (601, 690)


def test_times_without_a_zone_are_said_to_be_taken_as_utc() -> None:
    problems: list[str] = []
    log = open_log(io.BytesIO(b"2026/11/23 10:00:00 a\n2026/11/23 11:00:00 b\n"), "nginx", problems)
    assert [line.text[-1] for line in within(log, Window(at(23, 10, 30), None)).lines()] == ["b"]
    assert problems == ["nginx: its times name no zone and were taken as UTC"]


def test_a_log_without_times_is_kept_and_that_is_said() -> None:
    problems: list[str] = []
    log = open_log(io.BytesIO(b"a\nb\n"), "app", problems)
    assert len(list(within(log, Window(at(23, 10), None)).lines())) == 2
    assert problems == ["app: no line tells when it was written, so all were read"]


def test_records_of_a_container_runtime_are_asked_for_their_own_time() -> None:
    record = '{"log":"2020-01-01T00:00:00Z %s\\n","stream":"stdout","time":"2026-11-23T%02d:00:00.1Z"}\n'
    text = "".join(record % ("x" * 5000, hour) for hour in (9, 10, 11)).encode()
    log = open_log(io.BytesIO(text))
    assert [line.number for line in within(log, Window(at(23, 10), at(23, 11))).lines()] == [2]


def test_a_clock_that_is_still_to_come_means_yesterday_where_it_has_to_be_past() -> None:
    night = datetime(2026, 1, 6, 0, 29, tzinfo=UTC)
    assert moment("23:50", night, past=True) == datetime(2026, 1, 5, 23, 50, tzinfo=UTC)
    assert moment("23:50", night) == datetime(2026, 1, 6, 23, 50, tzinfo=UTC)
    assert moment("00:10", night, past=True) == datetime(2026, 1, 6, 0, 10, tzinfo=UTC)
