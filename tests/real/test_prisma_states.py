"""The states are what they are called, by Prisma's own word and exit code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from real.project import Project
from real.states import STATES, State, standing

pytestmark = [pytest.mark.real("prisma"), pytest.mark.real("postgres")]

CASES = [
    pytest.param(state, version, id=f"{state}, Prisma {version}") for state in STATES for version in state.versions
]


@pytest.mark.parametrize(("state", "version"), CASES)
def test_status(prisma: Callable[..., Project], state: State, version: int) -> None:
    project = prisma(version)
    with standing(state, project):
        run = project.status()
    assert run.code == state.status, run.out
