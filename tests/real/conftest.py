"""The real Prisma CLI, and projects to run it on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crashcart.tools.postgres_binaries import cache_directory
from real.project import Project
from servers import FreshDatabase, missing

VERSIONS = (5, 6, 7)
ENGINE_FILES = ("engine.mjs", "adapter.mjs", "connection.mjs", "split.mjs")
SETUP = Path(__file__).parent / "prisma"


def _set_up() -> Path:
    given = os.environ.get("CRASHCART_REAL_PRISMA")
    return Path(given) if given else cache_directory() / "real-prisma"


def _stale(folder: Path) -> bool:
    return any((folder / "engine" / name).read_bytes() != (SETUP / name).read_bytes() for name in ENGINE_FILES)


@pytest.fixture(scope="session")
def prisma_programs() -> Path:
    """The folder of the programs ``prisma5``, ``prisma6`` and ``prisma7``."""
    folder = _set_up()
    how = "set up by tests/real/prisma/setup.sh"
    if not all(os.access(folder / "bin" / f"prisma{version}", os.X_OK) for version in VERSIONS):
        missing("prisma", f"none at {folder}; it is {how}")
    if not shutil.which("node"):
        missing("prisma", "there is no node on PATH")
    if _stale(folder):
        missing("prisma", f"{folder} is older than this checkout; it is {how}")
    return folder / "bin"


@pytest.fixture
def prisma(prisma_programs: Path, database: FreshDatabase, tmp_path: Path) -> Callable[..., Project]:
    """Makes the test's project for a major version of Prisma, on a fresh database."""

    def make(version: int = 7, *, schema: str | None = None) -> Project:
        url = f"{database.url}?schema={schema}" if schema else database.url
        project = Project(tmp_path / "shop", url, version, prisma_programs / f"prisma{version}")
        project.create()
        return project

    return make
