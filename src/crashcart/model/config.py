"""``crashcart.toml`` as values. Everything is optional; discovery fills the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class App:
    name: str | None = None
    environment: str = "production"


@dataclass(frozen=True, slots=True)
class Source:
    root: str | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Build:
    dockerfile: str | None = None
    context: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Database:
    url_env: str | None = None
    schema: str | None = None
    migrations: str | None = None


@dataclass(frozen=True, slots=True)
class VariablesConfig:
    required: tuple[str, ...] = ()
    expect: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignore:
    """A fault that a person chose not to hear about, with the reason and the last day of it."""

    fault: str
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class FaultsConfig:
    folder: str = ".crashcart/faults"
    ignore: tuple[Ignore, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration of one project; sections of later commands are kept as they stand."""

    app: App = field(default_factory=App)
    source: Source = field(default_factory=Source)
    build: Build = field(default_factory=Build)
    database: Database = field(default_factory=Database)
    variables: VariablesConfig = field(default_factory=VariablesConfig)
    faults: FaultsConfig = field(default_factory=FaultsConfig)
    path: Path | None = None
    """The file it was read from; None where there is none."""
