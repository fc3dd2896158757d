"""Logs read one after the other, and what went wrong with that."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

from crashcart.diagnosis.notice import Noticed, notice
from crashcart.model.errors import UnavailableError, UsageError
from crashcart.model.fault import Fault
from crashcart.tools.logs import Block, Log, LogLine, open_logs
from crashcart.tools.logs.window import Window, within

Progress = Callable[[str, int, int | None], None]
"""Takes the name of a log, how many of its bytes were read, and how many it has, where that is known."""


class Reading:
    """Logs being read one after the other, and what went wrong with that."""

    def __init__(
        self,
        paths: Sequence[str],
        stdin: BinaryIO | None = None,
        *,
        window: Window | None = None,
        progress: Progress | None = None,
    ) -> None:
        if not paths:
            raise UsageError("no log named", advice="Name a log file, or - for standard input.")
        self._paths = tuple(dict.fromkeys(paths))
        self._stdin = stdin
        self._window = window
        self._progress = progress
        self.problems: list[str] = []
        self.unread: list[str] = []
        """Those of the problems that left a log without an answer."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple("stdin" if path == "-" else path for path in self._paths)

    def noticed(self, faults: Mapping[str, Fault]) -> Noticed:
        """What all the logs claim."""
        return notice(self._lines(), faults)

    def _lines(self) -> Iterator[LogLine]:
        for path, name in zip(self._paths, self.names, strict=True):
            source = self._stdin if path == "-" and self._stdin else path
            problems: list[str] = []
            empty = True
            try:
                for log in open_logs(source, name, problems):
                    for line in self._watched(log).lines():
                        empty = False
                        yield line
            except UnavailableError as error:
                problems.append(str(error))
            if empty and not problems and self._window:
                problems.append(f"{name}: no line was written in the time that was asked for")
            self.problems += problems
            self.unread += problems if empty else []

    def _watched(self, log: Log) -> Log:
        """*log*, its bytes reported as they are read, with the lines of the window only."""
        if self._progress:
            log = replace(log, parts=_reported(log, self._progress))
        return within(log, self._window) if self._window else log


def _reported(log: Log, progress: Progress) -> Iterator[Block]:
    size = os.fstat(log.raw.fileno()).st_size if log.raw else None
    done = 0
    for block in log.parts:
        yield block
        done += len(block.data)
        progress(log.name, done, size)
