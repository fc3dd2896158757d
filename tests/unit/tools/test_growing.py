"""A file that grows, is rotated, truncated, or away for a while."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crashcart.model.errors import UsageError
from crashcart.tools.growing import GrowingFile, Pump


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_bytes(b"one\n")
    return path


@pytest.fixture
def file(log: Path) -> Iterator[GrowingFile]:
    with closing(GrowingFile(log)) as growing:
        yield growing


def test_what_is_appended_comes_piece_by_piece(log: Path, file: GrowingFile) -> None:
    assert (file.part(), file.part()) == (b"one\n", b"")
    with log.open("ab") as more:
        more.write(b"two")
    assert (file.part(), file.part()) == (b"two", b"")
    assert file.restarts == 0


def test_a_rotated_file_is_read_to_its_end_and_its_successor_from_the_beginning(log: Path, file: GrowingFile) -> None:
    assert file.part() == b"one\n"
    with log.open("ab") as more:
        more.write(b"last")
    log.rename(log.with_suffix(".1"))
    assert (file.part(), file.part()) == (b"last", b"")
    log.write_bytes(b"new\n")
    assert (file.part(), file.part()) == (b"\nnew\n", b"")
    assert file.restarts == 1


def test_a_truncated_file_is_read_anew(log: Path, file: GrowingFile) -> None:
    assert file.part() == b"one\n"
    os.truncate(log, 0)
    assert file.part() == b""
    with log.open("ab") as more:
        more.write(b"x\n")
    assert file.part() == b"x\n"
    assert file.restarts == 1


def test_what_is_no_file_is_a_usage_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.log"):
        with pytest.raises(UsageError):
            GrowingFile(path)


def test_a_pump_brings_all_into_one_stream_and_ends_it(log: Path) -> None:
    with Pump(GrowingFile(log)) as pump:
        got = pump.stream.read(100)
        with log.open("ab") as more:
            more.write(b"two\n" * 100_000)
        while len(got) < 4 + 400_000:
            got += pump.stream.read(1 << 16)
    assert got == b"one\n" + b"two\n" * 100_000
    assert pump.stream.read(1) == b""
    pump.stream.close()
