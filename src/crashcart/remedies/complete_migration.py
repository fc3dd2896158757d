"""Finish what a migration left half done, then record it."""

from __future__ import annotations

from collections.abc import Sequence

from crashcart.model.finding import Finding
from crashcart.model.migration import Ledger, Next
from crashcart.model.plan import AskHuman, Step
from crashcart.remedies import Patient, Remedy
from crashcart.remedies._completing import CHECK, complete
from crashcart.remedies._marking import count_rows, mark, proof_of


def steps(finding: Finding, patient: Patient) -> Sequence[Step]:
    proof = proof_of(finding, patient)
    if proof is None:
        return ()
    if proof.next is Next.COMPLETE and proof.completing_sql:
        run = complete(proof, patient.target)
        return (run,) if proof.ledger is Ledger.APPLIED else (run, mark(proof, "applied", patient, completed=True))
    if proof.next is Next.WAIT:
        return (AskHuman(f"Wait: {proof.because}", check=CHECK),)
    return (AskHuman(f"Decide about {proof.name}: {proof.because}", check=count_rows(proof, patient) or CHECK),)


ROOM = Remedy(
    "complete-migration",
    "Complete a partly applied migration",
    ("migration.partly-applied", "migration.marked-without-effect", "migration.still-running"),
    steps,
    order=40,
)
