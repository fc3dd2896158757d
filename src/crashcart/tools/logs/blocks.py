"""Cuts parts into blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator

from crashcart.tools.logs.lines import MAX_LINE
from crashcart.tools.logs.streams import BLOCK, Block, Note, Parts


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
        self._parts: list[bytes] = []
        self._held = 0
        self._line = 0
        """Bytes of the last line, which has no end yet."""
        self._seen = 0
        """Bytes that came so far."""
        self.cut = 0
        self.first_cut = 0
        """The offset of the first line that was not read whole."""

    def add(self, part: bytes) -> bytes | None:
        """Whole lines, when they are enough."""
        first = part.find(b"\n")
        if first < 0:
            self._keep(part)
            return None
        end = part.rfind(b"\n") + 1
        self._keep(part[:first])
        self._hold(part[first:end])
        self._seen += end - first
        self._line = 0
        data = self._take() if self._held >= self._size else None
        self._keep(part[end:])
        return data

    def rest(self) -> bytes:
        """What is left at the end of the text, with a newline."""
        if self._line:
            self._hold(b"\n")
        return self._take()

    def _keep(self, part: bytes) -> None:
        """More of a line that has no end yet: only to what a line may hold."""
        if self._line <= MAX_LINE < self._line + len(part):
            self.first_cut = self.first_cut if self.cut else self._seen - self._line
            self.cut += 1
        self._hold(part[: max(0, MAX_LINE - self._line)])
        self._line += len(part)
        self._seen += len(part)

    def _hold(self, part: bytes) -> None:
        self._parts.append(part)
        self._held += len(part)

    def _take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts, self._held = [], 0
        return data
