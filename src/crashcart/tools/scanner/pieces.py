"""The whole lines of a log, piece by piece, each searched: a file by several threads, anything else as it comes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

from crashcart.tools.scanner.engines import Find
from crashcart.tools.scanner.lines import Found, Lookout, Text, count_newlines, first_lines, following, last_lines

BLOCK = 512 * 1024
OVERLAP = 64 * 1024
"""Bytes beyond a block in which the end of its last line is looked for."""
MARGIN = 16 * 1024
"""Bytes of a longer line that two blocks both look at."""
TASK = 16
"""Blocks that a thread searches without looking up."""
PROBE = 4
"""Blocks by which it is told whether threads are worth while."""
DENSE = 64
"""Lines found in a block: below it they are, far above it not."""
AHEAD = 4
"""Tasks for each thread that may be done before they are asked for."""
MAX_THREADS = 8
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)


class Numbers(Protocol):
    """The line numbers of a block, in order."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> int: ...


@dataclass(slots=True)
class Piece:
    """Some whole lines of a log."""

    lines: int
    found: Found | None = None
    numbers: Numbers | None = None
    """Of its lines, where they are not simply counted on."""
    rest: Found | None = None
    """Found in a very long line that began in an earlier piece."""
    pending: int = 0
    """Lines of the next pieces that words of this one ask for."""
    head: list[bytes] = field(default_factory=list)
    tail: list[bytes] = field(default_factory=list)
    read: int = 0
    """Bytes of the log up to here."""


@dataclass(frozen=True, slots=True)
class Wants:
    """What a piece is to hold besides the lines with words."""

    after: Mapping[int, int] = field(default_factory=dict)
    """How many lines behind one that holds the word."""
    head: int = 0
    tail: int = 0
    keep: bool = False
    """Whether its text stays as it is after the next piece was read."""


def of_blocks(blocks: Iterable[tuple[bytes, Numbers | None]], look: Lookout, wants: Wants) -> Iterator[Piece]:
    """Each block of whole lines as a piece."""
    find, read = look.engine.finder(), 0
    for data, numbers in blocks:
        piece = _searched(data, 0, len(data), (look, find), wants)
        piece.numbers = numbers
        read += len(data)
        piece.read = read
        yield piece


def _searched(text: Text, start: int, stop: int, search: tuple[Lookout, Find], wants: Wants) -> Piece:
    look, find = search
    lines = count_newlines(text, start, stop)
    if stop > start and text[stop - 1] != 10:
        lines += 1
    piece = Piece(lines, look.found(find, text, start, stop))
    if piece.found:
        if not wants.after.keys().isdisjoint(word for row in piece.found.rows for word in row.words):
            rows, piece.pending = following(piece.found, wants.after)
            piece.found = piece.found._replace(rows=rows)
        if piece.found.text is text:
            # The buffer is soon another block's.
            piece.found = piece.found._replace(text=bytes(text[:stop]) if wants.keep else b"")
    if wants.head:
        piece.head = first_lines(text, start, stop, wants.head)
    if wants.tail:
        piece.tail = last_lines(text, start, stop, wants.tail)
    return piece


class _Reader:
    """One thread's buffer over a file, which may be read at any place."""

    def __init__(self, handle: int, look: Lookout, wants: Wants) -> None:
        self._handle = handle
        self._buffer = bytearray(1 + BLOCK + OVERLAP)
        self._look, self._find, self._wants = look, look.engine.finder(), wants

    def piece(self, block: int) -> Piece:
        """The lines that begin in *block*, and what of a longer line only this block can look at."""
        buffer = self._buffer
        lead = 1 if block else 0
        size = self._fill(block * BLOCK - lead)
        first = buffer.find(b"\n", 0, size) + 1 if block else 0
        rest = self._rest(first, size) if block and not 0 < first <= lead + OVERLAP < size + 1 else None
        own = min(lead + BLOCK, size)
        if first >= own or (block and not first):
            return Piece(0, rest=rest)
        end = buffer.find(b"\n", own - 1, size)
        piece = _searched(buffer, first, size if end < 0 else end + 1, (self._look, self._find), self._wants)
        piece.rest = rest
        return piece

    def _fill(self, offset: int) -> int:
        size = 0
        with memoryview(self._buffer) as view:
            while size < len(view) and (n := os.preadv(self._handle, [view[size:]], offset + size)):
                size += n
        return size

    def _rest(self, first: int, size: int) -> Found | None:
        """What stands in a line from before, so far into this block that the block before did not see it."""
        start, stop = 1 + OVERLAP - MARGIN, first - 1 if first else size
        if stop <= 1 + OVERLAP:
            return None
        found = self._look.found(self._find, self._buffer, start, stop)
        return found._replace(text=b"") if found else None


def of_file(handle: int, look: Lookout, wants: Wants) -> Iterator[Piece]:
    """The file's pieces in order: by several threads as long as little is found, for what is found is Python's work."""
    size = os.fstat(handle).st_size
    blocks = range(-(-size // BLOCK))
    threads = min(_cores(), MAX_THREADS)
    alone = _Reader(handle, look, wants)
    done, found = 0, float(DENSE)
    while done < len(blocks):
        if threads > 1 and found < DENSE:
            pieces = _Crew(blocks[done:], lambda: _Reader(handle, look, wants).piece).pieces(threads)
        else:
            pieces = (alone.piece(block) for block in blocks[done : done + PROBE])
        with closing(pieces):
            for piece in pieces:
                done += 1
                piece.read = min(size, done * BLOCK)
                yield piece
                found += ((len(piece.found.rows) if piece.found else 0) - found) / PROBE
                if found > 2 * DENSE:
                    break


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Crew:
    """Threads that search blocks in parallel; the pieces come in the order of the blocks."""

    def __init__(self, blocks: range, worker: Callable[[], Callable[[int], Piece]]) -> None:
        self._blocks, self._worker = blocks, worker
        self._next = 0
        self._asked = 0
        self._done: dict[int, list[Piece] | BaseException] = {}
        self._changed = threading.Condition()
        self._over = False
        self._tasks: Sequence[range] = ()

    def pieces(self, threads: int) -> Generator[Piece, None, None]:
        task = max(1, min(TASK, len(self._blocks) // (threads * 4)))
        self._tasks = [self._blocks[at : at + task] for at in range(0, len(self._blocks), task)]
        crew = [threading.Thread(target=self._work, args=(threads,), name="scan", daemon=True) for _ in range(threads)]
        # A signal that such a thread took would not wake the main thread.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        for thread in crew:
            thread.start()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        try:
            for number in range(len(self._tasks)):
                yield from self._take(number)
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()
            for thread in crew:
                thread.join()

    def _take(self, number: int) -> list[Piece]:
        with self._changed:
            self._asked = number
            self._changed.notify_all()
            while number not in self._done:
                self._changed.wait()
            done = self._done.pop(number)
        if isinstance(done, BaseException):
            raise done
        return done

    def _work(self, threads: int) -> None:
        piece = None
        while (number := self._claim(threads)) is not None:
            try:
                piece = piece or self._worker()
                done: list[Piece] | BaseException = [piece(block) for block in self._tasks[number]]
            except Exception as error:  # noqa: BLE001 - raised where the piece is asked for
                done = error
            with self._changed:
                self._done[number] = done
                if number == self._asked:
                    self._changed.notify_all()

    def _claim(self, threads: int) -> int | None:
        with self._changed:
            while not self._over and self._next < len(self._tasks) and self._next > self._asked + AHEAD * threads:
                self._changed.wait()
            if self._over or self._next >= len(self._tasks):
                return None
            self._next += 1
            return self._next - 1
