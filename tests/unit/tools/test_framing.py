from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crashcart.tools.framing import Frame, readings, unframe
from crashcart.tools.logs import read

SERILOG = """{"@t":"2026-01-05T02:25:22Z","@mt":"Error: connect {Code} {@Host}:{Port}","@l":"Fatal",\
"Code":"ECONNREFUSED","Host":"192.0.2.7","Port":5432}"""
JOURNALD = """{"__REALTIME_TIMESTAMP":"1","MESSAGE":"Error: connect ECONNREFUSED 192.0.2.7:5432","PRIORITY":"4",\
"_SYSTEMD_UNIT":"api.service"}"""
REFUSED = "Error: connect ECONNREFUSED 192.0.2.7:5432"


@pytest.mark.parametrize(
    ("line", "service", "level"),
    [
        (f"api-1  | {REFUSED}", "api-1", "error"),
        (f"10:00:00 web.1 | {REFUSED}", "web.1", "error"),
        (f"0|api  | {REFUSED}", "api", "error"),
        (f"@acme/api:build: {REFUSED}", "@acme/api", "error"),
        (f"[pod/api-6d4cf56db6-abcde/api] {REFUSED}", "api", "error"),
        (f"api-6d4cf56db6-abcde api {REFUSED}", "api", "error"),
        (f"2026-01-05T02:25:22.123456789Z stderr F {REFUSED}", None, "error"),
        (f"2026-01-05T02:25:22.123456789Z {REFUSED}", None, "error"),
        (f"2026-01-05T02:25:22.123456Z 01E {REFUSED}", None, "error"),
        (f"2026-01-05T02:25:22.1234567Z ##[warning]{REFUSED}", None, "warning"),
        (f"build\tRun tests\t2026-01-05T02:25:22.1234567Z {REFUSED}", None, "error"),
        (f"::notice file=app.js,line=1::{REFUSED}", None, "info"),
        (f"section_start:1560896352:step_script[collapsed=true]{REFUSED}", None, "error"),
        (f"Jan  5 02:25:22 host api[12]: {REFUSED}", "api", "error"),
        (f"<12>Jan  5 02:25:22 host api: {REFUSED}", "api", "warning"),
        (f'<10>1 2026-01-05T02:25:22.003Z host.example.com api 1 ID47 [a@1 b="c"] {REFUSED}', "api", "fatal"),
        (f"2026-01-05T02:25:22+0000 host api[7]: {REFUSED}", "api", "error"),
        (f"#12 3.456 {REFUSED}", None, "error"),
        (f'{{"log":"{REFUSED}\\n","stream":"stderr","time":"2026-01-05T02:25:22.1Z"}}', None, "error"),
        (JOURNALD, "api", "warning"),
        (f'{{"level":60,"time":1,"pid":1,"hostname":"h","name":"api","msg":"{REFUSED}"}}', "api", "fatal"),
        (f'{{"event":"{REFUSED}","level":"critical","logger":"app"}}', None, "fatal"),
        (f'{{"level":"error","ts":1767579922.1,"caller":"a.go:1","msg":"{REFUSED}"}}', None, "error"),
        (f'time="2026-01-05T02:25:22Z" level=warning msg="{REFUSED}"', None, "warning"),
        (SERILOG, None, "fatal"),
        (f'api-1 | {{"log":"{{\\"level\\":30,\\"msg\\":\\"{REFUSED}\\"}}\\n","stream":"stdout"}}', "api-1", "info"),
    ],
)  # fmt: skip
def test_a_line_is_taken_out_of_what_its_carriers_put_around_it(line: str, service: str | None, level: str) -> None:
    frame = unframe(line)
    assert (frame.message, frame.service, frame.level) == (REFUSED, service, level)


@pytest.mark.parametrize(
    "record",
    [
        '{"level":50,"msg":"no start","err":{"type":"Error","message":"connect ECONNREFUSED 192.0.2.7:5432"}}',
        '{"level":"error","message":"no start","error":"Error: connect ECONNREFUSED 192.0.2.7:5432"}',
        '{"message":"no start","context":{"exception":{"name":"Error","msg":"connect ECONNREFUSED 192.0.2.7:5432"}}}',
        '{"s":"E","msg":"no start","attr":{"error":"Error: connect ECONNREFUSED 192.0.2.7:5432"}}',
        'level=error msg="no start" err="Error: connect ECONNREFUSED 192.0.2.7:5432"',
    ],
)
def test_a_failure_told_beside_the_message_belongs_to_it(record: str) -> None:
    assert unframe(record).message == f"no start: {REFUSED}"


