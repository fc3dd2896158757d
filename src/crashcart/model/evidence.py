"""Something seen, where, and when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType

Redacted = NewType("Redacted", str)
"""Text that went through :func:`crashcart.tools.redaction.redact`; nothing else may make one."""


class OriginKind(StrEnum):
    LOG = "log"
    PROBE = "probe"
    FILE = "file"
    COMMIT = "commit"
    IMAGE = "image"
    DATABASE = "database"
    PLATFORM = "platform"


class Origin(NamedTuple):
    """Where something was seen, exact enough to look again."""

    kind: OriginKind
    where: str
    line: int | None = None
    """1-based line number, for what has lines."""

    def __str__(self) -> str:
        return self.where if self.line is None else f"{self.where}:{self.line}"


class Nearby(NamedTuple):
    """A line of a log beside, or with, the one that was seen."""

    line: int
    """1-based."""
    text: Redacted


class Evidence(NamedTuple):
    """One thing seen. Build it with :func:`crashcart.tools.redaction.evidence`."""

    origin: Origin
    text: Redacted
    taken_at: datetime
    check: str | None = None
    """A command by which a person sees the same, or None where there is none."""
    context: tuple[Nearby, ...] = ()
    """The lines around it and itself, in their order, where they were asked for."""
