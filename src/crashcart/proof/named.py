"""The objects that a statement names, read from its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

RELATIONS = ("table", "view", "materialized view", "foreign table", "index", "sequence")


class Verb(Enum):
    MAKES = "makes"
    CHANGES = "changes"
    RENAMES = "renames"
    DROPS = "drops"


@dataclass(frozen=True, slots=True)
class Named:
    """The object that a statement names: the kinds it may be of, and its qualified name."""

    kinds: tuple[str, ...]
    name: str
    verb: Verb

    @property
    def key(self) -> str:
        return f"{self.kinds[0]} {self.name}"

    def within(self, keys: Collection[str]) -> list[str]:
        """Those of a catalog's keys that may be meant: of functions all that bear the name."""
        if self.kinds == ("function",):
            return [key for key in keys if key.startswith(f"{self.key}(")]
        return [key for kind in dict.fromkeys(self.kinds) if (key := f"{kind} {self.name}") in keys]


def named(node: Any, schema: str) -> Sequence[Named]:
    """What *node* names, as far as its kind is known here."""
    reader = _READERS.get(type(node).__name__)
    return reader(node, schema) if reader else ()


def _relation(range_var: Any, schema: str) -> str:
    return f"{quote(range_var.schemaname or schema)}.{quote(range_var.relname)}"


def _qualified(names: Any, schema: str) -> str:
    parts = [part.sval for part in names]
    return ".".join(quote(part) for part in (parts if len(parts) > 1 else [schema, *parts]))


def _table(node: Any, schema: str) -> Sequence[Named]:
    return [Named(RELATIONS, _relation(node.relation, schema), Verb.MAKES)]


def _index(node: Any, schema: str) -> Sequence[Named]:
    if not node.idxname:
        return ()
    return [
        Named(("index", *RELATIONS), f"{quote(node.relation.schemaname or schema)}.{quote(node.idxname)}", Verb.MAKES)
    ]


def _view(node: Any, schema: str) -> Sequence[Named]:
    return [Named(("view", *RELATIONS), _relation(node.view, schema), Verb.MAKES)]


def _table_as(node: Any, schema: str) -> Sequence[Named]:
    kind = "materialized view" if node.objtype.name == "OBJECT_MATVIEW" else "table"
    return [Named((kind, *RELATIONS), _relation(node.into.rel, schema), Verb.MAKES)]


def _sequence(node: Any, schema: str) -> Sequence[Named]:
    return [Named(("sequence", *RELATIONS), _relation(node.sequence, schema), Verb.MAKES)]


def _type(node: Any, schema: str) -> Sequence[Named]:
    if hasattr(node, "typevar"):
        return [Named(("type",), _relation(node.typevar, schema), Verb.MAKES)]
    names = node.domainname if hasattr(node, "domainname") else node.typeName
    return [Named(("type",), _qualified(names, schema), Verb.MAKES)]


def _changed_type(node: Any, schema: str) -> Sequence[Named]:
    return [Named(("type",), _qualified(node.typeName, schema), Verb.CHANGES)]


def _function(node: Any, schema: str) -> Sequence[Named]:
    return [Named(("function",), _qualified(node.funcname, schema), Verb.MAKES)]


def _trigger(node: Any, schema: str) -> Sequence[Named]:
    return [Named(("trigger",), f"{_relation(node.relation, schema)}.{quote(node.trigname)}", Verb.MAKES)]


def _policy(node: Any, schema: str) -> Sequence[Named]:
    return [Named(("policy",), f"{_relation(node.table, schema)}.{quote(node.policy_name)}", Verb.MAKES)]


def _schema(node: Any, _: str) -> Sequence[Named]:
    return [Named(("schema",), quote(node.schemaname), Verb.MAKES)] if node.schemaname else ()


def _extension(node: Any, _: str) -> Sequence[Named]:
    return [Named(("extension",), quote(node.extname), Verb.MAKES)]


def _changed_sequence(node: Any, schema: str) -> Sequence[Named]:
    return [Named(("sequence",), _relation(node.sequence, schema), Verb.CHANGES)]


def _altered(node: Any, schema: str) -> Sequence[Named]:
    table = _relation(node.relation, schema)
    return [named for command in node.cmds or () for named in _command(command, table)]


def _command(command: Any, table: str) -> Sequence[Named]:
    what, name = command.subtype.name, command.name
    if what == "AT_AddColumn":
        return [Named(("column",), f"{table}.{quote(command.def_.colname)}", Verb.MAKES)]
    if what == "AT_AddConstraint":
        own = command.def_.conname
        return [Named(("constraint",), f"{table}.{quote(own)}", Verb.MAKES)] if own else ()
    if what == "AT_DropColumn":
        return [Named(("column",), f"{table}.{quote(name)}", Verb.DROPS)]
    if what == "AT_DropConstraint":
        return [Named(("constraint",), f"{table}.{quote(name)}", Verb.DROPS)]
    if what == "AT_ValidateConstraint":
        return [Named(("constraint",), f"{table}.{quote(name)}", Verb.CHANGES)]
    if name and what in OF_COLUMN:
        return [Named(("column",), f"{table}.{quote(name)}", Verb.CHANGES)]
    return [Named(RELATIONS, table, Verb.CHANGES)]


