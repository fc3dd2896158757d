"""One app in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from crashcart.model.evidence import Origin
from crashcart.model.secret import Secret

CommitSource = Literal["head", "flag", "config", "platform", "image"]


class Commit(NamedTuple):
    """The deployed commit, and who says so."""

    sha: str
    source: CommitSource


class Variable(NamedTuple):
    """A variable of the app, its value hidden, and where it was read."""

    name: str
    value: Secret
    origin: Origin
    line: Secret | None = None
    """The line of the file as it stands, quotes and all; None where it came from no file."""


@dataclass(frozen=True, slots=True)
class Variables:
    """The app's variables in order of precedence: the first source that has a name wins."""

    by_name: Mapping[str, tuple[Variable, ...]] = field(default_factory=dict)
    """Every definition of a name, the winning one first."""

    def get(self, name: str) -> Variable | None:
        found = self.by_name.get(name)
        return found[0] if found else None

    def __iter__(self) -> Iterator[Variable]:
        return (definitions[0] for definitions in self.by_name.values())

    def __len__(self) -> int:
        return len(self.by_name)


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A connection string taken apart. The password stays a secret."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: Secret | None
    database: str | None
    parameters: Mapping[str, str] = field(default_factory=dict)
    port_given: bool = True
    """False where the port is the scheme's default."""

    def __str__(self) -> str:
        user = f"{self.user}{':***' if self.password else ''}@" if self.user else ""
        return f"{self.scheme}://{user}{self.host}:{self.port}/{self.database or ''}"


@dataclass(frozen=True, slots=True)
class Target:
    """One app in one place: source, commit, image, variables, database, logs."""

    name: str
    project: Path
    """The folder crashcart was pointed at; absolute."""
    root: Path | None = None
    """The top of the git working tree (or the bare repository) that holds the project; None outside git."""
    commit: Commit | None = None
    dockerfiles: tuple[Path, ...] = ()
    context: Path | None = None
    """The build context; absolute."""
    compose_files: tuple[Path, ...] = ()
    scripts: tuple[Path, ...] = ()
    """Start scripts: shell files that the image or the package runs; absolute."""
    migrations: Path | None = None
    """The folder of the migrations; absolute."""
    engine: str | None = None
    """Name of the migration engine room that recognised it."""
    variables: Variables = field(default_factory=Variables)
    database_url_env: str = "DATABASE_URL"
    database_schema: str | None = None
    required_variables: tuple[str, ...] = ()
    expected_variables: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What discovery could not find out, and why."""
    unread: tuple[str, ...] = ()
    """What of the variables' sources could not be read, and why."""

    @property
    def database_url(self) -> Variable | None:
        return self.variables.get(self.database_url_env)
