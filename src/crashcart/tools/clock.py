"""Time, in one place."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

STAMP = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d:\d\d)(?:[.,]\d{1,9})? ?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)\b"
)
ACCESS = re.compile(r"\[(?P<stamp>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]")
MAX_LEAD = 300
"""Characters of a line among which its time stands."""


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def written_at(line: str) -> datetime | None:
    """When a log's *line* was written, to the second; None where it does not say, or not with its offset from UTC."""
    lead = line[:MAX_LEAD]
    try:
        if match := STAMP.search(lead):
            zone = "+0000" if match["zone"] in ("Z", "UTC", "GMT") else match["zone"]
            return datetime.strptime(f"{match['date']} {match['time']} {zone}", "%Y-%m-%d %H:%M:%S %z")
        if match := ACCESS.search(lead):
            return datetime.strptime(match["stamp"], "%d/%b/%Y:%H:%M:%S %z")
    except ValueError:
        return None
    return None


class Stopwatch:
    """Counts milliseconds from its making."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def ms(self) -> int:
        return round((time.monotonic() - self._start) * 1000)


class Deadline:
    """A moment after which nothing may go on; shared by all parts of a command."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        return self.left == 0.0
