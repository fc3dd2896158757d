"""Random histories of migrations, each statement of which a real server has accepted."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from crashcart.proof.catalog import Catalog, Property, read_catalog
from crashcart.proof.named import quote
from crashcart.proof.replay import changes

TABLES = ("account", "Order", "line item", "größe")
COLUMNS = ("id", "userId", "note", "state", "Maß")
TYPES = ("integer", "text", "varchar(20)", "numeric(10,2)", "timestamptz", "boolean")
DEFAULTS = {"integer": "0", "text": "'none'", "varchar(20)": "'x'", "numeric(10,2)": "1.5", "timestamptz": "now()",
            "boolean": "true"}  # fmt: skip
ACTIONS = ("", " ON DELETE CASCADE", " ON DELETE SET NULL", " ON UPDATE CASCADE")
TRIES = 60


@dataclass(frozen=True)
class Ran:
    """A statement and what it did to the structure when it ran after all before it."""

    sql: str
    changed: frozenset[Property]
    again: bool = False
    """It repeats an earlier one, and fails."""


@dataclass
class Builder:
    """Makes statements that run on *connection*, one after the other."""

    random: random.Random
    connection: psycopg.Connection[Any]
    schema: str
    ran: list[Ran] = field(default_factory=list)

    def migration(self, size: int) -> list[Ran]:
        made = [ran for _ in range(size) if (ran := self._one())]
        self.ran += made
        return made

    def _one(self) -> Ran | None:
        for _ in range(TRIES):
            before = read_catalog(self.connection)
            sql = self.random.choice(MAKERS)(self, before)
            if sql and self.runs(sql):
                return Ran(sql, touched(before, read_catalog(self.connection)))
        return None

    def runs(self, sql: str) -> bool:
        try:
            self.connection.execute(sql.encode())
        except psycopg.Error:
            return False
        return True

    def table(self, catalog: Catalog) -> str | None:
        return self._own(catalog, "table")

    def _own(self, catalog: Catalog, kind: str, within: str | None = None) -> str | None:
        own = [
            t.name
            for t in catalog.values()
            if t.kind == kind and t.schema == self.schema and within in (None, t.within)
        ]
        return self.random.choice(own) if own else None

    def column(self, catalog: Catalog, table: str) -> str | None:
        name = self._own(catalog, "column", table)
        return name.removeprefix(f"{table}.") if name else None

    def kind(self, catalog: Catalog) -> str:
        enum = self._own(catalog, "type")
        return enum if enum and self.random.random() < 0.3 else self.random.choice(TYPES)

    def new_column(self, catalog: Catalog, name: str) -> str:
        kind = self.kind(catalog)
        null = self.random.choice(("", " NOT NULL"))
        default = f" DEFAULT {DEFAULTS[kind]}" if kind in DEFAULTS and self.random.random() < 0.5 else ""
        return f"{quote(name)} {kind}{null}{default}"

    def pick(self, *names: str) -> str:
        return quote(self.random.choice(names))


def touched(before: Catalog, after: Catalog) -> frozenset[Property]:
    return frozenset(place for place, _, _ in changes(before, after))


def _create_table(b: Builder, catalog: Catalog) -> str:
    names = b.random.sample(COLUMNS, b.random.randint(1, 3))
    parts = [b.new_column(catalog, name) for name in names]
    if b.random.random() < 0.6:
        parts.append(f"PRIMARY KEY ({quote(names[0])})")
    if b.random.random() < 0.2:
        parts.append(f"CONSTRAINT positive CHECK ({quote(names[0])} IS NOT NULL)")
    lenient = "IF NOT EXISTS " if b.random.random() < 0.15 else ""
    return f"CREATE TABLE {lenient}{b.pick(*TABLES)} ({', '.join(parts)})"


def _alter_table(b: Builder, catalog: Catalog) -> str | None:
    table = b.table(catalog)
    parts = [_command(b, catalog, table) for _ in range(b.random.choice((1, 1, 1, 2)))] if table else []
    return f"ALTER TABLE {table} {', '.join(p for p in parts if p)}" if any(parts) else None


def _command(b: Builder, catalog: Catalog, table: str) -> str | None:
    column, other = b.column(catalog, table), b.table(catalog)
    if column is None or other is None:
        return None
    kind = b.random.choice(TYPES)
    target = b.column(catalog, other)
    return b.random.choice((
        f"ADD COLUMN {b.new_column(catalog, b.random.choice(COLUMNS))}",
        f"ADD COLUMN {b.new_column(catalog, b.random.choice(COLUMNS))}",
        f"DROP COLUMN {'IF EXISTS ' * b.random.randint(0, 1)}{column}{' CASCADE' * b.random.randint(0, 1)}",
        f"ALTER COLUMN {column} TYPE {kind} USING {column}::text::{kind}",
        f"ALTER COLUMN {column} {b.random.choice(('SET', 'DROP'))} NOT NULL",
        f"ALTER COLUMN {column} DROP DEFAULT",
        f"ALTER COLUMN {column} SET DEFAULT {b.random.choice(tuple(DEFAULTS.values()))}",
        f"ADD CONSTRAINT fk_{b.random.randint(1, 2)} FOREIGN KEY ({column}) REFERENCES {other} ({target})"
        + b.random.choice(ACTIONS),
        f"ADD CONSTRAINT uq UNIQUE ({column})",
        f"ADD CONSTRAINT ck CHECK ({column} IS NOT NULL)",
        f"ADD PRIMARY KEY ({column})",
    ))  # fmt: skip


def _rename(b: Builder, catalog: Catalog) -> str | None:
    table = b.table(catalog)
    if table is None:
        return None
    column = b.column(catalog, table)
    if b.random.random() < 0.6:
        return f"ALTER TABLE {table} RENAME COLUMN {column} TO {b.pick(*COLUMNS)}"
    return f"ALTER TABLE {table} RENAME TO {b.pick(*TABLES)}"


def _index(b: Builder, catalog: Catalog) -> str | None:
    table = b.table(catalog)
    if table is None:
        return None
    unique = "UNIQUE " if b.random.random() < 0.3 else ""
    condition = " WHERE true" if b.random.random() < 0.1 else ""
    how = b.random.choice(("", "", "CONCURRENTLY "))
    columns = b.column(catalog, table)
    return f"CREATE {unique}INDEX {how}{b.pick('i_one', 'i_Two', 'i three')} ON {table} ({columns}){condition}"


def _drop(b: Builder, catalog: Catalog) -> str | None:
    kind = b.random.choice(("table", "view", "index", "type", "constraint"))
    name = b._own(catalog, kind)
    if name is None:
        return None
    if kind == "constraint":
        constraint = catalog[f"constraint {name}"]
        return f"ALTER TABLE {constraint.within} DROP CONSTRAINT {constraint.own_name}"
    return f"DROP {kind.upper()} {name}{' CASCADE' * b.random.randint(0, 1)}"


def _enum(b: Builder, catalog: Catalog) -> str:
    name = b.pick("mood", "Role")
    known = b._own(catalog, "type")
    choice = b.random.random()
    if known and choice < 0.4:
        where = " BEFORE 'a'" * b.random.randint(0, 1)
        return f"ALTER TYPE {known} ADD VALUE '{b.random.choice('abcdef')}'{where}"
    return f"CREATE TYPE {name} AS ENUM ('a', '{b.random.choice('bcd')}')"


def _view(b: Builder, catalog: Catalog) -> str | None:
    table = b.table(catalog)
    if table is None:
        return None
    replace = "OR REPLACE " if b.random.random() < 0.5 else ""
    what = b.random.choice(("*", b.column(catalog, table)))
    return f"CREATE {replace}VIEW {b.pick('seen', 'View 2')} AS SELECT {what} FROM {table}"


def _data(b: Builder, catalog: Catalog) -> str | None:
    table = b.table(catalog)
    column = b.column(catalog, table) if table else None
    return f"UPDATE {table} SET {column} = {column}" if column else None


def _block(b: Builder, catalog: Catalog) -> str:
    return f"DO $$ BEGIN CREATE TABLE {b.pick(*TABLES)} (made text); EXCEPTION WHEN duplicate_table THEN NULL; END $$"


MAKERS = (
    *[_create_table] * 3, *[_alter_table] * 6, _rename, *[_index] * 2, *[_drop] * 2, *[_enum] * 2, *[_view] * 2,
    _data, _block,
)  # fmt: skip

VARIED = (
    (r" ON DELETE CASCADE", ""),
    (r"(REFERENCES .*\))$", r"\1 ON DELETE CASCADE"),
    (r"CREATE UNIQUE INDEX", "CREATE INDEX"),
    (r"CREATE INDEX", "CREATE UNIQUE INDEX"),
    (r"^(CREATE TABLE [^(]*\()", r"\1more integer, "),
    (r"\binteger\b", "bigint"),
    (r" NOT NULL", ""),
    (r"ENUM \('a'", "ENUM ('z', 'a'"),
)


def varied(sql: str, chooser: random.Random) -> str:
    """*sql* with another definition under the same name, where one is known."""
    others = [other for old, new in VARIED if (other := re.sub(old, new, sql)) != sql]
    return chooser.choice(others) if others else sql


def repeated(builder: Builder, earlier: Sequence[Ran]) -> Ran | None:
    """An earlier statement once more, perhaps with another definition, that fails because its object is there."""
    makers = [ran for ran in earlier if re.match(r"CREATE (?!OR|.*IF NOT)|ALTER TABLE [^,]* ADD CONSTRAINT", ran.sql)]
    for ran in builder.random.sample(makers, len(makers)):
        sql = varied(ran.sql, builder.random) if builder.random.random() < 0.6 else ran.sql
        try:
            with builder.connection.transaction(force_rollback=True):
                builder.connection.execute(sql.replace("CONCURRENTLY ", "").encode())
        except (psycopg.errors.DuplicateTable, psycopg.errors.DuplicateObject):
            return Ran(sql, ran.changed, again=True)
        except psycopg.Error:
            continue
    return None


def by_hand(builder: Builder) -> Iterator[str]:
    """What somebody does to a database past all migrations."""
    for _ in range(builder.random.choice((0, 1, 1, 2))):
        maker = builder.random.choice((_create_table, _drop, _alter_table, _index))
        sql = maker(builder, read_catalog(builder.connection))
        if sql and builder.runs(sql):
            yield sql
