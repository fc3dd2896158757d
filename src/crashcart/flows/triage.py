"""``crashcart triage``: the faults in logs, with nothing asked of the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from crashcart.diagnosis.judge import judge
from crashcart.diagnosis.notice import Noticed, notice
from crashcart.faults import load
from crashcart.model.case import Case
from crashcart.model.errors import UnavailableError, UsageError
from crashcart.model.fault import Fault
from crashcart.model.target import Target
from crashcart.tools.clock import Stopwatch, now
from crashcart.tools.logs import LogLine, read


def triage(paths: Sequence[str], *, faults: Mapping[str, Fault] | None = None, stdin: BinaryIO | None = None) -> Case:
    """What the logs say went wrong; ``-`` among *paths* is standard input. Touches nothing but the files named.

    Raises UsageError where no log is named, or one is not there.
    """
    started, watch = now(), Stopwatch()
    rooms = load() if faults is None else faults
    reading = Reading(paths, stdin)
    noticed = reading.noticed(rooms)
    folder = Path.cwd()
    return Case(
        command="triage",
        target=Target(name=folder.name, project=folder),
        started_at=started,
        took_ms=watch.ms,
        findings=judge(noticed.claims, (), rooms),
        logs=reading.names,
        errors=tuple(reading.problems),
        unchecked=tuple(reading.unread),
        facts={"lines_read": str(noticed.lines_read)},
    )


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
