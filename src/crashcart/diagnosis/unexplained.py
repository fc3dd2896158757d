"""What looks like an error and belongs to no known fault: collected while a log is read, told rarest first."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import NamedTuple

from crashcart.diagnosis.error_like import Grade
from crashcart.diagnosis.messages import REACH, Counted, Message, Part, goes_on, names_exception, same_moment
from crashcart.diagnosis.templates import MAX_TEMPLATES, Template, Templates, without_time
from crashcart.model.evidence import Origin, OriginKind
from crashcart.model.unexplained import Unexplained
from crashcart.tools.framing import Frame, unframe
from crashcart.tools.logs import LogLine
from crashcart.tools.redaction import evidence, redact

WORDS = (
    *("error", "fatal", "panic", "critical", "exception", "traceback", "failed", "failure", "cannot ", "could not"),
    *("unable to", "exit code", "exit status", "exited with", "exited (", "aborted", "core dumped", "segfault"),
    *("segmentation fault", "unhandled", "uncaught", "severe", "emerg", "npm err", " err=", " err ", "[crit]"),
    *('"level":50', '"level":60', '\\"level\\":50', '\\"level\\":60'),
    *('"level": 50', '"level": 60', '\\"level\\": 50', '\\"level\\": 60'),
)
"""A line that looks like an error holds one of them."""
MAX_TOLD = 100
MAX_SHOWN = 2000
"""Characters of an example that are shown."""
MAX_LINES = 5
MAX_STREAMS = 256
MAX_REMEMBERED = 5000
"""Lines that a test run may take back when it ends well."""
MAX_SETTLED = 4096
SHORT = 1000
"""Characters of lines whose shape is remembered."""
ZEROS = bytes.maketrans(b"123456789", b"000000000")


class _Head(NamedTuple):
    """What a line turned out to be that begins a message of its own."""

    service: str | None
    template: Template | None
    """None where it says nothing."""
    grave: bool = False


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
        self._open: OrderedDict[tuple[str, str | None], Message] = OrderedDict()
        self._templates = Templates()
        self._seen: dict[Template, _Seen] = {}
        self._recent: deque[Counted] = deque(maxlen=MAX_REMEMBERED)
        self._settled: dict[bytes, _Head] = {}
        """What lines of one shape turned out to be."""

    def read(self, line: LogLine, *, known: bool, frame: Frame | None = None) -> None:
        """One more line. *known*: a fault, or a test run, explains it; then a *frame* of its shape will do."""
        key = line.text[:SHORT].encode("utf-8", "replace").translate(ZEROS)
        if not known and key in self._settled and self._repeat(line, self._settled[key]):
            return
        part = Part(line, frame if known and frame else unframe(line.text), known)
        stream = (line.source, part.frame.service)
        message = self._open.get(stream)
        if message and goes_on(message, part):
            self._continue(message, part)
        elif known or part.grade:
            self._begin(stream, part, key)
        elif not part.raised:
            self._settle(key, _Head(part.frame.service, None))

    def known_again(self, stream: tuple[str, str | None], number: int) -> bool:
        """Whether a line that a fault explains is done with: it only goes on with what faults explain."""
        message = self._open.get(stream)
        if not message or not message.known or message.traceback or not 0 < number - message.last <= REACH:
            return False
        message.last = number
        return True

    def silent(self, key: bytes) -> bool:
        """Whether lines whose digits are masked as in *key* say nothing."""
        head = self._settled.get(key)
        return head is not None and head.template is None

    def forget(self, source: str, begin: int) -> None:
        """Take back what *source* told from line *begin* on: a test run that ended well provoked it."""
        for counted in self._recent:
            if counted.line.source == source and counted.line.number >= begin:
                self._take_back(counted)
        kept = [c for c in self._recent if c.line.source != source or c.line.number < begin]
        self._recent = deque(kept, MAX_REMEMBERED)
        for stream in [s for s, message in self._open.items() if s[0] == source and message.line.number >= begin]:
            del self._open[stream]

    def found(self) -> tuple[Unexplained, ...]:
        """What is unexplained so far, rarest first, of equally rare ones the gravest. Changes nothing."""
        told = [(template, seen) for template, seen in self._seen.items() if template.count > 0]
        told.sort(key=lambda entry: (entry[0].count, not entry[1].grave, entry[1].example.number))
        return tuple(_unexplained(*entry) for entry in told[:MAX_TOLD])

    def _begin(self, stream: tuple[str, str | None], part: Part, key: bytes) -> None:
        message = Message(part.line, known=part.known, block=part.block, traceback=part.starts_traceback)
        self._follow(stream, message)
        if part.known:
            return
        message.counted = self._count(part)
        if part.leveled and not part.block and not message.counted.template.has_codes:
            self._settle(key, _Head(stream[1], message.counted.template, part.grade is Grade.GRAVE))

    def _repeat(self, line: LogLine, head: _Head) -> bool:
        """Whether *line* is done with, being of a shape that was seen before."""
        stream = (line.source, head.service)
        before = self._open.get(stream)
        if before and line.number - before.last == 1 and same_moment(before.line, line):
            return False
        if head.template is None:
            return True
        if not self._templates.again(head.template):
            return False
        message = Message(line, known=False)
        message.counted = self._add(line, head.template, grave=head.grave)
        self._follow(stream, message)
        return True

    def _settle(self, key: bytes, head: _Head) -> None:
        if len(self._settled) > MAX_SETTLED:
            self._settled.clear()
        if len(key) < SHORT:
            self._settled[key] = head

    def _follow(self, stream: tuple[str, str | None], message: Message) -> None:
        self._open[stream] = message
        self._open.move_to_end(stream)
        if len(self._open) > MAX_STREAMS:
            self._open.popitem(last=False)

    def _continue(self, message: Message, part: Part) -> None:
        message.last = part.line.number
        if part.known:
            message.known = True
        raised = message.traceback and part.raised
        if message.counted and (message.known or raised or names_exception(part)):
            self._take_back(message.counted)
            message.counted = None if message.known else self._count(part)
        message.traceback = (message.traceback and not raised) or part.starts_traceback

    def _count(self, part: Part) -> Counted:
        template = self._templates.of(without_time(part.text))
        return self._add(part.line, template, grave=part.grade is Grade.GRAVE)

    def _add(self, line: LogLine, template: Template, *, grave: bool) -> Counted:
        seen = self._seen.setdefault(template, _Seen(line, line))
        if template.count == 1:
            seen.example, seen.lines = line, []
        seen.last = line
        seen.grave |= grave
        if line.source == seen.example.source and len(seen.lines) < MAX_LINES:
            seen.lines.append(line.number)
        counted = Counted(line, template)
        self._recent.append(counted)
        if len(self._seen) > 2 * MAX_TEMPLATES:
            self._seen = {template: seen for template, seen in self._seen.items() if template.count > 0}
        return counted

    def _take_back(self, counted: Counted) -> None:
        if not counted.counts:
            return
        counted.counts = False
        template, line = counted.template, counted.line
        template.count -= 1
        seen = self._seen.get(template)
        if not seen:
            return
        if line.number in seen.lines and line.source == seen.example.source:
            seen.lines.remove(line.number)
        if seen.example is line:
            seen.example = seen.last


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
