"""Records of container runtimes, one a line: what was cut in the middle of a line is put together again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from crashcart.tools.expressions import lazy
from crashcart.tools.logs.blocks import cut
from crashcart.tools.logs.lines import MAX_LINE
from crashcart.tools.logs.streams import Block, Note, Numbers, Parts

DOCKER_CUT = 16 * 1024
"""Bytes after which Docker cuts a line into records."""


class Piece(NamedTuple):
    """A record: *before* + *text* + *after* is its line."""

    stream: bytes
    before: bytes
    text: bytes
    after: bytes
    goes_on: bool
    """Whether the next record of the stream is of the same line."""


class Runtime(NamedTuple):
    """How one runtime writes records."""

    first: re.Pattern[bytes]
    may_be_cut: Callable[[bytes], bool]
    """Whether among some whole lines one may be cut; quick, and wrong only with yes."""
    piece: Callable[[bytes], Piece | None]
    """A line's record; None where it is none."""

    def recognises(self, head: bytes) -> bool:
        """Whether the first lines are all records."""
        lines = head.split(b"\n")[:3]
        return all(self.first.match(line) for line in (lines[:-1] or lines))

    def blocks(self, parts: Parts, note: Note, size: int) -> tuple[Iterator[Block], None]:
        """The records, those of one line as one; its number is the first one's."""
        return _joined(cut(parts, note, size), self, note), None


def _joined(blocks: Iterator[bytes], runtime: Runtime, note: Note) -> Iterator[Block]:
    after = 0
    joins = _Joins(runtime)
    for data in blocks:
        count = data.count(b"\n")
        numbers = range(after + 1, after + count + 1)
        after += count
        if joins.open or runtime.may_be_cut(data):
            yield from joins.block(data, numbers)
        else:
            yield Block(data, numbers)
    yield from joins.rest()
    if joins.too_long:
        note(f"{joins.too_long} very long lines were put together only to {MAX_LINE} bytes")


class _Line:
    """A line of which more is to come."""

    def __init__(self, number: int, first: Piece) -> None:
        self.number = number
        self.whole = bytearray(first.before)
        self._after = first.after
        self.size = 0

    def add(self, piece: Piece) -> bool:
        """Whether there was room for it."""
        room = MAX_LINE - self.size
        self.whole += piece.text[: max(0, room)]
        self.size += len(piece.text)
        self._after = piece.after
        return not 0 <= room < len(piece.text)

    @property
    def text(self) -> bytes:
        return bytes(self.whole) + self._after


class _Joins:
    """Lines of which more records are to come, for each stream one."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.open: dict[bytes, _Line] = {}
        self.too_long = 0

    def block(self, data: bytes, numbers: Sequence[int]) -> Iterator[Block]:
        lines = chain.from_iterable(map(self._add, data.split(b"\n"), numbers))
        yield from _block(lines)

    def rest(self) -> Iterator[Block]:
        yield from _block((line.number, line.text) for line in self.open.values())

    def _add(self, line: bytes, number: int) -> Iterator[tuple[int, bytes]]:
        """The lines that end with this one."""
        piece = self._runtime.piece(line)
        begun = self.open.pop(piece.stream, None) if piece else None
        if not piece or not (begun or piece.goes_on):
            yield number, line
            return
        begun = begun or _Line(number, piece)
        self.too_long += not begun.add(piece)
        if piece.goes_on:
            self.open[piece.stream] = begun
        else:
            yield begun.number, begun.text


def _block(lines: Iterator[tuple[int, bytes]]) -> Iterator[Block]:
    found = list(lines)
    if found:
        numbers: Numbers = [number for number, _ in found]
        yield Block(b"".join(line + b"\n" for _, line in found), numbers)


def _docker_may_be_cut(data: bytes) -> bool:
    return data.count(b'\\n","stream":"') != data.count(b"\n")


def _docker_piece(line: bytes) -> Piece | None:
    end = line.find(b'","stream":"')
    if not line.startswith(b'{"log":"') or end < 0:
        return None
    text, after = line[8:end], line[end:]
    slashes = len(text) - 1 - len(text[:-1].rstrip(b"\\"))
    ended = text.endswith(b"n") and slashes % 2 == 1
    stream = after[12:18]
    goes_on = len(text) >= DOCKER_CUT and not ended and stream in STREAMS
    return Piece(stream, line[:8], text, after, goes_on)


def _cri_may_be_cut(data: bytes) -> bool:
    return b" stdout P" in data or b" stderr P" in data


def _cri_piece(line: bytes) -> Piece | None:
    match = CRI.match(line)
    if not match:
        return None
    goes_on = match["tag"].startswith(b"P")
    before = match["time"] + b" " + match["stream"] + b" F "
    return Piece(match["stream"], before if goes_on else match[0], line[match.end() :], b"", goes_on)


STREAMS = (b"stdout", b"stderr")
CRI = lazy(
    rb"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) "
    rb"(?P<stream>stdout|stderr) (?P<tag>[FP](?::\w{1,20})?)(?: |$)"
)
DOCKER_JSON = Runtime(lazy(rb'\{"log":"'), _docker_may_be_cut, _docker_piece)
KUBERNETES = Runtime(CRI, _cri_may_be_cut, _cri_piece)
