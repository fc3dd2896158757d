"""crashcart's answer about a project, put beside Prisma's and the truth, and followed to its end."""

from __future__ import annotations

from dataclasses import replace

from crashcart.engines.prisma import ROOM
from crashcart.model.migration import Ledger, MigrationProof, MigrationsReport, Next
from crashcart.model.secret import Secret
from crashcart.model.target import Target
from crashcart.proof.migrations import prove
from crashcart.tools.clock import Deadline
from crashcart.tools.database_url import parse
from crashcart.tools.postgres import connect
from crashcart.tools.scratch_database import Databases
from real.project import Project, Run
from real.truths import Truth

MARK_ROLLED_BACK = """
UPDATE _prisma_migrations SET rolled_back_at = now()
 WHERE migration_name = %(name)s AND finished_at IS NULL AND rolled_back_at IS NULL
"""
MARK_APPLIED = """
INSERT INTO _prisma_migrations (id, checksum, logs, started_at, finished_at, migration_name)
VALUES (gen_random_uuid()::text, %(checksum)s, '', now(), now(), %(name)s)
"""


def proven(project: Project, shadow: Databases) -> MigrationsReport:
    """What crashcart proves about the project's database."""
    url = parse(Secret(project.url, "DATABASE_URL"))
    target = Target("shop", project.folder, migrations=ROOM.recognises(project.folder), engine=ROOM.name)
    with connect(url, timeout=10) as live:
        schema = ROOM.schema(url.parameters)
        return prove(target, live, engine=ROOM, shadow=shadow, deadline=Deadline(120), schema=schema)


def told(migration: MigrationProof, truth: Truth) -> Truth:
    """The verdict in the words of *truth*, which may leave some of them open."""
    verdict = Truth(
        ledger=migration.ledger.value,
        proof=migration.proof.value,
        next=migration.next.value,
        file=migration.file.value,
        effects="".join(statement.effect.value[0] for statement in migration.statements),
    )
    return replace(
        verdict,
        proof=truth.proof and verdict.proof,
        next=truth.next and verdict.next,
        effects=truth.effects and verdict.effects,
    )


def row_of_table(state: str, run: Run, report: MigrationsReport) -> str:
    """One line with both answers."""
    said = "up to date" if "up to date" in run.out else "not up to date"
    verdicts = [f"{m.name[:8]} {m.ledger}/{m.proof}/{m.file} -> {m.next}" for m in report.migrations if remarkable(m)]
    return f"{state:55} | Prisma: {said}, exit {run.code} | crashcart: {'; '.join(verdicts) or 'all applied'}"


def remarkable(migration: MigrationProof) -> bool:
    return (migration.ledger, migration.proof, migration.file.value) != (Ledger.APPLIED, "applied", "same")


def follow(project: Project, report: MigrationsReport, *, by_sql: bool) -> None:
    """Does what the verdicts say may be done: completes, then corrects the record, then deploys."""
    for migration in report.migrations:
        for statement in migration.completing_sql:
            with project.connect() as connection:
                connection.execute(statement.encode())
        wanted = how_to_mark(migration)
        if wanted:
            mark(project, migration.name, wanted, by_sql=by_sql)
    project.deploy(expect=0)


def how_to_mark(migration: MigrationProof) -> str | None:
    if migration.next is Next.MARK_ROLLED_BACK:
        return "rolled-back"
    recorded = migration.ledger is Ledger.APPLIED
    return "applied" if migration.next in (Next.MARK_APPLIED, Next.COMPLETE) and not recorded else None


def mark(project: Project, name: str, wanted: str, *, by_sql: bool) -> None:
    """Corrects Prisma's record, by its own command or by the SQL that does the same."""
    if not by_sql:
        project.resolve(wanted, name)
        return
    (checksum,) = [
        script.checksum for script in ROOM.scripts(project.migrations, project.folder) if script.name == name
    ]
    with project.connect() as connection, connection.transaction():
        connection.execute(MARK_ROLLED_BACK, {"name": name})
        if wanted == "applied":
            connection.execute(MARK_APPLIED, {"name": name, "checksum": checksum})
