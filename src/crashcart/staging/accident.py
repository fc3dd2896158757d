"""An accident as data: what ``accident.toml`` and the files beside it say."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crashcart.model.finding import Finding

ACCIDENT = "accident.toml"
DEMO = Path(__file__).parent / "demo"
"""The incident that ``crashcart demo`` stages."""

EPOCH = datetime(2025, 10, 16, 2, 10, 34, 471974, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of those project files that are not committed yet, chosen by patterns."""

    message: str
    date: datetime
    files: Sequence[str] = ("*",)
    """Patterns as of :mod:`fnmatch`, over the path; a star crosses slashes."""
    without: Sequence[str] = ()
    earlier: Path | None = None
    """A folder of earlier versions of some of these files; a later commit may take the files as they are now."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done to the database: SQL, a deployment of migrations, or a connection that is turned away."""

    user: str = "postgres"
    database: str = "postgres"
    sql: str | None = None
    """Run statement by statement, each committed."""
    prisma_deploy: str | None = None
    """The migrations folder, relative to the project."""
    until: str | None = None
    """The last migration to deploy; all when None."""
    whole: bool = False
    """Send each script whole, as Prisma did before 7.4: it leaves all or nothing."""
    started_at: datetime = EPOCH
    connect: bool = False
    """Only connect, over the server's own socket."""
    hold: bool = False
    """Keep the session open as long as the accident lasts; a deployment is left at its very last statement."""
    fails: bool = False
    """Whether the step must end with an error of the server."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A command of the project that is really run; its output belongs in a log."""

    name: str
    command: Sequence[str]
    folder: str = "."
    variables: Mapping[str, str] = field(default_factory=dict)
    keep: int | None = None
    """How many lines of output to keep; all when None."""


@dataclass(frozen=True, slots=True)
class Accident:
    """Everything that one accident is made of."""

    folder: Path
    title: str
    story: str
    command: tuple[str, ...]
    """Arguments of crashcart, run in the project's folder."""
    exit_code: int
    layers: tuple[Path, ...]
    """Folders whose ``project/``, ``stand-ins/`` and ``logs/`` are laid over each other, the last on top."""
    render: tuple[str, ...] = ()
    """Patterns of project files whose ``{{names}}`` are filled in."""
    commits: tuple[Commit, ...] = ()
    server: Mapping[str, Any] | None = None
    """Settings of the PostgreSQL server; None for an accident without one."""
    steps: tuple[Step, ...] = ()
    captures: tuple[Capture, ...] = ()
    must_find: tuple[Mapping[str, str], ...] = ()
    """Each: ``fault``, ``verdict`` and perhaps ``role`` of a finding that has to be there."""


def load(folder: Path) -> Accident:
    """The accident of *folder*. Raises OSError, tomllib.TOMLDecodeError, or TypeError for a key that does not exist."""
    table = tomllib.loads((folder / ACCIDENT).read_text(encoding="utf-8"))
    like = table.pop("like", None)
    base = load((folder / like).resolve()) if like else None
    return Accident(
        folder=folder,
        layers=(*(base.layers if base else ()), folder),
        render=(*(base.render if base else ()), *table.pop("render", ())),
        commits=tuple(_commit(each, folder) for each in table.pop("commits", ())) or (base.commits if base else ()),
        server=table.pop("server", base.server if base else None),
        steps=(*(base.steps if base else ()), *(Step(**each) for each in table.pop("steps", ()))),
        captures=(*(base.captures if base else ()), *(Capture(**each) for each in table.pop("captures", ()))),
        command=tuple(table.pop("command")),
        must_find=tuple(table.pop("must_find", base.must_find if base else ())),
        **table,
    )


def _commit(table: Mapping[str, Any], folder: Path) -> Commit:
    return Commit(**{**table, "earlier": folder / table["earlier"] if "earlier" in table else None})


def unmet(accident: Accident, findings: Iterable[Finding]) -> tuple[str, ...]:
    """What *accident* has to be found by and *findings* do not hold, in words."""
    found = tuple(findings)
    return tuple(" ".join(each.values()) for each in accident.must_find if not any(_meets(f, each) for f in found))


def _meets(finding: Finding, wanted: Mapping[str, str]) -> bool:
    return all(str(getattr(finding, key)) == value for key, value in wanted.items())
