"""Prisma's answer, crashcart's verdict and the truth, side by side, for states that the real CLI made.

Where a verdict says what may follow, following it must end with a database that Prisma itself finds complete:
`migrate status` and `migrate deploy` content, and no difference between the live schema and the models.
``pytest -rP -k test_verdict`` shows the table.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crashcart.model.migration import MigrationsReport, Next
from crashcart.tools.scratch_database import Databases
from real.project import Project
from real.truths import STATES, State, standing
from real.verdicts import follow, proven, row_of_table, told

pytestmark = [pytest.mark.real("prisma"), pytest.mark.real("postgres")]
Make = Callable[..., Project]

WRITING = {Next.MARK_APPLIED, Next.MARK_ROLLED_BACK, Next.COMPLETE}
CASES = [
    pytest.param(state, version, id=f"{state}, Prisma {version}") for state in STATES for version in state.versions
]


@pytest.mark.parametrize(("state", "version"), CASES)
def test_verdict(prisma: Make, shadow_server: Databases, state: State, version: int) -> None:
    project = prisma(version)
    with standing(state, project):
        run = project.status()
        report = proven(project, shadow_server)
    print(row_of_table(str(state), run, report))  # noqa: T201  the table is the point
    assert run.code == state.status, run.out
    verdicts = {m.name: told(m, state.truth[m.name]) for m in report.migrations}
    assert verdicts == state.truth, [m.because for m in report.migrations]
    if state.cause:
        state.cause(project)
        report = proven(project, shadow_server)
        assert WRITING & {m.next for m in report.migrations}, [m.because for m in report.migrations]
    if WRITING & {m.next for m in report.migrations}:
        healed(project, report, by_sql=version % 2 == 0)
        assert {m.next for m in proven(project, shadow_server).migrations} == {Next.NONE}


def healed(project: Project, report: MigrationsReport, *, by_sql: bool) -> None:
    follow(project, report, by_sql=by_sql)
    assert project.status().code == 0
    assert not project.differs()
