"""What looks like an error and no fault explains."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crashcart.model.evidence import Evidence, Origin, Redacted


@dataclass(frozen=True, slots=True)
class Unexplained:
    """Error-like lines of one template that no fault knows. Never a cause: a question that stays open."""

    template: Redacted
    """What the lines share; ``<*>`` stands where they differ."""
    count: int
    example: Evidence
    """The first of the lines, as it stands in the log."""
    last: Origin
    lines: tuple[int, ...] = ()
    """Numbers of the first few of the lines, in the log of the example."""
    first_at: datetime | None = None
    last_at: datetime | None = None
    """When the first and the last line were written, as far as they tell it with their offset from UTC."""
    grave: bool = False
    """Whether a line says itself that something ended: a fatal level, a panic, an uncaught exception, an exit code."""
