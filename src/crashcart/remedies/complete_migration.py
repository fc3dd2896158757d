"""Finish what a migration left half done, then record it."""

from __future__ import annotations

from collections.abc import Sequence

from crashcart.model.finding import Finding
from crashcart.model.migration import Ledger, MigrationProof, Next
from crashcart.model.plan import AskHuman, RunSql, Step
from crashcart.remedies import Patient, Remedy
from crashcart.remedies._marking import mark, proof_of

CHECK = "crashcart migrations"


def steps(finding: Finding, patient: Patient) -> Sequence[Step]:
    proof = proof_of(finding, patient)
    if proof is None:
        return ()
    if proof.next is Next.COMPLETE and proof.completing_sql:
        recorded = proof.ledger is Ledger.APPLIED
        return (_complete(proof),) if recorded else (_complete(proof), mark(proof, "applied"))
    if proof.next is Next.WAIT:
        return (AskHuman(f"Wait: {proof.because}", check=CHECK),)
    return (AskHuman(f"Decide about {proof.name}: {proof.because}", check=CHECK),)


def _complete(proof: MigrationProof) -> RunSql:
    statements = ("SET lock_timeout = '5s'", *proof.completing_sql)
    sql = "\n".join(f"{statement.rstrip().removesuffix(';')};" for statement in statements)
    return RunSql(f"Run the statements of {proof.name} whose effects are missing", sql, check=CHECK)


ROOM = Remedy(
    "complete-migration",
    "Complete a partly applied migration",
    ("migration.partly-applied", "migration.marked-without-effect", "migration.still-running"),
    steps,
    order=40,
)
