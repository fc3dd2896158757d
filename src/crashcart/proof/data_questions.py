"""What statements ask of the rows that are there already, as queries that count those which do not fit."""

# ruff: noqa: S608  names are quoted, and expressions come out of PostgreSQL's own grammar
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from crashcart.proof.named import quote

DATA = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt", "DoStmt", "SelectStmt", "CallStmt")
GIVEN = ("CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED")
LIMITED = ("varchar", "bpchar", "char")
NOT_NULL, UNIQUE, FOREIGN, CHECK, VALUE = "23502", "23505", "23503", "23514", "22"


class Asks(Enum):
    """How the answer to a question is to be read."""

    COUNT = "each row counted is in the way"
    RUNS = "only a failure of the query is in the way"
    EMPTY = "where there is any row, nothing can be told"


@dataclass(frozen=True, slots=True)
class Question:
    """One demand of a statement on the rows of a table."""

    state: str
    """The SQLSTATE, or its class, with which the statement fails over such rows."""
    why: str
    """What the query counts, or why nothing can be told."""
    query: str
    asks: Asks = Asks.COUNT


@dataclass(slots=True)
class Reader:
    """Reads statements in their order: what an earlier one makes holds no rows, or only NULL."""

    schema: str
    made: set[str] = field(default_factory=set)
    """Tables, and columns as ``table.column``, that an earlier statement makes."""
    filled: set[str] = field(default_factory=set)
    """Those of the columns that get a value in each row."""
    changed: bool = False
    """Whether an earlier statement changes rows."""

    def read(self, statements: Sequence[str]) -> Iterator[Question]:
        """The questions of all *statements*, which PostgreSQL's grammar must accept."""
        from pglast import parse_sql

        for statement in statements:
            for raw in parse_sql(statement):
                yield from self._statement(raw.stmt)

    def _statement(self, node: Any) -> Iterator[Question]:
        kind = type(node).__name__
        self.changed = self.changed or kind in DATA
        if kind in ("CreateStmt", "CreateTableAsStmt"):
            self.made.add(self._table(node.relation if kind == "CreateStmt" else node.into.rel))
        elif kind == "IndexStmt" and node.unique:
            yield from self._index(node)
        elif kind == "AlterTableStmt":
            table = self._table(node.relation)
            for command in node.cmds or ():
                yield from self._command(command, table)
        elif kind == "AlterDomainStmt" and node.def_ is not None:
            yield self._untold("", CHECK, "which rows hold a value of the domain", "SELECT 1")

    def _command(self, command: Any, table: str) -> Iterator[Question]:
        what = command.subtype.name
        if what == "AT_AddColumn":
            yield from self._column(command.def_, table)
        elif table in self.made:
            return
        elif what == "AT_SetNotNull":
            yield from self._not_null(table, command.name)
        elif what == "AT_AlterColumnType":
            yield self._cast(table, command.name, command.def_)
        elif what == "AT_AddConstraint":
            yield from self._constraint(command.def_, table)
        elif what in ("AT_ValidateConstraint", "AT_AttachPartition"):
            yield self._untold(table, CHECK, f"whether the rows of {table} fit what is made binding")

    def _column(self, column: Any, table: str) -> Iterator[Question]:
        name, kinds = column.colname, [constraint.contype.name for constraint in column.constraints or ()]
        place = f"{table}.{quote(name)}"
        given = any(kind in GIVEN for kind in kinds) or "serial" in column.typeName.names[-1].sval
        self.made.add(place)
        self.filled |= {place} if given else set()
        if table in self.made:
            return
        if not given and ("CONSTR_NOTNULL" in kinds or "CONSTR_PRIMARY" in kinds):
            yield Question(NOT_NULL, f"rows of {table} that would have no value in {quote(name)}", _count(table))
        elif "CONSTR_CHECK" in kinds or (given and {"CONSTR_UNIQUE", "CONSTR_PRIMARY", "CONSTR_FOREIGN"} & {*kinds}):
            yield self._untold(table, CHECK, f"whether the rows of {table} would fit the new column {quote(name)}")

    def _not_null(self, table: str, name: str) -> Iterator[Question]:
        place = f"{table}.{quote(name)}"
        if place not in self.filled:
            where = "" if place in self.made else f"{quote(name)} IS NULL"
            yield self._told(NOT_NULL, f"rows of {table} that have no value in {quote(name)}", _count(table, where))

    def _constraint(self, constraint: Any, table: str) -> Iterator[Question]:
        what, columns = constraint.contype.name, [key.sval for key in constraint.keys or ()]
        if constraint.skip_validation or constraint.indexname:
            return
        if what == "CONSTR_PRIMARY":
            for name in columns:
                yield from self._not_null(table, name)
        if what in ("CONSTR_PRIMARY", "CONSTR_UNIQUE"):
            yield from self._unique(
                table, columns, [quote(name) for name in columns], nulls=constraint.nulls_not_distinct
            )
        elif what == "CONSTR_NOTNULL":
            for name in columns:
                yield from self._not_null(table, name)
        elif what == "CONSTR_FOREIGN":
            yield from self._foreign(constraint, table)
        elif what == "CONSTR_CHECK":
            yield self._check(table, _sql(constraint.raw_expr))
        else:
            yield self._untold(table, CHECK, f"whether the rows of {table} fit the new constraint")

    def _check(self, table: str, condition: str) -> Question:
        return self._told(CHECK, f"rows of {table} that do not fit {condition}", _count(table, f"NOT ({condition})"))

    def _index(self, node: Any) -> Iterator[Question]:
        table, plain = self._table(node.relation), [element.name for element in node.indexParams if element.name]
        keys = [quote(element.name) if element.name else f"({_sql(element.expr)})" for element in node.indexParams]
        if table not in self.made:
            only = _sql(node.whereClause) if node.whereClause else ""
            yield from self._unique(table, plain, keys, nulls=node.nulls_not_distinct, only=only)

    def _unique(
        self, table: str, columns: Sequence[str], keys: Sequence[str], *, nulls: bool, only: str = ""
    ) -> Iterator[Question]:
        new = [f"{table}.{quote(name)}" for name in columns if f"{table}.{quote(name)}" in self.made]
        if new and not nulls and not self.changed and not self.filled.issuperset(new):
            return
        said = f"values of {', '.join(keys)} that occur more than once in {table}"
        if new:
            yield self._untold(table, UNIQUE, f"whether there would be {said}")
            return
        conditions = [*([f"({only})"] if only else []), *([] if nulls else [f"{key} IS NOT NULL" for key in keys])]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        doubled = f"SELECT FROM {table}{where} GROUP BY {', '.join(keys)} HAVING count(*) > 1"
        yield self._told(UNIQUE, said, f"SELECT count(*) FROM ({doubled}) AS doubled")

    def _foreign(self, constraint: Any, table: str) -> Iterator[Question]:
        own = [quote(name.sval) for name in constraint.fk_attrs]
        there = [quote(name.sval) for name in constraint.pk_attrs or ()]
        new = [name for name in own if f"{table}.{name}" in self.made]
        other = self._table(constraint.pktable)
        said = f"rows of {table} whose {', '.join(own)} names no row of {other}"
        if new and not self.changed and not self.filled.issuperset(f"{table}.{name}" for name in new):
            return
        if new or not there:
            yield self._untold(table, FOREIGN, f"whether there are {said}")
            return
        held = " AND ".join(f"own.{name} IS NOT NULL" for name in own)
        pairs = " AND ".join(f"other.{theirs} = own.{name}" for name, theirs in zip(own, there, strict=True))
        lost = f"NOT EXISTS (SELECT FROM {other} AS other WHERE {pairs})"
        where = held if other in self.made else f"{held} AND {lost}"
        yield self._told(FOREIGN, said, f"SELECT count(*) FROM {table} AS own WHERE {where}")

    def _cast(self, table: str, name: str, column: Any) -> Question:
        wanted, using = _sql(column.typeName), column.raw_default
        value = f"({_sql(using)})" if using else quote(name)
        said = f"whether every {quote(name)} of {table} can become {wanted}"
        if column.typeName.names[-1].sval in LIMITED and column.typeName.typmods:
            limit = _sql(column.typeName.typmods[0])
            query = _count(table, f"length(CAST({value} AS text)) > {limit}")
            return self._told(VALUE, f"values of {quote(name)} in {table} that are longer than {limit}", query)
        return Question(VALUE, said, f"SELECT count(CAST({value} AS {wanted})) FROM {table}", Asks.RUNS)

    def _told(self, state: str, why: str, query: str) -> Question:
        """Where rows are changed before, what they are now does not tell."""
        hedged = f"{why} as they are now, before the statements that change rows" if self.changed else why
        return Question(state, hedged, query)

    def _untold(self, table: str, state: str, why: str, query: str = "") -> Question:
        return Question(state, why, query or f"SELECT count(*) FROM (SELECT FROM {table} LIMIT 1) AS first", Asks.EMPTY)

    def _table(self, relation: Any) -> str:
        return f"{quote(relation.schemaname or self.schema)}.{quote(relation.relname)}"


def _count(table: str, where: str = "") -> str:
    return f"SELECT count(*) FROM {table}{f' WHERE {where}' if where else ''}"


def _sql(node: Any) -> str:
    from pglast.stream import RawStream

    return str(RawStream()(node))
