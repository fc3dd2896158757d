"""A script taken apart by PostgreSQL's own grammar: its statements, what kind each is, and the object it names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from crashcart.proof.named import OF_COLUMN, SEEN, Named, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_SCRIPT = 8 << 20
"""Characters; taking a script apart needs many times its size in memory."""


class Kind(Enum):
    STRUCTURE = "structure"
    DATA = "data"
    BLOCK = "block"
    SETTING = "setting"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a script."""

    n: int
    line: int
    """1-based line of the script where it begins."""
    sql: str
    kind: Kind
    named: tuple[Named, ...]
    extension: str | None = None
    """The extension that it makes."""
    visible: bool = False
    """Whether all that it can change is part of what a catalog comparison reads."""


class NotSqlError(ValueError):
    """The script does not parse; the message says where."""


def split(script: str, schema: str) -> tuple[Statement, ...]:
    """The statements of *script*, in order. Names without a schema are taken to lie in *schema*. Raises NotSqlError."""
    from pglast import parse_sql
    from pglast.parser import ParseError
    from pglast.parser import split as slices

    if "\0" in script:
        raise NotSqlError("it holds a NUL character, where the grammar would take it to end")
    if len(script) > LONGEST_SCRIPT:
        raise NotSqlError(f"it is too long to be taken apart ({len(script)} characters)")
    try:
        trees = parse_sql(script)
        parts = slices(script, only_slices=True)
    except (ParseError, UnicodeError, ValueError, RecursionError) as error:
        raise NotSqlError(_place(script, error)) from error
    lines = _lines(script, [part.start for part in parts])
    return tuple(
        _statement(n, line, script[part], tree.stmt, schema)
        for n, (line, part, tree) in enumerate(zip(lines, parts, trees, strict=True), 1)
    )


def _lines(script: str, starts: Sequence[int]) -> Iterator[int]:
    line, seen = 1, 0
    for start in starts:
        line, seen = line + script.count("\n", seen, start), start
        yield line


def _place(script: str, error: Exception) -> str:
    message, at = str(error.args[0]), error.args[1] if len(error.args) > 1 else None
    line = f" in line {script.count(chr(10), 0, at) + 1}" if isinstance(at, int) else ""
    return f"it does not parse as PostgreSQL's SQL{line}: {message}"


def _statement(n: int, line: int, sql: str, node: Any, schema: str) -> Statement:
    return Statement(
        n=n,
        line=line,
        sql=sql,
        kind=_KINDS.get(type(node).__name__, Kind.STRUCTURE),
        named=tuple(named(node, schema)),
        visible=_visible(node),
        extension=node.extname if type(node).__name__ == "CreateExtensionStmt" else None,
    )


_KINDS = {
    "InsertStmt": Kind.DATA,
    "UpdateStmt": Kind.DATA,
    "DeleteStmt": Kind.DATA,
    "MergeStmt": Kind.DATA,
    "CopyStmt": Kind.DATA,
    "TruncateStmt": Kind.DATA,
    "SelectStmt": Kind.BLOCK,
    "DoStmt": Kind.BLOCK,
    "CallStmt": Kind.BLOCK,
    "ExecuteStmt": Kind.BLOCK,
    "VariableSetStmt": Kind.SETTING,
    "TransactionStmt": Kind.CONTROL,
    "LockStmt": Kind.CONTROL,
    "ConstraintsSetStmt": Kind.CONTROL,
    "DiscardStmt": Kind.CONTROL,
    "VacuumStmt": Kind.CONTROL,
    "CheckPointStmt": Kind.CONTROL,
    "NotifyStmt": Kind.CONTROL,
    "VariableShowStmt": Kind.CONTROL,
}


def _visible(node: Any) -> bool:
    if type(node).__name__ == "AlterTableStmt":
        return all(
            command.subtype.name in OF_COLUMN or SEEN.search(command.subtype.name) for command in node.cmds or ()
        )
    return type(node).__name__ in ("AlterSeqStmt", "AlterEnumStmt", "CommentStmt", "GrantStmt")
