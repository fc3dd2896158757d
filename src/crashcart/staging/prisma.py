"""Deploys migrations as Prisma 7.4 and later do, and leaves in the database exactly what they leave there."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

_SQL = Path(__file__).parent / "sql"
_STEP_TAKES = timedelta(milliseconds=38)

_FAILURE = """\
A migration failed to apply. New migrations cannot be applied before the error is recovered from. \
Read more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve

Migration name: {name}

Database error code: {code}

Database error:
{error}

DbError {{ {debug} }}

   0: sql_schema_connector::apply_migration::apply_script
           with migration_name="{name}"
             at schema-engine/connectors/sql-schema-connector/src/apply_migration.rs:113
   1: schema_commands::commands::apply_migrations::Applying migration
           with migration_name="{name}"
             at schema-engine/commands/src/commands/apply_migrations.rs:95
   2: schema_core::state::ApplyMigrations
             at schema-engine/core/src/state.rs:244"""


def deploy(
    connection: psycopg.Connection[Any],
    folder: Path,
    *,
    started_at: datetime,
    until: str | None = None,
    whole: bool = False,
    hold: bool = False,
) -> psycopg.Error | None:
    """Run the migrations of *folder* that are not recorded yet, up to *until*; gives the error that ended it.

    *started_at* is what Prisma's clock shows at the last migration; each earlier one began a day before the next.
    With *hold* the very last statement is left running.
    """
    connection.execute(_query("prisma_lock"))
    wanted = [name for name in _pending(connection, folder) if until is None or name <= until]
    for left, name in zip(range(len(wanted) - 1, -1, -1), wanted, strict=True):
        script, at = (folder / name / "migration.sql").read_bytes(), started_at - timedelta(days=left)
        pieces = [script.decode()] if whole else list(statements(script.decode()))
        identity = _start(connection, name, script, at)
        if hold and not left:
            run(connection, pieces[:-1])
            connection.pgconn.send_query(pieces[-1].encode())
        elif error := _apply(connection, name, pieces, identity, at):
            return error
    return None


def _pending(connection: psycopg.Connection[Any], folder: Path) -> list[str]:
    connection.execute(_query("prisma_table"))
    done = {str(row[0]) for row in connection.execute(_query("prisma_recorded"))}
    return [name for name in sorted(path.parent.name for path in folder.glob("*/migration.sql")) if name not in done]


def _start(connection: psycopg.Connection[Any], name: str, script: bytes, at: datetime) -> str:
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name}/{at.isoformat()}"))
    connection.execute(_query("prisma_start"), (identity, hashlib.sha256(script).hexdigest(), at, name))
    return identity


def _apply(
    connection: psycopg.Connection[Any], name: str, pieces: Sequence[str], identity: str, at: datetime
) -> psycopg.Error | None:
    import psycopg

    try:
        run(connection, pieces)
    except psycopg.Error as error:
        connection.execute(_query("prisma_fail"), (failure(name, error), identity))
        return error
    connection.execute(_query("prisma_finish"), (at + _STEP_TAKES, identity))
    return None


def run(connection: psycopg.Connection[Any], pieces: Iterable[str]) -> None:
    """Run SQL piece by piece, without parameters. Raises psycopg.Error where the server refuses one."""
    for piece in pieces:
        connection.execute(piece.encode())


def statements(script: str) -> Iterator[str]:
    """The statements of *script*, as PostgreSQL's own grammar divides them."""
    import pglast

    yield from pglast.split(script)


def failure(name: str, error: psycopg.Error) -> str:
    """What Prisma writes into ``logs`` when the server answers *error*."""
    lines = [f"{error.diag.severity}: {error.diag.message_primary}"]
    lines += [f"DETAIL: {error.diag.message_detail}"] if error.diag.message_detail else []
    lines += [f"HINT: {error.diag.message_hint}"] if error.diag.message_hint else []
    return _FAILURE.format(name=name, code=error.diag.sqlstate, error="\n".join(lines), debug=_debug(error.diag))


def _debug(diag: psycopg.errors.Diagnostic) -> str:
    """The server's answer as Rust's debug format shows it."""
    severity = diag.severity or "ERROR"
    position = f"Some(Original({diag.statement_position}))" if diag.statement_position else "None"
    fields = {
        "severity": json.dumps(severity),
        "parsed_severity": f"Some({severity.capitalize()})",
        "code": f"SqlState(E{diag.sqlstate})",
        "message": json.dumps(diag.message_primary, ensure_ascii=False),
        "detail": _some(diag.message_detail),
        "hint": _some(diag.message_hint),
        "position": position,
        "where_": _some(diag.context),
        "schema": _some(diag.schema_name),
        "table": _some(diag.table_name),
        "column": _some(diag.column_name),
        "datatype": _some(diag.datatype_name),
        "constraint": _some(diag.constraint_name),
        "file": _some(diag.source_file),
        "line": f"Some({diag.source_line})",
        "routine": _some(diag.source_function),
    }
    return ", ".join(f"{name}: {value}" for name, value in fields.items())


def _some(value: str | None) -> str:
    return "None" if value is None else f"Some({json.dumps(value, ensure_ascii=False)})"


def _query(name: str) -> bytes:
    return (_SQL / f"{name}.sql").read_bytes()
