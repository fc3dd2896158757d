"""Logs read one after the other, and what went wrong with that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from crashcart.diagnosis.notice import Noticed, notice
from crashcart.model.errors import UnavailableError, UsageError
from crashcart.model.fault import Fault
from crashcart.tools.logs import LogLine, read


class Reading:
    """Logs being read one after the other, and what went wrong with that."""

    def __init__(self, paths: Sequence[str], stdin: BinaryIO | None = None) -> None:
        if not paths:
            raise UsageError("no log named", advice="Name a log file, or - for standard input.")
        self._paths = tuple(dict.fromkeys(paths))
        self._stdin = stdin
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
                for line in read(source, name, problems):
                    empty = False
                    yield line
            except UnavailableError as error:
                problems.append(str(error))
            self.problems += problems
            self.unread += problems if empty else []
