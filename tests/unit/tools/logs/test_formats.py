"""What is more than lines as they stand, with samples of what the programs really wrote (``samples/``)."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crashcart.tools.framing import unframe
from crashcart.tools.logs import MAX_LINE, LogLine, read

SAMPLES = Path(__file__).parent / "samples"


def lines(content: bytes, problems: list[str] | None = None) -> list[LogLine]:
    return list(read(io.BytesIO(content), "app.log", problems))


def shown(line: LogLine) -> str:
    """What the line's own command prints."""
    assert line.check
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(  # noqa: S602 - the command that a person would run
        line.check, shell=True, capture_output=True, check=True, env={**os.environ, "PATH": path}
    )
    return done.stdout.decode("utf-8", "replace").rstrip("\n")


def printed(stream: str) -> list[str]:
    """What ``docker logs`` printed of the same container."""
    return gzip.decompress((SAMPLES / f"docker-{stream}.txt.gz").read_bytes()).decode("cp1252").splitlines()


def test_what_dockers_api_sends_of_two_streams_is_read_without_its_lengths(tmp_path: Path) -> None:
    """Recorded from ``GET /containers/ID/logs?stdout=1&stderr=1&timestamps=1``."""
    log = tmp_path / "raw.log"
    log.write_bytes((SAMPLES / "docker-api.log").read_bytes())
    found = list(read(log))
    assert [unframe(line.text).message for line in found] == ["one", "Error: two", "three", "end"]
    assert shown(found[2]) == found[2].text
    problems: list[str] = []
    assert len(lines(log.read_bytes()[:-2], problems)) == 4
    assert problems == ["app.log: ends within a piece"]


# Docker 26.1: busybox wrote lines of 40000, 20000 and exactly 16384 characters and ended without a newline.


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_dockers_local_driver_tells_what_docker_logs_prints(stream: str) -> None:
    frames = [unframe(line.text) for line in read(SAMPLES / "docker-local.log.gz")]
    told = [frame.message for frame in frames if frame.stream == stream]
    assert told == [text.replace("\x1b[31m", "").replace("\x1b[0m", "") for text in printed(stream)]
    assert all(frame.at for frame in frames)


def test_a_line_of_dockers_local_driver_can_be_looked_at(tmp_path: Path) -> None:
    log = tmp_path / "container.log"
    log.write_bytes(gzip.decompress((SAMPLES / "docker-local.log.gz").read_bytes()))
    found = next(line for line in read(log) if "FATAL" in line.text)
    assert shown(found) == found.text


@pytest.mark.parametrize("damage", [-5, -60])
def test_of_a_damaged_file_of_the_local_driver_the_beginning_is_read(damage: int) -> None:
    whole = gzip.decompress((SAMPLES / "docker-local.log.gz").read_bytes())
    problems: list[str] = []
    assert 3 < len(lines(whole[:damage], problems)) < len(lines(whole))
    assert "cut off" in problems[0]
    assert len(lines(whole[:100] + b"\xff\xff\xff\xff" * 4 + whole[100:], problems)) < 4


def test_records_that_docker_cut_are_one_line(tmp_path: Path) -> None:
    log = tmp_path / "json.log"
    log.write_bytes(gzip.decompress((SAMPLES / "docker-json.log.gz").read_bytes()))
    found = list(read(log))
    told = [json.loads(line.text)["log"].rstrip("\n") for line in found if '"stream":"stdout"' in line.text]
    assert [text.replace("\ufffd", "é") for text in told] == printed("stdout")
    cut = next(line for line in found if "FATAL" in line.text)
    assert shown(cut)[:16000] == cut.text[:16000]
    after = found[found.index(cut) + 1]
    assert after.number > cut.number + 1
    assert shown(after)[:16000] == after.text[:16000]


def test_docker_cuts_two_streams_at_a_time() -> None:
    def record(text: str, stream: str) -> bytes:
        return json.dumps({"log": text, "stream": stream, "time": "t"}, separators=(",", ":")).encode() + b"\n"

    half = "a" * 16384
    content = (
        record(half, "stdout") + record("b" * 16384, "stderr") + record("c\\\n", "stdout") + record("d\n", "stderr")
    )
    found = lines(content + record("not the end", "stdout") + record("after a restart\n", "stdout"))
    assert [line.number for line in found] == [1, 2, 5, 6]
    assert json.loads(found[0].text)["log"] == half + "c\\\n"


