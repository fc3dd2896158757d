"""What others put around a program's line: the service's name, the time, a container runtime's record."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from crashcart.tools import log_records as records
from crashcart.tools.expressions import lazy
from crashcart.tools.timestamps import stamp

MAX_LAYERS = 8
LEAD = 160
"""Characters of a message among which its level stands."""
MOMENT = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
SYSLOG_TIME = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,6})?"
JOURNAL_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d| [A-Z]{3,4})"
NAME = r"[A-Za-z0-9_@][\w.@:/-]{0,99}"
HOST = r"(?P<host>[\w.:-]{1,255})"
POD = r"[a-z0-9][a-z0-9.-]{0,200}-[a-z0-9]{8,10}-[a-z0-9]{5}"
TASK = r"(?:build|dev|start|lint|test|migrate|generate|deploy|serve|prisma|typecheck|type-check|db)[\w:-]{0,40}"
COMPOSE = r"(?:\d\d:\d\d:\d\d )?(?P<service>(?!\d{1,6}\s)[\w.@-]{1,100}) {1,40}\| ?(?!\|)"
PM2 = r"\d{1,3}\|(?P<service>[\w.-]{1,60}) {0,40}\| ?"
TURBO = rf"(?P<service>(?:@[\w.-]{{1,60}}/)?[\w.-]{{1,60}}):{TASK}: "
KUBECTL = rf"\[pod/[\w.-]{{1,253}}/(?P<service>{NAME})\] "
STERN = rf"(?:[a-z0-9-]{{1,63}} )?{POD} (?:› )?(?P<service>[a-z0-9-]{{1,63}}) (?=\S)"
CRI = rf"{MOMENT} (?P<stream>stdout|stderr) [FP](?::\w{{1,20}})? ?"
GITLAB = rf"{MOMENT} \d\d(?P<stream>[OE])[ +]"
GITLAB_SECTION = r"section_(?:start|end):\d{10}:[\w.-]{1,200}(?:\[[^\]]{0,200}\])? ?"
GITHUB_JOB = rf"[^\t]{{1,200}}\t[^\t]{{1,200}}\t\ufeff?(?={MOMENT} )"
GITHUB_LEVEL = r"##\[(?P<level>error|warning|debug|notice)\] ?"
GITHUB_GROUP = r"##\[(?:group|endgroup|command|section|add-matcher)\] ?"
GITHUB_COMMAND = r"::(?P<level>error|warning|notice|debug)(?: [^:]{1,500}|)::"
PRIORITY = r"(?:<(?P<priority>\d{1,3})>)?"
SYSLOG = rf"{PRIORITY}{SYSLOG_TIME} {HOST} (?P<service>{NAME}?)(?:\[\d{{1,10}}\])?: ?"
JOURNAL = (
    rf"{PRIORITY}(?:[A-Z][a-z]{{2}} )?{JOURNAL_TIME} {HOST} (?P<service>kernel|{NAME}?(?=\[\d))(?:\[\d{{1,10}}\])?: ?"
)
SYSLOG_5424 = (
    rf"<(?P<priority>\d{{1,3}})>1 (?:{MOMENT}|-) (?P<host>\S{{1,255}}) (?P<service>\S{{1,48}}) \S{{1,128}} \S{{1,32}} "
    r"(?:-|(?:\[[^\]]{0,2000}\]){1,8}) ?\ufeff?"
)
BUILDKIT = r"#\d{1,4} \d{1,5}\.\d{1,3} "
LAYERS = tuple(  # what stands before a line, outermost or not; the named groups are what it tells
    map(
        lazy,
        (
            COMPOSE, PM2, TURBO, KUBECTL, STERN, CRI, GITLAB, GITLAB_SECTION, GITHUB_JOB, GITHUB_LEVEL, GITHUB_GROUP,
            GITHUB_COMMAND, SYSLOG, JOURNAL, SYSLOG_5424, BUILDKIT, rf"{MOMENT} (?=\S)",
        ),
    )
)  # fmt: skip
NAMED = lazy(r"\(\?P<\w+>")
ANY = lazy("|".join(NAMED.sub("(?:", layer.pattern) for layer in LAYERS))
LEVEL = lazy(
    r"\b(?P<upper>FATAL|PANIC|CRITICAL|EMERG|ALERT|ERROR|SEVERE|WARN(?:ING)?|NOTICE|INFO|DEBUG|TRACE|LOG(?=:))\b(?!=)"
    r"|[\[<(|] ?(?P<bracketed>[A-Za-z]{3,11}) {0,8}[\])>|]|\b(?:level|lvl|severity)[=:]\s?\"?(?P<pair>[A-Za-z]{1,11})"
    r"|^(?:npm|pnpm|yarn) (?P<tool>ERR!|error|WARN|warn)|^(?P<first>(?i:fatal|panic|error|warning))(?= ?:|\[)"
    r"|^(?P<klog>[IWEF])\d{4} \d\d:|\.(?P<channel>[A-Z]{4,9}): ",
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One line, taken out of its wrapping."""

    message: str
    """What the program itself wrote; of a structured line its message, and the failure that it tells beside it."""
    service: str | None = None
    """Which of several programs in one log wrote it."""
    at: datetime | None = None
    """When, in UTC, as far as the line tells it with its offset."""
    level: str | None = None
    """``fatal``, ``error``, ``warning``, ``info`` or ``debug``, as the program or its carrier says."""
    stream: str | None = None
    """``stdout`` or ``stderr``."""
    wall: datetime | None = None
    """What the line's clock showed, without a zone: for the order within one log only."""

    @property
    def zoned(self) -> bool:
        """Whether the time may be compared with another log's."""
        return self.at is not None


