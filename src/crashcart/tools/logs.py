"""Reads logs of any size and shape to clean lines, in bounded memory."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from crashcart.model.errors import UnavailableError, UsageError

MAX_LINE = 16 * 1024
"""Bytes of one line that are read; what is beyond them is skipped."""
MAX_JSON = 64 * 1024 * 1024
"""Bytes of a deployment record (one JSON document) that are unwrapped."""
HEAD = 8192
PACKED = 1024
"""Bytes that are unpacked at once: where they are damaged, no more than what they hold is lost."""
GZIP = b"\x1f\x8b"
FEW = 8
"""Control characters that even a short text may hold."""

ESCAPES = re.compile(r"\x1b(?:\[[0-?]{0,32}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,2048}(?:\x07|\x1b\\)|[@-Z\\-_])")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
BINARY = bytes(set(range(32)) - set(b"\t\n\r\x1b\b\f"))
RECORD = re.compile(
    rb'\s*(?:\[\s*\{\s*"(?:command|output|type|timestamp|hidden|batch|order)"|\{\s*"(?:logs|id|application_id|deployment_uuid)")'
)
"""How the record of one deployment begins, as a platform's API gives it."""
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


class LogLine(NamedTuple):
    """One line of a log, without what a terminal would obey."""

    source: str
    """The log's name as the person gave it."""
    number: int
    """1-based."""
    text: str
    view: str | None = None
    """The command that prints the log, where it is no plain file; empty where there is none (standard input)."""

    @property
    def check(self) -> str | None:
        """A command that prints this very line."""
        if self.view == "":
            return None
        sed = f"sed -n {self.number}p"
        return f"{self.view} | {sed}" if self.view else f"{sed} {shlex.quote(self.source)}"


def read(
    source: str | Path | BinaryIO, name: str | None = None, problems: list[str] | None = None
) -> Iterator[LogLine]:
    """The lines of a file, of standard input (``-``) or of an open binary stream.

    What a person should know about the reading (an empty log, lines cut) goes to *problems*.
    Raises UsageError for what is not there or a folder, UnavailableError for what is no text.
    """
    problems = problems if problems is not None else []
    if isinstance(source, str | Path) and str(source) != "-":
        path = Path(source)
        with _open(path) as stream:
            yield from _lines(stream, name or str(source), None, problems)
    else:
        stream = sys.stdin.buffer if isinstance(source, str | Path) else source
        yield from _lines(stream, name or "stdin", "", problems)


def _open(path: Path) -> BinaryIO:
    if path.is_dir():
        raise UsageError(f"{path} is a folder", advice="Name the log file itself.")
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file", advice="Check the name; - reads standard input.") from error
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}", advice="Check that you may read it.") from error


def _lines(stream: BinaryIO, name: str, view: str | None, problems: list[str]) -> Iterator[LogLine]:
    stream, head = _peek(stream, name)
    unpacked: _Unpacked | None = None
    if head.startswith(GZIP):
        view = view if view == "" else f"zcat {shlex.quote(name)}"
        unpacked = _Unpacked(stream)
        stream, head = _peek(cast(BinaryIO, unpacked), name)
    if not head and unpacked and unpacked.damage:
        raise UnavailableError(f"{name}: compressed, but damaged: {unpacked.damage}")
    if not head:
        problems.append(f"{name}: empty, so it tells nothing")
        return
    encoding = _encoding(head, name)
    if RECORD.match(head):
        stream, view = _unwrap(stream, name, view)
    yield from _text_lines(stream, encoding, name, view, problems)
    if unpacked and unpacked.damage:
        problems.append(f"{name}: compressed, but damaged: {unpacked.damage}; only what stands before that was read")


class _Unpacked(io.RawIOBase):
    """What a compressed stream holds, as far as it can be read; then :attr:`damage` says why it ends."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._waiting = b""
        self.damage: str | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        part = b""
        while not part and not self.damage and (packed := self._next()):
            part = self._unpack(packed, len(buffer))
        buffer[: len(part)] = part
        return len(part)

    def _next(self) -> bytes:
        """Packed bytes to go on with; none at the end, where a member that is not whole is told."""
        packed = self._waiting or _some(self._packed, PACKED)
        if self._member.eof:
            packed = packed.lstrip(b"\0") or _some(self._packed, PACKED).lstrip(b"\0")
            if packed:
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        elif not packed:
            self.damage = "it ends too early"
        return packed

    def _unpack(self, packed: bytes, size: int) -> bytes:
        try:
            part = self._member.decompress(packed, size)
        except zlib.error as error:
            self.damage = str(error)
            return b""
        self._waiting = self._member.unconsumed_tail or self._member.unused_data
        return part


class _Replay(io.RawIOBase):
    """A stream with its first bytes put back."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if self._head:
            part, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        else:
            part = _some(self._rest, len(buffer))
        buffer[: len(part)] = part
        return len(part)


