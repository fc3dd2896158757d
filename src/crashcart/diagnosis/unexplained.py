"""What looks like an error and belongs to no known fault: collected while a log is read, told rarest first."""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from functools import cached_property

from crashcart.diagnosis.error_like import Grade, grade, level_of
from crashcart.diagnosis.templates import MAX_TEMPLATES, Template, Templates, without_time
from crashcart.model.evidence import Origin, OriginKind
from crashcart.model.unexplained import Unexplained
from crashcart.tools.framing import Frame, unframe
from crashcart.tools.logs import LogLine
from crashcart.tools.redaction import evidence, redact

WORDS = (
    *("error", "fatal", "panic", "critical", "exception", "traceback", "failed", "failure", "cannot ", "could not"),
    *("unable to", "exit code", "exit status", "exited with", "exited (", "aborted", "core dumped", "segfault"),
    *(
        "segmentation fault",
        "unhandled",
        "uncaught",
        "severe",
        "emerg",
        "npm err",
        " err=",
        " err ",
        "status=",
        "[crit]",
    ),
    *('"level":50', '"level":60', '\\"level\\":50', '\\"level\\":60', "rejected", "terminated"),
)
"""A line that looks like an error holds one of them."""
MAX_TOLD = 100
MAX_SHOWN = 2000
"""Characters of an example that are shown."""
MAX_LINES = 5
MAX_STREAMS = 256
MAX_REMEMBERED = 5000
"""Lines that a test run may take back when it ends well."""
REACH = 200
"""Lines over which one message, such as a nested stack trace, may be spread."""
INDENTED_REACH = 20
NEAR = 2
"""Lines beside a known one, without a level of their own, that belong to its message."""


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
_PROPERTY = r"^\s{1,80}\w{1,40}: (?:'[^']{0,300}'|-?\d{1,10}|\[|\{|undefined|null),?$"
FRAME = re.compile(rf"^\s{{0,80}}(?:{'|'.join(_FRAMES)})|{_PROPERTY}")
"""A line of a stack trace, or of an object printed with an error."""
NESTED = re.compile(
    r"^\s{0,80}(?:Caused by:|\[cause\]:|Suppressed:|Wrapped by:|Nested exception|Original error"
    r"|During handling of the above exception|The above exception was the direct cause"
    r"|(?:STATEMENT|DETAIL|HINT|CONTEXT|QUERY|LOCATION|WHERE):\s)"
)
INDENTED = re.compile(r"^(?:\t|\s{2,80}\S)")
BLOCK = re.compile(r"^(?:[^\n:]{1,80}: )?(npm (?:ERR!|error)|gyp ERR!|\[ERROR\])(?:\s|$)", re.IGNORECASE)
"""What some tools write before each line of one message."""
STREAM = re.compile(r"^\s{0,8}(?:\[(?:err|inf|out|stdout|stderr)\]|<nil> (?:ERR|INF)|(?:stdout|stderr)(?: \||:)) ?")
"""How some platforms mark from which stream they took a line; that is no level."""
TRACEBACK = "Traceback (most recent call last)"
RAISED = re.compile(r"^[A-Za-z_][\w.]{0,200}(?:: |:?$)")
"""The last line of a traceback."""


@dataclass(slots=True)
class _Message:
    """One message, perhaps of many lines, of which some were seen."""

    first: int
    last: int
    known: bool
    block: str | None = None
    traceback: bool = False
    counted: _Counted | None = None


@dataclass(frozen=True, slots=True)
class _Counted:
    """One line that counts for a template."""

    line: LogLine
    template: Template


@dataclass(slots=True)
class _Seen:
    """The lines of one template."""

    example: LogLine
    last: LogLine
    grave: bool = False
    lines: list[int] = field(default_factory=list)


