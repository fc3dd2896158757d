"""The step that corrects a migration tool's own record, shared by the remedies of migrations."""

from __future__ import annotations

from typing import Literal

from crashcart import engines
from crashcart.model.finding import Finding
from crashcart.model.migration import MigrationProof
from crashcart.model.plan import MarkMigration
from crashcart.remedies import Patient
from crashcart.tools import checks


def proof_of(finding: Finding, patient: Patient) -> MigrationProof | None:
    """What was proven about the migration that *finding* names."""
    proven = patient.migrations.migrations if patient.migrations else ()
    return next((proof for proof in proven if proof.name == finding.facts.get("migration")), None)


def mark(
    proof: MigrationProof, to: Literal["applied", "rolled-back"], patient: Patient, *, completed: bool = False
) -> MarkMigration:
    """Record *proof*'s migration as *to*, by its tool's own command; *completed*: by a step before this one."""
    target = patient.target
    engine = next(engine for engine in engines.find() if engine.name == proof.engine)
    does = f"Record {proof.name} as {to}"
    if completed:
        does += ", only after `crashcart migrations` has shown that every effect of it is in the database"
    return MarkMigration(
        f"{does}; the schema is not touched",
        proof.name,
        to,
        engine.mark_command(proof.name, to, target.migrations or target.project, target.project),
        check="crashcart migrations",
    )


def count_rows(proof: MigrationProof, patient: Patient) -> str | None:
    """The command that counts the rows which are in the way of *proof*; None where none are known."""
    query = next((obstacle.query for obstacle in proof.obstacles if obstacle.query), None)
    return checks.psql(patient.target, query) if query else None
