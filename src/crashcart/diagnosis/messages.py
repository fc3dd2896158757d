"""Which lines are one message: stack traces, causes named in turn, objects printed with an error."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from crashcart.diagnosis.error_like import EXCEPTION, Grade, grade, level_of
from crashcart.diagnosis.templates import Template
from crashcart.tools.expressions import lazy
from crashcart.tools.framing import Frame, unframe
from crashcart.tools.logs import LogLine

REACH = 200
"""Lines over which one message, such as a nested stack trace, may be spread."""
INDENTED_REACH = 20
NEAR = 2
"""Lines beside a known one, without a level of their own, that belong to its message."""
MOMENT = lazy(r"^.{0,60}?\d\d:\d\d:\d\d[.,]\d{6,9}")

_FRAMES = (
    r"at [^\s(]{1,300}(?:\s?\(|:\d|$)|at .{1,300}:\d",
    r"File \"[^\"]{1,500}\", line \d",
    r"\.{3} \d{1,6} (?:more|common)",
    r"from \S{1,300}:\d{1,7}:in ",
    r"#\d{1,4}\s{1,4}\S",
    r"goroutine \d|created by |stack backtrace:|note: run with|~{1,9}\^|\^{2,9}",
    r"\d{1,4}: (?:0x|[\w:<>]{1,200}::)",
    r"[\w$./<>*]{1,200}\((?:0x[0-9a-f]|\.\.\.|\{0x)",
    r"\S{1,300}\.(?:go|rs|rb|ex|erl|c|cpp):\d{1,7}(?::in | \+0x|$)",
    r"[}\])]{1,4},?$",
)
_PROPERTY = r"\s{1,80}\w{1,40}: (?:'[^']{0,300}'|-?\d{1,10}|\[|\{|undefined|null|true|false),?$"
FRAME = lazy(rf"^(?:\[?[A-Z]{{3,9}}\]?:?(?=\s\s))?(?:\s{{0,80}}(?:{'|'.join(_FRAMES)})|{_PROPERTY})")
"""A line of a stack trace, or of an object printed with an error; some loggers set the level before each."""
NESTED = lazy(
    r"^\s{0,80}(?:Caused by:|\[cause\]:|Suppressed:|Wrapped by:|Nested exception|Original error"
    r"|During handling of the above exception|The above exception was the direct cause"
    r"|(?:STATEMENT|DETAIL|HINT|CONTEXT|QUERY|LOCATION|WHERE):\s)"
)
INDENTED = lazy(r"^(?:\t|\s{2,80}\S)")
BLOCK = lazy(r"^(?:[^\n:]{1,80}: )?(npm (?:ERR!|error)|gyp ERR!|\[ERROR\])(?:\s|$)", re.IGNORECASE)
"""What some tools write before each line of one message."""
STREAM = lazy(r"^\s{0,8}(?:\[(?:err|inf|out|stdout|stderr)\]|<nil> (?:ERR|INF)|(?:stdout|stderr)(?: \||:)) ?")
"""How some platforms mark from which stream they took a line; that is no level."""
TRACEBACK = "Traceback (most recent call last)"
RAISED = lazy(r"^[A-Za-z_][\w.]{0,200}(?:: |:?$)")
"""The last line of a traceback."""


@dataclass(slots=True)
class Counted:
    """One line that counts for a template, until it is taken back."""

    line: LogLine
    template: Template
    counts: bool = True


class Message:
    """One message, perhaps of many lines, of which some were seen."""

    def __init__(self, line: LogLine, *, known: bool, block: str | None = None, traceback: bool = False) -> None:
        self.line = line
        self.last = line.number
        self.known = known
        self.block = block
        self.traceback = traceback
        self.counted: Counted | None = None


class Part:
    """One line as a part of a message."""

    def __init__(self, line: LogLine, frame: Frame, known: bool) -> None:
        self.line = line
        self.frame = frame
        self.streamed = STREAM.match(frame.message)
        self.text = frame.message[self.streamed.end() :] if self.streamed else frame.message
        self.known = known

    @cached_property
    def carried(self) -> str | None:
        """The level that a record around the message tells, beyond what the message itself says."""
        level = None if self.streamed else self.frame.level
        return level if level and unframe(self.text).level != level else None

    @cached_property
    def leveled(self) -> bool:
        """Whether it begins a record of its own."""
        if EXCEPTION.match(self.text) and not self.text.startswith("Error:"):
            return False
        return level_of(self.text) is not None or self.carried is not None

    @cached_property
    def grade(self) -> Grade:
        return Grade.SAYS_NOTHING if FRAME.match(self.text) else grade(self.text, self.carried)

    @property
    def starts_traceback(self) -> bool:
        """Whether frames and an exception follow."""
        return self.text.startswith(TRACEBACK)

    @property
    def raised(self) -> bool:
        """Whether it may be the last line of a traceback."""
        return RAISED.match(self.text) is not None and not INDENTED.match(self.text)

    @property
    def block(self) -> str | None:
        """What its tool writes before each line of a message, where it does."""
        match = BLOCK.match(self.text)
        return match[1].lower() if match and not (self.frame.at or self.frame.wall) else None


def goes_on(message: Message, part: Part) -> bool:
    """Whether *part* belongs to *message*, not to one of its own."""
    gap = part.line.number - message.last
    if not 0 < gap <= REACH:
        return False
    if part.known and message.known:
        return True
    if NESTED.match(part.text) or FRAME.match(part.text):
        return True
    if part.block and (message.known or part.block == message.block):
        return gap <= NEAR
    if gap == 1 and same_moment(message.line, part.line):
        return True
    if message.traceback and RAISED.match(part.text) and (part.known or not part.leveled):
        return True
    if part.known and gap <= NEAR and message.line.text.rstrip().endswith(":"):
        return True
    if part.leveled:
        return False
    if INDENTED.match(part.text):
        return gap <= INDENTED_REACH
    if part.starts_traceback or names_exception(part):
        return gap == 1
    return gap <= NEAR and (part.known or message.known)


def same_moment(one: LogLine, other: LogLine) -> bool:
    """Whether both have the same head to the microsecond: some write it before each line of a message."""
    moment = MOMENT.match(one.text)
    return moment is not None and other.text.startswith(moment[0])


def names_exception(part: Part) -> bool:
    """Whether *part* names the exception that a line with a level announced."""
    return not part.leveled and part.grade >= Grade.ERROR and RAISED.match(part.text) is not None
