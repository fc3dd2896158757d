"""One plain sentence about a migration."""

from __future__ import annotations

from crashcart.model.migration import Effect, FileState, Ledger, Proof, StatementProof
from crashcart.proof.obstacles import sentence
from crashcart.proof.standing import Standing

MOST_NAMED = 3

LEDGER = {
    Ledger.APPLIED: "the ledger says applied",
    Ledger.FAILED: "the ledger says failed",
    Ledger.ROLLED_BACK: "the ledger says rolled back",
    Ledger.RUNNING: "it is being applied at this moment",
    Ledger.ABSENT: "the ledger has no row of it",
    Ledger.UNKNOWN: "the ledger cannot be read",
}


def because(standing: Standing, proof: Proof) -> str:
    """What the ledger says, what the catalog shows, and what follows from both."""
    parts = (_ledger(standing), _catalog(standing, proof), _follows(standing, proof))
    sentence = "; ".join(part for part in parts if part)
    return sentence[:1].upper() + sentence[1:] + "."


def _ledger(standing: Standing) -> str:
    row, reading = standing.row, standing.reading
    if standing.ledger is Ledger.UNKNOWN:
        return f"cannot tell what the ledger says: {reading.unreadable}"
    if standing.ledger is Ledger.RUNNING:
        return _under_way(standing)
    if standing.ledger is Ledger.ABSENT and not reading.exists:
        return _no_table(standing)
    said = LEDGER[standing.ledger]
    if row and row.state is Ledger.RUNNING:
        said = f"it was begun and never ended, and nobody holds the migration lock any more{_blind(standing)}"
    return f"{said} ({row.note})" if row and row.note else said


def _under_way(standing: Standing) -> str:
    session = standing.reading.running(standing.script.sql if standing.script else None)
    if session:
        return f"{session} runs its script at this moment"
    return f"it has begun and not ended, and {standing.reading.holders[0]} holds the migration lock"


def _no_table(standing: Standing) -> str:
    reading = standing.reading
    elsewhere = f", only one in {', '.join(reading.elsewhere)}" if reading.elsewhere else ""
    return f"the schema {reading.schema} has no table {reading.table}{elsewhere}"


def _blind(standing: Standing) -> str:
    hidden = standing.reading.hidden
    return f" (what {hidden} other sessions run is hidden from this role)" if hidden else ""


def _catalog(standing: Standing, proof: Proof) -> str:
    if standing.effects is None:
        return f"cannot tell whether its effects are there: {standing.unproven}"
    if proof is Proof.RUNNING:
        return ""
    if proof is Proof.UNPROVABLE:
        return standing.effects.because
    return _counted(standing)


def _counted(standing: Standing) -> str:
    provable = standing.having(Effect.PRESENT, Effect.ABSENT, Effect.DIFFERENT)
    there, missing = standing.having(Effect.PRESENT), standing.having(Effect.ABSENT)
    different, traceless = standing.having(Effect.DIFFERENT), standing.having(Effect.UNPROVABLE)
    count = {0: "none of its effects is", len(provable): "every effect of it is"}
    parts = [f"{count.get(len(there), f'{len(there)} of its {len(provable)} effects are')} in the database"]
    if different and not there:
        parts = [f"in the database, but not as the script makes it: {_named(different)}"]
    parts += [f"missing: {_named(missing)}"] if missing and (there or different) else []
    parts += [f"of another definition: {_named(different)}"] if different and there else []
    parts += ["which does not tell who made it"] if there and not missing and _unrecorded(standing) else []
    parts += [f"{len(traceless)} statements leave nothing to look for"] if traceless else []
    return ", ".join(parts)


def _unrecorded(standing: Standing) -> bool:
    return standing.by_hand or standing.ledger in (Ledger.FAILED, Ledger.ROLLED_BACK, Ledger.ABSENT)


def _named(statements: tuple[StatementProof, ...]) -> str:
    names = [f"{s.object or s.sql[:40]} (line {s.line})" for s in statements[:MOST_NAMED]]
    more = len(statements) - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _follows(standing: Standing, proof: Proof) -> str:
    parts = [_consequence(standing, proof), _short(standing), _about_data(standing), _about_file(standing)]
    if standing.reading.holders and standing.ledger is not Ledger.RUNNING:
        parts.append(f"{standing.reading.holders[0]} holds the migration lock, so that nothing may be written now")
    return "; ".join(part for part in parts if part)


def _short(standing: Standing) -> str:
    short = standing.effects.short if standing.effects else None
    return f"running what is missing would not make it whole: {short}" if short else ""


def _about_data(standing: Standing) -> str:
    in_the_way = sentence(standing.look.obstacles)
    if standing.stopped_by_data:
        stopped = f"rows made it fail ({standing.stopped_by_data}), and what is missing would fail over them again"
        return f"{stopped}; {in_the_way}" if in_the_way else stopped
    return f"the data may not let what is missing run: {in_the_way}" if in_the_way else ""


def _consequence(standing: Standing, proof: Proof) -> str:
    if standing.ledger is Ledger.FAILED:
        return "this row blocks every later migration"
    if proof is Proof.UNDONE:
        return "something removed or changed them after it ran"
    if standing.by_hand and proof in (Proof.NOT_APPLIED, Proof.PARTIAL):
        return "the record hides this, and no deployment will ever make it"
    if standing.ledger in (Ledger.ROLLED_BACK, Ledger.ABSENT):
        return _at_deploy(standing, proof)
    return ""


def _at_deploy(standing: Standing, proof: Proof) -> str:
    if standing.script is None:
        return ""
    if standing.script.problem:
        return standing.script.problem
    if standing.no_sql:
        return "the next deployment would stop at it"
    if standing.uncommitted:
        return ""
    if not standing.reading.baselined:
        return "the next deployment refuses to begin in a schema that holds tables and no record"
    if proof in (Proof.APPLIED, Proof.PARTIAL):
        return "the next deployment would run it again and stop at what already exists"
    return "the next deployment runs it"


def _about_file(standing: Standing) -> str:
    if standing.uncommitted:
        return f"its script lies in the working tree, but is not in the deployed {standing.deployed}"
    if standing.file is FileState.MISSING and standing.rows:
        return standing.script.problem or "" if standing.script else "its script is not in the migrations folder"
    if standing.file is FileState.EDITED:
        return "its script was edited since it was recorded, so that this is about another text than the one that ran"
    return ""
