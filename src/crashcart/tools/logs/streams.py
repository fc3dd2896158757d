"""A stream as the parts that arrive; its beginning can be looked at before it is read."""

from __future__ import annotations

import io
import select
from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO, NamedTuple, Protocol

from crashcart.tools.logs.lines import as_argument

BLOCK = 512 * 1024
"""Bytes that are handed on at once."""
HEAD = 65536
"""Bytes by which a log's kind is known."""
PAUSE = 0.25
"""Seconds without a byte after which what came must do to know a log that grows."""


Parts = Iterator[bytes]
Note = Callable[[str], None]
"""Takes what a person should know about the reading."""


class Numbers(Protocol):
    """The line numbers of a block, in order."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> int: ...


class Block(NamedTuple):
    """Some whole lines of a log."""

    data: bytes
    """UTF-8 where the log is text at all; every line ends with a newline, the log's last one too."""
    numbers: Numbers | None
    """The 1-based number of each line; None where they are counted on from the block before (from 1 at first)."""


def some(stream: BinaryIO, size: int = BLOCK) -> bytes:
    """What is there of the next *size* bytes; one call to the system, so that Ctrl-C need not wait for all of them."""
    read1 = getattr(stream, "read1", None) or stream.read
    return read1(size) or b""


def parts_of(stream: BinaryIO) -> Parts:
    """The parts of *stream*. Raises what reading it raises."""
    while part := some(stream):
        yield part


def peek(parts: Parts, stream: BinaryIO | None = None) -> tuple[bytes, Parts]:
    """The first bytes of *parts*, and the whole of them; a *stream* that grows slowly is not waited for."""
    taken: list[bytes] = []
    size = 0
    for part in parts:
        taken.append(part)
        size += len(part)
        if size >= HEAD or (stream and b"\n" in part and _pauses(stream)):
            break
    return b"".join(taken)[:HEAD], chain(taken, parts)


def _pauses(stream: BinaryIO) -> bool:
    try:
        return not select.select([stream], [], [], PAUSE)[0]
    except (OSError, ValueError, TypeError, io.UnsupportedOperation):
        return False


class Joined(io.RawIOBase):
    """Parts as a stream, for a library that reads one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._left:
            part = next(self._parts, b"")
            if not part:
                return 0
            self._left = memoryview(part)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


def piped(view: str | None, command: str, name: str) -> str | None:
    """The command that prints the log *name* with *command* behind what printed it so far."""
    if view == "":
        return view
    return f"{view} | {command}" if view else f"{command} {as_argument(name)}"
