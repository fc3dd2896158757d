"""What follows from ledger, catalog and file together."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath

import pytest

from crashcart.engines.prisma import ROOM
from crashcart.model.migration import (
    Effect,
    FileState,
    Ledger,
    LedgerRow,
    MigrationProof,
    Next,
    Proof,
    Script,
    StatementProof,
)
from crashcart.proof.ledger import Reading, Session
from crashcart.proof.migrations import judge
from crashcart.proof.schema import MigrationEffects
from crashcart.proof.standing import Standing

SQL = "CREATE TABLE a (); CREATE TABLE b ();"
CHECKSUM = hashlib.sha256(SQL.encode()).hexdigest()
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SCRIPT = Script("init", PurePath("prisma/migrations/init/migration.sql"), SQL, CHECKSUM)

PRESENT, ABSENT, DIFFERENT, TRACELESS = Effect.PRESENT, Effect.ABSENT, Effect.DIFFERENT, Effect.UNPROVABLE
PROOFS = {
    (PRESENT, PRESENT): Proof.APPLIED,
    (ABSENT, ABSENT): Proof.NOT_APPLIED,
    (PRESENT, ABSENT): Proof.PARTIAL,
    (TRACELESS, TRACELESS): Proof.UNPROVABLE,
}
ALL_THERE, NOTHING, SOME, CANNOT_TELL = PROOFS

FAILED = LedgerRow("init", Ledger.FAILED, CHECKSUM, NOW, log="ERROR", steps=0)
BEGUN = LedgerRow("init", Ledger.RUNNING, CHECKSUM, NOW, steps=0)
RUN = LedgerRow("init", Ledger.APPLIED, CHECKSUM, NOW, NOW, steps=1)
MARKED = replace(RUN, steps=0, marked_by_hand=True)
ROLLED_BACK = replace(FAILED, state=Ledger.ROLLED_BACK, rolled_back_at=NOW)

HOLDER = Session(4711, "idle", "SELECT 1", NOW)


def effects(*seen: Effect, proof: Proof | None = None, failure: str | None = None) -> MigrationEffects:
    statements = tuple(
        StatementProof(n, n, f"CREATE TABLE t{n} ()", f"table public.t{n}", effect, "seen")
        for n, effect in enumerate(seen, 1)
    )
    missing = tuple(statement.sql for statement in statements if statement.effect is ABSENT)
    found = proof or PROOFS[seen[0], seen[1]]
    return MigrationEffects(statements, found, "nothing to look for", missing, failure=failure)


def judged(
    *rows: LedgerRow,
    seen: tuple[Effect, ...] | MigrationEffects | None = ALL_THERE,
    script: Script | None = SCRIPT,
    holders: tuple[Session, ...] = (),
    sessions: tuple[Session, ...] = (),
    unreadable: str | None = None,
) -> MigrationProof:
    reading = Reading(
        "public", "_prisma_migrations", "app", rows, unreadable=unreadable, holders=holders, sessions=sessions
    )
    found = effects(*seen) if isinstance(seen, tuple) else seen
    return judge(Standing("init", ROOM, reading, rows, script, found, "there is no server to replay it on"))


@pytest.mark.parametrize(
    ("rows", "seen", "ledger", "proof", "after"),
    [
        ([RUN], ALL_THERE, Ledger.APPLIED, Proof.APPLIED, Next.NONE),
        ([RUN], NOTHING, Ledger.APPLIED, Proof.UNDONE, Next.ASK),
        ([RUN], SOME, Ledger.APPLIED, Proof.UNDONE, Next.ASK),
        ([RUN], CANNOT_TELL, Ledger.APPLIED, Proof.UNPROVABLE, Next.NONE),
        ([MARKED], ALL_THERE, Ledger.APPLIED, Proof.APPLIED, Next.NONE),
        ([MARKED], NOTHING, Ledger.APPLIED, Proof.NOT_APPLIED, Next.COMPLETE),
        ([MARKED], SOME, Ledger.APPLIED, Proof.PARTIAL, Next.COMPLETE),
        ([MARKED], CANNOT_TELL, Ledger.APPLIED, Proof.UNPROVABLE, Next.ASK),
        ([FAILED], ALL_THERE, Ledger.FAILED, Proof.APPLIED, Next.MARK_APPLIED),
        ([FAILED], NOTHING, Ledger.FAILED, Proof.NOT_APPLIED, Next.MARK_ROLLED_BACK),
        ([FAILED], SOME, Ledger.FAILED, Proof.PARTIAL, Next.COMPLETE),
        ([FAILED], CANNOT_TELL, Ledger.FAILED, Proof.UNPROVABLE, Next.ASK),
        ([BEGUN], SOME, Ledger.FAILED, Proof.PARTIAL, Next.COMPLETE),
        ([ROLLED_BACK], ALL_THERE, Ledger.ROLLED_BACK, Proof.APPLIED, Next.MARK_APPLIED),
        ([ROLLED_BACK], NOTHING, Ledger.ROLLED_BACK, Proof.NOT_APPLIED, Next.NONE),
        ([ROLLED_BACK], SOME, Ledger.ROLLED_BACK, Proof.PARTIAL, Next.COMPLETE),
        ([ROLLED_BACK], CANNOT_TELL, Ledger.ROLLED_BACK, Proof.UNPROVABLE, Next.ASK),
        ([], ALL_THERE, Ledger.ABSENT, Proof.APPLIED, Next.MARK_APPLIED),
        ([], NOTHING, Ledger.ABSENT, Proof.NOT_APPLIED, Next.NONE),
        ([], SOME, Ledger.ABSENT, Proof.PARTIAL, Next.COMPLETE),
        ([], CANNOT_TELL, Ledger.ABSENT, Proof.UNPROVABLE, Next.NONE),
        ([ROLLED_BACK, RUN], ALL_THERE, Ledger.APPLIED, Proof.APPLIED, Next.NONE),
        ([ROLLED_BACK, FAILED], SOME, Ledger.FAILED, Proof.PARTIAL, Next.COMPLETE),
        ([FAILED, RUN], ALL_THERE, Ledger.FAILED, Proof.APPLIED, Next.MARK_APPLIED),
        ([RUN, MARKED], NOTHING, Ledger.APPLIED, Proof.UNDONE, Next.ASK),
    ],
)
def test_the_truth_table(
    rows: list[LedgerRow], seen: tuple[Effect, ...], ledger: Ledger, proof: Proof, after: Next
) -> None:
    found = judged(*rows, seen=seen)
    assert (found.ledger, found.proof, found.next) == (ledger, proof, after)
    assert bool(found.completing_sql) == (after is Next.COMPLETE)


@pytest.mark.parametrize("rows", [[FAILED], [BEGUN], [ROLLED_BACK], [], [MARKED]])
def test_nothing_is_written_while_somebody_holds_the_lock(rows: list[LedgerRow]) -> None:
    assert judged(*rows, seen=SOME, holders=(HOLDER,)).next is Next.WAIT


def test_a_begun_row_runs_while_the_lock_is_held_or_its_script_is_seen() -> None:
    for held in (
        judged(BEGUN, seen=NOTHING, holders=(HOLDER,)),
        judged(BEGUN, seen=NOTHING, sessions=(Session(4711, "active", SQL, NOW),)),
    ):
        assert (held.ledger, held.proof, held.next) == (Ledger.RUNNING, Proof.RUNNING, Next.WAIT)
        assert "process 4711 (" in held.because.lower()


def test_a_killed_row_says_what_cannot_be_seen() -> None:
    found = judged(BEGUN, seen=NOTHING, sessions=(Session(4711, None, None, None),))
    assert found.ledger is Ledger.FAILED
    assert "hidden from this role" in found.because


def test_another_definition_is_left_to_a_person() -> None:
    assert judged(FAILED, seen=effects(PRESENT, DIFFERENT, proof=Proof.PARTIAL)).next is Next.ASK


@pytest.mark.parametrize(
    ("seen", "after"),
    [
        ((TRACELESS, ABSENT), Next.ASK),
        ((ABSENT, TRACELESS), Next.MARK_ROLLED_BACK),
        ((PRESENT, ABSENT, TRACELESS), Next.COMPLETE),
        ((PRESENT, TRACELESS, ABSENT), Next.ASK),
        ((PRESENT, ABSENT, TRACELESS, PRESENT), Next.ASK),
    ],
)
def test_what_leaves_no_trace_may_have_run_only_before_the_first_missing_effect(
    seen: tuple[Effect, ...], after: Next
) -> None:
    proof = Proof.PARTIAL if PRESENT in seen else Proof.NOT_APPLIED
    assert judged(FAILED, seen=effects(*seen, proof=proof)).next is after


def test_all_there_but_for_what_leaves_no_trace_is_not_marked_blindly() -> None:
    assert judged(FAILED, seen=effects(PRESENT, TRACELESS, proof=Proof.APPLIED)).next is Next.ASK


def test_a_row_that_prisma_refuses_to_mark_is_left_to_a_person() -> None:
    assert judged(replace(ROLLED_BACK, finished_at=NOW)).next is Next.ASK


@pytest.mark.parametrize(("row", "seen"), [(RUN, ALL_THERE), (FAILED, NOTHING), (FAILED, SOME)])
def test_an_edited_script_is_left_to_a_person(row: LedgerRow, seen: tuple[Effect, ...]) -> None:
    found = judged(replace(row, checksum="0" * 64), seen=seen)
    assert (found.file, found.next) == (FileState.EDITED, Next.ASK)
    assert "edited" in found.because


@pytest.mark.parametrize(
    ("row", "after"),
    [(RUN, Next.ASK), (FAILED, Next.ASK), (ROLLED_BACK, Next.NONE)],
)
def test_a_row_without_its_script(row: LedgerRow, after: Next) -> None:
    found = judged(row, seen=None, script=None)
    assert (found.file, found.proof, found.next) == (FileState.MISSING, Proof.UNPROVABLE, after)


def test_without_a_replay_the_ledger_is_still_told() -> None:
    found = judged(FAILED, seen=None)
    assert (found.ledger, found.proof, found.next) == (Ledger.FAILED, Proof.UNPROVABLE, Next.ASK)
    assert "there is no server to replay it on" in found.because


def test_an_unreadable_ledger_is_neither_applied_nor_absent() -> None:
    found = judged(unreadable="the role app may not read _prisma_migrations (42501)")
    assert (found.ledger, found.next) == (Ledger.UNKNOWN, Next.ASK)
    assert "cannot tell what the ledger says: the role app may not read" in found.because.lower()


def test_the_failure_is_told_by_the_ledger_and_by_the_copy() -> None:
    log = "Database error code: 25P02\n\nDatabase error:\nERROR: current transaction is aborted"
    found = judged(replace(FAILED, log=log), seen=effects(ABSENT, ABSENT, failure="42710 it exists"))
    assert found.failure == "25P02 current transaction is aborted; on a copy of the live schema: 42710 it exists"
    assert judged(RUN, seen=effects(PRESENT, PRESENT, failure="42P07")).failure is None


def test_a_failure_that_was_covered_up_is_still_told() -> None:
    log = "Database error code: 42P07\n\nDatabase error:\nERROR: it exists"
    assert judged(replace(MARKED, log=log), seen=SOME).failure == "42P07 it exists"
    assert judged(replace(ROLLED_BACK, log=log), MARKED, seen=SOME).failure == "42P07 it exists"
    assert judged(replace(ROLLED_BACK, log=log), RUN).failure is None


def test_missing_statements_are_named_with_their_line() -> None:
    assert "missing: table public.t2 (line 2)" in judged(FAILED, seen=SOME).because
