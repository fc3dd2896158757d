"""The step that corrects a migration tool's own record, shared by the remedies of migrations."""

from __future__ import annotations

from typing import Literal

from crashcart import engines
from crashcart.model.finding import Finding
from crashcart.model.migration import MigrationProof
from crashcart.model.plan import MarkMigration
from crashcart.remedies import Patient


def proof_of(finding: Finding, patient: Patient) -> MigrationProof | None:
    """What was proven about the migration that *finding* names."""
    proven = patient.migrations.migrations if patient.migrations else ()
    return next((proof for proof in proven if proof.name == finding.facts.get("migration")), None)


def mark(proof: MigrationProof, to: Literal["applied", "rolled-back"]) -> MarkMigration:
    """Record *proof*'s migration as *to*, by its tool's own command."""
    engine = next(engine for engine in engines.find() if engine.name == proof.engine)
    return MarkMigration(
        f"Record {proof.name} as {to}; the schema is not touched",
        proof.name,
        to,
        engine.mark_command(proof.name, to),
        check="crashcart migrations",
    )
