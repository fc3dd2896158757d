from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from crashcart.diagnosis import gist, sieve
from crashcart.diagnosis.notice import Noticed, notice
from crashcart.faults import load
from crashcart.flows.reading import Reading
from crashcart.tools.logs import read
from crashcart.tools.scanner import pieces

LOGS = sorted(Path(__file__).parents[3].glob("accidents/**/*.log"))
NOISE = (
    '192.0.2.{n} - - [23/Nov/2026:18:00:{s:02} +0000] "GET /api/items/{n} HTTP/1.1" 200 {n} "-" "curl/8.5"',
    "2026-11-23 18:00:{s:02}.{n:06} UTC [{n}] LOG:  checkpoint complete: wrote {n} buffers",
    '{{"level":30,"time":{n},"msg":"request completed","status":200,"path":"/items/{n}"}}',
)


def told(noticed: Noticed) -> tuple[object, ...]:
    """Everything but the moment of the reading."""
    claims = [
        (
            *(c.fault, c.facts, c.count, c.position, c.last_position, c.first_at, c.service, c.refuted_because),
            *((str(e.origin), e.text, e.check) for e in (*c.evidence, *c.refuted_by)),
        )
        for c in noticed.claims
    ]
    rest = [(u.template, u.count, u.lines) for u in noticed.unexplained]
    return claims, rest, noticed.lines_read


def dense(rng: random.Random, lines: int) -> Iterator[str]:
    """A log in which one line of ten tells trouble, plain or in a container runtime's JSON."""
    traces = [trace for fault in load().values() for trace in fault.traces]
    examples = rng.sample([e.line for trace in traces for e in trace.matches if "\n" not in e.line], 150)
    for n in range(lines):
        time = f"2026-11-23T18:{n // 60 % 60:02}:{n % 60:02}.{n % 1000:03}Z"
        if rng.random() >= 0.1:
            yield rng.choice(NOISE).format(s=n % 60, n=rng.randrange(10**6))
        elif rng.random() < 0.5:
            yield f"{time} {rng.choice(examples)}"
        else:
            yield json.dumps({"log": rng.choice(examples) + "\n", "stream": "stderr", "time": time})


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_recorded_logs_tell_the_same_without_their_quiet_lines(path: Path) -> None:
    assert told(Reading([str(path)]).noticed(load())) == told(notice(read(path), load()))


def test_a_dense_log_tells_the_same_without_its_quiet_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "BLOCK", 4096)
    path = tmp_path / "dense.log"
    path.write_text("\n".join(dense(random.Random(5), 6000)))  # noqa: S311 - text, not keys
    assert told(Reading([str(path)]).noticed(load())) == told(notice(read(path), load()))


@pytest.mark.parametrize("size", [1, 700, 100_000])
def test_standard_input_is_read_as_it_comes(size: int) -> None:
    text = "\n".join(dense(random.Random(6), 300)).encode()  # noqa: S311 - text, not keys

    class Slow(io.BytesIO):
        def read1(self, wanted: int | None = -1) -> bytes:
            return super().read1(min(size, wanted or size))

    read_slowly = Reading(["-"], Slow(text)).noticed(load())
    assert told(read_slowly) == told(notice(read(io.BytesIO(text), "stdin"), load()))


def test_how_far_a_file_was_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "quiet.log"
    path.write_bytes(b"quiet\n" * 200_000)
    seen: list[tuple[str, int, int | None]] = []
    noticed = Reading([str(path)], progress=lambda *told: seen.append(told)).noticed(load())
    assert noticed.lines_read == 200_000
    assert seen[-1] == (str(path), 1_200_000, 1_200_000)


def test_what_is_remembered_of_lines_changes_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "dense.log"
    path.write_text("\n".join(dense(random.Random(7), 8000)))  # noqa: S311 - text, not keys
    remembering = told(Reading([str(path)]).noticed(load()))
    monkeypatch.setattr(sieve, "SHORT", -1)
    monkeypatch.setattr(gist, "SHORT", -1)
    assert told(Reading([str(path)]).noticed(load())) == remembering
