"""What was seen of a migration, where, and the command by which a person sees the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from crashcart import engines
from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.migration import Drift, Effect, LedgerRow, MigrationProof, MigrationsReport, StatementProof
from crashcart.model.target import Target
from crashcart.proof.named import quote
from crashcart.tools import checks
from crashcart.tools.redaction import evidence

MOST_STATEMENTS = 5
QUESTIONS = {
    **dict.fromkeys(("table", "index", "view", "sequence", "materialized view"), "SELECT to_regclass({name})"),
    "type": "SELECT to_regtype({name})",
    "column": "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass({within}) AND attname = {own}",
    "constraint": "SELECT count(*) FROM pg_constraint WHERE conrelid = to_regclass({within}) AND conname = {own}",
}
"""How a person asks whether an object of this kind is there; NULL or 0 where it is not."""
PART = re.compile(r'(?P<within>.*)\.(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[^".]+))')
SQLSTATE = re.compile(r"\b([0-9A-Z]{5})\b")
ROW = "started_at, finished_at, rolled_back_at, applied_steps_count, checksum"
LONGEST_SQL = 100


class Witness:
    """Makes evidence for one report."""

    def __init__(self, report: MigrationsReport, target: Target) -> None:
        self._report, self._target = report, target
        self._table = next(engine.ledger_table for engine in engines.find() if engine.name == report.engine)

    def of(self, proof: MigrationProof) -> tuple[Evidence, ...]:
        """Rows of the ledger, what the log says, each statement whose effect is not as it should be, and why."""
        return (*self._rows(proof), *self._failure(proof), *self._statements(proof), *self._obstacles(proof))

    def ledger(self) -> tuple[Evidence, ...]:
        rows = sum(len(proof.rows) for proof in self._report.migrations)
        if not self._report.baselined:
            return (evidence(OriginKind.DATABASE, self._table, "no such table", check=self._psql("\\dt")),)
        check = self._select("migration_name, finished_at, rolled_back_at") if rows else self._psql(self._there())
        return (evidence(OriginKind.DATABASE, self._table, f"{rows} rows", check=check),)

    def drift(self, drifts: Sequence[Drift]) -> tuple[Evidence, ...]:
        return tuple(self._drifted(drift) for drift in drifts[:MOST_STATEMENTS])

    def code(self, proof: MigrationProof) -> Mapping[str, str]:
        """The SQLSTATE of the failure, where it is known."""
        found = SQLSTATE.match(proof.failure or "")
        return {"code": found[1]} if found else {}

    def path(self, proof: MigrationProof) -> str:
        """Where the script lies, or would lie."""
        return f"{self._report.folder}/{proof.name}/migration.sql"

    def _rows(self, proof: MigrationProof) -> Iterator[Evidence]:
        where = f"{self._table} row {proof.name}"
        if not proof.rows:
            empty = all(not other.rows for other in self._report.migrations)
            check = self._psql(self._there()) if empty else self._select(ROW, proof.name)
            yield evidence(OriginKind.DATABASE, where, "no such row", check=check)
        for row in proof.rows[-3:]:
            yield evidence(OriginKind.DATABASE, where, _told(row), check=self._select(ROW, proof.name))

    def _failure(self, proof: MigrationProof) -> Iterator[Evidence]:
        if proof.failure:
            check = self._select("logs", proof.name)
            yield evidence(OriginKind.DATABASE, f"{self._table} logs of {proof.name}", proof.failure, check=check)

    def _statements(self, proof: MigrationProof) -> Iterator[Evidence]:
        wrong = [s for s in proof.statements if s.effect in (Effect.ABSENT, Effect.DIFFERENT)]
        for statement in wrong[:MOST_STATEMENTS]:
            text = f"{statement.effect.value}: {_short(statement.sql)} ({statement.why})"
            yield evidence(OriginKind.FILE, self.path(proof), text, line=statement.line, check=self._look(statement))

    def _obstacles(self, proof: MigrationProof) -> Iterator[Evidence]:
        for obstacle in proof.obstacles[:MOST_STATEMENTS]:
            check = self._psql(obstacle.query) if obstacle.query else None
            yield evidence(OriginKind.DATABASE, f"rows that {proof.name} would meet", obstacle.why, check=check)

    def _drifted(self, drift: Drift) -> Evidence:
        text = f"expected {drift.expected or 'nothing'}, found {drift.live or 'nothing'}"
        return evidence(OriginKind.DATABASE, drift.object, text, check="crashcart migrations")

    def _look(self, statement: StatementProof) -> str:
        question = _question(statement.object or "")
        return self._psql(question) if question else "crashcart migrations"

    def _select(self, columns: str, name: str | None = None) -> str:
        table = self._table if self._report.schema == "public" else self._qualified
        only = f"WHERE migration_name = {_literal(name)}" if name else "ORDER BY started_at"
        return self._psql(" ".join(("SELECT", columns, "FROM", table, only)))

    @property
    def _qualified(self) -> str:
        return f"{quote(self._report.schema)}.{quote(self._table)}"

    def _there(self) -> str:
        """Asks whether the ledger exists; NULL where it does not."""
        return f"SELECT to_regclass({_literal(self._qualified)})"

    def _psql(self, sql: str) -> str:
        return checks.psql(self._target, sql)


def _question(named: str) -> str | None:
    kind = next((kind for kind in QUESTIONS if named.startswith(f"{kind} ")), None)
    part = PART.fullmatch(named.removeprefix(f"{kind} "))
    if kind is None or part is None:
        return None
    own = part["plain"] or part["quoted"].replace('""', '"')
    return QUESTIONS[kind].format(name=_literal(part[0]), within=_literal(part["within"]), own=_literal(own))


def _told(row: LedgerRow) -> str:
    stamps = (("started", row.started_at), ("finished", row.finished_at), ("rolled back", row.rolled_back_at))
    said = ", ".join(f"{name} {_moment(stamp)}" for name, stamp in stamps)
    return f"{said}, steps {row.steps}, logs {'written' if row.log else 'empty'}{f' ({row.note})' if row.note else ''}"


def _moment(stamp: datetime | None) -> str:
    return f"{stamp:%Y-%m-%d %H:%M:%S %Z}" if stamp else "never"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _short(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= LONGEST_SQL else line[:LONGEST_SQL] + "…"
