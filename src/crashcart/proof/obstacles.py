"""Whether the rows of the live database let statements run that are still to be run. Only reads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crashcart.model.migration import Obstacle
from crashcart.proof.data_questions import Asks, Question, Reader
from crashcart.tools.redaction import redact

if TYPE_CHECKING:
    import psycopg

SECONDS = 10
"""How long one question may take."""
OF_DATA = ("23502", "23503", "23505", "23514", "23P01", "22")
"""SQLSTATEs, or their classes, of statements that rows keep from running."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the rows say to a list of statements."""

    obstacles: tuple[Obstacle, ...] = ()
    clear: frozenset[str] = frozenset()
    """The SQLSTATEs, or their classes, that no row would bring about."""
    changes_rows: bool = False
    """Whether a statement changes rows, so that not every failure can be foreseen."""

    def cleared(self, state: str) -> bool:
        """Whether what failed with *state* can be tried again, for the rows that were in its way are gone."""
        return not self.obstacles and not self.changes_rows and any(state.startswith(known) for known in self.clear)


def of_data(state: str) -> bool:
    """Whether a statement that fails with *state* fails because of rows, and would fail again."""
    return state.startswith(OF_DATA)


def look(live: psycopg.Connection[Any], statements: Sequence[str], schema: str) -> Look:
    """Ask the rows of *live* about *statements*. Raises psycopg.Error where the connection is lost."""
    reader = Reader(schema)
    try:
        questions = list(dict.fromkeys(reader.read(statements)))
    except Exception as error:  # noqa: BLE001  whatever the grammar or the printer cannot do is no answer
        why = redact(f"what the missing statements ask of the rows cannot be told: {error}")
        return Look((Obstacle(why),))
    answers = [(question, _answer(live, question, schema)) for question in questions]
    found = tuple(obstacle for _, obstacle in answers if obstacle)
    return Look(found, frozenset(question.state for question, _ in answers), reader.changed)


def _answer(live: psycopg.Connection[Any], question: Question, schema: str) -> Obstacle | None:
    import psycopg

    try:
        rows = _counted(live, question.query, schema)
    except psycopg.Error as error:
        if live.closed:
            raise
        return _failed(question, error)
    if question.asks is Asks.RUNS or not rows:
        return None
    if question.asks is Asks.EMPTY:
        return Obstacle(f"cannot tell {question.why}")
    return Obstacle(f"{question.why}: {rows}", question.query, rows)


def _counted(live: psycopg.Connection[Any], query: str, schema: str) -> int:
    from psycopg.rows import tuple_row

    with live.transaction(force_rollback=True), live.cursor(row_factory=tuple_row) as cursor:
        # Rows that a policy hides from this role would not be counted: an error is better.
        cursor.execute(
            f"SET TRANSACTION READ ONLY; SET LOCAL row_security = off; SET LOCAL statement_timeout = '{SECONDS}s'"
        )
        cursor.execute("SELECT set_config('search_path', quote_ident(%s), true)", (schema,))
        found = cursor.execute(query.encode()).fetchone()
    return int(found[0]) if found else 0


def _failed(question: Question, error: psycopg.Error) -> Obstacle:
    state, said = error.sqlstate or type(error).__name__, error.diag.message_primary or str(error)
    if question.asks is Asks.RUNS and of_data(state):
        return Obstacle(redact(f"not {question.why.removeprefix('whether ')}: {state} {said}"), question.query)
    told = question.why if question.why.startswith("whether ") else f"how many there are: {question.why}"
    return Obstacle(redact(f"cannot tell {told} ({state} {said})"), question.query)


def sentence(obstacles: Collection[Obstacle], most: int = 3) -> str:
    """The first of *obstacles* in words."""
    told = [obstacle.why for obstacle in obstacles][:most]
    more = len(obstacles) - len(told)
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")
