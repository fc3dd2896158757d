"""Prisma Migrate on PostgreSQL, from 2.13 to 7."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any

from crashcart.engines import Engine
from crashcart.engines._collation import key
from crashcart.model.migration import FileState, Ledger, LedgerRow, Script
from crashcart.tools.files import read_text, walk
from crashcart.tools.node_packages import package_of, runner

SCRIPT = "migration.sql"
LOCK_FILE = "migration_lock.toml"
POSTGRES = ("postgresql", "postgres")
LARGEST = 8 << 20
"""Bytes of one script that are read; a longer one is left alone."""
MOST_MIGRATIONS = 10_000
DEPTH = 5
CHECKSUM_LENGTH = 64

PROVIDER = re.compile(r'^\s*provider\s*=\s*"([a-z]+)"', re.MULTILINE)
DATASOURCE = re.compile(r'datasource\s+\w+\s*\{[^}]*?provider\s*=\s*"([a-z]+)"')
CONFIGURED = re.compile(r"""migrations\s*:\s*\{[^}]*?path\s*:\s*["']([^"']+)["']""")
CONFIGS = ("prisma.config.ts", "prisma.config.mts", "prisma.config.js", "prisma.config.mjs", ".config/prisma.ts")
ERROR_CODE = re.compile(r"Database error code:\s*([0-9A-Z]{5})")
ERROR_TEXT = re.compile(r"Database error:\s*(?:ERROR:\s*)?([^\r\n]+)")


class Prisma(Engine):
    """Prisma Migrate: a folder per migration, the table ``_prisma_migrations`` in the schema of the URL."""

    name = "prisma"

    def recognises(self, project: Path) -> Path | None:
        return next((folder for folder in _candidates(project) if _for_postgres(folder)), None)

    def scripts(self, folder: Path, project: Path) -> tuple[Script, ...]:
        if not folder.exists():
            return ()
        folders = [entry for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink()]
        ordered = sorted(folders, key=lambda entry: key(entry.name))
        return tuple(_script(entry, project) for entry in ordered[:MOST_MIGRATIONS])

    def ledger_query(self, schema: str) -> str:
        return _query().format(table=f"{_quoted(schema)}.{_quoted(self.ledger_table)}")

    def rows(self, records: Sequence[Mapping[str, Any]]) -> tuple[LedgerRow, ...]:
        return tuple(_row(record) for record in records)

    def file_state(self, script: Script | None, row: LedgerRow | None) -> FileState:
        if script is None or script.checksum is None:
            return FileState.MISSING
        if row is None or row.checksum is None or row.checksum == script.checksum:
            return FileState.SAME
        if row.checksum in _accepted(script, row.checksum):
            return FileState.LINE_ENDINGS
        return FileState.EDITED

    def schema(self, url_parameters: Mapping[str, str]) -> str:
        return url_parameters.get("schema") or "public"

    @property
    def ledger_table(self) -> str:
        return "_prisma_migrations"

    @property
    def advisory_lock(self) -> int:
        return 72707369

    def notes(self, folder: Path) -> tuple[str, ...]:
        locked, declared = _lock_provider(folder), _schema_provider(folder)
        if locked and declared and (locked in POSTGRES) != (declared in POSTGRES):
            return (f"{LOCK_FILE} says {locked} and the Prisma schema says {declared}: Prisma stops with P3019",)
        return ()

    def failure(self, log: str) -> str | None:
        code, text = ERROR_CODE.search(log), ERROR_TEXT.search(log)
        if text is None:
            return log.strip()[:500] or None
        return f"{code[1]} {text[1].strip()}" if code else text[1].strip()

    def mark_command(self, name: str, to: str, folder: Path, project: Path) -> str:
        package = package_of(folder, project)
        place = package.relative_to(project)
        there = "" if place == PurePath() else f"cd {shlex.quote(str(place))} && "
        return f"{there}{runner(package, project)} prisma migrate resolve --{to} {shlex.quote(name)}"


def _query() -> str:
    return (Path(__file__).parent / "sql" / "prisma_ledger.sql").read_text(encoding="utf-8")


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _candidates(project: Path) -> Iterator[Path]:
    """Where the migrations may lie, the project's own word first."""
    yield from _configured(project)
    yield from (schema.parent / "migrations" for schema in _usual(project) if schema.is_file())
    locks, schemas = [], []
    for file in walk(project, depth=DEPTH):
        if file.name == LOCK_FILE:
            locks.append(file.parent)
        elif file.name == "schema.prisma":
            schemas.append(file.parent / "migrations")
    yield from locks
    yield from schemas


def _usual(project: Path) -> tuple[Path, ...]:
    return project / "prisma" / "schema.prisma", project / "schema.prisma"


def _configured(project: Path) -> Iterator[Path]:
    for config in CONFIGS:
        if found := CONFIGURED.search(_text(project / config)):
            yield project / found[1]
    if schema := _declared_in_package(project):
        place = project / schema
        yield (place.parent if place.suffix == ".prisma" else place) / "migrations"


