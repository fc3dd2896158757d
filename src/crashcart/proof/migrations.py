"""Reads ledger, catalog and file of each migration together.

The record alone proves nothing, and neither does a table of the right name; what may follow is decided by this table:

===========  ===========  ============  =====================================================================
ledger       catalog      next          why
===========  ===========  ============  =====================================================================
applied      all there    none
applied      missing      ask           it ran, and its effects were removed or changed later (proof: undone)
applied      missing      complete      it was marked as applied and never ran
applied      cannot tell  none          it ran to its end; ask where it was only marked
failed       all there    mark-applied
failed       nothing      mark-rolled-back
failed       some         complete
failed       cannot tell  ask
rolled back  all there    mark-applied  the next deployment would stop at an object that exists
rolled back  nothing      none          the next deployment runs it
rolled back  some         complete
rolled back  cannot tell  ask           none where its script is gone as well
absent       as for rolled back, but none where one cannot tell: nothing says that it was ever tried
running      any          wait
unknown      any          ask
===========  ===========  ============  =====================================================================

Where the schema holds tables and no ledger, the tool refuses to begin: ask instead of none.
Above the table stand: somebody holds the migration lock (wait before anything is written); an object has another
definition, the script was edited since, or a statement before the first missing one leaves no trace (ask); the data
forbid what is missing, or it cannot be told whether they do, or they made the last attempt fail (ask before it is
completed); the script is no SQL (ask before it is deployed).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crashcart.engines import Engine
from crashcart.model.migration import (
    Effect,
    FileState,
    Ledger,
    MigrationProof,
    MigrationsReport,
    Next,
    Proof,
    Script,
)
from crashcart.model.target import Target
from crashcart.proof import ledger, obstacles
from crashcart.proof.deployed import deployed
from crashcart.proof.failures import failure, stopped_by_data
from crashcart.proof.ledger import Reading
from crashcart.proof.standing import Standing
from crashcart.proof.wording import because
from crashcart.tools.clock import Deadline
from crashcart.tools.redaction import redact

if TYPE_CHECKING:
    import psycopg

    from crashcart.proof.schema import SchemaProof
    from crashcart.tools.scratch_database import Databases

NO_SERVER = "no PostgreSQL server to replay it on: pip install 'crashcart[shadow]', or install postgresql"

WRITES = (Next.MARK_APPLIED, Next.MARK_ROLLED_BACK, Next.COMPLETE)

MISSING = (Proof.NOT_APPLIED, Proof.PARTIAL)

PENDING = {
    Proof.APPLIED: Next.MARK_APPLIED,
    Proof.NOT_APPLIED: Next.NONE,
    Proof.PARTIAL: Next.COMPLETE,
    Proof.UNPROVABLE: Next.NONE,
}
TABLE: dict[Ledger, dict[Proof, Next]] = {
    Ledger.APPLIED: {
        Proof.APPLIED: Next.NONE,
        Proof.NOT_APPLIED: Next.COMPLETE,
        Proof.PARTIAL: Next.COMPLETE,
        Proof.UNPROVABLE: Next.NONE,
    },
    Ledger.FAILED: {
        Proof.APPLIED: Next.MARK_APPLIED,
        Proof.NOT_APPLIED: Next.MARK_ROLLED_BACK,
        Proof.PARTIAL: Next.COMPLETE,
    },
    Ledger.ROLLED_BACK: {**PENDING, Proof.UNPROVABLE: Next.ASK},
    Ledger.ABSENT: PENDING,
    Ledger.RUNNING: dict.fromkeys(Proof, Next.WAIT),
    Ledger.UNKNOWN: {},
}


def prove(
    target: Target,
    live: psycopg.Connection[Any],
    *,
    engine: Engine,
    shadow: Databases | None,
    deadline: Deadline,
    schema: str = "public",
) -> MigrationsReport:
    """The proven state of every migration that the folder or the ledger knows. Only reads.

    Raises psycopg.Error where the connection is lost, OSError where the folder cannot be listed.
    """
    if target.migrations is None:
        raise ValueError("a target without a migrations folder has nothing to prove")
    scripts = engine.scripts(target.migrations, target.project)
    reading = ledger.read(live, engine, schema)
    schema_proof, why = _replayed(scripts, reading, live, engine, shadow, deadline)
    committed = deployed(target)
    standings = [
        _asked(replace(standing, deployed=committed), live, schema)
        for standing in _standings(scripts, reading, engine, schema_proof, why)
    ]
    return MigrationsReport(
        engine=engine.name,
        folder=_shown(target),
        migrations=tuple(judge(standing) for standing in standings),
        drift=tuple(sorted(schema_proof.drift, key=lambda drift: drift.object)) if schema_proof else (),
        shadow=schema_proof.shadow if schema_proof else None,
        unknown=_unknown(reading, engine.notes(target.migrations), schema_proof, why),
        schema=schema,
        baselined=reading.baselined,
    )


def _replayed(
    scripts: Sequence[Script],
    reading: Reading,
    live: psycopg.Connection[Any],
    engine: Engine,
    shadow: Databases | None,
    deadline: Deadline,
) -> tuple[SchemaProof | None, str]:
    """The proof by replay, or why there is none."""
    import psycopg

    from crashcart.proof import schema as by_replay

    readable = [script for script in scripts if script.sql is not None]
    if not readable:
        return None, "the migrations folder holds no script"
    if shadow is None:
        return None, NO_SERVER
    if deadline.passed:
        return None, "the time was up before it could be replayed"
    applied = [row for row in reading.rows if row.state is Ledger.APPLIED]
    try:
        proof = by_replay.prove(
            readable,
            live,
            shadow,
            schema=reading.schema,
            ledger_table=engine.ledger_table,
            applied={row.name for row in applied},
            ran={row.name for row in applied if not row.marked_by_hand},
            tried={row.name for row in reading.rows},
            deadline=deadline,
        )
    except psycopg.Error as error:
        if live.closed:
            raise
        return None, _unread(error)
    return proof, ""


def _unread(error: psycopg.Error) -> str:
    """A migration under way holds locks that keep others from reading the structure."""
    said = error.diag.message_primary or str(error).strip()
    return f"the structure could not be read: {error.sqlstate or type(error).__name__} {said}"


def _standings(
    scripts: Sequence[Script], reading: Reading, engine: Engine, proven: SchemaProof | None, why: str
) -> Iterator[Standing]:
    """The folder's migrations in their order, then those that only the ledger knows, oldest first."""
    rows = dict(reading.by_name())
    for script in scripts:
        effects = proven.effects.get(script.name) if proven else None
        unproven = script.problem or why or "it was not replayed"
        yield Standing(script.name, engine, reading, rows.pop(script.name, ()), script, effects, unproven)
    for name, attempts in rows.items():
        yield Standing(name, engine, reading, attempts, None, None, "its script is not there")


