"""Which effects of each migration are in the live database: found by running the history again in a shadow server."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from crashcart.model.migration import Drift, Effect, Proof, Script, StatementProof
from crashcart.proof import drift
from crashcart.proof.catalog import Catalog, read_catalog
from crashcart.proof.compare import Comparison
from crashcart.proof.effects import Judge, Seen, as_proof
from crashcart.proof.order import settled
from crashcart.proof.rehearsal import Copies, Copy, Trial, copied
from crashcart.proof.replay import Step, Timeline, remade, replay, take_apart
from crashcart.proof.statements import Kind, Statement
from crashcart.proof.verdict import verdict
from crashcart.proof.workshop import Surroundings, TimeUpError, Workshop, surroundings
from crashcart.proof.workshop import workshop as opened
from crashcart.tools.clock import Deadline
from crashcart.tools.scratch_database import Databases

if TYPE_CHECKING:
    import psycopg

HISTORY: Literal["complete history"] = "complete history"
COPY: Literal["live minus effects"] = "live minus effects"

SECONDS = 120.0
MOST_CLOSELY = 500
"""Statements after which the structure is read; of more than that, scripts are looked at as wholes."""


@dataclass(frozen=True, slots=True)
class MigrationEffects:
    """What the catalog alone says about one migration."""

    statements: tuple[StatementProof, ...]
    """Without those that only begin, end or set something for the session."""
    proof: Proof
    because: str
    completing_sql: tuple[str, ...] = ()
    """What is still to be run, in order; empty where that would not complete it."""
    basis: Literal["complete history", "live minus effects"] = HISTORY
    failure: str | None = None
    """Why a statement fails on a copy of the live structure; data is not on it."""
    short: str | None = None
    """What would still not be as the script makes it after what is missing was run, seen on a copy."""


@dataclass(frozen=True, slots=True)
class SchemaProof:
    """What the live structure says about a history."""

    effects: Mapping[str, MigrationEffects]
    drift: tuple[Drift, ...] = ()
    shadow: str = ""
    unknown: tuple[str, ...] = ()


def prove(
    scripts: Sequence[Script],
    live: psycopg.Connection[Any],
    shadow: Databases,
    *,
    schema: str,
    ledger_table: str,
    only: Collection[str] | None = None,
    applied: Collection[str] | None = None,
    ran: Collection[str] | None = None,
    tried: Collection[str] | None = None,
    deadline: Deadline | None = None,
) -> SchemaProof:
    """Hold the effects of *scripts*, given in the order in which they run, against the structure of *live*.

    *only* names the migrations to prove statement by statement (None: all, as far as there are not too many), *applied*
    those that the ledger calls applied (None: all), *ran* those of them that ran to their end, which are never
    completed (None: all applied ones), *tried* those that were begun at least (None: all). Only reads from *live*.
    Raises psycopg.Error where *live* fails.
    """
    known = {script.name for script in scripts} if applied is None else set(applied)
    proving = _Proving(
        live=read_catalog(live, leave_out=[ledger_table]),
        around=surroundings(live),
        shadow=shadow,
        schema=schema,
        ledger_table=ledger_table,
        applied=known,
        ran=known if ran is None else set(ran),
        tried={script.name for script in scripts} if tried is None else {*tried, *known},
        deadline=deadline or Deadline(SECONDS),
    )
    try:
        return proving.prove(scripts, only)
    except TimeUpError:
        why = f"the time was up before the history was replayed on {shadow.description}"
        effects = {script.name: MigrationEffects((), Proof.UNPROVABLE, why) for script in scripts}
        return SchemaProof(effects, shadow=shadow.description, unknown=(why,))


@dataclass(slots=True)
class _Proving:
    """One proof while it is made."""

    live: Catalog
    around: Surroundings
    shadow: Databases
    schema: str
    ledger_table: str
    applied: set[str]
    ran: set[str]
    tried: set[str]
    deadline: Deadline
    unknown: list[str] = field(default_factory=list)

    def prove(self, scripts: Sequence[Script], only: Collection[str] | None) -> SchemaProof:
        """Look at whole scripts first, and again at the statements of those that are not simply there."""
        timeline = take_apart(scripts, self.schema)
        wanted = [script.name for script in scripts if only is None or script.name in only]
        closely = self._most(timeline, [name for name in wanted if only is not None or name not in self.applied])
        while True:
            with ExitStack() as stack:
                history = stack.enter_context(self.workshop())
                replay(history, timeline, closely)
                judge = Judge(timeline, Comparison(self.live, timeline.final, self._twice), self.applied)
                unclear = [name for name in wanted if name not in closely and _unclear(judge, name)]
                more = self._most(timeline, [*closely, *reversed(unclear)]) - closely
                if not more:
                    return self._proof(wanted, judge, history, Copies(partial(self._copy, stack, judge), judge))
            closely, timeline = closely | more, timeline.again()

    def _proof(self, wanted: Sequence[str], judge: Judge, history: Workshop, copies: Copies) -> SchemaProof:
        effects = {name: self._effects(name, judge, history, copies) for name in wanted}
        self._say_what_is_missing(judge.timeline, copies)
        differences = self._drift(judge.timeline, judge.comparison)
        return SchemaProof(effects, differences, self._described(history), tuple(dict.fromkeys(self.unknown)))

    def workshop(self) -> AbstractContextManager[Workshop]:
        return opened(
            self.shadow, schema=self.schema, leave_out=[self.ledger_table], around=self.around, deadline=self.deadline
        )

    def _twice(self, catalog: Catalog) -> Catalog:
        with self.workshop() as fresh:
            copied(fresh, catalog)
            return fresh.catalog()

    def _copy(self, stack: ExitStack, judge: Judge) -> Copy:
        fresh = stack.enter_context(self.workshop())
        return Copy(fresh, judge, copied(fresh, self.live))

    def _described(self, history: Workshop) -> str:
        stood_in = ", ".join(sorted(history.stubs))
        return f"{self.shadow.description} (with stand-ins for {stood_in})" if stood_in else self.shadow.description

    def _most(self, timeline: Timeline, names: Sequence[str]) -> set[str]:
        """As many of *names*, in this order, as can be looked at closely."""
        chosen: set[str] = set()
        room = MOST_CLOSELY
        for name in names:
            room -= len(timeline.statements.get(name, ()))
            if room >= 0 and name in timeline.statements:
                chosen.add(name)
        return chosen

    def _effects(self, name: str, judge: Judge, history: Workshop, copies: Copies) -> MigrationEffects:
        timeline = judge.timeline
        if name in timeline.unreadable:
            return MigrationEffects((), Proof.UNPROVABLE, timeline.unreadable[name])
        steps = list(timeline.of(name))
        statements = timeline.statements[name]
        if any(step.failure and step.failure.missing for _, step in steps):
            return self._on_a_copy(name, statements, copies)
        if any(step.statement is None for _, step in steps):
            if _unclear(judge, name):
                return _of_whole_script(judge, steps)
            whole = [(statement, judge.in_the_whole(statement)) for statement in statements]
            return self._summed_up(name, whole, HISTORY, copies, None)
        seen = settled([(place, _seen(judge, place, step, history)) for place, step in steps])
        if self._gaps(timeline) and any(one.effect is Effect.DIFFERENT for one in seen):
            return self._on_a_copy(name, statements, copies)
        answers = [(step.statement, one) for (_, step), one in zip(steps, seen, strict=True) if step.statement]
        failure = next((str(s.failure) for _, s in steps if s.failure and not s.failure.of_the_shadow), None)
        return self._summed_up(name, answers, HISTORY, copies, failure)

    def _on_a_copy(self, name: str, statements: Sequence[Statement], copies: Copies) -> MigrationEffects:
        return self._summed_up(name, list(zip(statements, copies.prove(statements), strict=True)), COPY, copies, None)

    def _gaps(self, timeline: Timeline) -> list[str]:
        """The applied migrations whose effects the replayed history lacks."""
        return sorted(name for name in self.applied if name not in timeline.statements or name in timeline.failures)

    def _summed_up(
        self,
        name: str,
        answers: Sequence[tuple[Statement, Seen]],
        basis: Literal["complete history", "live minus effects"],
        copies: Copies,
        failure: str | None,
    ) -> MigrationEffects:
        telling = [(s, seen) for s, seen in answers if s.kind not in (Kind.CONTROL, Kind.SETTING)]
        proof, because = verdict([(s.n, seen.effect) for s, seen in telling])
        tried = Trial((), failure)
        begun = proof is Proof.PARTIAL or (proof is Proof.NOT_APPLIED and name in self.tried)
        if begun and name not in self.ran:
            wanted = copies.judge.wanted(name) if basis is HISTORY else {}
            stays = proof is Proof.PARTIAL or name in self.applied
            tried = copies.complete(answers, wanted, failure, stays=stays)
        statements = tuple(as_proof(statement, seen) for statement, seen in telling)
        return MigrationEffects(statements, proof, because, tried.sql, basis, tried.failure, tried.short)

    def _say_what_is_missing(self, timeline: Timeline, copies: Copies) -> None:
        for name, why in timeline.unreadable.items():
            self.unknown.append(f"{name} was not replayed: {why}")
        for name, failure in timeline.failures.items():
            if name in self.applied:
                self.unknown.append(f"{name} does not run to its end on {self.shadow.description} ({failure})")
        for key, why in copies.unbuilt[:10]:
            self.unknown.append(f"{key} could not be copied to {self.shadow.description} ({why})")

    def _drift(self, timeline: Timeline, comparison: Comparison) -> tuple[Drift, ...]:
        if broken := self._gaps(timeline):
            self.unknown.append(f"whether the structure drifted: the history is not complete ({', '.join(broken[:3])})")
            return ()
        explained = {
            place for step in timeline.steps if step.script not in self.applied for place, _, _ in step.changes
        }
        found, unsure = drift.between(comparison, explained, self.schema)
        self.unknown.extend(f"{key}: the servers word its definition differently" for key in unsure)
        return found


def _seen(judge: Judge, place: int, step: Step, history: Workshop) -> Seen:
    """The answer for one step, also where it failed."""
    if step.statement is None:
        return judge.step(place)
    if step.failure is None:
        seen = judge.step(place)
        again = None if step.changes else remade(history, step.statement, judge.timeline.final)
        return judge.only_asked(seen, again, step.statement)
    failure = step.failure
    if failure.duplicate and (again := remade(history, step.statement, judge.timeline.final)):
        return judge.made(step.statement, again, f"an earlier migration makes one too, so that it fails ({failure})")
    if failure.of_the_shadow:
        return Seen(Effect.UNPROVABLE, f"the shadow server cannot run it ({failure})")
    return Seen(Effect.UNPROVABLE, f"it fails even where all earlier migrations ran ({failure})")


def _unclear(judge: Judge, name: str) -> bool:
    """Whether a script that was run at once needs a closer look: all but those whose whole effect is simply there."""
    steps = [(place, step) for place, step in judge.timeline.of(name) if step.statement is None]
    if any(step.failure and step.failure.missing for _, step in steps):
        return False
    return any(
        step.failure or not step.changes or judge.step(place).effect is not Effect.PRESENT for place, step in steps
    )


def _of_whole_script(judge: Judge, steps: Sequence[tuple[int, Step]]) -> MigrationEffects:
    """The answer for a script of too long a history."""
    seen = [judge.step(place) for place, step in steps if step.changes]
    proof, because = verdict([(n, one.effect) for n, one in enumerate(seen, 1)])
    return MigrationEffects((), proof, "; ".join(one.why for one in seen) or because)
