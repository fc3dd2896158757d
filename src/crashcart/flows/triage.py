"""``crashcart triage``: the faults in logs, with nothing asked of the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from crashcart.diagnosis.judge import judge
from crashcart.faults import load
from crashcart.flows.context import KeptInput, in_context
from crashcart.flows.reading import Progress, Reading, bounds
from crashcart.model.case import Case
from crashcart.model.fault import Fault
from crashcart.model.target import Target
from crashcart.tools.clock import Deadline, Stopwatch, now

if TYPE_CHECKING:
    from crashcart.flows.baseline import Good
    from crashcart.tools.logs.window import Window


def triage(
    paths: Sequence[str],
    *,
    faults: Mapping[str, Fault] | None = None,
    stdin: BinaryIO | None = None,
    context: int = 0,
    baseline: Sequence[str] = (),
    window: Window | None = None,
    progress: Progress | None = None,
    deadline: Deadline | None = None,
) -> Case:
    """What the logs say went wrong; ``-`` among *paths* is standard input. Touches nothing but the files named.

    Evidence gets the *context* lines before and after it; what logs of good deployments, the *baseline*, show too is
    no cause. Only lines of the *window* count, and what was read before the *deadline*. Raises UsageError where no log
    is named, or one is not there.
    """
    started, watch = now(), Stopwatch()
    rooms = load() if faults is None else faults
    good = _good(baseline, rooms, paths)
    kept = KeptInput(stdin) if stdin and context and "-" in paths else None
    source = cast(BinaryIO, kept) if kept else stdin
    reading = Reading(paths, source, window=window, progress=progress, deadline=deadline)
    noticed = reading.noticed(rooms)
    case = Case(
        command="triage",
        target=_here(),
        started_at=started,
        took_ms=watch.ms,
        findings=judge(noticed.claims, good.answers(noticed.claims) if good else (), rooms),
        logs=reading.names,
        errors=tuple(reading.problems),
        unchecked=tuple(reading.unread),
        unexplained=noticed.unexplained,
        facts={**bounds(window), "lines_read": str(noticed.lines_read)},
    )
    return in_context(_held_against(good, case), paths, context, kept)


def _good(baseline: Sequence[str], faults: Mapping[str, Fault], paths: Sequence[str]) -> Good | None:
    """What the logs of good deployments show, where any are named."""
    if not baseline:
        return None
    from crashcart.flows.baseline import read

    return read(baseline, faults, paths)


def _held_against(good: Good | None, case: Case) -> Case:
    """*case* with only those of its unexplained lines that no good log has."""
    if good is None:
        return case
    new = good.new(case.unexplained)
    return replace(
        case,
        unexplained=new,
        also_good=len(case.unexplained) - len(new),
        errors=(*case.errors, *good.problems),
        facts={**case.facts, "baseline": ", ".join(good.names)},
    )


class Follow:
    """Triage of logs that still grow."""

    def __init__(
        self,
        paths: Sequence[str],
        *,
        faults: Mapping[str, Fault],
        stdin: BinaryIO | None = None,
        context: int = 0,
        baseline: Sequence[str] = (),
        window: Window | None = None,
    ) -> None:
        self._kept = KeptInput(stdin) if stdin and context and "-" in paths else None
        self._context = context
        from crashcart.flows.follow import Following

        self._good = _good(baseline, faults, paths)
        self._started, self._watch, self._window = now(), Stopwatch(), window
        source = cast(BinaryIO, self._kept) if self._kept else stdin
        self.following = Following(tuple(dict.fromkeys(paths)), faults, source, self._good, window)

    def case(self) -> Case:
        """What is found so far."""
        following = self.following
        restarts = {"rotated": f"{following.restarts}×, line numbers count on"} if following.restarts else {}
        case = Case(
            command="triage",
            target=_here(),
            started_at=self._started,
            took_ms=self._watch.ms,
            findings=following.findings(),
            logs=tuple("stdin" if path == "-" else path for path in following.paths),
            errors=tuple(following.problems),
            unchecked=tuple(following.unread),
            unexplained=following.watch.unexplained(),
            facts={**bounds(self._window), "lines_read": str(following.watch.lines_read), **restarts},
        )
        return _held_against(self._good, case)

    def report(self) -> Case:
        """The same at the end, with the lines around what was found."""
        return in_context(self.case(), self.following.paths, self._context, self._kept)


def _here() -> Target:
    folder = Path.cwd()
    return Target(name=folder.name, project=folder)
