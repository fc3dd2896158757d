"""Let the ledger say what the catalog proves: all there, or nothing there."""

from __future__ import annotations

from collections.abc import Sequence

from crashcart.model.finding import Finding
from crashcart.model.migration import MigrationProof, Next
from crashcart.model.plan import AskHuman, Step
from crashcart.remedies import Patient, Remedy
from crashcart.remedies._marking import count_rows, mark, proof_of


def steps(finding: Finding, patient: Patient) -> Sequence[Step]:
    proof = proof_of(finding, patient)
    if proof and proof.next is Next.MARK_APPLIED:
        return (mark(proof, "applied", patient),)
    if proof and proof.next is Next.MARK_ROLLED_BACK:
        return (*_first(proof, patient), mark(proof, "rolled-back", patient))
    return ()


def _first(proof: MigrationProof, patient: Patient) -> Sequence[Step]:
    """Without this the next deployment runs the same script into the same wall."""
    if not proof.failure:
        return ()
    again = f"Change the script of {proof.name}, or the data it stumbled over: it failed with {proof.failure}"
    return (AskHuman(again, check=count_rows(proof, patient) or "crashcart migrations"),)


ROOM = Remedy(
    "mark-migration",
    "Correct the migration ledger",
    ("migration.applied-but-unrecorded", "prisma.failed-migration", "prisma.migration-apply-failed"),
    steps,
    order=40,
)
