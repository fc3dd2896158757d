from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from pglast import parse_sql

from crashcart import remedies
from crashcart.diagnosis.planning import plan
from crashcart.model.evidence import Origin, OriginKind
from crashcart.model.fault import Severity
from crashcart.model.finding import Finding, Role, Verdict
from crashcart.model.migration import (
    Effect,
    FileState,
    Ledger,
    MigrationProof,
    MigrationsReport,
    Next,
    Obstacle,
    Proof,
    StatementProof,
)
from crashcart.model.plan import (
    AskHuman,
    EditFile,
    MarkMigration,
    Plan,
    Redeploy,
    RunSql,
    SetVariable,
    Step,
    StepEffect,
)
from crashcart.model.secret import Secret
from crashcart.model.target import Target, Variable, Variables
from crashcart.remedies import Patient
from crashcart.tools.redaction import evidence

URL = Variable(
    "DATABASE_URL",
    Secret("postgresql://shop:hunter2hunter2@db.example.com:6543/shop"),
    Origin(OriginKind.FILE, ".env", 1),
)
TARGET = Target("shop", Path("/app"), variables=Variables({"DATABASE_URL": (URL,)}))
RUN = "PGCONNECT_TIMEOUT=5 psql -h db.example.com -p 6543 -U shop -d shop -v ON_ERROR_STOP=1 -f FILE"


def finding(fault: str, *, text: str = "seen", line: int | None = None, where: str = "probe", **facts: str) -> Finding:
    kind = OriginKind.FILE if line else OriginKind.PROBE
    seen = evidence(kind, where, text, line=line)
    return Finding("f1", fault, fault, Severity.P0, Role.CAUSE, Verdict.CONFIRMED, "because", (seen,), facts)


def migration(next_: Next, *sql: str, ledger: Ledger = Ledger.FAILED, failure: str | None = None) -> MigrationsReport:
    proof = MigrationProof(
        "2_add", "prisma", ledger, Proof.PARTIAL, FileState.SAME, next_, "half", completing_sql=sql, failure=failure
    )
    return MigrationsReport("prisma", "prisma/migrations", (proof,))


def planned(found: Finding, migrations: MigrationsReport | None = None) -> Plan | None:
    return plan(remedies.find(), Patient(TARGET, (found,), migrations))


def steps(found: Finding, migrations: MigrationsReport | None = None) -> tuple[Step, ...]:
    made = planned(found, migrations)
    assert made
    assert isinstance(made.steps[-1], Redeploy)
    assert all(step.effect is not StepEffect.DESTROYS for step in made.steps)
    return made.steps[:-1]


def test_a_file_that_was_never_committed_is_added_by_its_exact_path() -> None:
    (step,) = steps(finding("node.file-not-committed", path="src/pose socket.ts"))
    assert isinstance(step, EditFile)
    assert step.change == "git add -- 'src/pose socket.ts'"
    assert step.undo == "git restore --staged -- 'src/pose socket.ts'"


def test_a_path_counts_from_the_top_of_the_repository() -> None:
    below = replace(TARGET, root=Path("/"))
    made = plan(remedies.find(), Patient(below, (finding("node.file-not-committed", path="app/src/a.ts"),)))
    assert made
    assert isinstance(made.steps[0], EditFile)
    assert made.steps[0].change == "git add -- ':(top)app/src/a.ts'"


def test_an_ignored_file_needs_force() -> None:
    (step,) = steps(finding("node.file-not-committed", path="src/a.ts", reason="ignored by git"))
    assert isinstance(step, EditFile)
    assert step.change == "git add -f -- src/a.ts"


def test_a_partly_applied_migration_is_completed_before_it_is_recorded() -> None:
    found = finding("migration.partly-applied", migration="2_add")
    run, mark = steps(found, migration(Next.COMPLETE, "CREATE TABLE b ()", "CREATE INDEX i ON b (x);\n"))
    assert isinstance(run, RunSql)
    how, _, sql = run.sql.partition("\n")
    assert how == "-- As FILE: " + RUN
    assert sql == "BEGIN;\nSET LOCAL lock_timeout = '5s';\nCREATE TABLE b ();\nCREATE INDEX i ON b (x);\nCOMMIT;"
    assert isinstance(mark, MarkMigration)
    assert "resolve --applied 2_add" in mark.command
    assert "only after `crashcart migrations`" in mark.does