def test_a_line_that_docker_cuts_without_end_is_bounded() -> None:
    half = json.dumps({"log": "a" * 16384, "stream": "stdout"}, separators=(",", ":")).encode() + b"\n"
    problems: list[str] = []
    found = lines(half * (MAX_LINE // 16384 + 5), problems)
    assert [len(found), len(found[0].text) > MAX_LINE] == [1, True]
    assert "very long" in problems[0]


CRI = b"""2026-01-05T02:25:22.1Z stdout F one
2026-01-05T02:25:22.2Z stderr P Error: connect
2026-01-05T02:25:22.3Z stdout F two
2026-01-05T02:25:22.4Z stderr P  ECONNREFUSED
2026-01-05T02:25:22.5Z stderr F  192.0.2.7:5432
2026-01-05T02:25:22.6Z stdout F three
2026-01-05T02:25:22.7Z stdout P no end
"""


def test_partial_lines_of_kubernetes_are_put_together() -> None:
    found = lines(CRI)
    assert [line.number for line in found] == [1, 3, 2, 6, 7]
    assert found[2].text == "2026-01-05T02:25:22.2Z stderr F Error: connect ECONNREFUSED 192.0.2.7:5432"
    assert found[-1].text.endswith("no end")


def test_a_message_of_a_journal_has_the_number_of_its_line_in_the_export() -> None:
    found = list(read(SAMPLES / "journal.export"))
    frames = [unframe(line.text) for line in found]
    assert [(frame.service, frame.level) for frame in frames[:2]] == [("systemd", "info"), ("app", "error")]
    assert [frame.message for frame in frames[1:5]] == [
        "Traceback:", "  File x", "OperationalError: connection refused", "warn coloured",
    ]  # fmt: skip
    assert all(frame.at for frame in frames)
    for line, frame in zip(found, frames, strict=True):
        assert frame.message.split("warn")[-1] in shown(line).replace("\x1b[0m", "")


def test_a_message_that_a_journals_json_has_as_numbers_is_text() -> None:
    messages = [unframe(line.text).message for line in read(SAMPLES / "journal.json")]
    assert messages[0] == "Started app.service."
    assert "warn" in messages[2]
    assert "27,91" in (SAMPLES / "journal.json").read_text()


@pytest.mark.parametrize("cut", [1, 50, 700, 1300])
def test_a_journal_may_end_anywhere(cut: int) -> None:
    lines((SAMPLES / "journal.export").read_bytes()[:-cut])


def test_a_binary_field_of_a_journal_with_a_length_beyond_all_is_told() -> None:
    problems: list[str] = []
    lines(b"__CURSOR=1\nMESSAGE\n" + b"\xff" * 8 + b"text\n\n", problems)
    assert any("ends within a field" in problem for problem in problems)


PAGE = """<!DOCTYPE html>
<html><body><pre><span class="line">Error: P1001: Can&#39;t reach &quot;db&quot;</span>
<a href="#2">2</a> a &lt; b &amp;&amp; c
</pre></body></html>
"""


def test_a_page_is_read_without_its_tags() -> None:
    found = lines(PAGE.encode())
    assert (found[1].number, found[1].text) == (2, 'Error: P1001: Can\'t reach "db"')
    assert found[2].text == "2 a < b && c"


UNBROKEN = [
    "$ docker compose up",
    "Attaching to api-1, db-1 with a list of services that is so long that it must be broken by the terminal",
    'db-1   | 2026-01-05 02:25:22.123 UTC [1] FATAL:  password authentication failed for user "shop" of the database',
    "api-1  | Error: connect ECONNREFUSED 192.0.2.7:5432 without an answer within the time, for a third and last time",
    "api-1  |     at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16)",
    "short",
    "",
    "api-1  | exited with code 1, after which nothing was left to do for anybody in the whole data center",
]


@pytest.mark.parametrize("columns", [80, 100])
def test_what_a_terminal_broke_is_put_together(columns: int) -> None:
    broken = [[line[at : at + columns] for at in range(0, max(1, len(line)), columns)] for line in UNBROKEN]
    found = lines("\n".join(part for parts in broken for part in parts).encode())
    assert [line.text for line in found] == UNBROKEN
    assert [line.number for line in found] == [sum(map(len, broken[:n])) + 1 for n in range(len(broken))]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"Attempt {n} of 9 | Healthcheck status: starting, of the service api" for n in range(9)),
        "\n".join("=" * 80 if n % 2 else f"title {n}" for n in range(12)),
        "\n".join(f"| {n:>20} | {'x' * 30} | {'y' * 20} |\nvalue {n}" for n in range(9)),
        "\n".join("abcdefghij " * n for n in range(3, 9)),
        "\n".join(f"2026-01-05 02:25:22 ERROR {n:05} failed with one length {n:09}\nstack{n}" for n in range(9)),
        "\n".join(f"{n:064x}{n:016x}\nAt {n}" for n in range(9)),
    ],
    ids=["template", "rule", "table", "ragged", "constant", "at"],
)  # fmt: skip
def test_lines_that_are_as_long_as_one_another_stay_apart(text: str) -> None:
    assert [line.number for line in lines(text.encode())] == list(range(1, text.count("\n") + 2))