def _asked(standing: Standing, live: psycopg.Connection[Any], schema: str) -> Standing:
    """With what the rows say to that which is to be run."""
    missing = standing.effects.completing_sql if standing.effects else ()
    if not missing or TABLE[standing.ledger].get(_proof(standing)) not in (Next.COMPLETE, Next.MARK_ROLLED_BACK):
        return standing
    return replace(standing, look=obstacles.look(live, missing, schema))


def _unknown(reading: Reading, notes: Sequence[str], proven: SchemaProof | None, why: str) -> tuple[str, ...]:
    said = (*reading.notes, *notes, *(proven.unknown if proven else (why,)))
    return tuple(redact(sentence) for sentence in said if sentence)


def _shown(target: Target) -> str:
    folder, project = target.migrations, target.project
    return str(folder.relative_to(project) if folder and folder.is_relative_to(project) else folder)


def judge(standing: Standing) -> MigrationProof:
    """What the three say together, in one sentence, and what may follow."""
    proof = _proof(standing)
    standing = replace(standing, stopped_by_data=stopped_by_data(standing) if proof in MISSING else None)
    after = _next(standing, proof)
    completing = standing.effects.completing_sql if standing.effects and after is Next.COMPLETE else ()
    return MigrationProof(
        name=standing.name,
        engine=standing.engine.name,
        ledger=standing.ledger,
        proof=proof,
        file=standing.file,
        next=after,
        because=redact(because(standing, proof)),
        statements=standing.statements,
        rows=standing.rows,
        failure=failure(standing),
        completing_sql=completing,
        obstacles=standing.look.obstacles,
        uncommitted=standing.uncommitted,
    )


def _proof(standing: Standing) -> Proof:
    if standing.ledger is Ledger.RUNNING:
        return Proof.RUNNING
    if standing.effects is None:
        return Proof.UNPROVABLE
    ran = standing.ledger is Ledger.APPLIED and not standing.by_hand
    return Proof.UNDONE if ran and standing.effects.proof in MISSING else standing.effects.proof


def _next(standing: Standing, proof: Proof) -> Next:
    if standing.script is None and standing.ledger is Ledger.ROLLED_BACK:
        return Next.NONE
    wanted = TABLE[standing.ledger].get(proof, Next.ASK)
    if wanted in WRITES and standing.reading.holders:
        return Next.WAIT
    if wanted in WRITES and not _safe(standing, wanted):
        return Next.ASK
    if wanted is Next.NONE and not standing.reading.baselined:
        return Next.ASK
    if (
        _edited_since(standing)
        or _lost(standing)
        or standing.no_sql
        or (standing.by_hand and proof is Proof.UNPROVABLE)
    ):
        return Next.ASK
    return wanted


def _safe(standing: Standing, wanted: Next) -> bool:
    """Whether what is known suffices for a step that writes."""
    if standing.having(Effect.DIFFERENT) or any(row.finished_at and row.rolled_back_at for row in standing.rows):
        return False
    if standing.file is FileState.EDITED and wanted is not Next.MARK_APPLIED:
        return False
    if wanted is Next.COMPLETE and not (standing.effects and standing.effects.completing_sql):
        return False
    if wanted is Next.COMPLETE and (standing.look.obstacles or standing.stopped_by_data):
        return False
    return not _traceless_in_doubt([statement.effect for statement in standing.statements])


def _traceless_in_doubt(effects: Sequence[Effect]) -> bool:
    """Whether a statement that leaves no trace may have run or may not have.

    Statements run in order: after the first missing effect nothing has run. Where something is there all the same, it
    came from elsewhere, and the order tells nothing.
    """
    first = effects.index(Effect.ABSENT) if Effect.ABSENT in effects else len(effects)
    in_order = Effect.PRESENT not in effects[first:]
    return Effect.UNPROVABLE in (effects[:first] if in_order else effects)


def _edited_since(standing: Standing) -> bool:
    return standing.ledger is Ledger.APPLIED and standing.file is FileState.EDITED


def _lost(standing: Standing) -> bool:
    return standing.file is FileState.MISSING and standing.ledger is not Ledger.RUNNING
