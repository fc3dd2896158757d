from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from crashcart.model.errors import UnavailableError
from crashcart.tools.logs import LogLine, compression, open_log, open_logs, read

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"".join(b"line %d %s\n" % (n, os.urandom(8).hex().encode()) for n in range(90_000))


def zstd_with_checksum(content: bytes) -> bytes:
    """As the command writes it; without a checksum a wrong byte may go unnoticed."""
    return zstd.compress(content, options={zstd.CompressionParameter.checksum_flag: 1})


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress, "zst": zstd_with_checksum, "xz": lzma.compress, "bz2": bz2.compress,
}  # fmt: skip


def lines(content: bytes, problems: list[str] | None = None, name: str = "app.log") -> list[LogLine]:
    return list(read(io.BytesIO(content), name, problems))


def shown(line: LogLine) -> str:
    assert line.check
    done = subprocess.run(line.check, shell=True, capture_output=True, check=True)  # noqa: S602
    return done.stdout.decode().rstrip("\n")


@pytest.mark.parametrize("kind", PACKERS)
def test_a_packed_log_is_read_and_can_be_looked_at(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"a log.{kind}"
    path.write_bytes(PACKERS[kind](TEXT))
    found = list(read(path))
    assert [line.text for line in found] == TEXT.decode().splitlines()
    assert shown(found[12_345]) == found[12_345].text


@pytest.mark.parametrize("kind", PACKERS)
def test_packed_logs_one_after_the_other_are_one(kind: str) -> None:
    pack = PACKERS[kind]
    assert [line.text for line in lines(pack(b"one\n") + pack(b"") + pack(b"two\n"))] == ["one", "two"]


@pytest.mark.parametrize("kind", PACKERS)
def test_of_a_packed_log_that_is_cut_off_or_damaged_what_stands_before_is_read(kind: str) -> None:
    whole = PACKERS[kind](TEXT)
    at = len(whole) * 9 // 10
    for broken in (whole[:at], whole[:at] + os.urandom(3000) + whole[at + 3000 :]):
        problems: list[str] = []
        found = lines(broken, problems)
        least = {"bz2": 0.4}.get(kind, 0.8)
        assert len(found) > 90_000 * least, kind
        assert [line.text for line in found[:100]] == TEXT.decode().splitlines()[:100]
        assert len(problems) == 1
        assert "damaged" in problems[0]


def test_without_the_faster_library_gzip_is_read_by_zlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "isal", None)
    whole = gzip.compress(TEXT) + gzip.compress(b"second\n")
    assert len(lines(whole)) == 90_001
    problems: list[str] = []
    assert 70_000 < len(lines(whole[: len(whole) * 9 // 10], problems)) < 90_000
    assert "ends too early" in problems[0]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the memory")
@pytest.mark.parametrize("kind", ["gz", "zst", "xz", "bz2"])
def test_a_bomb_is_read_in_bounded_memory(kind: str, tmp_path: Path) -> None:
    """A line of 256 megabytes in a few thousand bytes; in a process of its own, whose memory is asked for."""
    part = PACKERS[kind](bytes(1 << 25))
    (tmp_path / "bomb").write_bytes(PACKERS[kind](b"text\n" * 2000) + part * 8)
    script = (
        "import re, sys; from pathlib import Path; from crashcart.tools.logs import read\n"
        "problems = []; n = sum(1 for _ in read(sys.argv[1], problems=problems))\n"
        "print(n, re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1], len(problems))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "bomb"], capture_output=True, text=True, check=True
    )  # fmt: skip
    count, kibibytes, problems = map(int, done.stdout.split())
    assert (count, problems) == (2001, 1)
    assert kibibytes < 120 * 1024


def test_packed_twice_is_unpacked_twice_but_not_for_ever() -> None:
    assert [line.text for line in lines(gzip.compress(zstd.compress(b"one\n")))] == ["one"]
    packed = b"one\n"
    for _ in range(9):
        packed = gzip.compress(packed)
    with pytest.raises(UnavailableError):
        lines(packed)


def test_whoever_stops_reading_leaves_no_thread_behind() -> None:
    import threading

    before = threading.active_count()
    with open_log(io.BytesIO(gzip.compress(TEXT * 5))) as log:
        next(log.blocks())
    del log
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(10)
    assert threading.active_count() <= before


# ---- archives

MEMBERS = {"app.log": b"one\ntwo\n", "old/app.log.1.gz": gzip.compress(b"older\n"), "it's [odd].txt": b"strange\n"}


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("folder/", b"")
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(members: dict[str, bytes], kind: int = tarfile.PAX_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=kind) as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


ARCHIVES = {
    "logs.zip": zipped(MEMBERS),
    "stored.zip": zipped(MEMBERS, zipfile.ZIP_STORED),
    "lzma.zip": zipped(MEMBERS, zipfile.ZIP_LZMA),
    "logs.tar": tarred(MEMBERS),
    "gnu.tar": tarred(MEMBERS, tarfile.GNU_FORMAT),
    "logs.tgz": gzip.compress(tarred(MEMBERS)),
    "logs.tar.zst": zstd.compress(tarred(MEMBERS)),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_member_of_an_archive_is_a_log(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(ARCHIVES[name])
    found = list(read(path, name))
    assert [(line.source, line.number, line.text) for line in found] == [
        (f"{name}!app.log", 1, "one"),
        (f"{name}!app.log", 2, "two"),
        (f"{name}!old/app.log.1.gz", 1, "older"),
        (f"{name}!it's [odd].txt", 1, "strange"),
    ]


@pytest.mark.parametrize("name", ["logs.zip", "logs.tar", "logs.tgz", "logs.tar.zst"])
def test_a_line_of_a_member_can_be_looked_at(name: str, tmp_path: Path) -> None:
    if name.endswith("zip") and not any((Path(d) / "unzip").exists() for d in os.get_exec_path()):
        pytest.skip("unzip is not installed")
    path = tmp_path / name
    path.write_bytes(ARCHIVES[name])
    for line in read(path):
        assert shown(line) == line.text


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_through_a_pipe_is_read_and_has_no_command(name: str) -> None:
    found = lines(ARCHIVES[name], name=name)
    assert [line.text for line in found] == ["one", "two", "older", "strange"]
    assert {line.check for line in found} == {None}


@pytest.mark.parametrize("name", ARCHIVES)
def test_no_archive_cut_off_is_an_error_of_the_program(name: str) -> None:
    whole = ARCHIVES[name]
    for end in (*range(1, 40), *range(40, len(whole), 101)):
        problems: list[str] = []
        try:
            lines(whole[:end], problems, name)
        except UnavailableError:
            continue


def test_a_member_that_is_no_log_is_told_and_the_others_are_read() -> None:
    problems: list[str] = []
    found = lines(tarred({"image": bytes(range(256)) * 50, "app.log": b"one\n", "empty": b""}), problems, "x.tar")
    assert [line.text for line in found] == ["one"]
    assert problems == ["x.tar!image: binary, not a log", "x.tar!empty: empty, so it tells nothing"]


def test_a_damaged_member_is_told_and_the_others_are_read() -> None:
    whole = bytearray(zipped({"a.log": TEXT[:100_000], "b.log": b"fine\n"}))
    whole[5000:5100] = os.urandom(100)
    problems: list[str] = []
    found = lines(bytes(whole), problems, "x.zip")
    assert found[-1].text == "fine"
    assert any(problem.startswith("x.zip!a.log: ") for problem in problems)


def test_members_are_logs_to_be_read_one_after_the_other() -> None:
    logs = [
        (log.name, [block.data for block in log.blocks()]) for log in open_logs(io.BytesIO(ARCHIVES["logs.tgz"]), "x")
    ]
    assert logs[0] == ("x!app.log", [b"one\ntwo\n"])
    assert len(logs) == 3


def test_a_header_that_asks_for_gigabytes_is_not_believed() -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, (1 << 33) - 1
    content = tarred({"app.log": b"one\n"})[:2048] + info.tobuf(tarfile.USTAR_FORMAT) + bytes(1 << 16)
    problems: list[str] = []
    assert [line.text for line in lines(content, problems)] == ["one"]
    assert any("too long" in problem for problem in problems)


def test_only_one_library_is_asked_for_each_kind() -> None:
    assert {kind.command for kind in compression.CODECS} == {"zcat", "zstdcat", "xzcat", "bzcat"}
    assert compression.codec(b"BZhello, this is text") is None
