"""The structure that a catalog describes, built again in another database.

What a server prints depends on its version and on the object's history (a dump changes the wording, not the meaning).
Built again in one place, two structures can be compared word by word; and a migration can be tried on the copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crashcart.proof.catalog import Catalog, Thing

if TYPE_CHECKING:
    import psycopg

ROUNDS = 8
"""How often what failed is tried again: objects need each other in an order that no catalog tells."""


Maker = tuple[str, Callable[[Thing], Iterator[str]]]


@dataclass(frozen=True, slots=True)
class Build:
    """SQL that makes one object, or a part of it."""

    key: str
    sql: str


def rebuild(connection: psycopg.Connection[Any], catalog: Catalog) -> dict[str, str]:
    """Make all of *catalog* in an empty database. Gives the keys that could not be made, with the server's reason."""
    import psycopg

    connection.execute("SET search_path = ''; SET check_function_bodies = off")
    failed: dict[str, str] = {}
    waiting = list(builds(catalog))
    for _ in range(ROUNDS):
        left, failed = [], {}
        for build in waiting:
            try:
                connection.execute(build.sql.encode())
            except (
                psycopg.errors.DuplicateObject,
                psycopg.errors.DuplicateTable,
                psycopg.errors.InvalidTableDefinition,
            ):
                continue
            except psycopg.Error as error:
                left.append(build)
                failed[build.key] = _said(error)
        if not left or len(left) == len(waiting):
            break
        waiting = left
    return failed


def _said(error: psycopg.Error) -> str:
    return f"{error.sqlstate}: {error.diag.message_primary}" if error.sqlstate else str(error)


def builds(catalog: Catalog) -> Iterator[Build]:
    """The SQL for each object, those that others need first."""
    by_kind: dict[str, list[Thing]] = {}
    for thing in catalog.values():
        by_kind.setdefault(thing.kind, []).append(thing)
    columns: dict[str, list[Thing]] = {}
    for column in by_kind.get("column", ()):
        columns.setdefault(column.within or "", []).append(column)
    identities = {s.properties["identity of"]: s for s in by_kind.get("sequence", ()) if "identity of" in s.properties}
    yield from _made(by_kind, _BEFORE_TABLES)
    for table in by_kind.get("table", ()):
        yield Build(table.key, _table(table, columns.get(table.name, ()), identities))
    yield from _made(by_kind, _AFTER_TABLES)


def _made(by_kind: Mapping[str, Sequence[Thing]], makers: Sequence[Maker]) -> Iterator[Build]:
    for kind, make in makers:
        for thing in by_kind.get(kind, ()):
            yield from (Build(thing.key, sql) for sql in make(thing))


def drop(thing: Thing) -> str:
    """SQL that removes *thing* and what hangs on it."""
    if thing.kind in ("column", "constraint"):
        return f"ALTER TABLE {thing.within} DROP {thing.kind.upper()} {thing.own_name} CASCADE"
    if thing.kind in ("trigger", "policy", "rule"):
        return f"DROP {thing.kind.upper()} {thing.own_name} ON {thing.within}"
    kind = "ROUTINE" if thing.kind == "function" else thing.kind.upper()
    return f"DROP {kind} {thing.name} CASCADE"


def _schema(thing: Thing) -> Iterator[str]:
    yield f"CREATE SCHEMA IF NOT EXISTS {thing.name}"


def _type(thing: Thing) -> Iterator[str]:
    told = thing.properties
    if "domain over" in told:
        default = f" DEFAULT {told['default']}" if "default" in told else ""
        null = " NOT NULL" if "nullable" in told else ""
        yield f"CREATE DOMAIN {thing.name} AS {told['domain over']}{default}{null} {told.get('checks', '')}"
    elif "attributes" in told:
        yield f"CREATE TYPE {thing.name} AS ({told['attributes']})"
    elif "range over" in told:
        yield f"CREATE TYPE {thing.name} AS RANGE (SUBTYPE = {told['range over']})"
    else:
        yield f"CREATE TYPE {thing.name} AS ENUM ({', '.join(_labels(told))})"


def _labels(told: Mapping[str, str]) -> list[str]:
    """The labels of an enum in order; each property tells a label's predecessor."""
    after = {
        place.removeprefix("after "): name.removeprefix("value ") for name, place in told.items() if name != "kind"
    }
    labels: list[str] = []
    label = after.get("first")
    while label is not None and len(labels) <= len(after):
        labels.append(label)
        label = after.get(label)
    return labels


def _sequence(thing: Thing) -> Iterator[str]:
    if "identity of" not in thing.properties:
        yield f"CREATE SEQUENCE {thing.name} AS {thing.properties['type']} {_counting(thing)}"


def _counting(thing: Thing) -> str:
    told = thing.properties
    return (
        f"START WITH {told['start']} INCREMENT BY {told['increment']} MINVALUE {told['minimum']} "
        f"MAXVALUE {told['maximum']} CACHE {told['cache']}{' CYCLE' if 'cycle' in told else ''}"
    )


def _owned(thing: Thing) -> Iterator[str]:
    if "owned by" in thing.properties:
        yield f"ALTER SEQUENCE {thing.name} OWNED BY {thing.properties['owned by']}"


