"""The program on a database of the real CLI, as a role that may only look, in another schema than public."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from real.project import Project
from real.states import LATE, editor_failed
from servers import FreshDatabase

pytestmark = [pytest.mark.real("prisma"), pytest.mark.real("postgres")]
PROGRAM = Path(sys.executable).parent / "crashcart"


@pytest.fixture
def watcher(database: FreshDatabase) -> Iterator[str]:
    """The URL of a role that may read Prisma's table in the schema ``app`` and nothing else."""
    role = f"{database.name}_watcher"
    database.connection.execute("CREATE SCHEMA app")
    database.connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'canary'")
    database.connection.execute(f"GRANT USAGE ON SCHEMA app TO {role}")
    database.connection.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO {role}")
    yield f"{database.server.url(database.name, role, 'canary')}?schema=app"
    database.connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_half_applied_seen_by_a_role_that_may_only_look(prisma: Callable[..., Project], watcher: str) -> None:
    project = prisma(7, schema="app")
    editor_failed(project)
    before = project.rows()
    done = subprocess.run(
        [PROGRAM, "migrations", "--project", project.folder, "--format", "json"],
        env={**os.environ, "DATABASE_URL": watcher}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    document = json.loads(done.stdout)
    late = next(migration for migration in document["migrations"] if migration["name"] == LATE)
    assert (late["ledger"], late["proof"], late["next"]) == ("failed", "partial", "ask")
    assert 'names no row of app."User": 1' in late["because"]
    assert [statement["effect"] for statement in late["statements"]] == ["present", "present", "absent"]
    assert [finding["fault"] for finding in document["findings"] if finding["role"] == "cause"] == [
        "migration.partly-applied"
    ]
    assert "canary" not in done.stdout + done.stderr
    assert project.rows() == before