OF_COLUMN = (
    "AT_ColumnDefault", "AT_DropNotNull", "AT_SetNotNull", "AT_AlterColumnType", "AT_AddIdentity", "AT_SetIdentity",
    "AT_DropIdentity", "AT_DropExpression", "AT_SetExpression",
)  # fmt: skip

SEEN = re.compile("Constraint|RowSecurity|Logged|Column|Inherit|Partition|Trig")
"""Parts of the names of ALTER TABLE's commands whose whole effect is read from the catalog."""

_DROPPED = {
    "OBJECT_TABLE": RELATIONS,
    "OBJECT_VIEW": ("view", *RELATIONS),
    "OBJECT_MATVIEW": ("materialized view", *RELATIONS),
    "OBJECT_INDEX": ("index", *RELATIONS),
    "OBJECT_SEQUENCE": ("sequence", *RELATIONS),
    "OBJECT_FOREIGN_TABLE": ("foreign table", *RELATIONS),
    "OBJECT_TRIGGER": ("trigger",),
    "OBJECT_POLICY": ("policy",),
    "OBJECT_RULE": ("rule",),
    "OBJECT_TYPE": ("type",),
    "OBJECT_DOMAIN": ("type",),
    "OBJECT_FUNCTION": ("function",),
    "OBJECT_PROCEDURE": ("function",),
    "OBJECT_ROUTINE": ("function",),
    "OBJECT_AGGREGATE": ("function",),
}


def _dropped(node: Any, schema: str) -> Sequence[Named]:
    what = node.removeType.name
    if what in ("OBJECT_SCHEMA", "OBJECT_EXTENSION"):
        kind = what.removeprefix("OBJECT_").lower()
        return [Named((kind,), quote(one.sval), Verb.DROPS) for one in node.objects]
    kinds = _DROPPED.get(what)
    return [Named(kinds, _dropped_name(one, schema, kinds), Verb.DROPS) for one in node.objects] if kinds else ()


def _dropped_name(one: Any, schema: str, kinds: tuple[str, ...]) -> str:
    names = getattr(one, "names", None) or getattr(one, "objname", None) or one
    parts = [part.sval for part in names]
    wanted = 3 if kinds in (("trigger",), ("policy",), ("rule",)) else 2
    return ".".join(quote(part) for part in ([schema] if len(parts) < wanted else []) + parts)


def _renamed(node: Any, schema: str) -> Sequence[Named]:
    if node.relation is None:
        return ()
    old, what = _relation(node.relation, schema), node.renameType.name
    if what == "OBJECT_COLUMN":
        return [Named(("column",), f"{old}.{quote(node.newname)}", Verb.RENAMES)]
    if what == "OBJECT_TABCONSTRAINT":
        return [Named(("constraint",), f"{old}.{quote(node.newname)}", Verb.RENAMES)]
    kinds = _DROPPED.get(what, ())
    if "table" in kinds:
        return [Named(kinds, f"{quote(node.relation.schemaname or schema)}.{quote(node.newname)}", Verb.RENAMES)]
    return ()


_READERS = {
    "CreateStmt": _table,
    "CreateForeignTableStmt": lambda node, schema: _table(node.base, schema),
    "IndexStmt": _index,
    "ViewStmt": _view,
    "CreateTableAsStmt": _table_as,
    "CreateSeqStmt": _sequence,
    "CreateEnumStmt": _type,
    "CreateDomainStmt": _type,
    "CreateRangeStmt": _type,
    "CompositeTypeStmt": _type,
    "AlterEnumStmt": _changed_type,
    "AlterSeqStmt": _changed_sequence,
    "CreateFunctionStmt": _function,
    "CreateTrigStmt": _trigger,
    "CreatePolicyStmt": _policy,
    "CreateSchemaStmt": _schema,
    "CreateExtensionStmt": _extension,
    "AlterTableStmt": _altered,
    "DropStmt": _dropped,
    "RenameStmt": _renamed,
}


def quote(name: str) -> str:
    """*name* as PostgreSQL's ``quote_ident`` writes it."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in _keywords()
    return name if plain else '"' + name.replace('"', '""') + '"'


@cache
def _keywords() -> Collection[str]:
    from pglast import keywords

    return keywords.RESERVED_KEYWORDS | keywords.TYPE_FUNC_NAME_KEYWORDS | keywords.COL_NAME_KEYWORDS
