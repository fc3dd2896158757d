"""Which outcomes a report of migrations gives, and what becomes of the claims of the logs."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crashcart.diagnosis.judge import judge
from crashcart.diagnosis.migrations import answers, fault_of, unanswered
from crashcart.faults import load
from crashcart.model.evidence import OriginKind
from crashcart.model.finding import Claim, Failed, Outcome, Passed, Role, Unknown, Verdict
from crashcart.model.migration import (
    Drift,
    Effect,
    FileState,
    Ledger,
    LedgerRow,
    MigrationProof,
    MigrationsReport,
    Next,
    Obstacle,
    Proof,
    StatementProof,
)
from crashcart.model.target import Target
from crashcart.tools.redaction import evidence

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TARGET = Target("shop", Path("/project"), engine="prisma")
NAME = "20251014_add_avatar_creator_complete"
TABLE = StatementProof(1, 1, 'CREATE TABLE "A" ()', 'table public."A"', Effect.PRESENT, "the same definition")
INDEX = StatementProof(
    2, 7, 'CREATE INDEX "A_i" ON "A" (x)', 'index public."A_i"', Effect.ABSENT, "not in the database"
)
MISSING_TABLE = StatementProof(3, 9, 'CREATE TABLE "B" ()', 'table public."B"', Effect.ABSENT, "not in the database")

FAILED_ROW = LedgerRow(NAME, Ledger.FAILED, "0" * 64, NOW, log="ERROR", steps=0)
RUN = LedgerRow("init", Ledger.APPLIED, "0" * 64, NOW, NOW, steps=1)

PARTLY = MigrationProof(
    name=NAME,
    engine="prisma",
    ledger=Ledger.FAILED,
    proof=Proof.PARTIAL,
    file=FileState.SAME,
    next=Next.COMPLETE,
    because="The ledger says failed; 1 of its 3 effects are in the database.",
    statements=(TABLE, INDEX, MISSING_TABLE),
    rows=(FAILED_ROW,),
    failure='42P07 relation "A" already exists',
    completing_sql=(INDEX.sql,),
)
WELL = MigrationProof(
    "init", "prisma", Ledger.APPLIED, Proof.APPLIED, FileState.SAME, Next.NONE, "All there.", (TABLE,), (RUN,)
)
PENDING = MigrationProof(
    "later", "prisma", Ledger.ABSENT, Proof.NOT_APPLIED, FileState.SAME, Next.NONE, "The next deployment runs it."
)


def report(*migrations: MigrationProof, **values: object) -> MigrationsReport:
    known = MigrationsReport("prisma", "prisma/migrations", migrations, shadow="embedded PostgreSQL 18.6")
    return replace(known, **values)  # type: ignore[arg-type]


def claim(fault: str, id_: str = "c1", **facts: str) -> Claim:
    return Claim(id_, fault, facts, (evidence(OriginKind.LOG, "deploy.log", "the line", line=3),))


def outcomes(found: MigrationsReport, *claims: Claim) -> list[Outcome]:
    return [answer.outcome for answer in answers(found, claims, TARGET)]


def test_a_healthy_report_passes_and_says_where_it_was_replayed() -> None:
    (passed,) = outcomes(report(WELL))
    assert isinstance(passed, Passed)
    assert "embedded PostgreSQL 18.6" in passed.because
    assert passed.evidence


def test_a_partly_applied_migration_comes_with_row_failure_and_missing_statements() -> None:
    (failed,) = outcomes(report(WELL, PARTLY))
    assert isinstance(failed, Failed)
    assert failed.fault == "migration.partly-applied"
    assert failed.facts == {
        "migration": NAME,
        "code": "42P07",
        "path": f"prisma/migrations/{NAME}/migration.sql",
    }
    told = [(str(e.origin), e.text) for e in failed.evidence]
    assert told[0][0] == f"_prisma_migrations row {NAME}"
    assert told[1][1] == '42P07 relation "A" already exists'
    assert told[2][0] == f"prisma/migrations/{NAME}/migration.sql:7"
    assert told[2][1].startswith("absent: CREATE INDEX")
    assert len(told) == 4


def test_every_check_is_a_command_without_a_secret_that_psql_accepts() -> None:
    (failed,) = outcomes(report(PARTLY))
    assert isinstance(failed, Failed)
    checks = [e.check for e in failed.evidence]
    assert all(check and check.startswith('psql "${DATABASE_URL%%\\?*}" -c ') for check in checks)
    assert "to_regclass" in str(checks[2])


@pytest.mark.parametrize(
    ("named", "question"),
    [
        ('table public."Order"', """SELECT to_regclass('public."Order"')"""),
        (
            'column public."Item".age',
            """SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('public."Item"') AND attname = 'age'""",
        ),
        (
            """constraint public.a."a.b's\"""",
            "SELECT count(*) FROM pg_constraint WHERE conrelid = to_regclass('public.a') AND conname = 'a.b''s'",
        ),
    ],
)
def test_a_missing_object_can_be_asked_for(named: str, question: str) -> None:
    proof = replace(PARTLY, statements=(replace(INDEX, object=named),), failure=None)
    (failed,) = outcomes(report(proof))
    assert isinstance(failed, Failed)
    assert shlex.split(str(failed.evidence[-1].check))[-1] == question


