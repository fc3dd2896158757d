"""``crashcart triage --follow``: logs read as they grow, with what changes in their story as it changes."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, Queue
from typing import BinaryIO

from crashcart.diagnosis.judge import judge
from crashcart.diagnosis.notice import Watch
from crashcart.flows.baseline import Good
from crashcart.model.change import Change
from crashcart.model.errors import CrashcartError, UsageError
from crashcart.model.evidence import OriginKind
from crashcart.model.fault import Fault
from crashcart.model.finding import Finding
from crashcart.tools.clock import Deadline
from crashcart.tools.growing import GrowingFile, Pump
from crashcart.tools.logs import LogLine, open_logs
from crashcart.tools.logs.window import Window, within

WAITING = 10_000
"""Lines that may wait to be noticed."""
PERIOD = 0.5
"""Seconds within which a change is told."""
ENOUGH = 5_000
"""Lines after which it is told even before."""

Changes = Sequence[tuple[Change, Finding]]


@dataclass(slots=True)
class Following:
    """Logs being followed."""

    paths: Sequence[str]
    faults: Mapping[str, Fault]
    stdin: BinaryIO | None = None
    good: Good | None = None
    window: Window | None = None
    problems: list[str] = field(default_factory=list)
    """What a person should know about the reading."""
    unread: list[str] = field(default_factory=list)
    """Those of them that left a log without an answer."""
    watch: Watch = field(init=False)
    _files: list[GrowingFile] = field(default_factory=list)
    _story: Story = field(init=False)

    def __post_init__(self) -> None:
        if not self.paths:
            raise UsageError("no log named", advice="Name a log file, or - for standard input.")
        self.watch, self._story = Watch(self.faults), Story()

    def changes(self, deadline: Deadline) -> Iterator[Changes]:
        """What changes in the story, until all logs have ended or *deadline* has passed.

        Raises UsageError for a log that is not there.
        """
        with ExitStack() as stack:
            queue: Queue[LogLine | None] = Queue(WAITING)
            sources = [self._open(path, stack) for path in dict.fromkeys(self.paths)]
            for name, stream in sources:
                threading.Thread(target=self._read, args=(name, stream, queue), name=name, daemon=True).start()
            yield from self._noticed(queue, len(sources), deadline)

    def findings(self) -> tuple[Finding, ...]:
        """The story as it stands; whatever becomes of a finding, its id stays."""
        return self._story.told

    @property
    def restarts(self) -> int:
        """How often a log was rotated or truncated; its line numbers were counted on."""
        return sum(file.restarts for file in self._files)

    def _open(self, path: str, stack: ExitStack) -> tuple[str, BinaryIO]:
        if path == "-" and self.stdin:
            return "stdin", self.stdin
        file = GrowingFile(Path(path))
        if file.packed:
            file.close()
            raise UsageError(
                f"--follow: {path} is packed, so it does not grow line by line", advice="Leave --follow out."
            )
        self._files.append(file)
        return path, stack.enter_context(Pump(file)).stream

    def _read(self, name: str, stream: BinaryIO, queue: Queue[LogLine | None]) -> None:
        """All lines of one log, as they come; None when it has ended."""
        problems: list[str] = []
        empty = True
        try:
            for log in open_logs(stream, name, problems):
                for line in (within(log, self.window) if self.window else log).lines():
                    empty = False
                    queue.put(line)
        except (CrashcartError, OSError) as error:
            problems.append(str(error))
        finally:
            if stream is not self.stdin:
                stream.close()
        self.problems += problems
        self.unread += problems if empty else []
        queue.put(None)

    def _noticed(self, queue: Queue[LogLine | None], open_: int, deadline: Deadline) -> Iterator[Changes]:
        while open_ and not deadline.passed:
            some = False
            for line in _arrived(queue, min(PERIOD, deadline.left)):
                some = True
                if line is None:
                    open_ -= 1
                else:
                    self.watch.read(line)
            if some and (changes := self._story.changes(self._judged())):
                yield changes

    def _judged(self) -> tuple[Finding, ...]:
        claims = self.watch.claims()
        return judge(claims, self.good.answers(claims) if self.good else (), self.faults)


def _arrived(queue: Queue[LogLine | None], seconds: float) -> Iterator[LogLine | None]:
    """What arrives within *seconds*."""
    end = time.monotonic() + seconds
    for _ in range(ENOUGH):
        try:
            yield queue.get(timeout=max(0.0, end - time.monotonic()))
        except Empty:
            return


class Story:
    """Findings told one by one: each keeps the id under which it was told first."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Finding] = {}
        self._count = 0
        self.told: tuple[Finding, ...] = ()
        """All of them as they stand, in the order of the judgement."""

    def changes(self, findings: Sequence[Finding]) -> Changes:
        """What is new in *findings*, what stands otherwise than before, and what is no finding of its own any more."""
        keys = _keys(findings)
        names = {f.id: self._name(key) for f, key in zip(findings, keys, strict=True)}
        renamed = [replace(f, id=names[f.id], caused_by=tuple(names[c] for c in f.caused_by)) for f in findings]
        now = dict(zip(keys, renamed, strict=True))
        gone: list[tuple[Change, Finding]] = [("withdrawn", old) for key, old in self._known.items() if key not in now]
        changed = [change for key, f in now.items() if (change := _change(self._known.get(key), f))]
        self._known, self.told = now, tuple(renamed)
        return [*sorted(changed, key=_place), *gone]

    def _name(self, key: tuple[object, ...]) -> str:
        if key in self._known:
            return self._known[key].id
        self._count += 1
        return f"f{self._count}"


def _place(change: tuple[Change, Finding]) -> int:
    return change[1].position or 0


def _change(before: Finding | None, now: Finding) -> tuple[Change, Finding] | None:
    if before is None:
        return "new", now
    same = (before.role, before.verdict, before.caused_by) == (now.role, now.verdict, now.caused_by)
    return None if same else ("changed", now)


def _keys(findings: Sequence[Finding]) -> list[tuple[object, ...]]:
    """What tells a finding from all others and stays: its fault and its first line."""
    often: Counter[tuple[object, ...]] = Counter()
    keys: list[tuple[object, ...]] = []
    for finding in findings:
        first = next((e for e in finding.evidence if e.origin.kind is OriginKind.LOG), finding.evidence[0])
        key = (finding.fault, first.origin.where, first.origin.line)
        keys.append((*key, often[key]))
        often[key] += 1
    return keys
