"""Why the last attempt at a migration failed."""

from __future__ import annotations

import re

from crashcart.model.migration import Ledger
from crashcart.proof.obstacles import of_data
from crashcart.proof.standing import Standing
from crashcart.tools.redaction import redact

TRIED = (Ledger.FAILED, Ledger.ROLLED_BACK)
SQLSTATE = re.compile(r"[0-9A-Z]{5}\b")


def failure(standing: Standing) -> str | None:
    """What the ledger wrote down, and what a run on a copy showed; neither alone is always there or always true."""
    said = _written_down(standing)
    seen = standing.effects.failure if standing.effects and standing.ledger in TRIED else None
    parts = [said, f"on a copy of the live schema: {seen}" if seen and seen != said else None]
    return redact("; ".join(part for part in parts if part)) or None


def stopped_by_data(standing: Standing) -> str | None:
    """The SQLSTATE of a failure that would come again, for rows brought it about that may still be there."""
    found = SQLSTATE.match(_written_down(standing) or "")
    if found is None or not of_data(found[0]) or standing.look.cleared(found[0]):
        return None
    return found[0]


def _written_down(standing: Standing) -> str | None:
    log = _log(standing)
    return standing.engine.failure(log) if log else None


def _log(standing: Standing) -> str | None:
    """Of the attempt that decides; where a hand covered a failure up, of the last one that failed."""
    if standing.ledger in TRIED and standing.row:
        return standing.row.log
    return next((row.log for row in reversed(standing.rows) if row.log), None) if standing.by_hand else None
