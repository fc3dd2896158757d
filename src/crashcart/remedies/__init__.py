"""Rooms that lead from a finding to the steps that cure it. Values only: nothing is done here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crashcart import rooms
from crashcart.model.finding import Finding
from crashcart.model.migration import MigrationsReport
from crashcart.model.plan import Step
from crashcart.model.target import Target


@dataclass(frozen=True, slots=True)
class Patient:
    """What a remedy may look at: the target and everything found out about it."""

    target: Target
    findings: tuple[Finding, ...] = ()
    migrations: MigrationsReport | None = None


@dataclass(frozen=True, slots=True)
class Remedy:
    """How one kind of trouble is cured; named by the act."""

    id: str
    title: str
    cures: tuple[str, ...]
    """Fault codes."""
    steps: Callable[[Finding, Patient], Sequence[Step]]
    """No steps where this finding cannot be cured this way."""
    order: int = 50
    """Place in a plan: source 10, variables 20, database 30, migrations 40, redeploy 90."""


def find() -> tuple[Remedy, ...]:
    """All remedies."""
    return rooms.find(__name__, Remedy)