def _declared_in_package(project: Path) -> str | None:
    try:
        package = json.loads(_text(project / "package.json") or "{}")
    except (ValueError, RecursionError):
        return None
    prisma = package.get("prisma") if isinstance(package, dict) else None
    schema = prisma.get("schema") if isinstance(prisma, dict) else None
    return schema if isinstance(schema, str) else None


def _for_postgres(folder: Path) -> bool:
    locked, declared = _lock_provider(folder), _schema_provider(folder)
    if locked is None and declared is None:
        return folder.is_dir()
    return locked in POSTGRES or declared in POSTGRES


def _lock_provider(folder: Path) -> str | None:
    found = PROVIDER.search(_text(folder / LOCK_FILE))
    return found[1] if found else None


def _schema_provider(folder: Path) -> str | None:
    """As the schema beside the folder says; a schema of several files is searched file by file."""
    beside = [folder.parent / "schema.prisma", *sorted(folder.parent.glob("*.prisma"))[:100]]
    found = (DATASOURCE.search(_text(schema)) for schema in beside)
    return next((match[1] for match in found if match), None)


def _text(path: Path) -> str:
    try:
        return read_text(path) if path.is_file() else ""
    except (OSError, ValueError):
        return ""


def _script(folder: Path, project: Path) -> Script:
    path = folder / SCRIPT
    shown = PurePath(path.relative_to(project)) if path.is_relative_to(project) else PurePath(path)
    try:
        content = _content(path)
    except FileNotFoundError:
        return Script(folder.name, shown, None, problem=f"the folder has no {SCRIPT}: Prisma stops with P3015")
    except OSError as error:
        return Script(folder.name, shown, None, problem=f"{SCRIPT} cannot be read: {error.strerror or error}")
    # Prisma reads the file as UTF-8 in JavaScript and hashes what it got, replacement characters included.
    text = content.decode("utf-8", "replace")
    checksum = hashlib.sha256(text.encode()).hexdigest()
    if "\0" in text:
        return Script(folder.name, shown, None, checksum, f"{SCRIPT} holds a zero byte, which PostgreSQL refuses")
    return Script(folder.name, shown, text, checksum)


def _content(path: Path) -> bytes:
    """Raises OSError where *path* is no regular file of a bearable size."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError("it is no regular file")
    if found.st_size > LARGEST:
        raise OSError(f"it is larger than {LARGEST >> 20} MiB")
    return path.read_bytes()


def _accepted(script: Script, recorded: str) -> tuple[str, ...]:
    """The checksums under which Prisma takes the script for unchanged."""
    unix = (script.sql or "").replace("\r\n", "\n")
    digests = [hashlib.sha256(text.encode()).digest() for text in (script.sql or "", unix, unix.replace("\n", "\r\n"))]
    if len(recorded) == CHECKSUM_LENGTH:
        return tuple(digest.hex() for digest in digests)
    # Early versions wrote each byte without its leading zero.
    return tuple("".join(f"{byte:x}" for byte in digest) for digest in digests)


def _row(record: Mapping[str, Any]) -> LedgerRow:
    state, note = _state(record)
    return LedgerRow(
        name=record["migration_name"],
        state=state,
        checksum=record["checksum"],
        started_at=_moment(record["started_at"]),
        finished_at=_moment(record["finished_at"]),
        rolled_back_at=_moment(record["rolled_back_at"]),
        log=record["logs"] or None,
        steps=record["applied_steps_count"],
        marked_by_hand=state is Ledger.APPLIED and not record["applied_steps_count"],
        note=note,
    )


def _moment(value: object) -> datetime | None:
    """A column that somebody gave another type is left out."""
    return value if isinstance(value, datetime) else None


def _state(record: Mapping[str, Any]) -> tuple[Ledger, str | None]:
    if record["rolled_back_at"] is not None:
        return Ledger.ROLLED_BACK, _twice_stamped(record)
    if record["finished_at"] is not None:
        return Ledger.APPLIED, _by_hand(record)
    if record["logs"]:
        return Ledger.FAILED, None
    if record["applied_steps_count"]:
        return Ledger.RUNNING, "its script ran to the end; the closing stamp was never written"
    return Ledger.RUNNING, None


def _twice_stamped(record: Mapping[str, Any]) -> str | None:
    if record["finished_at"] is None:
        return None
    return "stamped as finished and as rolled back, as only a hand does: Prisma refuses --applied for it (P3008)"


def _by_hand(record: Mapping[str, Any]) -> str | None:
    if record["applied_steps_count"]:
        return None
    if record["logs"] or record["started_at"] != record["finished_at"]:
        return "stamped as finished by hand after a start that never ended"
    return "recorded by `migrate resolve --applied`, never run"


ROOM = Prisma()
