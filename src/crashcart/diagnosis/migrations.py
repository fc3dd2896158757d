"""Turns the proven state of the migrations into outcomes, and says which claims of the logs they bear out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crashcart.diagnosis.migration_claims import Claims
from crashcart.diagnosis.migration_evidence import Witness
from crashcart.model.finding import Answer, Claim, Failed, Outcome, Passed, Unknown
from crashcart.model.migration import (
    Drift,
    FileState,
    Ledger,
    MigrationProof,
    MigrationsReport,
    Proof,
)
from crashcart.model.target import Target

PROBE = "migrations.proof"
QUESTION = "Is every migration really in the database, and does its record say so?"

NOT_APPLIED = "migration.not-applied"
DRIFT = "migration.schema-drift"
FAILED_ROW = "prisma.failed-migration"
NOT_EMPTY = "prisma.schema-not-empty"
BLOCKING = (Ledger.FAILED, Ledger.RUNNING)

FAULTS: dict[Ledger, dict[Proof, str]] = {
    Ledger.FAILED: {
        Proof.APPLIED: "migration.applied-but-unrecorded",
        Proof.PARTIAL: "migration.partly-applied",
        Proof.NOT_APPLIED: FAILED_ROW,
        Proof.UNPROVABLE: FAILED_ROW,
    },
    Ledger.ROLLED_BACK: {
        Proof.APPLIED: "migration.applied-but-unrecorded",
        Proof.PARTIAL: "migration.partly-applied",
        Proof.NOT_APPLIED: NOT_APPLIED,
        Proof.UNPROVABLE: NOT_APPLIED,
    },
    Ledger.APPLIED: {
        Proof.UNDONE: DRIFT,
        Proof.NOT_APPLIED: "migration.marked-without-effect",
        Proof.PARTIAL: "migration.marked-without-effect",
    },
    Ledger.RUNNING: {Proof.RUNNING: "migration.still-running"},
}
FAULTS[Ledger.ABSENT] = FAULTS[Ledger.ROLLED_BACK]


def answers(report: MigrationsReport, claims: Sequence[Claim], target: Target, took_ms: int = 0) -> tuple[Answer, ...]:
    """One answer for each sick migration, for drift, and for what cannot be told; a single good one otherwise."""
    outcomes = tuple(_outcomes(report, Claims(claims), Witness(report, target)))
    return tuple(Answer(PROBE, QUESTION, outcome, took_ms) for outcome in outcomes)


def unanswered(why: str, claims: Sequence[Claim] = (), *, required: bool = False) -> Answer:
    """The answer where there is no report."""
    about = tuple(claim.id for claim in Claims(claims).of_migrations)
    return Answer(PROBE, QUESTION, Unknown(why, about, required))


def fault_of(proof: MigrationProof) -> str | None:
    """What is wrong with this migration; None where nothing is, or where that cannot be told."""
    if proof.file is FileState.MISSING and proof.ledger in (Ledger.APPLIED, Ledger.ABSENT):
        return "migration.file-missing"
    if proof.file is FileState.MISSING and proof.ledger is Ledger.ROLLED_BACK:
        return None
    fault = FAULTS.get(proof.ledger, {}).get(proof.proof)
    if proof.ledger is Ledger.APPLIED and proof.file is FileState.EDITED and fault in (None, DRIFT):
        return "migration.edited-after-apply"
    return fault


def _outcomes(report: MigrationsReport, claims: Claims, witness: Witness) -> Iterator[Outcome]:
    sick = [(proof, fault) for proof in report.migrations if (fault := fault_of(proof))]
    outcomes: list[Outcome] = [_failed(proof, fault, report, claims, witness) for proof, fault in sick]
    outcomes += _unbaselined(report, claims, witness)
    outcomes += _drifted(report, [proof for proof, _ in sick], witness)
    outcomes += _outdated(report, claims)
    outcomes += _untold(report, claims)
    if not outcomes and report.unknown:
        outcomes = [Unknown("; ".join(report.unknown))]
    yield from outcomes or [_well(report, witness)]


def _failed(proof: MigrationProof, fault: str, report: MigrationsReport, claims: Claims, witness: Witness) -> Failed:
    told = (*claims.about(proof, alone=_blocking(report) <= 1), *claims.missing(proof))
    if fault == NOT_APPLIED and proof is _first_pending(report):
        told += claims.of_pending
    pending = (NOT_APPLIED,) if proof.ledger in BLOCKING and fault != NOT_APPLIED else ()
    return Failed(
        fault=fault,
        because=_with_failure(proof),
        evidence=witness.of(proof),
        facts={"migration": proof.name, "path": witness.path(proof), **witness.code(proof)},
        confirms=tuple(claim.id for claim in told),
        explains=tuple(claim.id for claim in told if claim.fault != fault),
        explains_faults=pending,
    )


def _with_failure(proof: MigrationProof) -> str:
    return f"{proof.because} It failed with {proof.failure}." if proof.failure else proof.because


def _first_pending(report: MigrationsReport) -> MigrationProof | None:
    return next((proof for proof in report.migrations if fault_of(proof) == NOT_APPLIED), None)


def _blocking(report: MigrationsReport) -> int:
    return sum(proof.ledger in BLOCKING for proof in report.migrations)


def _unbaselined(report: MigrationsReport, claims: Claims, witness: Witness) -> Iterator[Failed]:
    if not report.baselined and report.migrations:
        told = tuple(claim.id for claim in claims.of(NOT_EMPTY))
        because = f"The schema {report.schema} holds tables, but no record of migrations: none will be run."
        yield Failed(NOT_EMPTY, because, witness.ledger(), confirms=told, explains_faults=(NOT_APPLIED,))


def _drifted(report: MigrationsReport, sick: Sequence[MigrationProof], witness: Witness) -> Iterator[Failed]:
    """Drift that no sick migration accounts for; where nothing is recorded, or a script is gone, all could be drift."""
    applied = [proof for proof in report.migrations if proof.ledger is Ledger.APPLIED]
    if not applied or any(proof.file is FileState.MISSING for proof in applied):
        return
    accounted = {statement.object for proof in sick for statement in proof.statements}
    if rest := [drift for drift in report.drift if drift.object not in accounted]:
        yield Failed(DRIFT, _drift_sentence(rest), witness.drift(rest), {"count": str(len(rest))})


def _drift_sentence(drifts: Sequence[Drift]) -> str:
    named = ", ".join(drift.object for drift in drifts[:3])
    more = f" and {len(drifts) - 3} more" if len(drifts) > 3 else ""
    return f"The database is not what its migrations make: {named}{more}."


def _outdated(report: MigrationsReport, claims: Claims) -> Iterator[Unknown]:
    """Claims of a failed migration that this database does not call failed now."""
    known = {proof.name: proof for proof in report.migrations}
    for claim in claims.of(FAILED_ROW):
        proof = known.get(claim.facts.get("migration", ""))
        if "migration" in claim.facts and proof is None:
            yield Unknown(
                f"this database knows no migration {claim.facts['migration']}: another database?", (claim.id,)
            )
        elif proof and proof.ledger in (Ledger.APPLIED, Ledger.ROLLED_BACK):
            yield Unknown(_resolved(proof), (claim.id,))
        elif proof is None and not _blocking(report) and not _unreadable(report):
            yield Unknown("the ledger records no failed migration now; it did when the log was written", (claim.id,))


def _resolved(proof: MigrationProof) -> str:
    when = f"the ledger records {proof.name} as {proof.ledger.value} now"
    if len(proof.rows) > 1 or proof.ledger is Ledger.ROLLED_BACK:
        return f"{when}: it was resolved after the log was written"
    return f"{when}, and no attempt that failed: the log is of another database, or the row was removed"


def _untold(report: MigrationsReport, claims: Claims) -> Iterator[Unknown]:
    if not report.migrations and report.unknown:
        yield Unknown("; ".join(report.unknown), tuple(claim.id for claim in claims.of_migrations))
    elif _unreadable(report):
        yield Unknown(report.unknown[0], tuple(claim.id for claim in claims.of_migrations))
    elif report.shadow is None and report.migrations:
        yield Unknown("; ".join(report.unknown) or "the history was not replayed")
    else:
        only_marked = (proof for proof in report.migrations if _marked_and_unprovable(proof))
        yield from (Unknown(proof.because) for proof in only_marked)


def _unreadable(report: MigrationsReport) -> bool:
    return any(proof.ledger is Ledger.UNKNOWN for proof in report.migrations)


def _marked_and_unprovable(proof: MigrationProof) -> bool:
    applied = [row for row in proof.rows if row.state is Ledger.APPLIED]
    by_hand = bool(applied) and all(row.marked_by_hand for row in applied)
    return fault_of(proof) is None and proof.proof is Proof.UNPROVABLE and by_hand


def _well(report: MigrationsReport, witness: Witness) -> Passed:
    total = len(report.migrations)
    traceless = sum(proof.proof is Proof.UNPROVABLE for proof in report.migrations)
    said = f"All {total} migrations are recorded as applied, and their effects are in the database"
    said += f" ({traceless} of them leave nothing to look for)" if traceless else ""
    return Passed(f"{said}; replayed on {report.shadow}." if total else "There are no migrations.", witness.ledger())
