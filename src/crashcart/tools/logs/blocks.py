"""Cuts parts into blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator

from crashcart.tools.logs.lines import MAX_LINE
from crashcart.tools.logs.streams import BLOCK, Block, Note, Parts

SMALL, MANY = 1024, 256


def plain(parts: Parts, note: Note, size: int) -> tuple[Iterator[Block], None]:
    """The lines as they stand."""
    return (Block(data, None) for data in cut(parts, note, size)), None


def cut(parts: Parts, note: Note, size: int = BLOCK) -> Iterator[bytes]:
    """Whole lines, about *size* bytes at once; *note* takes that lines were too long to be read whole."""
    lines = _Lines(size)
    for part in parts:
        if data := lines.add(part):
            yield data
    if rest := lines.rest():
        yield rest
    if lines.cut:
        note(f"{lines.cut} very long lines were read only to {MAX_LINE} bytes, the first at byte {lines.first_cut}")


class _Lines:
    """What came of a text and was not handed on yet."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._parts: list[bytes | memoryview] = []
        self._held = 0
        self._small = 0
        """How many of the last parts are small."""
        self._line = 0
        """Bytes of the last line, which has no end yet."""
        self._seen = 0
        """Bytes that came so far."""
        self.cut = 0
        self.first_cut = 0
        """The offset of the first line that was not read whole."""

    def add(self, part: bytes) -> bytes | None:
        """Whole lines, when they are enough. All of *part* is copied once, where they are."""
        first = part.find(b"\n")
        first = first if first >= 0 else len(part)
        over = self._line + first - MAX_LINE
        came = len(part)
        if over > 0:
            self._told()
            part = part[: max(0, first - over)] + part[first:]
        end = part.rfind(b"\n") + 1
        self._line = len(part) - end if end else self._line + first
        self._seen += came
        if end and self._held + len(part) >= self._size:
            return self._take(part, end)
        self._hold(part)
        return None

    def rest(self) -> bytes:
        """What is left at the end of the text, with a newline."""
        return b"".join([*self._parts, b"\n" if self._line else b""])

    def _hold(self, part: bytes) -> None:
        """A great many small parts are some larger ones: each object costs more than a small one's bytes."""
        if part:
            self._parts.append(part)
            self._held += len(part)
            self._small = self._small + 1 if len(part) < SMALL else 0
        if self._small == MANY:
            self._parts[-MANY:] = [b"".join(self._parts[-MANY:])]
            self._small = 0

    def _told(self) -> None:
        """That a line is too long; each once."""
        if self._line <= MAX_LINE:
            self.first_cut = self.first_cut if self.cut else self._seen - self._line
            self.cut += 1

    def _take(self, last: bytes, end: int) -> bytes:
        data = b"".join([*self._parts, memoryview(last)[:end]])
        self._parts, self._held, self._small = [], 0, 0
        self._hold(last[end:])
        return data
