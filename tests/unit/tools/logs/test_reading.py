from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crashcart.model.errors import UnavailableError, UsageError
from crashcart.tools.logs import MAX_LINE, LogLine, clean, read


def lines(content: bytes, problems: list[str] | None = None) -> list[str]:
    return [line.text for line in read(io.BytesIO(content), "app.log", problems)]


def test_lines_have_the_numbers_that_sed_prints(tmp_path: Path) -> None:
    log = tmp_path / "deploy log.txt"
    log.write_bytes(b"one\r\ntwo\n\nfour")
    found = list(read(log))
    assert [(line.number, line.text) for line in found] == [(1, "one"), (2, "two"), (3, ""), (4, "four")]
    assert found[3].check
    shown = subprocess.run(found[3].check, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert shown.stdout == "four"


def test_standard_input_has_no_command_that_shows_it() -> None:
    assert [line.check for line in read(io.BytesIO(b"x\n"), "stdin")] == [None]


def test_escapes_and_control_characters_are_gone() -> None:
    assert lines(b"\x1b[31mError\x1b[0m: \x1b]0;title\x07no\x00pe\x9b\n") == [
        "Error: nope\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
    ]
    assert clean("a\u202eb\u2066c\x7f") == "abc"


def test_bytes_that_are_no_utf8_stay_visible() -> None:
    assert lines("Größe: caf\xe9 \u20ac\n".encode("cp1252")) == ["Größe: café €"]
    assert lines("größe".encode() + b" caf\xe9 down\n") == ["größe caf\N{REPLACEMENT CHARACTER} down"]
    assert lines(b"caf\x81\n") == ["caf\N{REPLACEMENT CHARACTER}"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_other_encodings_are_recognised(encoding: str) -> None:
    text = "Error: Ċannot connect\r\nsecond line \u0a0a here\r\n" + "plain filler text\r\n" * 5
    assert lines(text.encode(encoding))[:2] == ["Error: Ċannot connect", "second line \u0a0a here"]


def test_a_binary_file_is_told_from_a_log() -> None:
    with pytest.raises(UnavailableError, match=r"app\.log: binary, not a log"):
        lines(bytes(range(256)) * 64)


@pytest.mark.parametrize(
    "content", [b"\0\1\2\3bin", b"\0", b"\0\1\0\2", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\x7fELF\2\1\1\0"]
)
def test_a_binary_file_is_told_however_small(content: bytes) -> None:
    with pytest.raises(UnavailableError, match="binary"):
        lines(content)


@pytest.mark.parametrize("text", ["ошибка базы", "Fehler für Gäste", "接続できません"])
def test_a_log_of_another_country_is_no_binary_file(text: str) -> None:
    for encoding in ("cp1251", "latin-1", "shift-jis", "utf-8"):
        if text.encode(encoding, "ignore").decode(encoding) == text:
            assert len(lines(text.encode(encoding) + b"\n")) == 1


def test_a_pipe_is_read_as_it_comes() -> None:
    """Whoever waits for a whole buffer cannot be interrupted, and tells nothing of a log that still grows."""
    ends = os.pipe()
    with os.fdopen(ends[0], "rb") as source, os.fdopen(ends[1], "wb", buffering=0) as sink:
        sink.write(b"x" * 8191 + b"\nsecond\n")
        reader = read(source, "pipe")
        assert len(next(reader).text) == 8191
        assert next(reader).text == "second"


def test_an_empty_log_is_noted() -> None:
    problems: list[str] = []
    assert lines(b"", problems) == []
    assert problems == ["app.log: empty, so it tells nothing"]


def test_a_line_of_megabytes_is_cut_and_noted() -> None:
    problems: list[str] = []
    found = lines(b"short\n" + b"x" * MAX_LINE + b"\n" + b"y" * (MAX_LINE + 1) + b"\nnext\n", problems)
    assert [len(text) for text in found] == [5, MAX_LINE, MAX_LINE, 4]
    first = 6 + MAX_LINE + 1
    assert problems == [f"app.log: 1 very long lines were read only to {MAX_LINE} bytes, the first at byte {first}"]


def test_a_failure_at_the_end_of_a_line_of_a_megabyte_is_read() -> None:
    assert lines(b"x" * 1_000_000 + b"FATAL: no\n")[0].endswith("FATAL: no")


def test_a_long_line_of_wide_characters_is_cut_too() -> None:
    found = lines(("é" * 300_000 + "\nnext\n").encode("utf-16"))
    assert found[-1] == "next"
    assert len(found) == 2


def test_a_large_log_is_read_in_pieces() -> None:
    class Endless(io.RawIOBase):
        asked = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            self.asked += 1
            part = (b"line of an endless log\n" * 50_000)[: len(buffer)]
            buffer[: len(part)] = part
            return len(part)

    stream: Any = Endless()
    reader = read(cast(BinaryIO, io.BufferedReader(stream)), "endless")
    assert [next(reader).number for _ in range(1000)][-1] == 1000
    assert stream.asked < 10


def test_a_compressed_log_is_read_and_shown_by_zcat(tmp_path: Path) -> None:
    log = tmp_path / "app.log.gz"
    log.write_bytes(gzip.compress(b"one\ntwo\n"))
    found = list(read(log))
    assert [line.text for line in found] == ["one", "two"]
    assert found[1].check == f"zcat {log} | sed -n 2p"


def test_of_a_compressed_log_that_was_cut_off_the_rest_is_read(tmp_path: Path) -> None:
    text = b"".join(b"line %d %s\n" % (n, os.urandom(8).hex().encode()) for n in range(20_000))
    whole = gzip.compress(text)
    (tmp_path / "app.gz").write_bytes(whole[: len(whole) // 2])
    problems: list[str] = []
    found = [line.text for line in read(tmp_path / "app.gz", problems=problems)]
    assert 9000 < len(found) < 11_000
    assert found[:-1] == text.decode().splitlines()[: len(found) - 1]
    assert problems == [
        f"{tmp_path}/app.gz: compressed, but damaged: it ends too early; only what stands before that was read"
    ]


def test_of_a_compressed_log_with_a_wrong_byte_what_stands_before_it_is_read(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(b"".join(os.urandom(8).hex().encode() + b"\n" for _ in range(20_000))))
    middle = len(whole) // 2
    whole[middle : middle + 2000] = os.urandom(2000)
    problems: list[str] = []
    found = list(read(io.BytesIO(whole), "app.gz", problems))
    assert len(found) > 8000
    assert "damaged" in problems[0]


def test_compressed_logs_one_after_the_other_are_one(tmp_path: Path) -> None:
    assert lines(gzip.compress(b"one\n") + gzip.compress(b"two\n") + b"\0" * 5000) == ["one", "two"]


def test_a_small_compressed_log_cut_off_is_read(tmp_path: Path) -> None:
    problems: list[str] = []
    assert lines(gzip.compress(b"Error: P3009\n" * 3)[:-6], problems) == ["Error: P3009"] * 3
    assert len(problems) == 1


def test_a_damaged_compressed_log_is_noted(tmp_path: Path) -> None:
    whole = gzip.compress(os.urandom(100) + b"one\n" * 100_000)
    (tmp_path / "app.gz").write_bytes(whole[:20])
    with pytest.raises(UnavailableError, match="damaged"):
        list(read(tmp_path / "app.gz"))


def test_a_deployment_record_is_unwrapped(tmp_path: Path) -> None:
    record = [{"command": None, "output": "step one\nstep two", "type": "stdout"}, {"command": "x", "output": "failed"}]
    for name, document in (("array.json", record), ("object.json", {"id": 7, "logs": json.dumps(record)})):
        (tmp_path / name).write_text(json.dumps(document))
        found = list(read(tmp_path / name))
        assert [line.text for line in found] == ["step one", "step two", "failed"]
        assert str(found[0].check).startswith("jq -r ")


def test_other_json_stays_as_it_is() -> None:
    text = b'{"id": 1, "msg": "x"}\n{"id": 2, "logs": 3}\n'
    assert lines(text) == text.decode().splitlines()


@pytest.mark.parametrize("name", ["absent.log", "."])
def test_a_missing_file_and_a_folder_are_usage_errors(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        list(read(tmp_path / name))


def test_standard_input_is_read_for_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(b"from a pipe\n")

    monkeypatch.setattr(sys, "stdin", Stdin)
    assert list(read("-")) == [LogLine("stdin", 1, "from a pipe", "")]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=3000))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    try:
        found = lines(content)
    except UnavailableError:
        return
    assert all("\x1b" not in text and "\n" not in text and len(text) <= MAX_LINE for text in found)


def test_text_in_the_smallest_parts_is_whole() -> None:
    from crashcart.tools.logs.blocks import cut

    text = b"".join(b"line %d\n" % n for n in range(3000)) + b"no end"
    for size in (1, 700, 100_000):
        parts = (text[at : at + 1] for at in range(len(text)))
        assert b"".join(cut(parts, print, size)) == text + b"\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("name", ["deploy.log", "-deploy.log"])
def test_the_check_shows_the_line_whatever_the_log_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, encoding: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes("one\nsecond line\n".encode(encoding))
    check = [line.check for line in read(name)][1]
    assert check
    shown = subprocess.run(check, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert shown.stdout.strip() == "second line"


def test_a_pipe_has_no_command_that_shows_it(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    with subprocess.Popen(["sh", "-c", f"echo line > {pipe}"]):
        assert [(line.text, line.check) for line in read(pipe)] == [("line", None)]


def test_a_hole_in_a_log_that_was_truncated_while_it_was_written_is_no_binary() -> None:
    assert lines(b"before\n" + b"\0" * 20_000 + b"\nafter\n") == ["before", "", "after"]
    assert lines(b"\0" * 20_000 + b"after\n") == ["after"]
