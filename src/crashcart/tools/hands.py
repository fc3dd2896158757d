"""The tools a probe is handed, so that a test can hand it others."""

from __future__ import annotations

from dataclasses import dataclass, field

from crashcart.tools.clock import Deadline


@dataclass(frozen=True, slots=True)
class Hands:
    """How far crashcart may reach, and for how long."""

    timeout: float = 5.0
    """Seconds for one probe."""
    deadline: Deadline = field(default_factory=lambda: Deadline(300))
    """For the whole command."""
    offline: bool = False

    @property
    def patience(self) -> float:
        """Seconds that the next question may take."""
        return min(self.timeout, self.deadline.left)
