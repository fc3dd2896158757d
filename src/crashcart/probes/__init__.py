"""Rooms with one question each to the world: three answers, read-only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crashcart import rooms
from crashcart.model.finding import Claim, Outcome
from crashcart.model.target import Target
from crashcart.tools.hands import Hands


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What a probe may ask about: the target, and what the logs claim."""

    target: Target
    claims: tuple[Claim, ...] = ()

    def about(self, *faults: str) -> tuple[Claim, ...]:
        """The claims of these faults."""
        return tuple(c for c in self.claims if c.fault in faults)


@dataclass(frozen=True, slots=True)
class Probe:
    """One question, read-only, with the rungs that must have passed before it is worth asking."""

    id: str
    question: str
    ask: Callable[[Inquiry, Hands], Iterable[Outcome]]
    """Gives no outcome at all where the question does not arise (no such thing in this target)."""
    faults: tuple[str, ...]
    """Codes of the faults it can notice."""
    after: tuple[str, ...] = ()
    """Ids of the probes below it on the ladder: not asked when one of them did not pass."""
    network: bool = False
    """Whether it leaves this machine's files, so that ``--offline`` skips it."""


def find() -> tuple[Probe, ...]:
    """All probes."""
    return rooms.find(__name__, Probe)
