"""A stretch of time out of a log: what ``--since`` and ``--until`` mean, and which lines lie within."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from crashcart.model.errors import UsageError
from crashcart.tools.expressions import lazy
from crashcart.tools.logs.lines import text_of
from crashcart.tools.logs.log import Log
from crashcart.tools.logs.streams import Block
from crashcart.tools.timestamps import MAX_RECORD, Stamp, stamp

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
AGO = lazy(r"(?:\d{1,9}[smhdw]){1,5}")
DAYS = {"now": None, "today": 0, "yesterday": 1}
CLOCK = lazy(r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?")
WRITTEN = rb"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d"


def moment(text: str, now: datetime, *, past: bool = False) -> datetime:
    """The moment that a person means by *text*, in UTC; *now* brings the zone in which they live.

    ``15m``, ``1h30m``, ``2d``: so long ago. ``10:00``: of this day, or, where it has to be *past* and is still to come,
    of the day before. ``today``, ``yesterday``: their midnight. Else a date, with or without a time and its offset, or
    seconds since 1970. Raises UsageError for anything else.
    """
    word = text.strip().lower()
    try:
        found = (_ago(word, now) or _of_a_day(word, now) or _date(text.strip(), now.tzinfo)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        forms = "15m, 2h, 1d, 10:00, yesterday, 2026-11-23, 2026-11-23T10:00:00Z"
        raise UsageError(f"{text!r} is no time", advice=f"Write it as one of: {forms}.") from error
    return found - timedelta(days=1) if past and found > now and CLOCK.fullmatch(word) else found


def _ago(word: str, now: datetime) -> datetime | None:
    word = word.removesuffix(" ago").removeprefix("-").replace(" ", "")
    if not AGO.fullmatch(word):
        return None
    return now - timedelta(seconds=sum(int(n) * UNITS[u] for n, u in re.findall(r"(\d+)([smhdw])", word)))


def _of_a_day(word: str, now: datetime) -> datetime | None:
    day, _, clock = word.partition(" ") if word.split(" ", 1)[0] in DAYS else ("today", "", word)
    if day == "now":
        return now
    match = CLOCK.fullmatch(clock)
    if not match and (clock or word != day):
        return None
    hour, minute, second = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    then = now - timedelta(days=DAYS[day] or 0)
    return then.replace(hour=hour, minute=minute, second=second, microsecond=0)


def _date(text: str, zone: tzinfo | None) -> datetime:
    if re.fullmatch(r"\d{9,10}(\.\d{1,9})?", text):
        return datetime.fromtimestamp(float(text), UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Window:
    """From one moment to another; a bound of None is open."""

    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise UsageError("the window ends before it begins", advice="Give --since an earlier time than --until.")

    def holds(self, at: datetime) -> bool:
        """Whether the moment lies within, its ends included."""
        return (not self.since or self.since <= at) and (not self.until or at <= self.until)


def within(log: Log, window: Window) -> Log:
    """*log* with the lines of the *window* only, and their own numbers; it can no longer be read at any place.

    A line without a time belongs to the last one before it that has one; what stands before the first of these is kept.
    A time without a zone is taken as UTC. Problems tell both, where it mattered.
    """
    return replace(log, raw=None, parts=_Sieve(log, window).blocks())


class _Sieve:
    """Tells of every line whether it lies in a window."""

    def __init__(self, log: Log, window: Window) -> None:
        self._log = log
        self._window = window
        self._bounds = [bound.replace(microsecond=0) for bound in (window.since, window.until) if bound]
        self._inside: bool | None = None
        """As of the last line with a time; None before the first one."""
        self._second = b"\n"
        """How lines begin whose time is known to be the last one's, to the second."""
        self._unzoned = False

    def blocks(self) -> Iterator[Block]:
        after = 0
        for data, given in self._log.blocks():
            lines = data.split(b"\n")[:-1]
            numbers = range(after + 1, after + len(lines) + 1) if given is None else given
            after = numbers[len(numbers) - 1]
            kept = [index for index, line in enumerate(lines) if self._holds(line)]
            if kept:
                text = b"".join(lines[index] + b"\n" for index in kept)
                yield Block(text, [numbers[index] for index in kept])
        self._tell()

    def _holds(self, line: bytes) -> bool:
        if not line.startswith(self._second) and (found := stamp(text_of(_ends(line)))):
            at = found.at or found.wall.replace(tzinfo=UTC)
            self._unzoned |= found.at is None
            self._inside = self._window.holds(at)
            self._second = b"\n" if at.replace(microsecond=0) in self._bounds else _to_the_second(line, found)
        return self._inside is not False

    def _tell(self) -> None:
        name = self._log.name
        if self._inside is None:
            self._log.problems.append(f"{name}: no line tells when it was written, so all were read")
        elif self._unzoned:
            self._log.problems.append(f"{name}: its times name no zone and were taken as UTC")


def _ends(line: bytes) -> bytes:
    """As much of a line as may hold its time."""
    return line if len(line) <= 2 * MAX_RECORD else line[:MAX_RECORD] + line[-MAX_RECORD:]


def _to_the_second(line: bytes, found: Stamp) -> bytes:
    """The beginning of *line* with its time, where that is written with its largest unit first."""
    end = found.start + len("2026-01-05T10:00:00")
    begins = line[:end]
    return begins if found.end >= end and re.fullmatch(WRITTEN, begins[found.start :]) else b"\n"
