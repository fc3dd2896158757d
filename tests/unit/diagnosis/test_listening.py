from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crashcart.diagnosis.notice import Watch
from crashcart.faults import load
from crashcart.model.finding import Claim
from crashcart.model.unexplained import Unexplained
from crashcart.tools.logs import LogLine, text_of

EPOCH = datetime.fromtimestamp(0, UTC)
KINDS = (
    "connect ECONNREFUSED 192.0.2.{few}:5432",
    "2026-11-23T18:00:{two}.123Z connect ECONNREFUSED 192.0.2.7:54{few}2",
    "web-{few}  | Error: connect ECONNREFUSED 192.0.2.7:5432",
    "web-1  | 2026-11-23T18:00:{two}Z server listening on port 3000",
    "server listening on port 3000",
    "web-{few} exited with code {few}",
    "npm error code ELIFECYCLE",
    "received SIGTERM, shutting down",
    "Error: Connection terminated unexpectedly",
    '{{"log":"FATAL:  password authentication failed for user \\"app{few}\\"\\n","time":"2026-11-23T18:00:{two}Z"}}',
    'FATAL:  password authentication failed for user "app"',
    "redis: NOAUTH Authentication required.",
    "Error: connect ECONNREFUSED 192.0.2.7:6379",
    "WARN could not connect to server: Connection refused, attempt {two}",
    'Is the server running on host "db" (192.0.2.{few}) and accepting TCP/IP connections on port 5432?',
    'ERROR:  relation "orders{few}" does not exist at character {two}',
    'DETAIL:  Key (id)=({two}) is not present in table "orders".',
    "#{few} 12.{two} npm error code ERESOLVE",
    "#{few} DONE 0.{few}s",
    "#{few} ERROR: process did not complete successfully: exit code: {few}",
    "Step {few}/9 : RUN npm ci",
    "Successfully built 0123456789ab",
    "PASS test/{two}.js",
    "Tests:       {few} passed, 3 total",
    "Tests:       1 failed, {few} passed, 3 total",
    "database system is ready to accept connections",
    "2026-11-23 18:00:{two} ERROR seat {two} is gone",
    "web-{few}  | ERROR seat {two} is gone",
    "    at seats (/app/error.js:{two}:{few})",
    "Caused by: java.lang.IllegalStateException: no seat {few}",
    "Traceback (most recent call last):",
    "ValueError: invalid seat {two}",
    "process exited with code {few}",
    "found {few} errors",
    '{{"level":{few}0,"msg":"seat {two} failed"}}',
    'GET /static/error-{two}.js HTTP/1.1" 200',
    "✖ Error: P100{few}: Can't reach database server at `db{few}:5432`",
    "Require stack:",
    "- /app/server{few}.js",
    "Error: Cannot find module './x{few}'",
    "FATAL:  the database system is starting up",
    "ready",
)


@st.composite
def logs(draw: st.DrawFn) -> list[tuple[str, int, str]]:
    """Lines of few kinds, so that each comes often; of one log or two, some lines apart."""
    rng = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311 - text, not keys
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=7))
    sources = draw(st.sampled_from((["a.log"], ["a.log"], ["a.log", "b.log"])))
    gaps = draw(st.sampled_from(((1,), (1, 2, 3), (1, 5, 40, 250))))
    lines = []
    for source in sources:
        number = 0
        for _ in range(draw(st.integers(1, 120))):
            number += rng.choice(gaps)
            text = rng.choice(kinds).format(few=rng.randrange(1, 4), two=f"{rng.randrange(100):02}")
            lines.append((source, number, text))
    return lines


@settings(max_examples=200, deadline=None)
@given(logs())
def test_lines_that_are_played_again_tell_what_they_tell_when_they_are_read(lines: list[tuple[str, int, str]]) -> None:
    quick, slow = Watch(load()), Watch(load())
    for source, number, text in lines:
        quick.hear(source, number, text.encode())
        slow.read(LogLine(source, number, text))
    assert _told(quick) == _told(slow)


@pytest.mark.parametrize(
    "raw", [b"\xff connect ECONNREFUSED 192.0.2.7:5432", b"\x1b[31mEACCES: permission denied\x1b[0m\r"]
)
def test_bytes_that_are_no_clean_text_are_read_as_such(raw: bytes) -> None:
    quick, slow = Watch(load()), Watch(load())
    for number in range(1, 9):
        quick.hear("a.log", number, raw)
        slow.read(LogLine("a.log", number, text_of(raw)))
    assert _told(quick) == _told(slow)


def test_a_repeat_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(load())
    read: list[int] = []
    plain = watch.read

    def noted(line: LogLine) -> None:
        read.append(line.number)
        plain(line)

    monkeypatch.setattr(watch, "read", noted)
    for number in range(1, 101):
        watch.hear("a.log", number, b"2026-11-23T18:00:%02dZ connect ECONNREFUSED 192.0.2.7:5432" % (number % 60))
    assert len(read) < 10
    (claim,) = watch.claims()
    assert (claim.count, claim.last_position) == (100, 99)
    assert claim.last_at == datetime(2026, 11, 23, 18, 0, 40, tzinfo=UTC)


def _told(watch: Watch) -> tuple[Sequence[Claim], Sequence[Unexplained], int]:
    claims = [
        replace(
            claim,
            evidence=tuple(e._replace(taken_at=EPOCH) for e in claim.evidence),
            refuted_by=tuple(e._replace(taken_at=EPOCH) for e in claim.refuted_by),
        )
        for claim in watch.claims()
    ]
    rest = [replace(u, example=u.example._replace(taken_at=EPOCH)) for u in watch.unexplained()]
    return claims, rest, watch.lines_read
