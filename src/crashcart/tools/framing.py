"""What others put around a program's line: the service's name, the time, a container runtime's record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from crashcart.tools.clock import written_at

COMPOSE = re.compile(r"(?P<service>[\w.-]{1,100})\s{1,30}\| ?")


@dataclass(frozen=True, slots=True)
class Frame:
    """One line, taken out of its wrapping."""

    message: str
    """What the program itself wrote."""
    service: str | None = None
    """Which of several programs in one log wrote it."""
    at: datetime | None = None
    """When, as far as the line tells it with its offset from UTC."""


def unframe(text: str) -> Frame:
    """*text* without what its carriers put around it."""
    match = COMPOSE.match(text)
    return Frame(text[match.end() :] if match else text, match["service"] if match else None, written_at(text))
