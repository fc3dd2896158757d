"""Migrations as values: scripts, ledger rows, and what a proof found out about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath


class Ledger(StrEnum):
    """What the tool's own table says about a migration."""

    APPLIED = "applied"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"
    RUNNING = "running"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    """The table could not be read; what was left unknown says why."""


class Proof(StrEnum):
    """What the live catalog says about a migration."""

    APPLIED = "applied"
    NOT_APPLIED = "not-applied"
    PARTIAL = "partial"
    RUNNING = "running"
    UNDONE = "undone"
    UNPROVABLE = "unprovable"


class FileState(StrEnum):
    """How the script on disk compares with the one the ledger recorded."""

    SAME = "same"
    LINE_ENDINGS = "line-endings"
    EDITED = "edited"
    MISSING = "missing"


class Effect(StrEnum):
    """Whether what a statement does can be seen in the live catalog."""

    PRESENT = "present"
    ABSENT = "absent"
    DIFFERENT = "different"
    UNPROVABLE = "unprovable"


class Next(StrEnum):
    """What may safely follow."""

    NONE = "none"
    MARK_APPLIED = "mark-applied"
    MARK_ROLLED_BACK = "mark-rolled-back"
    COMPLETE = "complete"
    WAIT = "wait"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Script:
    """One migration as it lies in the project."""

    name: str
    path: PurePath
    """Relative to the project."""
    sql: str | None
    """None where the migration has no readable script; ``problem`` says why."""
    checksum: str | None = None
    """As the tool computes it over the file's bytes."""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of the tool's own table, in the tool's own meaning."""

    name: str
    state: Ledger
    checksum: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    rolled_back_at: datetime | None = None
    log: str | None = None
    """What the tool wrote down when it failed (redact before showing)."""
    steps: int | None = None
    marked_by_hand: bool = False
    """Recorded as applied without having been run: proves nothing about the schema."""
    note: str | None = None
    """What this row means beyond its state, in one sentence."""


@dataclass(frozen=True, slots=True)
class StatementProof:
    """What became of one statement of a migration."""

    n: int
    """1-based position in the script."""
    line: int
    """1-based line of the script where it begins."""
    sql: str
    object: str | None
    """The object it makes or changes, such as ``table public.avatar``."""
    effect: Effect
    why: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What in the live data keeps a missing statement from running, or may keep it."""

    why: str
    """Half a sentence."""
    query: str | None = None
    """Counts the rows and changes nothing; None where no such question can be put."""
    rows: int | None = None
    """How many; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class MigrationProof:
    """The proven state of one migration: what the ledger says, what the catalog says, and what may follow."""

    name: str
    engine: str
    ledger: Ledger
    proof: Proof
    file: FileState
    next: Next
    because: str
    statements: tuple[StatementProof, ...] = ()
    rows: tuple[LedgerRow, ...] = ()
    failure: str | None = None
    """Why it failed, as far as the ledger or a reproduction on a copy tells; redacted."""
    completing_sql: tuple[str, ...] = ()
    """The statements whose effects are missing, in order; only for ``next: complete``."""
    obstacles: tuple[Obstacle, ...] = ()
    """Why the data of the live database let the missing statements not run, or why that cannot be told."""
    uncommitted: bool = False
    """Whether the script lies in the folder, but not in the deployed commit."""


@dataclass(frozen=True, slots=True)
class Drift:
    """An object whose live definition is not what the whole history makes."""

    object: str
    expected: str | None
    live: str | None


@dataclass(frozen=True, slots=True)
class MigrationsReport:
    """All migrations of a target, as proven."""

    engine: str
    folder: str
    migrations: tuple[MigrationProof, ...]
    drift: tuple[Drift, ...] = ()
    shadow: str | None = None
    """Which server replayed the history, such as ``embedded PostgreSQL 18.6``."""
    unknown: tuple[str, ...] = ()
    """What could not be found out, and why."""
    schema: str = "public"
    """The database schema in which the tool works."""
    baselined: bool = True
    """False where the schema holds tables and no ledger, so that the tool refuses to begin."""
