"""From literals found in a text to the lines that hold them."""

from __future__ import annotations

import marshal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import NamedTuple

from crashcart.tools import store
from crashcart.tools.expressions import lazy
from crashcart.tools.scanner.engines import Engine, Find, engine
from crashcart.tools.scanner.literals import literals

WINDOW = 16 * 1024
"""Bytes of one line around what was found there; of a longer line no more is looked at."""
ESCAPES = lazy(
    rb"\x1b(?:\[[0-?]{0,32}[ -/]{0,8}[@-~]|\][^\x07\x1b\n]{0,2048}(?:\x07|\x1b\\)|[@-Z\\-_])"
    rb"|\\{1,8}u001[bB]\[[0-?]{0,16}m"
)
"""What colours a text, in a terminal and in a JSON string; it may stand amid a phrase."""
ESCAPE_SIGNS = (b"\x1b", b"u001b[")

MANY = 200
"""Words from which on the cache is worth its files."""
MAX_TOGETHER = 100_000
"""Sets of literals that are remembered."""
NUMBER = itemgetter(1)

Text = bytes | bytearray
Words = tuple[int, ...]


@lru_cache(maxsize=4)
def lookout(words: tuple[str, ...]) -> Lookout:
    """A lookout for *words*; the one that was made for them before."""
    return Lookout(words)


class Row(NamedTuple):
    """A line that holds words."""

    number: int
    """Counted from 1 at the beginning of the text."""
    start: int
    raw: bytes
    """Without its end; of a very long line the part around the words."""
    words: Words
    cut: bool = False
    """Whether *raw* is only a part of the line."""


class Found(NamedTuple):
    """What was found in a text of whole lines."""

    rows: list[Row]
    text: Text
    """Where the rows stand: the text, without its colours where it had any."""
    start: int
    stop: int