def unframe(text: str) -> Frame:
    """*text* without what its carriers put around it."""
    frame = _timed(Frame(text))
    for _ in range(MAX_LAYERS):
        inner = _without_prefix(frame) or _without_record(frame)
        if not inner:
            break
        frame = inner if inner.at or (inner.wall and not frame.wall) else _timed(inner)
    return frame if frame.level else replace(frame, level=_level(frame.message))


def readings(text: str) -> tuple[str, ...]:
    """The texts in which a line may say something: the line, its message, and of a structured one every value.

    Of texts within texts (JSON in a container runtime's JSON) also the inner ones, without their escapes.
    """
    frame = Frame(text)
    found = {text: None}
    for _ in range(MAX_LAYERS):
        inner = _without_prefix(frame) or _without_record(frame)
        if not inner:
            break
        fields = records.parsed(frame.message)
        found |= dict.fromkeys(islice(records.texts(fields), records.MAX_LEAVES)) if fields else {}
        found[inner.message] = None
        frame = inner
    return tuple(found)


def _timed(frame: Frame) -> Frame:
    found = stamp(frame.message)
    if not found:
        return frame
    return replace(frame, at=frame.at or found.at, wall=frame.wall or found.wall)


def _without_prefix(frame: Frame) -> Frame | None:
    if not ANY.match(frame.message):
        return None
    for layer in LAYERS:
        if match := layer.match(frame.message):
            return _told(frame, match)
    return None


def _told(frame: Frame, match: re.Match[str]) -> Frame:
    told = match.groupdict()
    level = told.get("level")
    if priority := told.get("priority"):
        level = records.SYSLOG[int(priority) % 8]
    stream = {"O": "stdout", "E": "stderr"}.get(told.get("stream") or "", told.get("stream"))
    return replace(
        frame,
        message=frame.message[match.end() :],
        service=frame.service or told.get("service"),
        level=records.NAMES.get(level or "") or frame.level,
        stream=frame.stream or stream,
    )


def _without_record(frame: Frame) -> Frame | None:
    fields = records.parsed(frame.message)
    if not fields:
        return None
    found = records.record(fields)
    message = ": ".join(filter(None, (found.message.rstrip("\r\n"), found.error.rstrip("\r\n"))))
    if not message:
        return None
    return replace(
        frame,
        message=message,
        service=frame.service or found.service,
        level=found.level or frame.level,
        stream=frame.stream or found.stream,
    )


def _level(message: str) -> str | None:
    match = LEVEL.search(message[:LEAD])
    while match:
        word = next(word for word in match.groups() if word).rstrip("!").lower()
        if word in records.NAMES:
            return records.NAMES[word]
        match = LEVEL.search(message[:LEAD], match.end())
    return None
