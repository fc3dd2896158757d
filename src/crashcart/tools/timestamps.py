"""When a log's line was written, in the forms that programs write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import islice
from typing import NamedTuple

from crashcart.tools.expressions import lazy

MAX_LEAD = 120
"""Characters of a line among which its time stands."""
MAX_CLOCKS = 3
DATE = 34
"""Characters before and behind a clock among which its date and zone stand."""
MAX_RECORD = 2000
"""Characters of a structured record, at each of its ends, among which a field with its time stands."""
ZONES = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9,
    "EST": -5, "EDT": -4, "CDT": -5, "MDT": -6, "PST": -8, "PDT": -7, "BST": 1, "WEST": 1, "AEST": 10, "AEDT": 11,
}  # fmt: skip
"""Hours ahead of UTC of the abbreviations that mean one zone."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
CLOCK = r"(?P<hour>\d\d?):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?"
HALF = r"(?P<hour>\d\d?):(?P<minute>\d\d):(?P<second>\d\d)[ \u202f](?P<half>[AP]M)\b"
ZONE = r"(?: ?(?P<zone>Z\b|[+-]\d\d(?::?\d\d)?(?!\d)|(?:NAMES)\b|[A-Z][a-z]{2,12}/[A-Z][A-Za-z_]{2,20}))?".replace(
    "NAMES", "|".join(ZONES)
)


class Stamp(NamedTuple):
    """A time as a line tells it."""

    wall: datetime
    """What the line's clock showed, without a zone: good for the order within one log."""
    zone: tzinfo | None
    """None where the line does not say."""
    start: int
    end: int

    @property
    def at(self) -> datetime | None:
        """The moment in UTC, where the line tells its zone."""
        try:
            return self.wall.replace(tzinfo=self.zone).astimezone(UTC) if self.zone else None
        except (ValueError, OverflowError):
            return None


class _Form(NamedTuple):
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], tuple[datetime, tzinfo | None]]
    """Raises ValueError for what is no time."""


def written_at(line: str) -> datetime | None:
    """When a log's *line* was written; None where it does not say, or not with its offset from UTC."""
    found = stamp(line)
    return found.at if found else None


def stamp(line: str) -> Stamp | None:
    """The time at the beginning of a log's *line*, or in the field of a record that holds it."""
    if line.startswith("{"):
        whole = line if len(line) <= 2 * MAX_RECORD else line[:MAX_RECORD] + line[-MAX_RECORD:]
        if found := _first(whole, RECORDS, 0, len(whole)):
            return found
    found = _around_a_clock(line)
    if not found and DIGITS.search(line, 0, MAX_LEAD):
        found = _first(line, CLOCKLESS, 0, MAX_LEAD)
    return None if found and PROSE.search(line, 0, found.start) else found


def _around_a_clock(line: str) -> Stamp | None:
    """The date beside one of the first clocks: to look there only is quick."""
    for clock in islice(HANDS.finditer(line, 0, MAX_LEAD), MAX_CLOCKS):
        start = max(0, clock.start() - DATE)
        if found := _first(line, LEADS, start, clock.end() + DATE):
            return found
    return None


def _first(text: str, forms: Sequence[_Form], start: int, end: int) -> Stamp | None:
    best: Stamp | None = None
    for form in forms:
        match = form.pattern.search(text, start, best.end if best else end)
        if match and (not best or match.start() < best.start):
            try:
                best = Stamp(*form.read(match), *match.span())
            except (ValueError, OverflowError, OSError):
                continue
            if best.start < start + 2:
                break
    return best


def _calendar(match: re.Match[str]) -> tuple[datetime, tzinfo | None]:
    """The fields that the pattern names: a month by number or name; hours of half a day with AM or PM."""
    parts = match.groupdict()
    month = parts["month"]
    hour = int(parts["hour"]) % (12 if parts.get("half") else 24) + (12 if parts.get("half") == "PM" else 0)
    if int(parts["hour"]) > 23:
        raise ValueError("no hour")
    wall = datetime(  # noqa: DTZ001 - what the line's clock showed
        _year(parts["year"]), int(month) if month.isdigit() else MONTHS.index(month[:3].lower()) + 1, int(parts["day"]),
        hour, int(parts["minute"]), min(int(parts["second"]), 59), _micros(parts.get("fraction")),
    )  # fmt: skip
    return wall, _zone(parts.get("zone"))


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _micros(fraction: str | None) -> int:
    return int((fraction or "0").ljust(6, "0")[:6])


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text[0] in "+-":
        digits = text[1:].replace(":", "").ljust(4, "0")
        ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(ahead if text[0] == "+" else -ahead)
    return _named_zone(text) if "/" in text else timezone(timedelta(hours=ZONES[text])) if text in ZONES else None


def _named_zone(name: str) -> tzinfo | None:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return None


def _this_year(match: re.Match[str]) -> tuple[datetime, tzinfo | None]:
    """A time that tells no year is of the last twelve months."""
    parts = match.groupdict()
    month = int(parts["month"]) if parts["month"].isdigit() else MONTHS.index(parts["month"][:3].lower()) + 1
    today = datetime.now(UTC).replace(tzinfo=None)
    times = int(parts["hour"]), int(parts["minute"]), min(int(parts["second"]), 59), _micros(parts["fraction"])
    wall = datetime(_leap_safe(today.year, month, int(parts["day"])), month, int(parts["day"]), *times)  # noqa: DTZ001
    if wall > today + timedelta(days=2):
        wall = wall.replace(year=_leap_safe(wall.year - 1, month, wall.day))
    return wall, None


