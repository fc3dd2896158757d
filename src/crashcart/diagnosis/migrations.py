"""Turns the proven state of the migrations into outcomes, and says which claims of the logs they bear out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crashcart.diagnosis import migration_drift as drifted
from crashcart.diagnosis.migration_claims import WHILE_APPLYING, Claims
from crashcart.diagnosis.migration_evidence import Witness
from crashcart.diagnosis.migration_remedies import remedy
from crashcart.model.finding import Answer, Claim, Failed, Outcome, Passed, Unknown
from crashcart.model.migration import FileState, Ledger, MigrationProof, MigrationsReport, Next, Proof
from crashcart.model.target import Target

PROBE = "migrations.proof"
QUESTION = "Is every migration really in the database, and does its record say so?"

NOT_APPLIED = "migration.not-applied"
UNRECORDED = "migration.applied-but-unrecorded"
FAILED_ROW = "prisma.failed-migration"
NOT_EMPTY = "prisma.schema-not-empty"
BLOCKING = (Ledger.FAILED, Ledger.RUNNING)
WAITING = (Ledger.ROLLED_BACK, Ledger.ABSENT)
THERE_ALREADY = ("42P06", "42P07", "42701", "42710", "42723")

FAULTS: dict[Ledger, dict[Proof, str]] = {
    Ledger.FAILED: {
        Proof.APPLIED: UNRECORDED,
        Proof.PARTIAL: "migration.partly-applied",
        Proof.NOT_APPLIED: FAILED_ROW,
        Proof.UNPROVABLE: FAILED_ROW,
    },
    Ledger.ROLLED_BACK: {Proof.APPLIED: UNRECORDED, Proof.PARTIAL: "migration.partly-applied"},
    Ledger.APPLIED: {
        Proof.UNDONE: drifted.FAULT,
        Proof.NOT_APPLIED: "migration.marked-without-effect",
        Proof.PARTIAL: "migration.marked-without-effect",
    },
    Ledger.RUNNING: {Proof.RUNNING: "migration.still-running"},
}
FAULTS[Ledger.ABSENT] = FAULTS[Ledger.ROLLED_BACK]


def answers(
    report: MigrationsReport, claims: Sequence[Claim], target: Target, took_ms: int = 0, *, required: bool = False
) -> tuple[Answer, ...]:
    """One answer for each sick migration, for drift, and for what cannot be told; a single good one otherwise.

    *required*: the command cannot end well where something about the migrations cannot be told.
    """
    outcomes = tuple(_outcomes(report, Claims(claims), Witness(report, target), required))
    return tuple(Answer(PROBE, QUESTION, outcome, took_ms) for outcome in outcomes)


def unanswered(why: str, claims: Sequence[Claim] = (), *, required: bool = False) -> Answer:
    """The answer where there is no report."""
    about = tuple(claim.id for claim in Claims(claims).of_migrations)
    return Answer(PROBE, QUESTION, Unknown(why, about, required))


def fault_of(proof: MigrationProof) -> str | None:
    """What is wrong with this migration; None where nothing is, or where that cannot be told.

    That it has not run yet is nothing wrong: the next deployment runs it.
    """
    if proof.file is FileState.MISSING and proof.ledger in (Ledger.APPLIED, Ledger.ABSENT):
        return "migration.file-missing"
    if proof.file is FileState.MISSING and proof.ledger is Ledger.ROLLED_BACK:
        return None
    fault = FAULTS.get(proof.ledger, {}).get(proof.proof)
    if proof.ledger is Ledger.APPLIED and proof.file is FileState.EDITED and fault in (None, drifted.FAULT):
        return "migration.edited-after-apply"
    return fault


def _outcomes(report: MigrationsReport, claims: Claims, witness: Witness, required: bool) -> Iterator[Outcome]:
    sick = [(proof, fault) for proof in report.migrations if (fault := fault_of(proof))]
    outcomes: list[Outcome] = [_failed(proof, fault, report, claims, witness) for proof, fault in sick]
    outcomes += _needed(report, claims, witness)
    outcomes += _unbaselined(report, claims, witness)
    outcomes += drifted.outcomes(report, [proof for proof, _ in sick], witness)
    outcomes += _outdated(report, claims)
    outcomes += _untold(report, claims, required)
    if not outcomes and report.unknown:
        outcomes = [Unknown("; ".join(report.unknown), required=required)]
    yield from outcomes or [_well(report, witness)]


def _failed(proof: MigrationProof, fault: str, report: MigrationsReport, claims: Claims, witness: Witness) -> Failed:
    blocking = _blocking(report)
    told = (*claims.about(proof, alone=len(blocking) <= 1), *claims.missing(proof))
    if blocking and proof is blocking[0]:
        told += _of_pending(report, claims)
    why = tuple(claim for claim in told if claim.fault in WHILE_APPLYING and fault != UNRECORDED)
    confirmed = tuple(dict.fromkeys(claim.id for claim in told if claim not in why))
    follows = {claim.id for claim in told if claim.fault != fault}
    uncommitted = {"reason": "not in the deployed commit"} if proof.uncommitted else {}
    return Failed(
        fault=fault,
        because=_with_failure(proof, why),
        evidence=(*witness.of(proof), *witness.drift(drifted.of(proof, fault, report))),
        facts={"migration": proof.name, "path": witness.path(proof), **witness.code(proof), **uncommitted},
        confirms=confirmed,
        explains=tuple(name for name in confirmed if name in follows),
        absorbs=tuple(claim.id for claim in why),
        remedy=remedy(proof, fault),
    )


def _with_failure(proof: MigrationProof, why: Sequence[Claim]) -> str:
    if not proof.failure:
        return f"{proof.because} It stopped at: {why[0].evidence[0].text}" if why else proof.because
    met = " What it stopped at had been made by something else before." if _met_another(proof) else ""
    return f"{proof.because} It failed with {proof.failure}.{met}"


def _met_another(proof: MigrationProof) -> bool:
    """Whether the first attempt stopped at an object that was there already, so that it had not made it itself."""
    return proof.failure is not None and proof.failure.startswith(THERE_ALREADY) and len(proof.rows) == 1


def _pending(report: MigrationsReport) -> list[MigrationProof]:
    """Those that the next deployment runs."""
    unseen = (Proof.NOT_APPLIED, Proof.UNPROVABLE)
    return [p for p in report.migrations if p.ledger in WAITING and p.proof in unseen and fault_of(p) is None]


def _of_pending(report: MigrationsReport, claims: Claims) -> tuple[Claim, ...]:
    """The claims that miss what a pending migration would make, or that something is pending."""
    pending = _pending(report)
    missing = [claim for proof in pending for claim in claims.missing(proof)]
    return (*missing, *claims.of_pending) if pending else ()


def _needed(report: MigrationsReport, claims: Claims, witness: Witness) -> Iterator[Failed]:
    """The pending migrations without which, so the log, the app does not run; unless something keeps all back."""
    if _blocking(report) or not report.baselined:
        return
    general = claims.of_pending
    for proof in _pending(report):
        told = (*claims.missing(proof), *general)
        general = ()
        if told:
            yield Failed(
                fault=NOT_APPLIED,
                because=proof.because,
                evidence=witness.of(proof),
                facts={"migration": proof.name, "path": witness.path(proof)},
                confirms=tuple(claim.id for claim in told),
                explains=tuple(claim.id for claim in told if claim.fault != NOT_APPLIED),
                remedy="Deploy so that {migration} runs here; `crashcart migrations` says what the deployment will do.",
            )


def _blocking(report: MigrationsReport) -> list[MigrationProof]:
    return [proof for proof in report.migrations if proof.ledger in BLOCKING]


def _unbaselined(report: MigrationsReport, claims: Claims, witness: Witness) -> Iterator[Failed]:
    if not report.baselined and report.migrations:
        own, kept_back = claims.of(NOT_EMPTY), () if _blocking(report) else _of_pending(report, claims)
        because = f"The schema {report.schema} holds tables, but no record of migrations: none will be run."
        told, follows = (tuple(claim.id for claim in some) for some in ((*own, *kept_back), kept_back))
        yield Failed(NOT_EMPTY, because, witness.ledger(), confirms=told, explains=follows)


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


def _untold(report: MigrationsReport, claims: Claims, required: bool) -> Iterator[Unknown]:
    about = tuple(claim.id for claim in claims.of_migrations)
    if not report.migrations and report.unknown:
        yield Unknown("; ".join(report.unknown), about, required)
    elif _unreadable(report):
        yield Unknown(report.unknown[0], about, required)
    elif report.shadow is None and report.migrations:
        yield Unknown("; ".join(report.unknown) or "the history was not replayed", required=required)
    elif report.baselined:
        yield from (Unknown(proof.because, required=required) for proof in report.migrations if _open(proof))


def _unreadable(report: MigrationsReport) -> bool:
    return any(proof.ledger is Ledger.UNKNOWN for proof in report.migrations)


def _open(proof: MigrationProof) -> bool:
    """Whether nothing is known to be wrong with it, and nothing shows that all is well."""
    return fault_of(proof) is None and proof.proof is Proof.UNPROVABLE and proof.next is Next.ASK


def _well(report: MigrationsReport, witness: Witness) -> Passed:
    total, pending = len(report.migrations), len(_pending(report))
    if not total:
        return Passed("There are no migrations.", witness.ledger())
    traceless = sum(p.proof is Proof.UNPROVABLE for p in report.migrations if p.ledger is Ledger.APPLIED)
    ran = f"All {total}" if not pending else f"{total - pending} of {total}"
    said = f"{ran} migrations are recorded as applied, and their effects are in the database"
    said += f" ({traceless} of them leave nothing to look for)" if traceless else ""
    said += f"; the next deployment runs the other {pending}" if pending else ""
    if pending == total:
        said = f"None of the {total} migrations has run here yet; the next deployment runs them"
    return Passed(f"{said}; replayed on {report.shadow}.", witness.ledger())