@pytest.mark.parametrize("named", ["function public.f(integer)", "nonsense", "table ", None])
def test_what_has_no_question_of_its_own_is_asked_by_crashcart(named: str | None) -> None:
    proof = replace(PARTLY, statements=(replace(INDEX, object=named),), failure=None)
    (failed,) = outcomes(report(proof))
    assert isinstance(failed, Failed)
    assert failed.evidence[-1].check == "crashcart migrations"


def test_the_schema_of_the_url_is_part_of_the_check() -> None:
    (failed,) = outcomes(report(PARTLY, schema="app"))
    assert isinstance(failed, Failed)
    assert "FROM app._prisma_migrations" in str(failed.evidence[0].check)


@pytest.mark.parametrize(
    "told",
    [
        claim("prisma.failed-migration", migration=NAME),
        claim("prisma.failed-migration"),
        claim("prisma.migration-apply-failed", migration=NAME),
        claim("prisma.migration-apply-failed", code="P3018"),
    ],
)
def test_what_the_log_tells_of_the_failure_is_true_and_follows_from_it(told: Claim) -> None:
    (failed,) = outcomes(report(WELL, PARTLY), told)
    assert isinstance(failed, Failed)
    assert failed.confirms == ("c1",)
    assert failed.explains == ("c1",)


@pytest.mark.parametrize(
    "told",
    [
        claim("migration.object-exists", relation="A", code="42P07"),
        claim("migration.object-exists", code="42P07"),
        claim("migration.data-violates-constraint", name="A_i"),
    ],
)
def test_what_stopped_a_migration_is_a_part_of_its_story(told: Claim) -> None:
    row = claim("prisma.failed-migration", "c2", migration=NAME)
    found = judge((told, row), answers(report(PARTLY), (told, row), TARGET), load())
    assert [(f.fault, f.role, f.verdict) for f in found] == [
        ("migration.partly-applied", Role.CAUSE, Verdict.CONFIRMED),
        ("prisma.failed-migration", Role.CONSEQUENCE, Verdict.CONFIRMED),
    ]
    assert told.evidence[0] in found[0].evidence
    assert found[1].caused_by == ("f1",)


def test_an_object_that_was_there_before_the_only_attempt_came_from_elsewhere() -> None:
    (failed,) = outcomes(report(PARTLY))
    assert isinstance(failed, Failed)
    assert failed.because.endswith("had been made by something else before.")
    (again,) = outcomes(report(replace(PARTLY, rows=(replace(FAILED_ROW, state=Ledger.ROLLED_BACK), FAILED_ROW))))
    assert isinstance(again, Failed)
    assert "something else" not in again.because


