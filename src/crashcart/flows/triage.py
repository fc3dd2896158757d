"""``crashcart triage``: the faults in logs, with nothing asked of the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from crashcart.diagnosis.judge import judge
from crashcart.faults import load
from crashcart.flows.reading import Reading
from crashcart.model.case import Case
from crashcart.model.fault import Fault
from crashcart.model.target import Target
from crashcart.tools.clock import Stopwatch, now


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
