"""``crashcart migrations`` from a target to a case."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crashcart.flows.migrations import migrations, report
from crashcart.model.case import exit_code
from crashcart.model.errors import ExitCode
from crashcart.model.evidence import Origin, OriginKind
from crashcart.model.fault import Severity
from crashcart.model.finding import Passed, Unknown
from crashcart.model.migration import MigrationsReport, Next
from crashcart.model.secret import Secret
from crashcart.model.target import Commit, Target, Variable, Variables
from crashcart.tools.clock import Deadline
from crashcart.tools.hands import Hands
from prisma_project import FIRST, POSTS, SECOND, THIRD, Project, as_role
from servers import FreshDatabase

HANDS = Hands(timeout=10, deadline=Deadline(600))


@pytest.fixture
def project(tmp_path: Path, database: FreshDatabase) -> Project:
    return Project.begun(tmp_path, database.connection, database.url)


@pytest.fixture
def deaf() -> Iterator[str]:
    """A URL at which a server accepts and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"postgresql://app:secret@127.0.0.1:{server.getsockname()[1]}/shop"


def at(url: str, project: Path) -> Target:
    variable = Variable("DATABASE_URL", Secret(url, "DATABASE_URL"), Origin(OriginKind.FILE, ".env", 1))
    variables = Variables({"DATABASE_URL": (variable,)})
    folder = project / "prisma/migrations"
    folder.mkdir(parents=True)
    return Target("shop", project, migrations=folder, engine="prisma", variables=variables)


def test_a_healthy_project_ends_well(project: Project) -> None:
    project.deploy(FIRST, SECOND, THIRD)
    case = migrations(project.target(), HANDS)
    assert case.findings == ()
    assert [type(answer.outcome) for answer in case.answers] == [Passed]
    assert exit_code(case, Severity.P3) is ExitCode.OK


def test_a_partly_applied_migration_is_a_finding_with_what_completes_it(project: Project) -> None:
    project.deploy(FIRST)
    project.run(POSTS.partition("-- AddForeignKey")[0])
    project.fail(SECOND)
    case = migrations(project.target(), HANDS)
    assert [finding.fault for finding in case.findings] == ["migration.partly-applied"]
    assert exit_code(case, Severity.P1) is ExitCode.FINDINGS
    assert case.migrations is not None
    assert [proof.next for proof in case.migrations.migrations] == [Next.NONE, Next.COMPLETE, Next.NONE]


def test_a_migration_that_ran_and_was_never_committed_is_to_be_committed(project: Project) -> None:
    project.deploy(FIRST, SECOND, THIRD)
    me = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    for words in (("init", "-q"), ("add", f"prisma/migrations/{FIRST}"), ("commit", "-qm", "Begin")):
        subprocess.run([*me, *words], cwd=project.folder, check=True)
    sha = subprocess.run([*me, "rev-parse", "HEAD"], cwd=project.folder, capture_output=True, text=True, check=True)
    commit = Commit(sha.stdout.strip(), "head")
    case = migrations(project.target(root=project.folder, commit=commit), HANDS)
    assert [finding.facts["migration"] for finding in case.findings] == [SECOND, THIRD]
    assert {finding.fault for finding in case.findings} == {"migration.file-missing"}
    assert "lies in the working tree" in case.findings[0].because
    assert case.findings[0].remedies[0].startswith("Commit prisma/migrations/")


def test_no_password_is_in_the_case(project: Project, database: FreshDatabase) -> None:
    project.deploy(FIRST)
    project.fail(SECOND, "28P01", f"password {urlsplit(database.url).password} is wrong")
    assert str(urlsplit(database.url).password) not in repr(migrations(project.target(), HANDS).findings)


def test_the_schema_is_the_urls_unless_the_configuration_names_one(project: Project) -> None:
    project.run("CREATE SCHEMA app; ALTER TABLE _prisma_migrations SET SCHEMA app")
    for target in (
        project.target(database_schema="app"),
        Project(project.folder, project.connection, f"{project.url}?schema=app").target(),
    ):
        found = report(target, HANDS)
        assert isinstance(found, MigrationsReport)
        assert found.schema == "app"
        assert found.unknown == ()


def test_a_role_that_may_not_read_the_ledger_leaves_the_command_without_an_answer(
    project: Project, database: FreshDatabase
) -> None:
    project.deploy(FIRST)
    with as_role(database, "ALTER ROLE {} PASSWORD 'reader-of-nothing'") as live:
        url = database.server.url(database.name, live.info.user, "reader-of-nothing")
        case = migrations(Project(project.folder, project.connection, url).target(), HANDS)
    assert case.findings == ()
    assert exit_code(case, Severity.P1) is ExitCode.UNCHECKED
    assert "may not read" in case.errors[0]


def test_offline_asks_nothing(project: Project) -> None:
    assert report(project.target(), Hands(offline=True)) == Unknown("not asked: --offline")


def test_a_project_without_migrations_cannot_be_told_about(tmp_path: Path) -> None:
    case = migrations(Target("shop", tmp_path), HANDS)
    assert exit_code(case, Severity.P1) is ExitCode.UNCHECKED
    assert "no migrations" in case.errors[0]


def test_no_url_is_said_by_the_variables_name(project: Project) -> None:
    found = report(project.target(variables=Variables()), HANDS)
    assert isinstance(found, Unknown)
    assert "DATABASE_URL is set nowhere" in found.why


@pytest.mark.parametrize("url", ["mysql://app:secret@db/shop", "postgresql://app:p@ss:w/rd@db/shop", "nonsense", ""])
def test_a_url_that_is_none_is_said_without_its_password(tmp_path: Path, url: str) -> None:
    found = report(at(url, tmp_path), HANDS)
    assert isinstance(found, Unknown)
    assert "secret" not in found.why
    assert "p@ss" not in found.why


def test_a_refused_connection_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = report(at(f"postgresql://app:secret@127.0.0.1:{port}/shop", tmp_path), HANDS)
    assert isinstance(found, Unknown)
    assert f"127.0.0.1:{port}" in found.why


def test_a_server_that_never_answers_hangs_nothing(tmp_path: Path, deaf: str) -> None:
    found = report(at(deaf, tmp_path), Hands(timeout=0.5, deadline=Deadline(30)))
    assert isinstance(found, Unknown)
    assert f"the database at 127.0.0.1:{urlsplit(deaf).port} cannot be asked" in found.why