@pytest.mark.parametrize(
    "line",
    [
        "12 | const answer = 42",
        "a || b",
        "{not json}",
        '{"id": 7}',
        "DATABASE_URL=postgres://db PORT=3000",
        "[1, 2, 3]",
        "error TS2307: Cannot find module './x'",
    ],
)
def test_what_only_looks_like_a_frame_stays(line: str) -> None:
    assert unframe(line).message == line
    assert unframe(line).service is None


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-01-05 02:25:22.123 UTC [1] FATAL:  no", "fatal"),
        ("2026-01-05 02:25:22.123 UTC [1] LOG:  ready", "info"),
        ("2026-01-05 02:25:22 INFO  no ERROR here", "info"),
        ("2026/01/05 02:25:22 [emerg] 1#1: host not found", "fatal"),
        ("W0105 02:25:22.123456       1 main.go:1] x", "warning"),
        ("npm ERR! code E404", "error"),
        ("[2026-01-05T02:25:22+00:00] production.ERROR: x", "error"),
        ("GET /error 200", None),
        ("0 errors, 0 warnings", None),
        ("DEBUG=express:* node app.js", None),
    ],
)
def test_the_level_is_the_one_that_the_line_begins_with(line: str, level: str | None) -> None:
    assert unframe(line).level == level


def test_the_outermost_time_with_its_zone_counts() -> None:
    frame = unframe("api-1  | 2026-01-05T02:25:22.5Z 2026-01-05 03:25:21,123 ERROR x")
    assert frame.at == datetime(2026, 1, 5, 2, 25, 22, 500_000, tzinfo=UTC)
    naive = unframe("api-1  | 2026-01-05 03:25:21,123 ERROR x")
    assert (naive.at, naive.zoned) == (None, False)
    assert naive.wall == datetime(2026, 1, 5, 3, 25, 21, 123_000)  # noqa: DTZ001 - it has none


def test_a_line_may_be_read_as_each_of_the_texts_in_it() -> None:
    inner = '{"level":"error","msg":"role \\"app\\" is absent","sql":{"query":"SELECT \\"a\\""}}'
    outer = '{"log":' + json.dumps(inner + "\n") + ',"stream":"stderr"}'
    found = readings(f"db-1  | {outer}")
    assert found[0] == f"db-1  | {outer}"
    assert {'role "app" is absent', 'SELECT "a"'} <= set(found)
    assert readings("plain") == ("plain",)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.text(alphabet='{}[]":,\\ntms01 |<>#=-', max_size=200))
def test_no_text_breaks_the_unframing(text: str) -> None:
    assert isinstance(unframe(text), Frame)
    assert readings(text)[0] == text


@pytest.mark.parametrize(
    "piece", ["[", "<1>", "a=", '"', "a.", "a-", '{"log":', "[x]", "2026-01-05T02:25:22Z ", "\\", " |", "key=v "]
)
def test_a_hostile_line_takes_no_longer_than_its_length(piece: str) -> None:
    line = piece * (200_000 // len(piece))
    assert readings(line)[0] == line
    assert unframe(line)


REACHED = "connect ECONNREFUSED 127.0.0.1:1"
PYTHON = "ConnectionRefusedError: [Errno 111] Connection refused"


def test_what_loggers_really_wrote_is_told_as_they_meant_it() -> None:
    """pino, bunyan, winston and log4js; structlog four times, python-json-logger, logging and loguru."""
    log = Path(__file__).parent / "logs" / "samples" / "loggers.log"
    frames = [unframe(line.text) for line in read(log)]
    messages = [frame.message for frame in frames]
    assert messages[:7] == [
        "listening on 3000", f"cannot reach the database: Error: {REACHED}", f"again: Error: {REACHED}",
        f"Error: {REACHED}", "odd", "plain error key: ECONNREFUSED", f"cannot reach the database: Error: {REACHED}",
    ]  # fmt: skip
    assert messages[14:18] == [f"db_failed: {PYTHON}", f"db_failed: {PYTHON}", "db failed", "db failed"]
    assert messages[19] == f"db failed: {PYTHON}"
    assert [frame.service for frame in frames[:9]] == ["shop"] * 9
    levels = ["info", "error", "error", "fatal", "warning", "error", "error", "error", "warning"]
    assert [frame.level for frame in frames] == levels + ["error"] * (len(frames) - 9)
    assert [n for n, frame in enumerate(frames) if not frame.wall] == [21]
    assert sum(PYTHON in "".join(readings(line.text)) for line in read(log)) == 3
