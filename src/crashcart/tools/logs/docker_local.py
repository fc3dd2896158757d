"""Files of Docker's ``local`` log driver: protobuf messages, each between two copies of its length."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from crashcart.tools.logs.blocks import cut
from crashcart.tools.logs.lines import MAX_LINE
from crashcart.tools.logs.streams import Block, Note, Parts

STREAMS = (b"stdout", b"stderr")
LENGTH = struct.Struct(">I")
SHORTEST_CUT = 16_000
MAX_ENTRY = 4 * 1024 * 1024
"""Bytes of one entry that are believed."""
VIEW = "python3 -m crashcart.tools.logs"


class Entry(NamedTuple):
    """A line, or a part of one, of a container."""

    stream: bytes = b""
    nanoseconds: int = 0
    """Since 1970."""
    line: bytes = b""
    part: bool = False
    """Whether it is a part of a line only."""
    last: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether the next entry is of the same line; a short part is what a program wrote last before it ended."""
        return self.part and not self.last and len(self.line) >= SHORTEST_CUT


def recognises(head: bytes) -> bool:
    """Whether a file begins with an entry: ``stdout`` or ``stderr`` at its place, after a length."""
    return len(head) > 12 and head[4:6] == b"\n\x06" and head[6:12] in STREAMS


def blocks(parts: Parts, note: Note, size: int) -> tuple[Iterator[Block], str]:
    """The lines as Kubernetes writes them, with time and stream; and what prints them so."""
    return (Block(data, None) for data in cut(_lines(_entries(parts, note)), note, size)), VIEW


def _lines(entries: Iterator[Entry]) -> Parts:
    begun: dict[bytes, tuple[Entry, bytearray]] = {}
    for entry in entries:
        first, text = begun.pop(entry.stream, (entry, bytearray()))
        if len(text) <= MAX_LINE:
            text += entry.line
        if entry.goes_on and entry.stream in STREAMS:
            begun[entry.stream] = first, text
        else:
            yield _line(first, text)
    yield from (_line(first, text) for first, text in begun.values())


def _line(first: Entry, text: bytearray) -> bytes:
    """A newline within a line would move the number of every line after it."""
    head = f"{_time(first.nanoseconds)} {first.stream.decode('utf-8', 'replace')} F ".encode()
    return head + text.rstrip(b"\n").replace(b"\n", b" ") + b"\n"


def _time(nanoseconds: int) -> str:
    try:
        moment = datetime.fromtimestamp(nanoseconds // 10**9, UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds % 10**9:09d}Z"


def _entries(parts: Parts, note: Note) -> Iterator[Entry]:
    """The entries, to where the file is damaged."""
    reader = Reader(parts)
    while head := reader.take(LENGTH.size):
        length = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else MAX_ENTRY + 1
        body = reader.take(length + LENGTH.size) if length <= MAX_ENTRY else b""
        entry = _entry(body[:length]) if body[length:] == head else None
        if not entry:
            note(f"damaged, or cut off, at byte {reader.taken - len(head) - len(body)}; the rest was not read")
            return
        yield entry


class Reader:
    """Takes as many bytes as are asked for."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._held = b""
        self._at = 0
        self.taken = 0

    def take(self, size: int) -> bytes:
        """The next *size* bytes; fewer at the end."""
        while len(self._held) - self._at < size and (part := next(self._parts, b"")):
            self._held = self._held[self._at :] + part
            self._at = 0
        taken = self._held[self._at : self._at + size]
        self._at += len(taken)
        self.taken += len(taken)
        return taken


def _entry(body: bytes) -> Entry | None:
    """None for what is no message."""
    entry = Entry()
    at = 0
    while at < len(body):
        key, at = _varint(body, at)
        value, at = _varint(body, at)
        if key & 7 == 2:
            value, at = at, at + value
        elif key & 7 != 0:
            return None
        if at > len(body) or at < 0:
            return None
        entry = _with(entry, key, value, body[value:at] if key & 7 == 2 else b"")
    return entry


def _with(entry: Entry, key: int, number: int, text: bytes) -> Entry:
    if key == 0x0A:
        return entry._replace(stream=text)
    if key == 0x10:
        return entry._replace(nanoseconds=number - (1 << 64) if number >> 63 else number)
    if key == 0x1A:
        return entry._replace(line=text)
    if key == 0x20:
        return entry._replace(part=bool(number))
    return entry._replace(last=text.startswith(b"\x08\x01")) if key == 0x2A else entry


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends; beyond the body where it does not."""
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(body):
            return 0, len(body) + 1
        number |= (body[at] & 127) << shift
        at += 1
        if body[at - 1] < 128:
            return number & (1 << 64) - 1, at
    return 0, len(body) + 1