def test_what_a_transaction_refuses_is_run_without_one() -> None:
    found = finding("migration.partly-applied", migration="2_add")
    sql = ("CREATE TABLE b (); -- the new one", "CREATE INDEX CONCURRENTLY i ON b (x)")
    run, _ = steps(found, migration(Next.COMPLETE, *sql))
    assert isinstance(run, RunSql)
    assert "BEGIN" not in run.sql
    assert "one by one" in run.does
    assert run.sql.startswith(f"-- As FILE: {RUN}\nSET lock_timeout = '5s';\nCREATE TABLE b ()")
    assert len(parse_sql(run.sql)) == 3


def test_only_what_makes_something_new_can_be_taken_back() -> None:
    found = finding("migration.partly-applied", migration="2_add")
    made = StatementProof(1, 1, "", "table public.b", Effect.ABSENT, "")
    for sql, undo in (("CREATE TABLE b ()", "drop table public.b"), ("ALTER TABLE b ALTER x SET NOT NULL", None)):
        known = migration(Next.COMPLETE, "SET search_path = app", sql)
        report = replace(known, migrations=(replace(known.migrations[0], statements=(made,)),))
        run, _ = steps(found, report)
        assert isinstance(run, RunSql)
        assert (undo in run.undo) if undo and run.undo else run.undo is undo


def test_rows_in_the_way_are_counted_before_anything_is_decided() -> None:
    query = "SELECT count(*) FROM public.users WHERE note = 'x'"
    known = migration(Next.ASK)
    proof = replace(known.migrations[0], obstacles=(Obstacle("rows of public.users: 2", query, 2),))
    (step,) = steps(finding("migration.partly-applied", migration="2_add"), replace(known, migrations=(proof,)))
    assert isinstance(step, AskHuman)
    assert shlex.split(str(step.check))[-1] == query


def test_what_is_recorded_already_is_only_completed() -> None:
    found = finding("migration.marked-without-effect", migration="2_add")
    (step,) = steps(found, migration(Next.COMPLETE, "CREATE TABLE b ()", ledger=Ledger.APPLIED))
    assert isinstance(step, RunSql)


@pytest.mark.parametrize(
    ("next_", "option"), [(Next.MARK_APPLIED, "--applied"), (Next.MARK_ROLLED_BACK, "--rolled-back")]
)
def test_a_ledger_that_is_wrong_is_corrected_to_what_the_catalog_shows(next_: Next, option: str) -> None:
    fault = "migration.applied-but-unrecorded" if next_ is Next.MARK_APPLIED else "prisma.failed-migration"
    (step,) = steps(finding(fault, migration="2_add"), migration(next_))
    assert isinstance(step, MarkMigration)
    assert f"resolve {option} 2_add" in step.command


def test_what_cannot_be_proven_is_asked_of_a_person_and_never_marked() -> None:
    made = steps(finding("migration.partly-applied", migration="2_add"), migration(Next.ASK))
    assert not any(isinstance(step, MarkMigration | RunSql) for step in made)


def test_a_variable_is_corrected_where_it_was_read() -> None:
    (step,) = steps(finding("db-url.unencoded-password"))
    assert isinstance(step, SetVariable)
    assert step.name == "DATABASE_URL"
    assert step.does.endswith("in .env")


def test_a_file_of_a_later_commit_asks_for_that_commit() -> None:
    (step,) = steps(finding("node.file-not-committed", path="src/a.ts", reason="committed elsewhere"))
    assert isinstance(step, AskHuman)
    assert step.check == "git log --all --oneline -- src/a.ts"


def test_a_migration_that_would_fail_again_is_mended_first() -> None:
    found = finding("prisma.failed-migration", migration="2_add")
    first, mark = steps(found, migration(Next.MARK_ROLLED_BACK, failure="23502 null value"))
    assert isinstance(first, AskHuman)
    assert "23502 null value" in first.does
    assert isinstance(mark, MarkMigration)


def test_what_no_remedy_knows_is_left_to_a_person_in_words() -> None:
    known = finding("postgres.auth-failed")
    (step,) = steps(replace(known, remedies=("Compare the password with the role's.",)))
    assert isinstance(step, AskHuman)
    assert step.does == "Compare the password with the role's."


def test_consequences_and_doubts_get_no_steps() -> None:
    doubt = finding("node.file-not-committed", path="a.ts")
    unproven = Finding(
        "f1", doubt.fault, "t", Severity.P0, Role.CAUSE, Verdict.UNPROVEN, "b", doubt.evidence, doubt.facts
    )
    assert planned(unproven) is None
