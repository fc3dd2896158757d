"""Which migrations the deployed commit holds."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from crashcart.diagnosis.migrations import fault_of
from crashcart.engines.prisma import ROOM
from crashcart.model.migration import FileState, Ledger, Next
from crashcart.model.target import Commit, Target
from crashcart.proof.deployed import deployed
from crashcart.proof.migrations import prove
from crashcart.tools.clock import Deadline
from crashcart.tools.scratch_database import Databases
from prisma_project import FIRST, SECOND, THIRD, Project


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def committed(project: Project, *names: str) -> Target:
    """The project with only these migrations in its commit."""
    git(project.folder, "init", "--quiet")
    git(project.folder, "add", "prisma/schema.prisma", *(f"prisma/migrations/{name}" for name in names))
    git(project.folder, "commit", "--quiet", "--message", "migrations")
    sha = git(project.folder, "rev-parse", "HEAD")
    return project.target(root=project.folder, commit=Commit(sha, "head"))


def test_the_names_in_the_commit(project: Project) -> None:
    held = deployed(committed(project, FIRST, SECOND))
    assert held is not None
    assert held.names == {FIRST, SECOND}


def test_migrations_that_no_commit_holds_are_not_compared(project: Project) -> None:
    assert deployed(committed(project)) is None


@pytest.mark.parametrize("values", [{}, {"commit": Commit("0" * 40, "flag")}])
def test_without_a_repository_or_its_commit_nothing_is_compared(project: Project, values: dict[str, Commit]) -> None:
    git(project.folder, "init", "--quiet")
    assert deployed(project.target(root=project.folder, **values)) is None
    assert deployed(project.target(root=project.folder.parent, **values)) is None


def test_an_applied_migration_that_was_never_committed(project: Project, shadow_server: Databases) -> None:
    target = committed(project, FIRST, SECOND)
    project.deploy(FIRST, SECOND, THIRD)
    report = prove(target, project.connection, engine=ROOM, shadow=shadow_server, deadline=Deadline(120))
    third = report.migrations[-1]
    assert (third.ledger, third.file, third.next) == (Ledger.APPLIED, FileState.MISSING, Next.ASK)
    assert fault_of(third) == "migration.file-missing"
    assert "is not in the deployed commit" in third.because


def test_a_pending_migration_that_was_never_committed_will_not_run(project: Project, shadow_server: Databases) -> None:
    target = committed(project, FIRST, SECOND)
    project.deploy(FIRST, SECOND)
    report = prove(target, project.connection, engine=ROOM, shadow=shadow_server, deadline=Deadline(120))
    third = report.migrations[-1]
    assert (third.ledger, third.file) == (Ledger.ABSENT, FileState.SAME)
    assert "is not in the deployed commit" in third.because
    assert "runs it" not in third.because
