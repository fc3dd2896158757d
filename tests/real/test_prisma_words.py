"""What the real CLI prints in trouble is noticed as that trouble, with its facts; what it prints in health as none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crashcart.flows.triage import triage
from crashcart.model.finding import Finding
from real import states
from real.project import INIT, Project
from real.states import LATE, LOCK, SLUG
from servers import FreshDatabase

pytestmark = [pytest.mark.real("prisma"), pytest.mark.real("postgres")]
Make = Callable[..., Project]
both = pytest.mark.parametrize("version", [6, 7])


def noticed(text: str, folder: Path) -> dict[str, Finding]:
    log = folder / "deploy.log"
    log.write_text(text)
    return {finding.fault: finding for finding in triage([str(log)]).findings}


def only(text: str, folder: Path) -> tuple[str, dict[str, str]]:
    """The one fault of the text and what it says, without the count."""
    findings = noticed(text, folder)
    assert len(findings) == 1, (text, findings)
    ((fault, finding),) = findings.items()
    return fault, {name: value for name, value in finding.facts.items() if name != "count"}


@both
def test_health_is_no_finding(prisma: Make, tmp_path: Path, version: int) -> None:
    project = prisma(version)
    first = project.base().status().out
    project.migration(LATE, SLUG)
    for run in (project.deploy(), project.deploy(), project.status()):
        assert run.code == 0
        assert not noticed(first + run.out, tmp_path), run.out


@both
def test_a_failing_migration_and_the_refusal_after_it(prisma: Make, tmp_path: Path, version: int) -> None:
    project = prisma(version)
    states.editor_written(project)
    failing = noticed(project.deploy(expect=1).out, tmp_path)
    assert failing["prisma.migration-apply-failed"].facts["migration"] == LATE
    refused, facts = only(project.deploy(expect=1).out, tmp_path)
    assert (refused, facts) == ("prisma.failed-migration", {"migration": LATE})
    assert only(project.status().out, tmp_path)[0] == "prisma.failed-migration"


@both
def test_an_object_in_the_way_is_named(prisma: Make, tmp_path: Path, version: int) -> None:
    project = prisma(version)
    project.base().migration(LATE, 'CREATE TABLE "Tag" ("id" INTEGER);\n')
    findings = noticed(project.deploy(expect=1).out, tmp_path)
    assert findings["prisma.migration-apply-failed"].facts["migration"] == LATE
    assert findings["migration.object-exists"].facts["table"] == "Tag"


@both
def test_a_database_that_was_never_baselined(prisma: Make, tmp_path: Path, version: int) -> None:
    project = prisma(version)
    states.never_recorded(project)
    assert only(project.deploy(expect=1).out, tmp_path) == ("prisma.schema-not-empty", {})


@both
def test_the_way_to_the_database(prisma: Make, database: FreshDatabase, tmp_path: Path, version: int) -> None:
    project, server = prisma(version), database.server
    project.migration(INIT)
    port = str(server.port)
    urls = {
        "postgresql://postgres:secret@127.0.0.1:1/shop": ("postgres.unreachable", {"host": "127.0.0.1", "port": "1"}),
        "postgresql://postgres:secret@nowhere.invalid/shop": (
            "postgres.unreachable",
            {"host": "nowhere.invalid", "port": "5432"},
        ),
        server.url(database.name, password="wrong"): (
            "postgres.auth-failed",
            {"host": "127.0.0.1", "user": "postgres"},
        ),
        server.url("nowhere"): (
            "postgres.database-missing",
            {"database": "nowhere", "host": "127.0.0.1", "port": port},
        ),
    }
    assert {url: only(project.prisma("status", url=url, expect=1).out, tmp_path) for url in urls} == urls


def test_a_migration_lock_held_by_another(prisma: Make, tmp_path: Path) -> None:
    project = prisma()
    project.migration(INIT)
    with project.connect() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        run = project.deploy(expect=1)
    assert only(run.out, tmp_path)[0] == "prisma.migration-lock-timeout"


def test_a_role_without_rights(prisma: Make, database: FreshDatabase, tmp_path: Path) -> None:
    project = prisma().base()
    database.connection.execute("CREATE ROLE reader LOGIN PASSWORD 'canary'")
    try:
        run = project.prisma("status", url=database.server.url(database.name, "reader", "canary"), expect=1)
    finally:
        database.connection.execute("DROP ROLE reader")
    fault, facts = only(run.out, tmp_path)
    assert (fault, facts["name"]) == ("postgres.permission-denied", "_prisma_migrations")


@both
def test_wrong_uses_of_resolve(prisma: Make, tmp_path: Path, version: int) -> None:
    project = prisma(version).base()
    again = project.resolve("applied", INIT, expect=1)
    assert only(again.out, tmp_path) == ("prisma.migration-already-applied", {"migration": INIT})
    gone = project.resolve("applied", LATE, expect=1)
    assert only(gone.out, tmp_path) == ("prisma.migration-file-missing", {"migration": LATE})
    (project.migrations / LATE).mkdir()
    assert only(project.deploy(expect=1).out, tmp_path)[0] == "prisma.migration-file-missing"


@both
def test_another_provider_in_the_lock_file(prisma: Make, tmp_path: Path, version: int) -> None:
    project = prisma(version)
    project.migration(INIT)
    (project.migrations / "migration_lock.toml").write_text('provider = "mysql"\n')
    assert only(project.deploy(expect=1).out, tmp_path)[0] == "prisma.provider-mismatch"


@both
def test_a_url_that_is_none(prisma: Make, tmp_path: Path, version: int) -> None:
    project = prisma(version)
    project.migration(INIT)
    run = project.prisma("deploy", url="postgresql://shop:pass#word@db.example.com/shop", expect=1)
    assert "db-url.malformed" in noticed(run.out, tmp_path), run.out
