"""Which claims of the logs belong to which migration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crashcart.model.finding import Claim
from crashcart.model.migration import Effect, Ledger, MigrationProof

FAILED_ROW = "prisma.failed-migration"
APPLY_FAILED = "prisma.migration-apply-failed"
WHILE_APPLYING = ("migration.object-exists", "migration.data-violates-constraint")
"""What the database answered while a migration ran: part of the story of why it failed."""
NOT_APPLIED = "migration.not-applied"
MISSED = ("db.relation-missing", NOT_APPLIED, "migration.schema-drift", "app.query-bug")
"""The app asked for a table or a column that is not there."""
NAMES = ("relation", "table", "column", "name", "type", "constraint")


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a case, asked for by what they are about."""

    all: Sequence[Claim]

    def of(self, *faults: str) -> tuple[Claim, ...]:
        return tuple(claim for claim in self.all if claim.fault in faults)

    @property
    def of_migrations(self) -> tuple[Claim, ...]:
        return self.of(FAILED_ROW, APPLY_FAILED, *WHILE_APPLYING)

    def about(self, proof: MigrationProof, *, alone: bool) -> tuple[Claim, ...]:
        """Those that *proof* shows to be true; one that names no migration belongs to the only one that failed."""
        return tuple(claim for claim in self.of_migrations if _belongs(claim, proof, alone=alone))

    def missing(self, proof: MigrationProof) -> Iterator[Claim]:
        """Those that miss a table or a column which *proof* shows to be missing."""
        absent = [s.object for s in proof.statements if s.effect is Effect.ABSENT and s.object]
        names = {_bare(name) for name in absent}
        for claim in self.all:
            told = claim.facts.get("column") or claim.facts.get("relation") or claim.facts.get("table")
            if claim.fault in MISSED and told and _bare(told) in names:
                yield claim

    @property
    def of_pending(self) -> tuple[Claim, ...]:
        """Those that say that something is pending, without saying what is missing."""
        return tuple(claim for claim in self.of(NOT_APPLIED) if not any(name in claim.facts for name in NAMES))


def _belongs(claim: Claim, proof: MigrationProof, *, alone: bool) -> bool:
    tried = proof.ledger in (Ledger.FAILED, Ledger.RUNNING)
    if claim.fault == FAILED_ROW and not tried:
        return False
    if claim.fault == APPLY_FAILED and not any(row.state is not Ledger.APPLIED for row in proof.rows):
        return False
    if "migration" in claim.facts:
        return claim.facts["migration"] == proof.name
    if claim.fault in WHILE_APPLYING:
        return tried and _tells_of(claim, proof)
    return tried and alone


def _tells_of(claim: Claim, proof: MigrationProof) -> bool:
    """Whether the failed migration speaks of what the claim names."""
    named = [claim.facts[name] for name in NAMES if claim.facts.get(name)]
    if not named and claim.facts.get("code"):
        return (proof.failure or "").startswith(claim.facts["code"])
    text = " ".join((proof.failure or "", *(statement.sql for statement in proof.statements)))
    return bool(named) and all(_bare(name) in text for name in named)


def _bare(name: str) -> str:
    """The last part of a qualified name, without quotes."""
    return name.rpartition(" ")[2].rpartition(".")[2].strip('"`')
