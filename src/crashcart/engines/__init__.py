"""Rooms for migration tools: how one recognises its project, lists its scripts and reads its ledger."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crashcart import rooms
from crashcart.model.migration import FileState, LedgerRow, Script


class Engine(ABC):
    """One migration tool. Reads the project's files; never connects and never runs anything itself."""

    name: str

    @abstractmethod
    def recognises(self, project: Path) -> Path | None:
        """The migrations folder (which need not exist), if *project* uses this tool on PostgreSQL."""

    @abstractmethod
    def scripts(self, folder: Path, project: Path) -> tuple[Script, ...]:
        """The migrations in the order in which the tool runs them. Raises OSError where *folder* cannot be listed."""

    @abstractmethod
    def ledger_query(self, schema: str) -> str:
        """SQL that reads the tool's own table, oldest row first. Fails with 42P01 where the table is absent."""

    @abstractmethod
    def rows(self, records: Sequence[Mapping[str, Any]]) -> tuple[LedgerRow, ...]:
        """The records of :meth:`ledger_query` in the tool's own meaning.

        A row without an end and without an error is RUNNING; only the server's sessions tell whether it still is.
        """

    @abstractmethod
    def file_state(self, script: Script | None, row: LedgerRow | None) -> FileState:
        """How the file compares with the recorded checksum, by the tool's own rules."""

    @abstractmethod
    def schema(self, url_parameters: Mapping[str, str]) -> str:
        """The database schema the tool works in, as the connection string tells."""

    @property
    @abstractmethod
    def ledger_table(self) -> str:
        """Name of the tool's own table."""

    @property
    def advisory_lock(self) -> int | None:
        """Key of the advisory lock the tool holds while it migrates; None where it takes none."""
        return None

    @abstractmethod
    def notes(self, folder: Path) -> tuple[str, ...]:
        """What about the folder as a whole keeps the tool from running, one sentence each."""

    def failure(self, log: str) -> str | None:
        """The database's own error in what the tool wrote down, on one line (redact before showing)."""
        return log.strip() or None

    def mark_command(self, name: str, to: str, folder: Path, project: Path) -> str:
        """The tool's own command, run from the *project*, that records *name* as ``applied`` or ``rolled-back``."""
        raise NotImplementedError(f"{self.name} cannot mark migrations")


def find() -> tuple[Engine, ...]:
    """All engines."""
    return rooms.find(__name__, Engine)