def _peek(stream: BinaryIO, name: str) -> tuple[BinaryIO, bytes]:
    head = b""
    try:
        while len(head) < HEAD and (part := _some(stream, HEAD - len(head))):
            head += part
    except OSError as error:
        raise UnavailableError(f"{name}: {error.strerror or error}") from error
    return cast(BinaryIO, io.BufferedReader(_Replay(head, stream), 1 << 18)), head


def _some(stream: BinaryIO, size: int) -> bytes:
    """What is there of the next *size* bytes; one call to the system, so that Ctrl-C need not wait for all of them."""
    read1 = getattr(stream, "read1", None) or stream.read
    return read1(size) or b""


def _encoding(head: bytes, name: str) -> str:
    for bom, encoding in BOMS:
        if head.startswith(bom):
            return encoding
    pairs = max(1, len(head) // 2)
    for zeros, letters, encoding in ((head[1::2], head[::2], "utf-16-le"), (head[::2], head[1::2], "utf-16-be")):
        if letters and zeros.count(0) > pairs * 0.7 and letters.count(0) < pairs * 0.1 and not _is_binary(letters):
            return encoding
    if _is_binary(head):
        raise UnavailableError(f"{name}: binary, not a log", advice="Give the log as text, or compressed with gzip.")
    return "utf-8"


def _is_binary(head: bytes) -> bool:
    """Many control characters; in a short file, or beside bytes that no UTF-8 text holds, fewer are many."""
    controls = len(head) - len(head.translate(None, BINARY))
    strange = head.decode("utf-8", "replace").count("\N{REPLACEMENT CHARACTER}") if controls else 0
    return controls > FEW + len(head) * 0.04 or (controls + strange) * 4 > len(head)


def _text_lines(stream: BinaryIO, encoding: str, name: str, view: str | None, problems: list[str]) -> Iterator[LogLine]:
    number = cut = first_cut = 0
    try:
        for number, (raw, whole) in enumerate(_raw_lines(stream, encoding), 1):
            if not whole:
                cut, first_cut = cut + 1, first_cut or number
            yield LogLine(name, number, clean(raw.decode(encoding, "replace")), view)
    except OSError as error:
        problems.append(f"{name}: ends before its time after line {number}: {error}")
    if cut:
        problems.append(f"{name}: {cut} very long lines were read only to {MAX_LINE} bytes, the first is {first_cut}")


def _raw_lines(stream: BinaryIO, encoding: str) -> Iterator[tuple[bytes, bool]]:
    """Each line without its end, and whether it was read whole."""
    wide = encoding.startswith("utf-16")
    newline = "\n".encode(encoding) if wide else b"\n"
    while raw := _readline(stream, newline):
        whole = raw.endswith(newline) or len(raw) < MAX_LINE
        end = raw
        while not end.endswith(newline) and len(end) == MAX_LINE:
            end = _readline(stream, newline)
        yield raw.removesuffix(newline), whole


def _readline(stream: BinaryIO, newline: bytes) -> bytes:
    """Up to MAX_LINE bytes; in UTF-16 a byte that looks like a line end may be half of another character."""
    raw = stream.readline(MAX_LINE)
    if len(newline) == 1:
        return raw
    while raw and len(raw) < MAX_LINE and not (len(raw) % 2 == 0 and raw.endswith(newline)):
        more = stream.read(1) if len(raw) % 2 else stream.readline(MAX_LINE - len(raw))
        if not more:
            break
        raw += more
    return raw


def clean(text: str) -> str:
    """*text* without escape sequences, control characters and the end of a Windows line."""
    if text.isprintable():
        return text
    text = ESCAPES.sub("", text.lstrip("\ufeff").rstrip("\r\n"))
    return CONTROLS.sub("", text.replace("\r", " "))


def _unwrap(stream: BinaryIO, name: str, view: str | None) -> tuple[BinaryIO, str | None]:
    """The log inside a platform's deployment record, and the command that prints it; other JSON stays as it is."""
    raw = stream.read(MAX_JSON)
    try:
        outputs, query = _outputs(json.loads(raw), ".")
    except (ValueError, RecursionError):
        return cast(BinaryIO, io.BufferedReader(_Replay(raw, stream), 1 << 18)), view
    jq = f"jq -r {shlex.quote(query)}"
    if view != "":
        view = f"{view} | {jq}" if view else f"{jq} {shlex.quote(name)}"
    return io.BytesIO("".join(f"{text}\n" for text in outputs).encode("utf-8", "replace")), view


def _outputs(record: object, query: str) -> tuple[list[str], str]:
    """Raises ValueError for a document that holds no log."""
    if isinstance(record, dict) and isinstance(record.get("logs"), str):
        return _inner(record["logs"], f"{query}logs")
    if isinstance(record, list) and record and all(isinstance(entry, dict) and "output" in entry for entry in record):
        outputs = [entry["output"] for entry in record]
        return [text for text in outputs if isinstance(text, str)], f"{query}[].output // empty"
    raise ValueError("holds no log")


def _inner(logs: str, query: str) -> tuple[list[str], str]:
    try:
        return _outputs(json.loads(logs), f"{query} | fromjson | .")
    except ValueError:
        return [logs], query
