"""What a database's catalog says about its structure: every object by its definition, not by its name only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

SECONDS = 30
"""How long one question to the catalog may take."""

QUESTIONS = (
    "schemas", "extensions", "types", "relations", "columns", "sequences", "constraints", "indexes", "functions",
    "triggers", "policies", "rules", "comments", "grants",
)  # fmt: skip

Property = tuple[str, str]
"""The key of an object and the name of one of its properties; the empty name stands for its being there."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One object of a database."""

    kind: str
    name: str
    """Qualified, and quoted where SQL needs it."""
    schema: str | None
    within: str | None = None
    """The table that it belongs to."""
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Such as ``column public.avatar.id``."""
        return f"{self.kind} {self.name}"

    @property
    def own_name(self) -> str:
        """The name without its table's."""
        return self.name.removeprefix(f"{self.within}.") if self.within else self.name

    def __str__(self) -> str:
        """The definition, for people."""
        told = [value if name == "definition" else f"{name} {value}" for name, value in self.properties.items()]
        return "; ".join(told) or "exists"


Catalog = Mapping[str, Thing]


def read_catalog(
    connection: psycopg.Connection[Any], *, schemas: Sequence[str] | None = None, leave_out: Collection[str] = ()
) -> dict[str, Thing]:
    """The objects of *schemas* (None: all but the system's) by key, without members of extensions.

    *leave_out* names tables that do not count, wherever they lie. Needs no right but to connect, and leaves the session
    as it was. Raises psycopg.Error.
    """
    from psycopg.rows import tuple_row

    found: dict[str, Thing] = {}
    with connection.transaction(force_rollback=True), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            f"SET TRANSACTION READ ONLY; SET LOCAL search_path = ''; SET LOCAL statement_timeout = '{SECONDS}s'"
        )
        for question in QUESTIONS:
            for schema, kind, name, within, properties in cursor.execute(sql(question).encode()):
                if schemas is None or schema is None or schema in schemas:
                    thing = Thing(kind, name, schema, within, {key: str(value) for key, value in properties.items()})
                    found[thing.key] = thing
    return {key: thing for key, thing in found.items() if not _of_tables(thing, leave_out)}


@cache
def sql(name: str) -> str:
    """One question to the catalog."""
    return files("crashcart.proof").joinpath("sql", "catalog", f"{name}.sql").read_text(encoding="utf-8")


def _of_tables(thing: Thing, tables: Collection[str]) -> bool:
    owner = thing.properties.get("owned by") or thing.properties.get("identity of") or ""
    places = [thing.name, thing.within or "", owner.rpartition(".")[0]]
    if thing.kind in ("comment", "grant"):
        places += thing.name.split()
    return any(place.replace('"', "").endswith(f".{table}") for place in places for table in tables)


def properties(catalog: Catalog) -> dict[Property, str]:
    """All properties of all objects."""
    return {place: value for thing in catalog.values() for place, value in properties_of(thing)}


def properties_of(thing: Thing) -> Iterator[tuple[Property, str]]:
    """The properties of one object, its being there first."""
    yield (thing.key, ""), "exists"
    for name, value in thing.properties.items():
        yield (thing.key, name), value


def read_again(thing: Thing, name: str) -> bool:
    """Whether the server writes this property out of what it parsed, so that versions may word it differently."""
    return name in READ_AGAIN.get(thing.kind, ())


READ_AGAIN: Mapping[str, Collection[str]] = {
    "column": ("default", "generated"),
    "constraint": ("definition",),
    "function": ("definition",),
    "index": ("definition",),
    "materialized view": ("query", "columns"),
    "policy": ("using", "check"),
    "rule": ("definition",),
    "table": ("partition key", "partition of"),
    "trigger": ("definition",),
    "type": ("checks", "default"),
    "view": ("query", "columns"),
}