def test_what_its_record_hides_is_why_a_later_attempt_stopped() -> None:
    told = claim("migration.object-exists", relation="A", code="42P07")
    (failed,) = outcomes(report(replace(PARTLY, proof=Proof.APPLIED, next=Next.MARK_APPLIED)), told)
    assert isinstance(failed, Failed)
    assert (failed.fault, failed.explains, failed.absorbs) == ("migration.applied-but-unrecorded", ("c1",), ())


@pytest.mark.parametrize("next_", [Next.ASK, Next.WAIT, Next.COMPLETE])
def test_the_remedy_is_the_plans(next_: Next) -> None:
    (found,) = judge((), answers(report(replace(PARTLY, next=next_)), (), TARGET), load())
    assert found.remedies[0].startswith({"ask": "Decide", "wait": "Wait", "complete": "Run only"}[next_])


def test_rows_in_the_way_are_evidence_with_the_query_that_counts_them() -> None:
    query = "SELECT count(*) FROM public.users"
    proof = replace(PARTLY, next=Next.ASK, obstacles=(Obstacle("rows of public.users without b: 2", query, 2),))
    (found,) = judge((), answers(report(proof), (), TARGET), load())
    assert shlex.split(str(found.evidence[-1].check))[-1] == query
    assert "rows that may be in the way" in found.remedies[0]


def test_a_script_that_is_only_in_the_working_tree_is_to_be_committed() -> None:
    (found,) = judge((), answers(report(replace(WELL, file=FileState.MISSING, uncommitted=True)), (), TARGET), load())
    assert found.fault == "migration.file-missing"
    assert found.remedies[0].startswith("Commit prisma/migrations/init/migration.sql, which lies in the working tree")


def test_a_missing_relation_that_no_migration_makes_is_not_explained_by_one() -> None:
    told = claim("db.relation-missing", relation="jobs")
    found = {f.fault: f for f in judge((told,), answers(report(PARTLY, PENDING), (told,), TARGET), load())}
    assert found["db.relation-missing"].caused_by == ()


def test_a_missing_table_of_a_migration_that_is_kept_back_follows_from_what_keeps_it_back() -> None:
    told = claim("migration.not-applied", table="public.Z"), claim("migration.not-applied", "c2", table="jobs")
    absent = replace(MISSING_TABLE, object='table public."Z"')
    made = answers(report(PARTLY, replace(PENDING, statements=(absent,))), told, TARGET)
    found = judge(told, made, load())
    assert [(f.fault, f.role) for f in found if f.facts.get("table") != "jobs"] == [
        ("migration.partly-applied", Role.CAUSE),
        ("migration.not-applied", Role.CONSEQUENCE),
    ]
    assert [f.caused_by for f in found if f.facts.get("table") == "jobs"] == [()]


def test_a_ledger_without_rows_is_asked_for_by_a_query_that_cannot_fail() -> None:
    absent = replace(MISSING_TABLE, object="table public.orders")
    told = claim("db.relation-missing", relation="orders")
    (failed,) = outcomes(report(replace(PENDING, statements=(absent,))), told)
    assert isinstance(failed, Failed)
    assert failed.fault == "migration.not-applied"
    assert shlex.split(str(failed.evidence[0].check))[-1] == "SELECT to_regclass('public._prisma_migrations')"


@pytest.mark.parametrize(
    "told",
    [
        claim("migration.object-exists", relation="elsewhere"),
        claim("prisma.migration-apply-failed", migration="another"),
        claim("redis.connection-refused"),
    ],
)
def test_what_the_log_tells_of_something_else_is_left_alone(told: Claim) -> None:
    (failed,) = outcomes(report(WELL, PARTLY), told)
    assert isinstance(failed, Failed)
    assert failed.confirms == failed.explains == ()


