"""What to do about a migration in its proven state, where the fault's room can only speak in general."""

from __future__ import annotations

from crashcart.diagnosis import migration_drift as drifted
from crashcart.model.migration import MigrationProof, Next

HALF = ("migration.partly-applied", "migration.marked-without-effect")
RUNNING = "migration.still-running"
FAILED_ROW = "prisma.failed-migration"
PROVE_AGAIN = "then prove {migration} again (crashcart migrations). Mark nothing and run nothing of it before."


def remedy(proof: MigrationProof, fault: str) -> str | None:
    """One or two sentences, with places for facts; None where the room says it."""
    if proof.next is Next.WAIT and fault != RUNNING:
        return "Wait until nobody holds the migration lock any more, " + PROVE_AGAIN
    if fault in HALF and proof.next is Next.ASK:
        return f"{_decide(proof)}, {PROVE_AGAIN}"
    if fault == FAILED_ROW and proof.next is Next.MARK_ROLLED_BACK:
        return "Cure what made it fail, then record {migration} as rolled back: the next deployment runs it again."
    if fault == "migration.file-missing" and proof.uncommitted:
        return "Commit {path}, which lies in the working tree, and deploy a commit that holds it."
    return drifted.REMEDY if fault == drifted.FAULT else None


def _decide(proof: MigrationProof) -> str:
    if proof.obstacles:
        return "Decide what becomes of the rows that may be in the way, and change them or the script"
    return "Decide by what is there and what the script wants, and make them agree"
