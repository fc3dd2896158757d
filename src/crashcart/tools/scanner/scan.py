"""The lines of a log that hold any of many words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple, Protocol

from crashcart.tools.scanner.lines import Found, Row, Words, first_lines, last_lines, lookout
from crashcart.tools.scanner.pieces import Numbers, Piece, Wants, of_blocks, of_file

Around = tuple[list[bytes], list[bytes]]
ELSEWHERE = -1
"""Where a row stands that was not found in its piece's text."""


class Scannable(Protocol):
    """An open log."""

    @property
    def raw(self) -> BinaryIO | None:
        """The file itself, where its bytes are the lines as they stand: it may be read at any place."""

    def blocks(self) -> Iterable[tuple[bytes, Numbers | None]]:
        """Blocks of whole lines, each with the numbers of its lines, or None where they are counted on."""


class Hit(NamedTuple):
    """A line that may hold words, or that stands behind one which asks for it."""

    number: int
    """1-based."""
    raw: bytes
    """The line without its end; of a very long line the part around the words."""
    words: Words
    """Numbers of words that may stand in it: their rarest part does."""
    around: Callable[[int], Around] | None = None
    """The lines before and after it, up to the context that was asked for. To be called before the next hit is."""


class Scanner:
    """Looks for the same *words* in any number of logs, without regard to case and to how a logger escaped them.

    Behind a line that holds a word of *after*, that many lines are given too. With *context*, each hit can tell up to
    that many lines before and after it.
    """

    def __init__(self, words: Iterable[str], after: Mapping[str, int] | None = None, context: int = 0) -> None:
        self.words = tuple(words)
        self._look = lookout(self.words)
        asked = {word.lower(): count for word, count in (after or {}).items()}
        self._after = {n: asked[word.lower()] for n, word in enumerate(self.words) if word.lower() in asked}
        self._context = context
        self.lines = 0
        """Of the log that was read last, all of them."""
        self.cut = 0
        """Very long lines of it of which only the parts around words were looked at."""
        self.first_cut = 0

    @property
    def engine(self) -> str:
        """The name of the engine that does the search."""
        return self._look.engine.name

    def hits(self, log: Scannable, progress: Callable[[int], None] | None = None) -> Iterator[Hit]:
        """The lines of *log* in order; *progress* is told now and then how many bytes were read.

        Raises what reading raises.
        """
        self.lines = self.cut = self.first_cut = 0
        head = max([self._context, *self._after.values()])
        wants = Wants(self._after, head, self._context, keep=self._context > 0)
        raw = log.raw
        pieces = of_blocks(log.blocks(), self._look, wants) if raw is None else of_file(raw.fileno(), self._look, wants)
        if progress:
            pieces = _told(pieces, progress)
        yield from self._in_context(pieces) if self._context else self._hits(pieces)

    def _hits(self, pieces: Iterable[Piece]) -> Iterator[Hit]:
        last = pending = 0
        for piece in pieces:
            if piece.found or pending or piece.rest:
                rows, pending = self._rows(piece, pending)
                for number, row in self._numbered(rows, piece, last):
                    yield Hit(number, row.raw, row.words)
            last = self._count(piece, last)

    def _count(self, piece: Piece, last: int) -> int:
        """The number of the last line of *piece*."""
        self.lines += piece.lines
        return piece.numbers[len(piece.numbers) - 1] if piece.numbers else last + piece.lines

    def _rows(self, piece: Piece, pending: int) -> tuple[list[Row], int]:
        """The rows of *piece*, those too that the pieces before it ask for, and how many are still to come."""
        rows = piece.found.rows if piece.found else []
        if pending:
            known = {row.number for row in rows}
            heads = (Row(n, ELSEWHERE, raw, ()) for n, raw in enumerate(piece.head[:pending], 1) if n not in known)
            rows = sorted([*heads, *rows], key=_number)
        return rows, max(piece.pending, pending - piece.lines)

    def _numbered(self, rows: Sequence[Row], piece: Piece, last: int) -> Iterator[tuple[int, Row]]:
        for row in piece.rest.rows if piece.rest else ():
            yield self._noted(last, row)
        for row in rows:
            number = piece.numbers[row.number - 1] if piece.numbers else last + row.number
            yield self._noted(number, row) if row.cut else (number, row)

    def _noted(self, number: int, row: Row) -> tuple[int, Row]:
        self.cut += 1
        self.first_cut = self.first_cut or number
        return number, row

    def _in_context(self, pieces: Iterable[Piece]) -> Iterator[Hit]:
        """Each piece's hits when the lines after it are known too."""
        last = pending = 0
        tail: list[bytes] = []
        for piece, head in _with_next(pieces, self._context):
            rows, pending = self._rows(piece, pending)
            for number, row in self._numbered(rows, piece, last):
                known = row.start != ELSEWHERE and number != last
                around = _Around(piece.found, row, tail, head) if piece.found and known else None
                yield Hit(number, row.raw, row.words, around)
            last = self._count(piece, last)
            tail = [*tail, *piece.tail][-self._context :]


class _Around:
    """The lines around one row."""

    def __init__(self, found: Found, row: Row, before: Sequence[bytes], after: Sequence[bytes]) -> None:
        self._found, self._row, self._before, self._after = found, row, before, after

    def __call__(self, lines: int) -> Around:
        found, row = self._found, self._row
        if not lines:
            return [], []
        begin = found.text.rfind(b"\n", found.start, row.start) + 1 or found.start
        end = found.text.find(b"\n", row.start + len(row.raw), found.stop) + 1 or found.stop
        before = last_lines(found.text, found.start, begin, lines)
        after = first_lines(found.text, end, found.stop, lines)
        return [*self._before, *before][-lines:], [*after, *self._after][:lines]


def _number(row: Row) -> int:
    return row.number


def _told(pieces: Iterable[Piece], progress: Callable[[int], None]) -> Iterator[Piece]:
    for piece in pieces:
        yield piece
        progress(piece.read)


def _with_next(pieces: Iterable[Piece], wanted: int) -> Iterator[tuple[Piece, list[bytes]]]:
    """Each piece with the first lines of those behind it."""
    waiting: list[Piece] = []
    for piece in pieces:
        waiting.append(piece)
        while len(waiting) > 1 and sum(len(later.head) for later in waiting[1:]) >= wanted:
            yield waiting[0], _heads(waiting[1:], wanted)
            del waiting[0]
    while waiting:
        yield waiting[0], _heads(waiting[1:], wanted)
        del waiting[0]


def _heads(pieces: Iterable[Piece], wanted: int) -> list[bytes]:
    return [line for piece in pieces for line in piece.head][:wanted]
