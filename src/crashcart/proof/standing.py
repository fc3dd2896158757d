"""One migration as ledger, catalog and file show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crashcart.engines import Engine
from crashcart.model.migration import Effect, FileState, Ledger, LedgerRow, Script, StatementProof
from crashcart.proof.deployed import Deployed
from crashcart.proof.ledger import Reading
from crashcart.proof.obstacles import Look
from crashcart.proof.statements import NotSqlError, split

if TYPE_CHECKING:
    from crashcart.proof.schema import MigrationEffects

UNFINISHED = (Ledger.FAILED, Ledger.RUNNING)


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is known about one migration before it is judged."""

    name: str
    engine: Engine
    reading: Reading
    rows: tuple[LedgerRow, ...]
    """The attempts at it, oldest first."""
    script: Script | None
    effects: MigrationEffects | None
    unproven: str
    """Why there are no effects, where there are none."""
    deployed: Deployed | None = None
    """What the deployed commit holds, where that is known."""
    look: Look = field(default_factory=Look)
    """What the rows say to that which is to be run."""
    stopped_by_data: str | None = None
    """The SQLSTATE of a failure over rows that may still be in the way."""

    @property
    def row(self) -> LedgerRow | None:
        """The attempt that decides: one without an end, else one that was applied, else the last."""
        for states in (UNFINISHED, (Ledger.APPLIED,), (Ledger.ROLLED_BACK,)):
            if attempts := [row for row in self.rows if row.state in states]:
                return attempts[-1]
        return None

    @property
    def ledger(self) -> Ledger:
        if self.reading.unreadable:
            return Ledger.UNKNOWN
        if self.row is None:
            return Ledger.ABSENT
        if self.row.state is Ledger.RUNNING and not self.under_way:
            return Ledger.FAILED
        return self.row.state

    @property
    def under_way(self) -> bool:
        """Whether a session runs the script, or holds the lock under which it would run."""
        return bool(self.reading.holders or self.reading.running(self.script.sql if self.script else None))

    @property
    def uncommitted(self) -> bool:
        """Whether the script lies in the folder and the deployed commit does not have it."""
        return self.script is not None and self.deployed is not None and self.name not in self.deployed.names

    @property
    def no_sql(self) -> str | None:
        """Why the script cannot be run at all, where it is still to be run."""
        if self.script is None or self.script.sql is None or self.ledger is Ledger.APPLIED:
            return None
        try:
            split(self.script.sql, self.reading.schema)
        except NotSqlError as error:
            return str(error)
        return None

    @property
    def file(self) -> FileState:
        if self.uncommitted and self.rows:
            return FileState.MISSING
        return self.engine.file_state(self.script, self.row)

    @property
    def by_hand(self) -> bool:
        """Recorded as applied, and no attempt of it ever ran to its end."""
        applied = [row for row in self.rows if row.state is Ledger.APPLIED]
        return bool(applied) and all(row.marked_by_hand for row in applied)

    @property
    def statements(self) -> tuple[StatementProof, ...]:
        return self.effects.statements if self.effects else ()

    def having(self, *effects: Effect) -> tuple[StatementProof, ...]:
        return tuple(statement for statement in self.statements if statement.effect in effects)
