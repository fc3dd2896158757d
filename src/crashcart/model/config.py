"""``crashcart.toml`` as values. Everything is optional; discovery fills the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple


class App(NamedTuple):
    name: str | None = None
    environment: str = "production"


class Source(NamedTuple):
    root: str | None = None
    commit: str | None = None


class Build(NamedTuple):
    dockerfile: str | None = None
    context: str | None = None
    image: str | None = None


class Database(NamedTuple):
    url_env: str | None = None
    schema: str | None = None
    migrations: str | None = None


class VariablesConfig(NamedTuple):
    required: tuple[str, ...] = ()
    expect: Mapping[str, str] = MappingProxyType({})
    files: tuple[str, ...] = ()


class Ignore(NamedTuple):
    """A fault that a person chose not to hear about, with the reason and the last day of it."""

    fault: str
    reason: str
    until: date | None = None


class FaultsConfig(NamedTuple):
    folder: str = ".crashcart/faults"
    ignore: tuple[Ignore, ...] = ()


class Config(NamedTuple):
    """The configuration of one project; sections of later commands are kept as they stand."""

    app: App = App()
    source: Source = Source()
    build: Build = Build()
    database: Database = Database()
    variables: VariablesConfig = VariablesConfig()
    faults: FaultsConfig = FaultsConfig()
    path: Path | None = None
    """The file it was read from; None where there is none."""
