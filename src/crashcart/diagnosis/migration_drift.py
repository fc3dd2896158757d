"""What the live structure has that no migration made, or lacks although one made it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crashcart.diagnosis.migration_evidence import Witness
from crashcart.model.finding import Failed
from crashcart.model.migration import Drift, Effect, FileState, Ledger, MigrationProof, MigrationsReport

FAULT = "migration.schema-drift"
EXTRA = "migration.extra-objects"
IDLE = ("table", "index", "view", "materialized view", "sequence", "function", "type", "schema", "column")
"""Kinds of objects that change nothing for those who do not know of them, with the exceptions below."""
MOST_NAMED = 3
REMEDY = "See the differences (crashcart migrations), then undo them or write them down as a new migration."


def of(proof: MigrationProof, fault: str, report: MigrationsReport) -> list[Drift]:
    """The differences that show what became of *proof*, where that is what is wrong with it."""
    return [drift for drift in report.drift if _accounts(proof, drift)] if fault == FAULT else []


def outcomes(report: MigrationsReport, sick: Sequence[MigrationProof], witness: Witness) -> Iterator[Failed]:
    """Drift that no sick migration accounts for; where nothing is recorded, or a script is gone, all could be drift."""
    applied = [proof for proof in report.migrations if proof.ledger is Ledger.APPLIED]
    if not applied or any(proof.file is FileState.MISSING for proof in applied):
        return
    rest = [drift for drift in report.drift if not any(_accounts(proof, drift) for proof in sick)]
    extra = [drift for drift in rest if _idle(drift)]
    if serious := [drift for drift in rest if drift not in extra]:
        because = f"The database is not what its migrations make: {_named(serious)}."
        yield Failed(FAULT, because, witness.drift(serious), {"count": str(len(serious))}, remedy=REMEDY)
    if extra:
        because = f"No migration makes {_named(extra)}; no deployment fails over that."
        yield Failed(EXTRA, because, witness.drift(extra), {"count": str(len(extra))})


def _accounts(proof: MigrationProof, drift: Drift) -> bool:
    """Whether a statement of *proof* is about the object, or about the table that it is part of and that differs."""
    name = drift.object.partition(" ")[2]
    for statement in proof.statements:
        if statement.object == drift.object:
            return True
        whole = (statement.object or "").removeprefix("table ")
        wrong = statement.effect in (Effect.ABSENT, Effect.DIFFERENT)
        if wrong and whole != statement.object and name.startswith(f"{whole}."):
            return True
    return False


def _idle(drift: Drift) -> bool:
    """Whether it is an additional object that keeps no statement of the app and no migration from running."""
    live = drift.live or ""
    kind = next((kind for kind in IDLE if drift.object.startswith(f"{kind} ")), None)
    if drift.expected is not None or kind is None:
        return False
    if kind == "column":
        return "nullable no" not in live or any(word in live for word in ("default ", "identity ", "generated "))
    return not (kind == "index" and "CREATE UNIQUE" in live)


def _named(drifts: Sequence[Drift]) -> str:
    named = ", ".join(drift.object for drift in drifts[:MOST_NAMED])
    return named + (f" and {len(drifts) - MOST_NAMED} more" if len(drifts) > MOST_NAMED else "")
