"""``crashcart triage --follow`` as a process: what it tells at once, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crashcart.reports.as_json import schema

from .conftest import LOG
from .test_endings import start

MISSING = b"error: Cannot find module './live/socket' from '/app/server/src/index.ts'\n"


@contextmanager
def following(tmp_path: Path, *flags: str) -> Iterator[subprocess.Popen[bytes]]:
    """crashcart following ``app.log``, which holds a refused connection."""
    (tmp_path / "app.log").write_text(LOG)
    with start("triage", "--follow", "app.log", *flags, cwd=tmp_path) as process:
        yield process


def event(line: bytes) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(line)
    Draft202012Validator({**schema(), "oneOf": [{"$ref": "#/$defs/event"}]}).validate(parsed)
    return parsed


def test_each_finding_is_a_line_as_soon_as_it_appears(tmp_path: Path) -> None:
    with following(tmp_path, "--format", "jsonl") as process:
        assert process.stdout
        first = event(process.stdout.readline())
        assert (first["change"], first["finding"]["fault"]) == ("new", "postgres.connection-refused")
        event(process.stdout.readline())
        with (tmp_path / "app.log").open("ab") as log:
            log.write(MISSING)
        assert event(process.stdout.readline())["finding"]["fault"] == "node.module-not-found"
        process.send_signal(signal.SIGINT)
        rest = [event(line) for line in process.stdout.read().splitlines()]
        assert process.wait(60) == 130
    assert [line["event"] for line in rest] == ["summary"]
    assert rest[0]["summary"]["exit_code"] == 130


def test_an_interruption_ends_with_the_report_so_far(tmp_path: Path) -> None:
    with following(tmp_path) as process:
        assert process.stdout
        assert process.stderr
        assert b"PostgreSQL refuses the connection" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read().decode()
        assert process.wait(60) == 130
        assert process.stderr.read() == b"crashcart: interrupted; the report tells what was read until then\n"
    assert "What is wrong: 1 cause" in rest
    assert "Interrupted: what came later was not read (exit code 130)." in " ".join(rest.split())


def test_a_deadline_ends_with_the_report_too(tmp_path: Path) -> None:
    with following(tmp_path, "--deadline", "2", "--format", "json") as process:
        assert process.stdout
        assert process.stderr
        document = json.loads(process.stdout.read())
        assert process.wait(60) == 124
        told = process.stderr.read().decode()
    assert document["summary"]["exit_code"] == 124
    assert document["findings"][0]["fault"] == "postgres.connection-refused"
    assert "PostgreSQL refuses the connection" in told


@pytest.mark.parametrize("kind", ["text", "jsonl"])
def test_a_reader_who_leaves_ends_it(tmp_path: Path, kind: str) -> None:
    with following(tmp_path, "--format", kind) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        with (tmp_path / "app.log").open("ab") as log:
            log.write(MISSING)
        assert process.wait(60) == 3
        assert process.stderr.read() == b""


def test_standard_input_ends_it_with_the_findings_in_a_file(tmp_path: Path) -> None:
    with start(
        "triage", "--follow", "-", "-C", "1", "--output", "report.html", "--format", "html", cwd=tmp_path
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(LOG.encode())
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait(60) == 3
    text = (tmp_path / "report.html").read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert "Starting shop" in text
    assert os.listdir(tmp_path) == ["report.html"]  # noqa: PTH208 - names alone
