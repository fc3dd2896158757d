"""What is true of each state, in the words of the contract, whatever Prisma or crashcart say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from real import states
from real.project import INIT, POSTS, TAGS, Project
from real.states import LATE, LATER


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one migration, in the words of the contract."""

    ledger: str
    proof: str | None
    """None where both of two answers could be argued for."""
    next: str | None
    file: str = "same"
    effects: str | None = None
    """One letter per statement: present, absent, different, unprovable."""


@dataclass(frozen=True, slots=True)
class State:
    """How to bring a database into a state, and what is true of it."""

    name: str
    make: Callable[[Project], object]
    """Gives a context manager where the state lasts only as long as something goes on."""
    versions: tuple[int, ...]
    remarkable: Mapping[str, Truth]
    """The migrations that are not simply applied."""
    status: int = 1
    """Exit code of ``prisma migrate status``."""
    cause: Callable[[Project], None] | None = None
    """Removes what made the migration fail and is only the user's to change, such as data."""

    @property
    def truth(self) -> Mapping[str, Truth]:
        return {**WELL, **self.remarkable}

    def __str__(self) -> str:
        return self.name


@contextmanager
def standing(state: State, project: Project) -> Iterator[None]:
    """The state, for as long as the block runs."""
    made = state.make(project)
    with made if isinstance(made, AbstractContextManager) else nullcontext():
        yield


OLDER, NEW, BOTH = (5, 6), (7,), (6, 7)
"""Versions that send a script whole; that send it statement by statement; one of each."""

APPLIED = Truth("applied", "applied", "none")
WELL = dict.fromkeys((INIT, POSTS, TAGS), APPLIED)
NOTHING = Truth("failed", "not-applied", "mark-rolled-back")
HALF = Truth("failed", "partial", "complete", effects="ppa")
DATA_IN_THE_WAY = Truth("failed", "partial", "ask", effects="ppa")
UNDER_WAY = {**dict.fromkeys(WELL, Truth("applied", None, "none")), LATE: Truth("running", "running", "wait")}
"""The catalog cannot be read to its end while a statement waits for a table lock."""

STATES = (
    State("up to date", states.up_to_date, NEW, {}, status=0),
    State("pending", states.pending, NEW, {LATE: Truth("absent", "not-applied", "none", effects="a")}),
    State(
        "A: marked as applied on an empty database", states.applied_on_empty, BOTH,
        dict.fromkeys(WELL, Truth("applied", "not-applied", "complete")), status=0,
    ),
    State(
        "B: column dropped after the deployment", states.column_dropped, NEW,
        {LATE: Truth("applied", "undone", "ask", effects="a")}, status=0,
    ),
    State(
        "C: applied file edited", states.file_edited, NEW,
        {POSTS: Truth("applied", None, "ask", file="edited")}, status=0,
    ),
    State(
        "D: migration in the database, missing from the source", states.folder_missing, NEW,
        {LATE: Truth("applied", "unprovable", "ask", file="missing")}, status=0,
    ),
    State(
        "E: an unfinished row and a pending migration", states.failed_and_pending, (6,),
        {LATE: NOTHING, LATER: Truth("absent", "not-applied", "none")}, cause=states.editor_allowed,
    ),
    State(
        "F: marked as rolled back, objects still there", states.rolled_back_but_there, (6,),
        {LATE: Truth("rolled-back", "applied", "mark-applied", effects="p")}, status=0,
    ),
    State("G: half applied", states.editor_failed, NEW, {LATE: DATA_IN_THE_WAY}, cause=states.editor_allowed),
    State(
        "failed and undone by itself", states.editor_failed, OLDER,
        {LATE: Truth("failed", "not-applied", "mark-rolled-back", effects="aaa")}, cause=states.editor_allowed,
    ),
    State(
        "half applied and marked as applied", states.half_applied_and_marked, NEW,
        {LATE: Truth("applied", "partial", "ask", effects="ppa")}, status=0, cause=states.editor_allowed,
    ),
    State("rolled back, failed again", states.failed_again, (6,), {LATE: NOTHING}, cause=states.editor_allowed),
    State(
        "failed inside its own transaction", states.failed_inside_a_transaction, BOTH,
        {LATE: NOTHING}, cause=states.editor_allowed,
    ),
    State(
        "an invalid index", states.invalid_index, BOTH,
        {LATE: APPLIED, LATER: Truth("failed", "partial", "ask", effects="d")},
    ),
    State(
        "a table of the same name, made differently", states.made_differently, NEW,
        {LATE: Truth("failed", None, "ask", effects="d")},
    ),
    State(
        "a table of an earlier migration in the way", states.name_taken, (6,),
        {LATE: Truth("failed", None, "ask", effects="ad")},
    ),
    State("two failed rows", states.two_failed, (6,), {LATE: NOTHING, LATER: NOTHING}, cause=states.both_allowed),
    State(
        "all there, nothing recorded", states.never_recorded, NEW,
        dict.fromkeys(WELL, Truth("absent", "applied", "mark-applied")),
    ),
    State("killed, yet ended by the server", states.killed, (6,), {LATE: Truth("failed", "applied", "mark-applied")}),
    State("killed between statements", states.killed, NEW, {LATE: HALF}),
    State("at work", states.at_work, BOTH, UNDER_WAY),
    State("killed, its backend still waiting", states.orphaned, NEW, UNDER_WAY),
    State("waiting for Prisma's lock", states.locked_by_another, NEW, {LATE: Truth("absent", "not-applied", None)}),
)  # fmt: skip
