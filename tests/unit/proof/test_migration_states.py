"""Every state of a real database, and what is proven about it; the truth is known because it was made here."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from crashcart.diagnosis.migrations import answers, fault_of
from crashcart.engines.prisma import ROOM
from crashcart.model.finding import Failed, Passed, Unknown
from crashcart.model.migration import Effect, FileState, Ledger, MigrationProof, MigrationsReport, Next, Proof
from crashcart.proof.migrations import prove
from crashcart.tools.clock import Deadline
from crashcart.tools.scratch_database import Databases
from prisma_project import FIRST, POSTS, SECOND, THIRD, TITLE, Project, as_role
from servers import FreshDatabase
from waiting import until

POST_TABLE = POSTS.partition("-- AddForeignKey")[0]
LOCK = 72707369


class Prover:
    """Asks for the proof of one project."""

    def __init__(self, project: Project, shadow: Databases | None) -> None:
        self.project, self.shadow = project, shadow

    def report(self, live: psycopg.Connection[Any] | None = None, schema: str = "public") -> MigrationsReport:
        return prove(
            self.project.target(),
            live or self.project.connection,
            engine=ROOM,
            shadow=self.shadow,
            deadline=Deadline(120),
            schema=schema,
        )

    def faults(self) -> list[str]:
        """What a person is told, each fault once for each time it is found."""
        told = answers(self.report(), (), self.project.target())
        return [answer.outcome.fault for answer in told if isinstance(answer.outcome, Failed)]

    def of(self, name: str) -> MigrationProof:
        return next(proof for proof in self.report().migrations if proof.name == name)


@pytest.fixture
def prover(project: Project, shadow_server: Databases) -> Prover:
    return Prover(project, shadow_server)


@contextmanager
def running(database: FreshDatabase, script: str) -> Iterator[threading.Thread]:
    """A session that runs *script* once its thread is started."""
    with database.server.connect(database.name) as other:
        yield threading.Thread(target=other.execute, args=(script.encode(),))


def wait_until_blocked(database: FreshDatabase) -> None:
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
    blocked = until(lambda: database.connection.execute(waiting, (database.name,)).fetchone())
    assert blocked, "nobody waits for a lock"


Verdict = tuple[Ledger, Proof, Next, str | None]


def verdict(proof: MigrationProof) -> Verdict:
    return proof.ledger, proof.proof, proof.next, fault_of(proof)


WELL: Verdict = (Ledger.APPLIED, Proof.APPLIED, Next.NONE, None)
PENDING: Verdict = (Ledger.ABSENT, Proof.NOT_APPLIED, Next.NONE, None)
PARTLY: Verdict = (Ledger.FAILED, Proof.PARTIAL, Next.COMPLETE, "migration.partly-applied")
BLOCKING: Verdict = (Ledger.FAILED, Proof.NOT_APPLIED, Next.MARK_ROLLED_BACK, "prisma.failed-migration")
UNRECORDED: Verdict = (Ledger.FAILED, Proof.APPLIED, Next.MARK_APPLIED, "migration.applied-but-unrecorded")


def test_a_healthy_history(project: Project, prover: Prover) -> None:
    project.deploy(FIRST, SECOND, THIRD)
    report = prover.report()
    assert [verdict(proof) for proof in report.migrations] == [WELL, WELL, WELL]
    assert report.drift == ()
    assert report.shadow
    assert report.folder == "prisma/migrations"
    assert report.unknown == ()


def test_a_marked_as_applied_on_an_empty_database(project: Project, prover: Prover) -> None:
    for name in (FIRST, SECOND, THIRD):
        project.resolve_applied(name)
    hidden: Verdict = (Ledger.APPLIED, Proof.NOT_APPLIED, Next.COMPLETE, "migration.marked-without-effect")
    assert [verdict(proof) for proof in prover.report().migrations] == [hidden, hidden, hidden]
    assert prover.faults() == ["migration.marked-without-effect"] * 3


def test_b_a_column_dropped_after_the_deployment(project: Project, prover: Prover) -> None:
    project.deploy(FIRST, SECOND, THIRD)
    project.run('ALTER TABLE "Post" DROP COLUMN title')
    first, second, third = prover.report().migrations
    assert verdict(first) == verdict(second) == WELL
    assert verdict(third) == (Ledger.APPLIED, Proof.UNDONE, Next.ASK, "migration.schema-drift")
    assert "removed or changed" in third.because
    assert prover.faults() == ["migration.schema-drift"]


def test_c_an_applied_script_edited(project: Project, prover: Prover) -> None:
    project.deploy(FIRST, SECOND, THIRD)
    project.script(THIRD).write_text(TITLE + "-- and a comment\n")
    third = prover.of(THIRD)
    assert third.file is FileState.EDITED
    assert verdict(third) == (Ledger.APPLIED, Proof.APPLIED, Next.ASK, "migration.edited-after-apply")
    assert prover.faults() == ["migration.edited-after-apply"]


def test_what_a_hand_added_is_drift_of_no_migration(project: Project, prover: Prover) -> None:
    project.deploy(FIRST, SECOND, THIRD)
    project.run('ALTER TABLE "User" ADD COLUMN age INTEGER; CREATE TABLE notes (id INTEGER)')
    report = prover.report()
    assert [verdict(proof) for proof in report.migrations] == [WELL, WELL, WELL]
    assert {drift.object for drift in report.drift} >= {'column public."User".age'}
    assert prover.faults() == ["migration.extra-objects"]


@pytest.mark.parametrize(
    "sql",
    [
        'ALTER TABLE "User" ADD COLUMN age INTEGER NOT NULL',
        'CREATE UNIQUE INDEX one ON "Post" (title)',
        'ALTER TABLE "Post" ADD CONSTRAINT short CHECK (length(title) < 9)',
        'ALTER TABLE "User" ALTER email DROP NOT NULL',
    ],
)
def test_what_a_hand_added_may_keep_the_app_from_writing(project: Project, prover: Prover, sql: str) -> None:
    project.deploy(FIRST, SECOND, THIRD)
    project.run(sql)
    assert prover.faults() == ["migration.schema-drift"]


def test_a_lost_constraint_is_one_finding_in_words_that_fit(project: Project, prover: Prover) -> None:
    project.deploy(FIRST)
    shutil.rmtree(project.script(SECOND).parent)
    shutil.rmtree(project.script(THIRD).parent)
    project.run('ALTER TABLE "User" DROP CONSTRAINT "User_pkey", DROP COLUMN email')
    (first,) = prover.report().migrations
    assert 'in the database, but not as the script makes it: table public."User"' in first.because
    (answer,) = answers(prover.report(), (), project.target())
    assert isinstance(answer.outcome, Failed)
    assert answer.outcome.fault == "migration.schema-drift"
    assert 'constraint public."User"."User_pkey"' in [str(seen.origin) for seen in answer.outcome.evidence]


def test_line_endings_are_no_edit(project: Project, prover: Prover) -> None:
    project.deploy(FIRST, SECOND, THIRD)
    project.script(THIRD).write_bytes(TITLE.replace("\n", "\r\n").encode())
    third = prover.of(THIRD)
    assert third.file is FileState.LINE_ENDINGS
    assert verdict(third) == WELL


def test_d_a_migration_that_only_the_database_knows(project: Project, prover: Prover) -> None:
    project.deploy(FIRST, SECOND, THIRD)
    shutil.rmtree(project.script(THIRD).parent)
    third = prover.of(THIRD)
    assert third.file is FileState.MISSING
    assert verdict(third) == (Ledger.APPLIED, Proof.UNPROVABLE, Next.ASK, "migration.file-missing")
    assert prover.faults() == ["migration.file-missing"]


def test_e_a_failed_row_and_a_pending_script(project: Project, prover: Prover) -> None:
    project.deploy(FIRST)
    project.fail(SECOND, "42501", "permission denied for schema public")
    first, second, third = prover.report().migrations
    assert verdict(first) == WELL
    assert verdict(second) == BLOCKING
    assert second.failure is not None
    assert second.failure.startswith("42501 permission denied for schema public")
    assert verdict(third) == PENDING
    assert prover.faults() == ["prisma.failed-migration"]


def test_f_rolled_back_with_its_objects_still_there(project: Project, prover: Prover) -> None:
    project.deploy(FIRST)
    project.run(POSTS)
    project.fail(SECOND)
    project.resolve_rolled_back(SECOND)
    second = prover.of(SECOND)
    assert verdict(second) == (
        Ledger.ROLLED_BACK, Proof.APPLIED, Next.MARK_APPLIED, "migration.applied-but-unrecorded",
    )  # fmt: skip
    assert "already exists" in second.because


def test_g_half_applied(project: Project, prover: Prover) -> None:
    project.deploy(FIRST)
    project.run(POST_TABLE)
    project.fail(SECOND, "40001", "could not serialize access")
    second = prover.of(SECOND)
    assert verdict(second) == PARTLY
    assert [statement.effect for statement in second.statements] == [Effect.PRESENT, Effect.ABSENT]
    (missing,) = second.completing_sql
    assert "Post_authorId_fkey" in missing
    assert "CREATE TABLE" not in missing
    assert prover.faults() == ["migration.partly-applied"]


HANDLE = """\
ALTER TABLE "User" ADD COLUMN "handle" TEXT;
ALTER TABLE "User" ADD COLUMN "b" TEXT NOT NULL;
CREATE UNIQUE INDEX "User_handle_key" ON "User"("handle");
"""


def stopped_by_rows(project: Project) -> None:
    """As Prisma 7.4 leaves it: the first statement stays, the second failed over the rows."""
    project.deploy(FIRST)
    project.run("""INSERT INTO "User" (email) VALUES ('a@example.com'), ('b@example.com')""")
    project.write({SECOND: HANDLE, THIRD: "SELECT 1;"})
    project.run(HANDLE.splitlines()[0])
    project.fail(SECOND, "23502", 'column "b" of relation "User" contains null values')


def test_what_failed_over_rows_is_not_simply_repeated(project: Project, prover: Prover) -> None:
    stopped_by_rows(project)
    second = prover.of(SECOND)
    assert (second.proof, second.next) == (Proof.PARTIAL, Next.ASK)
    assert second.completing_sql == ()
    assert "rows made it fail (23502)" in second.because
    (obstacle,) = second.obstacles
    assert (obstacle.rows, obstacle.query) == (2, 'SELECT count(*) FROM public."User"')


def test_rows_that_are_in_the_way_no_more_let_it_be_completed(project: Project, prover: Prover) -> None:
    stopped_by_rows(project)
    project.run('DELETE FROM "User"')
    second = prover.of(SECOND)
    assert verdict(second) == PARTLY
    for statement in second.completing_sql:
        project.run(statement)
    assert verdict(prover.of(SECOND)) == UNRECORDED


def test_rows_that_no_attempt_has_met_yet_are_looked_at_too(project: Project, prover: Prover) -> None:
    project.deploy(FIRST)
    project.run(POST_TABLE)
    project.fail(SECOND)
    project.run('INSERT INTO "Post" ("authorId") VALUES (7)')
    second = prover.of(SECOND)
    assert (second.proof, second.next) == (Proof.PARTIAL, Next.ASK)
    assert 'rows of public."Post" whose "authorId" names no row of public."User": 1' in second.because


def test_rows_that_cannot_be_told_about_are_asked_of_a_person(project: Project, prover: Prover) -> None:
    stopped_by_rows(project)
    project.run('DELETE FROM "User"')
    project.write({SECOND: HANDLE + """UPDATE "User" SET "handle" = '';\n"""})
    project.run(f"UPDATE _prisma_migrations SET checksum = '{project.checksum(SECOND)}' WHERE logs IS NOT NULL")
    second = prover.of(SECOND)
    assert (second.file, second.next) == (FileState.SAME, Next.ASK)
    assert "rows made it fail (23502)" in second.because


def test_g_then_marked_as_applied_is_not_forgotten(project: Project, prover: Prover) -> None:
    project.deploy(FIRST)
    project.run(POST_TABLE)
    project.fail(SECOND)
    project.resolve_applied(SECOND)
    assert verdict(prover.of(SECOND)) == (
        Ledger.APPLIED, Proof.PARTIAL, Next.COMPLETE, "migration.marked-without-effect",
    )  # fmt: skip


def test_what_completes_a_migration_really_completes_it(project: Project, prover: Prover) -> None:
    project.deploy(FIRST)
    project.run(POST_TABLE)
    project.fail(SECOND)
    for statement in prover.of(SECOND).completing_sql:
        project.run(statement)
    assert verdict(prover.of(SECOND)) == UNRECORDED


def test_effects_without_a_row(project: Project, prover: Prover) -> None:
    project.deploy(FIRST)
    project.run(POSTS)
    second = prover.of(SECOND)
    assert verdict(second) == (
        Ledger.ABSENT, Proof.APPLIED, Next.MARK_APPLIED, "migration.applied-but-unrecorded",
    )  # fmt: skip


def test_a_database_that_was_never_baselined(project: Project, prover: Prover) -> None:
    project.run("DROP TABLE _prisma_migrations")
    project.run(project.script(FIRST).read_text())
    first, second, _ = prover.report().migrations
    assert (first.ledger, first.proof, first.next) == (Ledger.ABSENT, Proof.APPLIED, Next.MARK_APPLIED)
    assert (second.ledger, second.proof, second.next) == (Ledger.ABSENT, Proof.NOT_APPLIED, Next.ASK)
    assert "has no table _prisma_migrations" in first.because
    assert "refuses to begin" in second.because
    assert "prisma.schema-not-empty" in prover.faults()


def test_an_empty_database_only_waits_for_its_first_deployment(project: Project, prover: Prover) -> None:
    project.run("DROP TABLE _prisma_migrations; CREATE VIEW one AS SELECT 1")
    report = prover.report()
    assert [verdict(proof) for proof in report.migrations] == [PENDING] * 3
    (answer,) = answers(report, (), project.target())
    assert isinstance(answer.outcome, Passed)
    assert "None of the 3 migrations has run here yet" in answer.outcome.because


def test_a_migration_that_waits_for_the_next_deployment_is_nothing_wrong(project: Project, prover: Prover) -> None:
    project.deploy(FIRST, SECOND)
    report = prover.report()
    assert [verdict(proof) for proof in report.migrations] == [WELL, WELL, PENDING]
    (answer,) = answers(report, (), project.target())
    assert isinstance(answer.outcome, Passed)
    assert "the next deployment runs the other 1" in answer.outcome.because


def test_a_script_that_waits_and_is_no_sql_is_not_called_well(project: Project, prover: Prover) -> None:
    project.deploy(FIRST, SECOND)
    project.write({THIRD: "ALTER TABEL nothing;\n"})
    third = prover.of(THIRD)
    assert (third.proof, third.next) == (Proof.UNPROVABLE, Next.ASK)
    assert "syntax error" in third.because
    assert "would stop at it" in third.because
    (answer,) = answers(prover.report(), (), project.target(), required=True)
    assert isinstance(answer.outcome, Unknown)
    assert answer.outcome.required


def test_several_attempts_are_one_story(project: Project, prover: Prover) -> None:
    project.deploy(FIRST)
    project.fail(SECOND)
    project.resolve_rolled_back(SECOND)
    project.deploy(SECOND, THIRD)
    second = prover.of(SECOND)
    assert verdict(second) == WELL
    assert [row.state for row in second.rows] == [Ledger.ROLLED_BACK, Ledger.APPLIED]


def test_a_killed_client_whose_script_ended(project: Project, prover: Prover) -> None:
    project.deploy(FIRST)
    project.begin(SECOND)
    project.run(POSTS)
    assert verdict(prover.of(SECOND)) == UNRECORDED


def test_a_killed_client_whose_script_never_began(project: Project, prover: Prover) -> None:
    project.deploy(FIRST)
    project.begin(SECOND)
    second = prover.of(SECOND)
    assert verdict(second) == BLOCKING
    assert "begun and never ended" in second.because


def test_a_running_migration_is_left_alone(project: Project, prover: Prover, database: FreshDatabase) -> None:
    project.deploy(FIRST)
    project.begin(SECOND)
    with database.server.connect(database.name) as deploying:
        deploying.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        second = prover.of(SECOND)
    assert verdict(second) == (Ledger.RUNNING, Proof.RUNNING, Next.WAIT, "migration.still-running")
    assert verdict(prover.of(SECOND)) == BLOCKING


def test_an_orphaned_backend_that_waits_for_a_table_may_still_commit(
    project: Project, prover: Prover, database: FreshDatabase
) -> None:
    project.deploy(FIRST, SECOND)
    project.begin(THIRD)
    project.run("SET lock_timeout = '1s'")
    with database.server.connect(database.name) as busy, running(database, TITLE) as orphan, busy.transaction():
        busy.execute('LOCK TABLE "Post"')
        orphan.start()
        wait_until_blocked(database)
        third = prover.of(THIRD)
    orphan.join(20)
    assert verdict(third) == (Ledger.RUNNING, Proof.RUNNING, Next.WAIT, "migration.still-running")
    assert "runs its script at this moment" in third.because
    assert verdict(prover.of(THIRD)) == UNRECORDED


def test_a_script_wrapped_in_a_transaction_hides_its_error_but_not_from_the_copy(
    project: Project, prover: Prover
) -> None:
    project.deploy(FIRST)
    project.write(
        {SECOND: 'BEGIN;\nCREATE TABLE "Post" ("id" INT);\nALTER TABLE "Nope" ADD COLUMN "x" INT;\nCOMMIT;\n'}
    )
    project.begin(SECOND)
    second = prover.of(SECOND)
    assert second.proof is Proof.NOT_APPLIED
    assert "42P01" in str(second.failure)


def test_an_index_that_was_left_invalid_is_not_there(project: Project, prover: Prover) -> None:
    project.deploy(FIRST, SECOND, THIRD)
    project.run("""INSERT INTO "User" (email) VALUES ('a@example.com'), ('b@example.com')""")
    project.run("""INSERT INTO "Post" ("authorId", title) VALUES (1, 'same'), (1, 'same')""")
    index = 'CREATE UNIQUE INDEX CONCURRENTLY "Post_title_key" ON "Post"("title");\n'
    name = "20240104000000_unique_title"
    project.write({name: index})
    with pytest.raises(psycopg.errors.UniqueViolation):
        project.run(index)
    project.fail(name, "23505", 'could not create unique index "Post_title_key"')
    found = prover.of(name)
    assert found.proof is not Proof.APPLIED
    assert found.next is not Next.MARK_APPLIED
    (statement,) = found.statements
    assert statement.effect is Effect.DIFFERENT
    assert "valid" in statement.why.lower()


def test_tables_from_elsewhere_do_not_count_as_the_migration(project: Project, prover: Prover) -> None:
    name = "20251014_add_avatar_creator_complete"
    project.write(
        {
            name: 'CREATE TABLE "avatar_projects" ("id" SERIAL NOT NULL, "userId" INTEGER NOT NULL, "style" TEXT,\n'
            '    CONSTRAINT "avatar_projects_pkey" PRIMARY KEY ("id"));\n'
            'CREATE TABLE "avatar_assets" ("id" SERIAL NOT NULL, "projectId" INTEGER NOT NULL,\n'
            '    CONSTRAINT "avatar_assets_pkey" PRIMARY KEY ("id"));\n'
            'CREATE INDEX "avatar_assets_projectId_idx" ON "avatar_assets"("projectId");\n'
            'ALTER TABLE "avatar_assets" ADD CONSTRAINT "avatar_assets_projectId_fkey"\n'
            '    FOREIGN KEY ("projectId") REFERENCES "avatar_projects"("id");\n'
        }
    )
    project.deploy(FIRST, SECOND, THIRD)
    project.run('CREATE TABLE "avatar_projects" ("id" SERIAL PRIMARY KEY, "userId" INTEGER NOT NULL)')
    project.run('CREATE TABLE "avatar_assets" ("id" SERIAL PRIMARY KEY, "projectId" INTEGER NOT NULL)')
    project.fail(name, "42P07", 'relation "avatar_projects" already exists')
    found = prover.of(name)
    effects = [statement.effect for statement in found.statements]
    assert effects == [Effect.DIFFERENT, Effect.PRESENT, Effect.ABSENT, Effect.ABSENT]
    assert found.proof is Proof.PARTIAL
    assert found.next is Next.ASK
    assert "already exists" in str(found.failure)


def test_the_schema_of_the_url(project: Project, prover: Prover) -> None:
    project.run("DROP TABLE _prisma_migrations; CREATE SCHEMA app; SET search_path = app")
    project.create_ledger()
    project.deploy(FIRST, SECOND, THIRD)
    project.run("RESET search_path")
    assert [verdict(proof) for proof in prover.report(schema="app").migrations] == [WELL, WELL, WELL]
    elsewhere = prover.report(schema="public")
    assert [proof.ledger for proof in elsewhere.migrations] == [Ledger.ABSENT] * 3
    assert "only one in app" in elsewhere.migrations[0].because


def test_a_role_that_may_not_read_the_ledger(project: Project, prover: Prover, database: FreshDatabase) -> None:
    project.deploy(FIRST, SECOND)
    with as_role(database, "GRANT USAGE ON SCHEMA public TO {}") as live:
        report = prover.report(live)
    assert {proof.ledger for proof in report.migrations} == {Ledger.UNKNOWN}
    assert {proof.next for proof in report.migrations} == {Next.ASK}
    assert all("may not read" in proof.because for proof in report.migrations)


def test_without_a_server_to_replay_on_the_ledger_is_still_told(project: Project) -> None:
    project.deploy(FIRST)
    project.fail(SECOND)
    report = Prover(project, None).report()
    assert [proof.ledger for proof in report.migrations] == [Ledger.APPLIED, Ledger.FAILED, Ledger.ABSENT]
    assert {proof.proof for proof in report.migrations} == {Proof.UNPROVABLE}
    assert "crashcart[shadow]" in report.unknown[0]


def contents(connection: psycopg.Connection[Any]) -> list[Any]:
    """All that could have been changed: the catalog by its transaction marks, and every row of every table."""
    catalog = "SELECT oid, xmin::text, relname FROM pg_class ORDER BY oid"
    rows = "SELECT table_name, query_to_xml(format('TABLE public.%I', table_name), true, true, '')::text"
    tables = f"{rows} FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
    return [connection.execute(question.encode()).fetchall() for question in (catalog, tables)]


def test_the_live_database_stays_as_it_is(project: Project, prover: Prover, database: FreshDatabase) -> None:
    project.deploy(FIRST)
    project.run(POST_TABLE)
    project.fail(SECOND)
    before = contents(project.connection)
    with as_role(database, "GRANT pg_read_all_data, pg_read_all_stats TO {}") as live:
        second = next(proof for proof in prover.report(live).migrations if proof.name == SECOND)
    assert contents(project.connection) == before
    assert verdict(second) == PARTLY