class Lookout:
    """Words to look for, and the engine that does it. May be shared by threads."""

    def __init__(self, words: Sequence[str]) -> None:
        self._literals, self._words = _table(tuple(words))
        self._together: dict[Words, Words] = {}

    @cached_property
    def engine(self) -> Engine:
        return engine(self._literals, ESCAPE_SIGNS)

    def words(self, key: Words) -> Words:
        """The words for literals that were found."""
        words = self._together.get(key)
        if words is None:
            among = {word for number in key if number < len(self._words) for word in self._words[number]}
            if len(self._together) > MAX_TOGETHER:
                self._together.clear()
            words = self._together[key] = tuple(sorted(among))
        return words

    def in_line(self, raw: bytes) -> Words:
        """The words that may stand in one line. For one thread."""
        return self.words(tuple([number for _, number in self._find(raw)]))

    @cached_property
    def _find(self) -> Find:
        return self.engine.finder()

    def found(self, find: Find, text: Text, start: int, stop: int) -> Found | None:
        """The lines of ``text[start:stop]`` that hold words; None where there are none."""
        with memoryview(text) as view:
            ends = find(view[start:stop])
        if not ends:
            return None
        signs = len(self._words)
        if max(map(NUMBER, ends)) >= signs:
            text, start = ESCAPES.sub(b"", bytes(text[start:stop])), 0
            stop = len(text)
            ends = [hit for hit in find(text) if hit[1] < signs]
        rows = self._rows(text, start, stop, ends)
        return Found(rows, text, start, stop) if rows else None

    def _rows(self, text: Text, start: int, stop: int, ends: Sequence[tuple[int, int]]) -> list[Row]:
        rows: list[Row] = []
        close, number, next_number = start - 1, 0, 1
        together = self._together
        n = 0
        while n < len(ends):
            first, end = n, start + ends[n][0]
            at = close + 1
            begin = text.rfind(b"\n", at, end) + 1 or at
            number = next_number + count_newlines(text, at, begin)
            close = text.find(b"\n", end, stop)
            if close < 0:
                close = stop
            key = [ends[n][1]]
            n += 1
            while n < len(ends) and ends[n][0] <= close - start:
                key.append(ends[n][1])
                n += 1
            if close - begin <= WINDOW:
                literals = tuple(key)
                rows.append(
                    Row(number, begin, bytes(text[begin:close]), together.get(literals) or self.words(literals))
                )
            else:
                rows += self._windows(text, Row(number, begin, b"", ()), close, start, ends[first:n])
            next_number = number + 1
        return rows

    def _windows(self, text: Text, row: Row, close: int, shift: int, ends: Sequence[tuple[int, int]]) -> Iterator[Row]:
        """The parts of a very long line that hold words."""
        n = 0
        while n < len(ends):
            begin = max(row.start, shift + ends[n][0] - WINDOW // 2)
            stop = min(close, begin + WINDOW)
            first = n
            while n < len(ends) and (n == first or shift + ends[n][0] + WINDOW // 4 <= stop or stop == close):
                n += 1
            yield Row(
                row.number,
                begin,
                bytes(text[begin:stop]),
                self.words(tuple([hit[1] for hit in ends[first:n]])),
                cut=True,
            )


LONG = 4096
try:
    from stringzilla import count as _count
except ImportError:
    LONG = 1 << 62


def _table(words: tuple[str, ...]) -> tuple[tuple[bytes, ...], tuple[Words, ...]]:
    """What to look for, and the numbers of the words for which each stands; many are reckoned but once."""
    name = store.key("words", *words)
    raw = store.load(name) if len(words) >= MANY else None
    if raw:
        with suppress(ValueError, TypeError, EOFError):
            known, numbers = marshal.loads(raw)  # noqa: S302 - a file of this user alone
            return known, numbers
    by_literal: dict[bytes, list[int]] = {}
    for number, word in enumerate(words):
        for literal in sorted(literals(word)):
            by_literal.setdefault(literal, []).append(number)
    table = tuple(by_literal), tuple(tuple(numbers) for numbers in by_literal.values())
    if len(words) >= MANY:
        store.save(name, marshal.dumps(table))
    return table


def count_newlines(text: Text, start: int, stop: int) -> int:
    """Those in ``text[start:stop]``: by a library where it is installed and the text is long."""
    if stop - start < LONG:
        return text.count(b"\n", start, stop)
    with memoryview(text) as view:
        return int(_count(view[start:stop], b"\n"))


def following(found: Found, after: Mapping[int, int]) -> tuple[list[Row], int]:
    """The rows with those lines behind them that their words ask for, and how many are still to come."""
    rows: list[Row] = []
    pending = 0
    at = found.start
    number = 1
    for row in found.rows:
        pending, at, number = _fill(found, rows, (at, number), row.start, pending)
        rows.append(row)
        line_end = found.text.find(b"\n", row.start + len(row.raw), found.stop)
        at, number = (found.stop if line_end < 0 else line_end + 1), row.number + 1
        pending = max([pending - 1, *(after.get(word, 0) for word in row.words)])
    pending, _, _ = _fill(found, rows, (at, number), found.stop, max(0, pending))
    return rows, pending


def _fill(found: Found, rows: list[Row], place: tuple[int, int], stop: int, pending: int) -> tuple[int, int, int]:
    at, number = place
    while pending > 0 and at < stop:
        end = found.text.find(b"\n", at, found.stop)
        end = found.stop if end < 0 else end
        rows.append(Row(number, at, bytes(found.text[at : min(end, at + WINDOW)]), ()))
        at, number, pending = end + 1, number + 1, pending - 1
    return pending, at, number


def first_lines(text: Text, start: int, stop: int, wanted: int) -> list[bytes]:
    """The first lines of ``text[start:stop]``."""
    lines: list[bytes] = []
    while len(lines) < wanted and start < stop:
        end = text.find(b"\n", start, stop)
        end = stop if end < 0 else end
        lines.append(bytes(text[start : min(end, start + WINDOW)]))
        start = end + 1
    return lines


def last_lines(text: Text, start: int, stop: int, wanted: int) -> list[bytes]:
    """The last lines of ``text[start:stop]``, in order."""
    lines: list[bytes] = []
    while len(lines) < wanted and stop > start:
        end = stop - 1 if text[stop - 1] == 10 else stop
        begin = text.rfind(b"\n", start, end) + 1 or start
        lines.append(bytes(text[begin : min(end, begin + WINDOW)]))
        stop = begin
    return lines[::-1]