class Remainder:
    """Takes the suspicious lines in their order, the known ones too; keeps what no fault explains."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, str | None], _Message] = OrderedDict()
        self._templates = Templates()
        self._seen: dict[Template, _Seen] = {}
        self._recent: deque[_Counted] = deque(maxlen=MAX_REMEMBERED)

    def read(self, line: LogLine, *, known: bool, frame: Frame | None = None) -> None:
        """One more line, with its *frame* where that is at hand. *known*: a fault, or a test run, explains it."""
        part = _Part(line, frame or unframe(line.text), known)
        stream = (line.source, part.frame.service)
        message = self._open.get(stream)
        if message and _goes_on(message, part):
            self._continue(message, part)
        elif known or part.grade:
            self._open[stream] = self._begin(part)
            self._open.move_to_end(stream)
            if len(self._open) > MAX_STREAMS:
                self._open.popitem(last=False)

    def forget(self, source: str, begin: int) -> None:
        """Take back what *source* told from line *begin* on: a test run that ended well provoked it."""
        for counted in self._recent:
            if counted.line.source == source and counted.line.number >= begin:
                self._take_back(counted)
        kept = [c for c in self._recent if c.line.source != source or c.line.number < begin]
        self._recent = deque(kept, MAX_REMEMBERED)
        for stream in [s for s, message in self._open.items() if s[0] == source and message.first >= begin]:
            del self._open[stream]

    def found(self) -> tuple[Unexplained, ...]:
        """What is unexplained so far, rarest first, of equally rare ones the gravest. Changes nothing."""
        told = [(template, seen) for template, seen in self._seen.items() if template.count > 0]
        told.sort(key=lambda entry: (entry[0].count, not entry[1].grave, entry[1].example.number))
        return tuple(_unexplained(*entry) for entry in told[:MAX_TOLD])

    def _begin(self, part: _Part) -> _Message:
        number = part.line.number
        message = _Message(number, number, part.known, part.block, part.text.startswith(TRACEBACK))
        if not part.known:
            message.counted = self._count(part)
        return message

    def _continue(self, message: _Message, part: _Part) -> None:
        message.last = part.line.number
        if part.known:
            message.known = True
        raised = message.traceback and not INDENTED.match(part.text) and RAISED.match(part.text) is not None
        if message.counted and (message.known or raised or _names(part)):
            self._take_back(message.counted)
            message.counted = None if message.known else self._count(part)
        message.traceback = (message.traceback and not raised) or part.text.startswith(TRACEBACK)

    def _count(self, part: _Part) -> _Counted:
        line = part.line
        template = self._templates.of(without_time(part.text))
        seen = self._seen.setdefault(template, _Seen(line, line))
        if template.count == 1:
            seen.example, seen.lines = line, []
        seen.last = line
        seen.grave |= part.grade is Grade.GRAVE
        if line.source == seen.example.source and len(seen.lines) < MAX_LINES:
            seen.lines.append(line.number)
        counted = _Counted(line, template)
        self._recent.append(counted)
        if len(self._seen) > 2 * MAX_TEMPLATES:
            self._seen = {template: seen for template, seen in self._seen.items() if template.count > 0}
        return counted

    def _take_back(self, counted: _Counted) -> None:
        template, line = counted.template, counted.line
        template.count -= 1
        seen = self._seen.get(template)
        if not seen:
            return
        if line.number in seen.lines and line.source == seen.example.source:
            seen.lines.remove(line.number)
        if seen.example is line:
            seen.example = seen.last


class _Part:
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
        return level_of(self.text) is not None or self.carried is not None

    @cached_property
    def grade(self) -> Grade:
        return Grade.SAYS_NOTHING if FRAME.match(self.text) else grade(self.text, self.carried)

    @property
    def block(self) -> str | None:
        match = BLOCK.match(self.text)
        return match[1].lower() if match and not (self.frame.at or self.frame.wall) else None


def _goes_on(message: _Message, part: _Part) -> bool:
    """Whether *part* belongs to *message*, not to one of its own."""
    gap = part.line.number - message.last
    if not 0 < gap <= REACH:
        return False
    if part.known and message.known:
        return True
    if NESTED.match(part.text) or FRAME.match(part.text):
        return True
    if message.block and part.block == message.block:
        return gap <= NEAR
    if message.traceback and RAISED.match(part.text) and (part.known or not part.leveled):
        return True
    if part.leveled:
        return False
    if INDENTED.match(part.text):
        return gap <= INDENTED_REACH
    if part.text.startswith(TRACEBACK) or _names(part):
        return gap == 1
    return gap <= NEAR and (part.known or message.known)


def _names(part: _Part) -> bool:
    """Whether *part* names the exception that a line with a level announced."""
    return not part.leveled and part.grade >= Grade.ERROR and RAISED.match(part.text) is not None


def _unexplained(template: Template, seen: _Seen) -> Unexplained:
    line = seen.example
    shown = line.text if len(line.text) <= MAX_SHOWN else line.text[:MAX_SHOWN] + " …"
    return Unexplained(
        template=redact(str(template)),
        count=template.count,
        example=evidence(OriginKind.LOG, line.source, shown, line=line.number, check=line.check),
        last=Origin(OriginKind.LOG, redact(seen.last.source), seen.last.number),
        lines=tuple(seen.lines),
        first_at=unframe(line.text).at,
        last_at=unframe(seen.last.text).at,
        grave=seen.grave,
    )