def test_a_query_that_misses_the_missing_table_follows_from_it() -> None:
    missing, other = claim("db.relation-missing", "c1", relation="B"), claim("db.relation-missing", "c2", relation="Z")
    (failed,) = outcomes(report(PARTLY), missing, other)
    assert isinstance(failed, Failed)
    assert (failed.confirms, failed.explains) == (("c1",), ("c1",))


def test_what_the_log_calls_pending_is_the_pending_migration() -> None:
    later = replace(PENDING, name="even later")
    (first,) = outcomes(report(PENDING, later), claim("migration.not-applied"))
    assert isinstance(first, Failed)
    assert (first.facts["migration"], first.confirms) == ("later", ("c1",))
    assert "{migration} runs here" in str(first.remedy)


def test_a_failed_row_confirms_its_own_claim_without_explaining_itself() -> None:
    blocking = replace(PARTLY, proof=Proof.NOT_APPLIED, next=Next.MARK_ROLLED_BACK)
    (failed,) = outcomes(report(blocking), claim("prisma.failed-migration", migration=NAME))
    assert isinstance(failed, Failed)
    assert failed.fault == "prisma.failed-migration"
    assert (failed.confirms, failed.explains) == (("c1",), ())


@pytest.mark.parametrize(
    ("told", "found", "why"),
    [
        (claim("prisma.failed-migration", migration="init"), report(WELL), "another database, or the row was removed"),
        (
            claim("prisma.failed-migration", migration="init"),
            report(replace(WELL, rows=(replace(RUN, state=Ledger.ROLLED_BACK), RUN))),
            "it was resolved after the log was written",
        ),
        (claim("prisma.failed-migration", migration="nowhere"), report(WELL), "knows no migration nowhere"),
        (claim("prisma.failed-migration"), report(WELL), "records no failed migration now"),
    ],
)
def test_a_failure_that_the_ledger_does_not_know_now_stays_unproven(
    told: Claim, found: MigrationsReport, why: str
) -> None:
    (unknown,) = outcomes(found, told)
    assert isinstance(unknown, Unknown)
    assert unknown.about == ("c1",)
    assert why in unknown.why


def test_a_pending_migration_is_a_consequence_of_the_one_that_blocks_it() -> None:
    claims = claim("prisma.failed-migration", migration=NAME), claim("migration.not-applied", "c2")
    told = answers(report(PARTLY, PENDING), claims, TARGET)
    cause, *others = judge(claims, told, load())
    assert (cause.fault, cause.role, cause.verdict) == ("migration.partly-applied", Role.CAUSE, Verdict.CONFIRMED)
    assert {other.fault for other in others} == {"prisma.failed-migration", "migration.not-applied"}
    assert all(other.role is Role.CONSEQUENCE for other in others)
    assert all(other.verdict is Verdict.CONFIRMED for other in others)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"ledger": Ledger.RUNNING, "proof": Proof.RUNNING}, "migration.still-running"),
        ({"proof": Proof.APPLIED}, "migration.applied-but-unrecorded"),
        ({"proof": Proof.UNPROVABLE}, "prisma.failed-migration"),
        ({"ledger": Ledger.ROLLED_BACK}, "migration.partly-applied"),
        ({"ledger": Ledger.ROLLED_BACK, "file": FileState.MISSING, "proof": Proof.UNPROVABLE}, None),
        ({"ledger": Ledger.APPLIED}, "migration.marked-without-effect"),
        ({"ledger": Ledger.APPLIED, "proof": Proof.UNDONE}, "migration.schema-drift"),
        ({"ledger": Ledger.APPLIED, "proof": Proof.UNDONE, "file": FileState.EDITED}, "migration.edited-after-apply"),
        ({"ledger": Ledger.APPLIED, "file": FileState.EDITED}, "migration.marked-without-effect"),
        ({"ledger": Ledger.APPLIED, "proof": Proof.APPLIED, "file": FileState.LINE_ENDINGS}, None),
        ({"ledger": Ledger.APPLIED, "proof": Proof.UNPROVABLE, "file": FileState.MISSING}, "migration.file-missing"),
        ({"ledger": Ledger.UNKNOWN}, None),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], fault: str | None) -> None:
    found = fault_of(replace(PARTLY, **change))  # type: ignore[arg-type]
    assert found == fault
    assert found is None or found in load()


