"""One log that is open, and its lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import BinaryIO, Self

from crashcart.tools.logs.lines import LogLine, text_of
from crashcart.tools.logs.streams import Block


@dataclass(frozen=True)
class Log:
    """One log that is open; to be closed, or used as a context, where :func:`open_log` gave it."""

    name: str
    view: str | None
    """The command that prints it, where it is no plain file; empty where there is none (standard input)."""
    problems: list[str]
    """What a person should know about the reading; more may come while it is read."""
    raw: BinaryIO | None
    """The file itself where its bytes are the lines as they stand, in UTF-8: it may be read at any place."""
    parts: Iterator[Block]
    owner: AbstractContextManager[object] = field(default_factory=nullcontext)

    def blocks(self) -> Iterator[Block]:
        """Its lines, once: about half a megabyte at a time, or what has come where the log still grows."""
        return self.parts

    def lines(self) -> Iterator[LogLine]:
        """Its lines one by one, with their numbers."""
        after = 0
        for data, numbers in self.blocks():
            raws = data.split(b"\n")
            known = range(after + 1, after + len(raws)) if numbers is None else numbers
            for index in range(len(raws) - 1):
                yield LogLine(self.name, known[index], text_of(raws[index]), self.view)
            after = known[len(known) - 1]

    def close(self) -> None:
        self.owner.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
