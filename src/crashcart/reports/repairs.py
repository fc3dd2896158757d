"""How reports say what became of a migration, and what a plan's steps are."""

from __future__ import annotations

from typing import assert_never

from crashcart.model.migration import Effect, MigrationProof, StatementProof
from crashcart.model.plan import (
    AskHuman,
    EditFile,
    MarkMigration,
    Redeploy,
    Restart,
    RunSql,
    SetVariable,
    Step,
    StepEffect,
)

EFFECT_SYMBOLS = {Effect.PRESENT: "✓", Effect.ABSENT: "✗", Effect.DIFFERENT: "≠", Effect.UNPROVABLE: "?"}
_EFFECTS = {StepEffect.READS: "reads only", StepEffect.WRITES: "writes", StepEffect.DESTROYS: "DESTROYS"}


def missing(migration: MigrationProof) -> tuple[StatementProof, ...]:
    """The statements whose effects are not there as they should be."""
    return tuple(s for s in migration.statements if s.effect in (Effect.ABSENT, Effect.DIFFERENT))


def step_kind(step: Step) -> str:
    """Who does it, or what it does to the world."""
    return "for a person" if isinstance(step, AskHuman) else _EFFECTS[step.effect]


def step_command(step: Step) -> tuple[str, str | None]:
    """What a step consists of: the kind (``sql``, ``command`` or ``change``) and the text, None where there is none."""
    match step:
        case RunSql(sql=text):
            return "sql", text
        case MarkMigration(command=text):
            return "command", text
        case Redeploy(command=maybe) | Restart(command=maybe):
            return "command", maybe
        case SetVariable(change=text) | EditFile(change=text):
            return "change", text
        case AskHuman():
            return "change", None
    assert_never(step)
