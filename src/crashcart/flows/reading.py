"""Logs read one after the other, and what went wrong with that."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

from crashcart.diagnosis.notice import LINES_AFTER, Noticed, Watch
from crashcart.model.errors import DeadlineExceededError, UnavailableError, UsageError
from crashcart.model.fault import Fault
from crashcart.tools.clock import Deadline
from crashcart.tools.logs import Block, Log, open_logs
from crashcart.tools.logs.window import Window, within
from crashcart.tools.scanner import WINDOW, Hit, Scanner

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
        deadline: Deadline | None = None,
    ) -> None:
        if not paths:
            raise UsageError("no log named", advice="Name a log file, or - for standard input.")
        self._paths = tuple(dict.fromkeys(paths))
        self._stdin = stdin
        self._window = window
        self._progress = progress
        self._deadline = deadline
        self._lines_read = 0
        self.problems: list[str] = []
        self.unread: list[str] = []
        """Those of the problems that left a log without an answer."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple("stdin" if path == "-" else path for path in self._paths)

    def noticed(self, faults: Mapping[str, Fault]) -> Noticed:
        """What all the logs claim."""
        watch = Watch(faults)
        scanner = Scanner(watch.words, LINES_AFTER)
        for hit, name, view in self._hits(scanner):
            watch.hear(name, hit.number, hit.raw, view, hit.words)
        return Noticed(watch.claims(), self._lines_read, watch.unexplained())

    def _hits(self, scanner: Scanner) -> Iterator[tuple[Hit, str, str | None]]:
        """The lines that may tell something."""
        self._lines_read = 0
        for path, name in zip(self._paths, self.names, strict=True):
            source = self._stdin if path == "-" and self._stdin else path
            problems: list[str] = []
            before = self._lines_read
            try:
                for log in open_logs(source, name, problems):
                    yield from self._scanned(log, scanner, problems)
            except UnavailableError as error:
                problems.append(str(error))
            except DeadlineExceededError as error:
                problems.append(f"{name}: {error}")
            empty = self._lines_read == before
            if empty and not problems and self._window:
                problems.append(f"{name}: no line was written in the time that was asked for")
            self.problems += problems
            self.unread += problems if empty else []

    def _scanned(self, log: Log, scanner: Scanner, problems: list[str]) -> Iterator[tuple[Hit, str, str | None]]:
        watched = self._watched(log)
        try:
            for hit in scanner.hits(watched, self._told(watched, scanner)):
                yield hit, log.name, log.view
        except OSError as error:
            problems.append(f"{log.name}: ends before its time: {error.strerror or error}")
        finally:
            self._lines_read += scanner.lines
        if scanner.cut:
            problems.append(
                f"{log.name}: of lines longer than {WINDOW // 1024} KiB only the parts around telling words were read,"
                f" the first is {scanner.first_cut}"
            )

    def _watched(self, log: Log) -> Log:
        """*log* with the lines of the window only, the bytes of its blocks reported as they are read."""
        if self._progress and (self._window or not log.raw):
            log = replace(log, parts=_reported(log, self._progress))
        return within(log, self._window) if self._window else log

    def _told(self, log: Log, scanner: Scanner) -> Callable[[int], None]:
        """Takes how far *log* was read. Raises DeadlineExceededError when there is no time left to read on."""
        size = _size(log) if self._progress and log.raw else None

        def told(done: int) -> None:
            if self._progress and log.raw:
                self._progress(log.name, done, size)
            if self._deadline and self._deadline.passed:
                raise DeadlineExceededError(f"read only to line {scanner.lines}: the deadline passed")

        return told


def _reported(log: Log, progress: Progress) -> Iterator[Block]:
    size, done = _size(log), 0
    for block in log.parts:
        yield block
        done += len(block.data)
        progress(log.name, done, size)


def _size(log: Log) -> int | None:
    return os.fstat(log.raw.fileno()).st_size if log.raw else None


def bounds(window: Window | None) -> dict[str, str]:
    """What a report's head says of the *window*."""
    told = {"since": window.since, "until": window.until} if window else {}
    return {name: f"{bound:%Y-%m-%d %H:%M:%S} UTC" for name, bound in told.items() if bound}
