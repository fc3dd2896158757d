"""A repair as a value: steps that can be shown, refused and undone before anything happens."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, NamedTuple


class StepEffect(StrEnum):
    READS = "reads"
    WRITES = "writes"
    DESTROYS = "destroys"


class SetVariable(NamedTuple):
    """Give one of the app's variables another value, where the app gets it from."""

    does: str
    name: str
    change: str
    check: str | None = None
    undo: str | None = None
    effect: StepEffect = StepEffect.WRITES


class RunSql(NamedTuple):
    """Run SQL on the app's database."""

    does: str
    sql: str
    check: str | None = None
    undo: str | None = None
    effect: StepEffect = StepEffect.WRITES


class MarkMigration(NamedTuple):
    """Correct the migration tool's own record of one migration; the schema is not touched."""

    does: str
    migration: str
    to: Literal["applied", "rolled-back"]
    command: str
    check: str | None = None
    undo: str | None = None
    effect: StepEffect = StepEffect.WRITES


class EditFile(NamedTuple):
    """Change a file of the project, as a reviewable patch."""

    does: str
    path: str
    change: str
    """A unified diff, or a command such as ``git add -- PATH``."""
    check: str | None = None
    undo: str | None = None
    effect: StepEffect = StepEffect.WRITES


class Redeploy(NamedTuple):
    """Deploy again through the platform."""

    does: str
    command: str | None = None
    check: str | None = None
    undo: str | None = None
    effect: StepEffect = StepEffect.WRITES


class Restart(NamedTuple):
    """Restart a service through the platform."""

    does: str
    service: str
    command: str | None = None
    check: str | None = None
    undo: str | None = None
    effect: StepEffect = StepEffect.WRITES


class AskHuman(NamedTuple):
    """Something only a person can do, exact enough to be done and checked."""

    does: str
    check: str | None = None
    undo: str | None = None
    effect: StepEffect = StepEffect.WRITES


Step = SetVariable | RunSql | MarkMigration | EditFile | Redeploy | Restart | AskHuman


class Plan(NamedTuple):
    """Steps that cure findings, in order."""

    cures: tuple[str, ...]
    """Ids of the findings."""
    steps: tuple[Step, ...]
    rehearsed: bool = False
    rehearsal: str = "not rehearsed"
