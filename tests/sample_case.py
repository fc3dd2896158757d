"""A case with something of everything, made of values: what the reports are tested on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from crashcart.model.case import Case
from crashcart.model.evidence import Evidence, Origin, OriginKind
from crashcart.model.fault import Severity
from crashcart.model.finding import Answer, Failed, Finding, Passed, Role, Unknown, Verdict
from crashcart.model.migration import (
    Drift,
    Effect,
    FileState,
    Ledger,
    MigrationProof,
    MigrationsReport,
    Next,
    Proof,
    StatementProof,
)
from crashcart.model.plan import EditFile, MarkMigration, Plan, Redeploy, RunSql
from crashcart.model.secret import Secret
from crashcart.model.target import Commit, Target, Variable, Variables
from crashcart.tools.redaction import redact

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CANARY = "CaN4ry-77xQ"
SHA = "4e60627c1d2f3a4b5c6d7e8f90a1b2c3d4e5f607"


def seen(kind: OriginKind, where: str, text: str, line: int | None = None, check: str | None = None) -> Evidence:
    """Evidence of a fixed moment."""
    return Evidence(Origin(kind, where, line), redact(text), NOW, check)


def refused() -> Finding:
    line = 'psql: error: connection to server at "203.0.113.50", port 5432 failed: Connection refused'
    return Finding(
        id="f1",
        fault="postgres.connection-refused",
        title="PostgreSQL refused the connection",
        severity=Severity.P0,
        role=Role.CONSEQUENCE,
        verdict=Verdict.CONFIRMED,
        because="Nothing listens on 203.0.113.50:5432.",
        evidence=(seen(OriginKind.LOG, "deploy.log", line, 12, "pg_isready -h 203.0.113.50 -p 5432"),),
        facts={"host": "203.0.113.50", "port": "5432", "count": "30"},
        caused_by=("f2",),
    )


def disagreement() -> Finding:
    script = "psql -h \"$DB_HOST\" -c 'SELECT 1' || sleep 2"
    return Finding(
        id="f2",
        fault="db-url.endpoint-disagreement",
        title="The start script dials another port than DATABASE_URL names",
        severity=Severity.P0,
        role=Role.CAUSE,
        verdict=Verdict.CONFIRMED,
        because="docker/start.sh:7 calls psql without -p, so it dials 5432; DATABASE_URL names 6543.",
        evidence=(seen(OriginKind.FILE, "docker/start.sh", script, 7, "sed -n 7p docker/start.sh"),),
        facts={"file": "docker/start.sh", "line": "7", "port": "5432"},
        remedies=("Give psql the port that DATABASE_URL names.",),
    )


def benign() -> Finding:
    return Finding(
        id="f3",
        fault="postgres.starting-up",
        title="PostgreSQL was starting up",
        severity=Severity.P2,
        role=Role.BENIGN,
        verdict=Verdict.REFUTED,
        because="It was ready for connections 2 seconds later.",
        evidence=(seen(OriginKind.LOG, "db.log", "FATAL:  the database system is starting up", 3),),
    )


def unproven() -> Finding:
    return Finding(
        id="f4",
        fault="redis.connection-refused",
        title="Redis refused the connection",
        severity=Severity.P1,
        role=Role.CAUSE,
        verdict=Verdict.UNPROVEN,
        because="The log says so; nothing here can ask again.",
        evidence=(seen(OriginKind.LOG, "deploy.log", "Error: connect ECONNREFUSED 127.0.0.1:6379", 40),),
        facts={"host": "127.0.0.1", "port": "6379", "count": "1"},
    )


def migrations() -> MigrationsReport:
    statements = (
        StatementProof(1, 1, 'CREATE TABLE "avatar" ("id" TEXT)', "table public.avatar", Effect.PRESENT, "as expected"),
        StatementProof(
            2, 5, 'CREATE INDEX "avatar_i" ON "avatar"("id")', "index public.avatar_i", Effect.ABSENT, "not there"
        ),
    )
    partly = MigrationProof(
        name="20251014_add_avatar",
        engine="prisma",
        ledger=Ledger.FAILED,
        proof=Proof.PARTIAL,
        file=FileState.SAME,
        next=Next.COMPLETE,
        because="1 of 2 statements took effect.",
        statements=statements,
        failure='ERROR: relation "avatar_i" already exists',
        completing_sql=(statements[1].sql,),
    )
    done = MigrationProof(
        "20251001_init", "prisma", Ledger.APPLIED, Proof.APPLIED, FileState.SAME, Next.NONE, "All there."
    )
    drift = Drift("column public.user.email", "text NOT NULL", None)
    return MigrationsReport("prisma", "prisma/migrations", (done, partly), (drift,), "embedded PostgreSQL 18.6", ())


def plan() -> Plan:
    diff = '-psql -h "$H"\n+psql -h "$H" -p "$P"'
    resolve = "npx prisma migrate resolve --applied 20251014_add_avatar"
    edit = EditFile("Name the port in docker/start.sh", "docker/start.sh", diff, undo="git checkout -- docker/start.sh")
    make = RunSql("Make what is missing", 'CREATE INDEX "avatar_i" ON "avatar"("id");', check="\\di avatar_i")
    mark = MarkMigration("Record it", "20251014_add_avatar", "applied", resolve)
    return Plan(("f2",), (edit, make, mark, Redeploy("Deploy again")))


def target(project: Path | None = None) -> Target:
    url = Secret(f"postgresql://app:{CANARY}@db.example.com:6543/shop", "DATABASE_URL")
    variable = Variable("DATABASE_URL", url, Origin(OriginKind.FILE, ".env", 3))
    return Target(
        name="shop",
        project=project or Path.cwd(),
        commit=Commit(SHA, "head"),
        variables=Variables({"DATABASE_URL": (variable,)}),
        notes=("the platform was not asked: none is configured",),
    )


def answers() -> tuple[Answer, ...]:
    proof = (seen(OriginKind.PROBE, "here", "connected"),)
    return (
        Answer("postgres.dns", "Does the name resolve?", Passed("db.example.com is 198.51.100.7", proof), 3),
        Answer(
            "postgres.tcp", "Does it accept connections?", Failed("postgres.connection-refused", "refused", proof), 4
        ),
        Answer("postgres.login", "Does it let us in?", Unknown("not asked: postgres.tcp did not pass"), 0),
        Answer("redis.tcp", "Does Redis answer?", Unknown("no route from here", required=False), 5),
    )


def everything() -> Case:
    """A diagnosis with one of each."""
    return Case(
        command="diagnose",
        target=target(),
        started_at=NOW,
        took_ms=812,
        findings=(refused(), disagreement(), benign(), unproven()),
        answers=answers(),
        migrations=migrations(),
        plan=plan(),
        logs=("deploy.log", "db.log"),
        errors=("db.log: 3 lines longer than 64 kB were cut",),
    )


def nothing() -> Case:
    """A healthy one."""
    return Case(command="triage", target=Target("shop", Path.cwd()), started_at=NOW, took_ms=1, logs=("ok.log",))
