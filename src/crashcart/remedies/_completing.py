"""The statements that complete a migration, as something that a person can run whole and take back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from crashcart.model.migration import Effect, MigrationProof
from crashcart.model.plan import RunSql
from crashcart.model.target import Target
from crashcart.proof.named import Verb, named
from crashcart.tools import checks

LOCK_TIMEOUT = "5s"
CHECK = "crashcart migrations"
ALONE = ("VacuumStmt", "CreatedbStmt", "DropdbStmt", "CreateTableSpaceStmt", "DropTableSpaceStmt", "AlterSystemStmt")
MOST_NAMED = 20


def complete(proof: MigrationProof, target: Target) -> RunSql:
    """Run what is missing of *proof* on *target*'s database: all of it or nothing, where its statements allow that."""
    nodes = [raw.stmt for statement in proof.completing_sql for raw in _parsed(statement)]
    together = not any(_alone(node) for node in nodes)
    how = (
        "all of them or none"
        if together
        else "one by one, as one of them cannot run in a transaction; where one fails, look again"
    )
    does = f"Run the statements of {proof.name} whose effects are missing, {how}"
    script = _comment(f"As FILE: {checks.psql_script(target)}") + _script(proof.completing_sql, together=together)
    return RunSql(does, script, check=CHECK, undo=_undo(proof, nodes))


def _comment(text: str) -> str:
    return "".join(f"-- {line}\n" for line in text.splitlines())


def _script(statements: Sequence[str], *, together: bool) -> str:
    local = "LOCAL " if together else ""
    body = (f"SET {local}lock_timeout = '{LOCK_TIMEOUT}'", *statements)
    lines = ("BEGIN", *body, "COMMIT") if together else body
    return "\n".join(f"{_without_end(line)};" for line in lines)


def _without_end(statement: str) -> str:
    """*statement* without its semicolon, and ending on a line that is no comment."""
    bare = statement.strip().removesuffix(";")
    return bare + "\n" if "--" in bare.rpartition("\n")[2] else bare


def _parsed(statement: str) -> Sequence[Any]:
    from pglast import parse_sql
    from pglast.parser import ParseError

    try:
        return tuple(parse_sql(statement))
    except ParseError:
        return ()


def _alone(node: Any) -> bool:
    """Whether PostgreSQL refuses it inside a transaction, or its effect is of no use there."""
    what = type(node).__name__
    commands = [command.subtype.name for command in node.cmds or ()] if what == "AlterTableStmt" else ()
    added = what == "AlterEnumStmt" and node.newVal and not node.oldVal
    return bool(
        what in ALONE or getattr(node, "concurrent", False) or added or "AT_DetachPartition" in commands
    ) or _concurrent(node)


def _concurrent(node: Any) -> bool:
    return any(option.defname == "concurrently" for option in getattr(node, "params", None) or ())


def _undo(proof: MigrationProof, nodes: Sequence[Any]) -> str | None:
    """In words; None where something is changed or removed, which nothing brings back."""
    made = [one.verb for node in nodes for one in named(node, "public") if type(node).__name__ != "VariableSetStmt"]
    if not made or any(verb is not Verb.MAKES for verb in made) or len(made) < len(list(_structural(nodes))):
        return None
    objects = [s.object for s in reversed(proof.statements) if s.effect is Effect.ABSENT and s.object]
    more = f" and {len(objects) - MOST_NAMED} more" if len(objects) > MOST_NAMED else ""
    listed = ", ".join(objects[:MOST_NAMED])
    return f"Before anything is written to them: drop {listed}{more} again" if objects else None


def _structural(nodes: Sequence[Any]) -> Iterator[Any]:
    return (node for node in nodes if type(node).__name__ != "VariableSetStmt")