def test_drift_that_no_migration_accounts_for_is_its_own_finding() -> None:
    drift = (Drift('table public."A"', "x", "y"), Drift('column public."U".age', "integer", None))
    (failed,) = outcomes(report(WELL, drift=drift))
    assert isinstance(failed, Failed)
    assert failed.fault == "migration.schema-drift"
    assert "{" not in str(failed.remedy)
    assert 'column public."U".age' in failed.because
    undone = replace(WELL, proof=Proof.UNDONE, next=Next.ASK)
    (only,) = outcomes(report(undone, drift=drift[:1]))
    assert isinstance(only, Failed)
    assert only.facts["migration"] == "init"


def test_a_ledger_that_cannot_be_read_is_neither_well_nor_sick() -> None:
    hidden = replace(WELL, ledger=Ledger.UNKNOWN, next=Next.ASK, rows=())
    why = "the role app may not read _prisma_migrations (42501)"
    (unknown,) = outcomes(report(hidden, unknown=(why,)), claim("prisma.failed-migration", migration="init"))
    assert unknown == Unknown(why, ("c1",))
    (answer,) = answers(report(hidden, unknown=(why,)), (), TARGET, required=True)
    assert answer.outcome == Unknown(why, required=True)


def test_without_a_replay_nothing_passes() -> None:
    unproven = replace(WELL, proof=Proof.UNPROVABLE, statements=())
    (unknown,) = outcomes(report(unproven, shadow=None, unknown=("there is no server to replay it on",)))
    assert isinstance(unknown, Unknown)
    assert "no server" in unknown.why


def test_a_schema_that_was_never_baselined_bears_out_the_log() -> None:
    told = claim("prisma.schema-not-empty"), claim("migration.not-applied", "c2")
    (refused,) = outcomes(report(PENDING, baselined=False), *told)
    assert isinstance(refused, Failed)
    assert (refused.fault, refused.confirms, refused.explains) == ("prisma.schema-not-empty", ("c1", "c2"), ("c2",))


def test_what_could_not_be_found_out_keeps_a_report_from_passing() -> None:
    assert outcomes(report(WELL, unknown=("init does not run to its end on it",))) == [
        Unknown("init does not run to its end on it")
    ]


def test_why_it_failed_is_part_of_the_sentence() -> None:
    (failed,) = outcomes(report(PARTLY))
    assert isinstance(failed, Failed)
    assert 'It failed with 42P07 relation "A" already exists.' in failed.because


def test_a_check_means_the_same_to_a_shell(tmp_path: Path) -> None:
    nasty = 'it\'s "$HOME" `id` \\ end'
    (failed,) = outcomes(report(replace(PARTLY, name=nasty, statements=())))
    assert isinstance(failed, Failed)
    words = str(failed.evidence[0].check).partition(" -c ")[2]
    done = subprocess.run(["sh", "-c", f"printf %s {words}"], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("migration_name = 'it''s \"$HOME\" `id` \\ end'")


def test_marked_by_hand_and_without_a_trace_is_not_called_well() -> None:
    marked = replace(WELL, proof=Proof.UNPROVABLE, rows=(replace(RUN, marked_by_hand=True),), next=Next.ASK)
    (unknown,) = outcomes(report(marked))
    assert isinstance(unknown, Unknown)


def test_no_report_leaves_the_claims_open() -> None:
    told = claim("prisma.failed-migration", migration=NAME)
    outcome = unanswered("the database cannot be asked", [told, claim("redis.auth-failed", "c2")]).outcome
    assert unanswered("no URL", required=True).outcome == Unknown("no URL", required=True)
    assert outcome == Unknown("the database cannot be asked", ("c1",))