def _table(thing: Thing, columns: Sequence[Thing], identities: Mapping[str, Thing]) -> str:
    told = thing.properties
    unlogged = "UNLOGGED " if told.get("persistence") else ""
    key = f" PARTITION BY {told['partition key']}" if "partition key" in told else ""
    options = f" WITH ({told['options']})" if "options" in told else ""
    if "partition of" in told:
        parent, _, bound = told["partition of"].partition(" ")
        return f"CREATE {unlogged}TABLE {thing.name} PARTITION OF {parent} {bound}{key}{options}"
    body = ", ".join(_column(column, identities.get(column.name)) for column in columns)
    parents = f" INHERITS ({told['inherits']})" if "inherits" in told else ""
    return f"CREATE {unlogged}TABLE {thing.name} ({body}){parents}{key}{options}"


def _column(thing: Thing, identity: Thing | None) -> str:
    told = thing.properties
    parts = [thing.own_name, told["type"]]
    if "collation" in told:
        parts.append(f"COLLATE {told['collation']}")
    if "generated" in told:
        expression, _, how = told["generated"].rpartition(" ")
        parts.append(f"GENERATED ALWAYS AS ({expression}) {how.upper()}")
    if "identity" in told:
        counting = f" (SEQUENCE NAME {identity.name} {_counting(identity)})" if identity else ""
        parts.append(f"GENERATED {told['identity'].upper()} AS IDENTITY{counting}")
    if told["nullable"] == "no":
        parts.append("NOT NULL")
    return " ".join(parts)


def _default(thing: Thing) -> Iterator[str]:
    if "default" in thing.properties:
        yield f"ALTER TABLE {thing.within} ALTER COLUMN {thing.own_name} SET DEFAULT {thing.properties['default']}"


def _constraint(first: str) -> Callable[[Thing], Iterator[str]]:
    def make(thing: Thing) -> Iterator[str]:
        definition = thing.properties["definition"]
        if bool(re.match(first, definition)) and "inherited" not in thing.properties:
            yield f"ALTER TABLE {thing.within} ADD CONSTRAINT {thing.own_name} {definition}"

    return make


def _defined(thing: Thing) -> Iterator[str]:
    yield thing.properties["definition"]


def _view(thing: Thing) -> Iterator[str]:
    told = thing.properties
    options = f" WITH ({told['options']})" if "options" in told else ""
    query = told["query"].rstrip().removesuffix(";")
    data = f" WITH {'NO ' if 'populated' in told else ''}DATA" if thing.kind == "materialized view" else ""
    yield f"CREATE {thing.kind.upper()} {thing.name}{options} AS {query}{data}"


def _trigger(thing: Thing) -> Iterator[str]:
    yield thing.properties["definition"]
    how = {"no": "DISABLE", "replica": "ENABLE REPLICA", "always": "ENABLE ALWAYS"}.get(thing.properties["enabled"])
    if how:
        yield f"ALTER TABLE {thing.within} {how} TRIGGER {thing.own_name}"


def _policy(thing: Thing) -> Iterator[str]:
    told = thing.properties
    using = f" USING ({told['using']})" if "using" in told else ""
    check = f" WITH CHECK ({told['check']})" if "check" in told else ""
    yield (
        f"CREATE POLICY {thing.own_name} ON {thing.within} AS {told['kind']} FOR {told['command']} "
        f"TO {told['roles']}{using}{check}"
    )


def _row_security(thing: Thing) -> Iterator[str]:
    if "row security" in thing.properties:
        yield f"ALTER TABLE {thing.name} ENABLE ROW LEVEL SECURITY"
    if "row security for owner" in thing.properties:
        yield f"ALTER TABLE {thing.name} FORCE ROW LEVEL SECURITY"


def _comment(thing: Thing) -> Iterator[str]:
    named = thing.name.removeprefix("on ")
    for kind, word in _COMMENTED:
        if named.startswith(f"{kind} "):
            text = thing.properties["text"].replace("'", "''")
            yield f"COMMENT ON {word}{named.removeprefix(kind)} IS '{text}'"
            return


def _grant(thing: Thing) -> Iterator[str]:
    what, _, role = thing.name.removeprefix("on ").rpartition(" to ")
    for privilege, how in thing.properties.items():
        yield f"GRANT {privilege} ON {what} TO {role}{' WITH GRANT OPTION' if how != 'yes' else ''}"


_COMMENTED = (
    ("table column", "COLUMN"),
    ("table constraint", "CONSTRAINT"),
    *((kind, kind.upper()) for kind in ("table", "view", "materialized view", "index", "sequence", "type", "function")),
)

_BEFORE_TABLES: Sequence[Maker] = (("schema", _schema), ("type", _type), ("sequence", _sequence))
_AFTER_TABLES: Sequence[Maker] = (
    ("function", _defined),
    ("column", _default),
    ("sequence", _owned),
    ("constraint", _constraint("PRIMARY KEY|UNIQUE|EXCLUDE")),
    ("constraint", _constraint("CHECK")),
    ("index", _defined),
    ("constraint", _constraint("FOREIGN KEY")),
    ("view", _view),
    ("materialized view", _view),
    ("trigger", _trigger),
    ("rule", _defined),
    ("table", _row_security),
    ("policy", _policy),
    ("comment", _comment),
    ("grant", _grant),
)