def _leap_safe(year: int, month: int, day: int) -> int:
    """The 29th of February is of a leap year."""
    return year if (month, day) != (2, 29) else year - year % 4


def _day_and_month(match: re.Match[str]) -> tuple[datetime, tzinfo | None]:
    """Two numbers and a year with slashes: clear only where one of them can be no month."""
    first, second = int(match["first"]), int(match["second_"])
    if (first > 12) == (second > 12) and first != second:
        raise ValueError("the day may be either")
    month, day = (second, first) if first > 12 else (first, second)
    wall = datetime(int(match["year"]), month, day, int(match["hour"]), int(match["minute"]), int(match["second"]))  # noqa: DTZ001
    return wall, _zone(match["zone"])


def _epoch(match: re.Match[str]) -> tuple[datetime, tzinfo | None]:
    """Seconds, or as many digits more as a finer unit has."""
    digits = match["epoch"]
    seconds = int(digits[:10])
    micros = _micros(digits[10:].lstrip(".") or None)
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=micros), UTC


PROSE = lazy(r"\b[A-Za-z]{2,30} [a-z]{2,30},? [a-z]{2,30}[ :]{1,3}\Z")
"""Words of a sentence: the time behind them is what it tells of, not when it was written."""
HANDS = lazy(r"\d:\d\d:\d\d")
DIGITS = lazy(r"\d{8}")
"""What a time without colons has."""
EPOCH = r"(?P<epoch>[12]\d{9}(?:\.\d{1,9}|\d{3}|\d{6}|\d{9})?)(?![\d.])"
ISO = _Form(
    lazy(
        r"(?<!\d)(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d\d)(?P=sep)(?P<day>\d\d)"
        rf"(?:[T_ :]| - |, |  ){CLOCK}{ZONE}"
    ),
    _calendar,
)
BASIC = _Form(
    lazy(
        r"(?<!\d)(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)[T ](?P<hour>\d\d):?(?P<minute>\d\d):?(?P<second>\d\d)"
        rf"(?:[.,](?P<fraction>\d{{1,9}}))?(?!\d){ZONE}"
    ),
    _calendar,
)
LEADS = (
    ISO,
    _Form(lazy(rf"(?<!\d)(?P<day>\d\d?)[/ -]{MONTH}[/ -](?P<year>\d{{4}})[: ]{CLOCK}{ZONE}", re.I), _calendar),
    _Form(
        lazy(
            rf"\b{MONTH} {{1,2}}(?P<day>\d\d?),? (?P<year>\d{{4}}),? (?:at )?{CLOCK}"
            rf"(?:[ \u202f]?(?P<half>[AP]M)\b)?{ZONE}"
        ),
        _calendar,
    ),
    _Form(
        lazy(rf"\b{MONTH} {{1,2}}(?P<day>\d\d?) {CLOCK}(?: (?P<zone>[A-Z]{{3,4}}|[+-]\d{{4}}))? (?P<year>\d{{4}})\b"),
        _calendar,
    ),
    _Form(lazy(rf"(?<![\w-]){MONTH} {{1,2}}(?P<day>\d\d?) {CLOCK}(?! \d{{4}}\b)"), _this_year),
    _Form(lazy(rf"(?<![\d.])(?P<day>\d\d)\.(?P<month>\d\d)\.(?P<year>\d{{4}}),? (?:um )?{CLOCK}{ZONE}"), _calendar),
    _Form(
        lazy(
            r"(?<![\d/])(?P<first>\d\d)/(?P<second_>\d\d)/(?P<year>\d{4}),? (?:à )?"
            rf"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d){ZONE}(?! ?[AP]M)"
        ),
        _day_and_month,
    ),
    _Form(lazy(rf"(?<![\w-])(?P<year>\d{{4}})-{MONTH}-(?P<day>\d\d) {CLOCK}{ZONE}"), _calendar),
    _Form(lazy(rf"(?<![\w-])(?P<day>\d\d) {MONTH} {CLOCK}\b"), _this_year),
    _Form(lazy(rf"(?<![\d/])(?P<month>\d\d?)/(?P<day>\d\d?)/(?P<year>\d{{4}}),? {HALF}"), _calendar),
    _Form(lazy(rf"(?:^|(?<= ))[IWEF](?P<month>\d\d)(?P<day>\d\d) {CLOCK}\b"), _this_year),
    _Form(lazy(rf"(?:^|(?<=\| ))(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d) {{1,2}}{CLOCK}\b"), _calendar),
)
CLOCKLESS = (
    BASIC,
    _Form(
        lazy(rf"(?:^\[?|(?<=\| )|audit\(|\b(?:ts|time|timestamp)=\"?){EPOCH}", re.I),
        _epoch,
    ),
)
KEY = (
    r'"(?:@?time(?:_?stamp|_local|_iso8601|Millis)?|@t|ts|t|date(?:time)?|event_?time|asctime|epoch|instant|written_at'
)
KEY += r'|__REALTIME_TIMESTAMP|_SOURCE_REALTIME_TIMESTAMP)"\s{0,4}:\s{0,4}(?:\{"\$?date":\s?)?"?\[?'
LOOK_BEHIND = lazy(r"^\(\?<!.{2,6}?\)")
RECORDS = (
    *(_Form(lazy(KEY + LOOK_BEHIND.sub("", form.pattern.pattern), re.I), form.read) for form in (ISO, LEADS[1], BASIC)),
    _Form(lazy(KEY + EPOCH, re.I), _epoch),
)
