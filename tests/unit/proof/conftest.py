"""A project with its database, for the proofs of migrations."""

from __future__ import annotations

from pathlib import Path

import pytest

from prisma_project import Project
from servers import FreshDatabase


@pytest.fixture
def project(tmp_path: Path, database: FreshDatabase) -> Project:
    """Three migrations on disk and an empty ledger in an empty database."""
    return Project.begun(tmp_path, database.connection, database.url)
