"""Migrations tried on a copy of the live structure: what they would still change, and where they would fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from crashcart.model.migration import Effect
from crashcart.proof.catalog import Catalog, Property, Thing
from crashcart.proof.effects import HIDDEN, Judge, Seen, Wanted
from crashcart.proof.named import Named, Verb
from crashcart.proof.order import settled
from crashcart.proof.rebuild import rebuild
from crashcart.proof.replay import changes, remade
from crashcart.proof.statements import Kind, Statement
from crashcart.proof.workshop import Failure, Workshop

MAKER = "the catalog does not tell who made it"


@dataclass(slots=True)
class Copy:
    """The live structure built again in the shadow; what is run on it stays."""

    workshop: Workshop
    judge: Judge
    unbuilt: dict[str, str]
    """Objects that could not be built, with the reason."""

    def prove(self, statements: Sequence[Statement]) -> list[Seen]:
        """Which statements would still change something here, and which find their work done."""
        self.workshop.reset()
        states, answers = [self.workshop.catalog()], []
        for n, statement in enumerate(statements, 1):
            there = states[-1]
            failure = self.workshop.run(statement)
            states.append(there if failure else self.workshop.catalog())
            if failure:
                answers.append(self._failed(statement, failure, there, statements[n:]))
            else:
                answers.append(self._ran(statement, there, states[-1]))
        return settled(list(enumerate(_undone(answers, states), 1)))

    def first_failure(self, left: Sequence[tuple[Statement, Seen]]) -> tuple[Statement, Failure] | None:
        """The first statement that fails here, run in order; what changes data is left out, for there is none."""
        self.workshop.reset()
        for statement, seen in left:
            runs = statement.kind in (Kind.STRUCTURE, Kind.SETTING) or seen.effect is Effect.ABSENT
            if runs and (failure := self.workshop.run(statement)):
                return statement, failure
        return None

    def falls_short(self, wanted: Mapping[Property, Wanted]) -> str | None:
        """What is not as *wanted* here, after all that was run on this copy."""
        self.workshop.reset()
        judge = self.judge.beside(self.workshop.catalog())
        return next(
            (judge.contrast(place, value) for place, (value, held_in) in wanted.items()
             if not judge.comparison.same(place, value, held_in)), None,
        )  # fmt: skip

    def _ran(self, statement: Statement, there: Catalog, after: Catalog) -> Seen:
        changed = [change for change in changes(there, after) if not _twin(change[0][0], statement, there, after)]
        if not changed:
            return self._without_changes(statement, there)
        (key, name), old, new = changed[0]
        if old is None and name == "":
            return Seen(Effect.ABSENT, f"{key} is not in the database", key)
        if new is None and name == "":
            return Seen(Effect.ABSENT, f"{key} is still there", key)
        return Seen(
            Effect.ABSENT, f"{key}: {name} is {old or 'not set'}; the statement makes it {new or 'not set'}", key
        )

    def _without_changes(self, statement: Statement, there: Catalog) -> Seen:
        if statement.visible:
            about = statement.named[0].key if statement.named else None
            return Seen(Effect.PRESENT, "run on a copy of the live structure it changes nothing more", about)
        seen = self.judge.without_changes(statement, there)
        return self.judge.only_asked(seen, remade(self.workshop, statement, there), statement)

    def _failed(self, statement: Statement, failure: Failure, there: Catalog, then: Sequence[Statement]) -> Seen:
        if failure.duplicate and (again := remade(self.workshop, statement, there)):
            seen = self.judge.made(statement, again, MAKER)
            if seen.effect is Effect.DIFFERENT and (again := remade(self.workshop, statement, there, then)):
                seen = self.judge.made(statement, again, MAKER)
            return seen
        if failure.duplicate and statement.visible:
            return Seen(Effect.PRESENT, f"run on a copy of the live structure it finds its work done ({failure})")
        if failure.of_the_shadow:
            return Seen(Effect.UNPROVABLE, f"the shadow server cannot run it ({failure})")
        return self._by_name(statement, failure, then)

    def _by_name(self, statement: Statement, failure: Failure, then: Sequence[Statement]) -> Seen:
        live = self.judge.comparison.live_catalog
        for named in statement.named:
            found = next(iter(named.within(live)), None)
            if named.verb is Verb.DROPS and failure.missing:
                return Seen(Effect.PRESENT, f"{named.key} is not there any more", named.key)
            if named.verb is Verb.RENAMES and failure.missing and found:
                return Seen(Effect.PRESENT, f"{found} bears its new name", found)
            if not found and _removed_by(then, named):
                return Seen(Effect.UNPROVABLE, f"a later statement removes or renames what it works on ({failure})")
            if not found:
                return Seen(
                    Effect.ABSENT, f"{named.key} is not in the database, and here it fails ({failure})", named.key
                )
        lacking = f"; the copy lacks {', '.join(list(self.unbuilt)[:3])}" if self.unbuilt else ""
        return Seen(Effect.UNPROVABLE, f"on a copy of the live structure it fails ({failure}){lacking}")


def _removed_by(statements: Sequence[Statement], named: Named) -> bool:
    """Whether one of *statements* takes away what *named* is or belongs to, or may have renamed it."""
    return any(
        other.verb is Verb.RENAMES or (other.verb is Verb.DROPS and f"{named.name}.".startswith(f"{other.name}."))
        for statement in statements
        for other in statement.named
    )


def _undone(answers: Sequence[Seen], states: Sequence[Catalog]) -> Iterator[Seen]:
    """Where a script makes and removes a thing, a structure without it does not tell how far the script ran."""
    touched = [{place for place, _, _ in changes(*pair)} for pair in pairwise(states)]
    left = {place for place, _, _ in changes(states[0], states[-1])}
    for seen, places in zip(answers, touched, strict=True):
        if seen.effect is Effect.ABSENT and places and not places & left:
            around = [n for n, others in enumerate(touched, 1) if others & places]
            yield Seen(Effect.UNPROVABLE, HIDDEN, seen.object, (around[0], around[-1]))
        else:
            yield seen


def _twin(key: str, statement: Statement, there: Catalog, after: Catalog) -> bool:
    """Whether *key* is new and one like it was there: what a statement leaves unnamed gets another name each time."""
    made = after.get(key)
    if made is None or key in there or made.kind not in ("constraint", "index"):
        return False
    if any(named.within([key]) for named in statement.named):
        return False
    return any(thing.kind == made.kind and thing.within == made.within and _nameless(thing) == _nameless(made)
               for thing in there.values())  # fmt: skip


def _nameless(thing: Thing) -> dict[str, str]:
    name = thing.name.rpartition(".")[2] if thing.kind == "index" else thing.own_name
    return {key: value.replace(f" {name} ", " ", 1) for key, value in thing.properties.items()}


Left = Sequence[tuple[Statement, Seen]]


@dataclass(frozen=True, slots=True)
class Trial:
    """How completing a migration went on a copy."""

    sql: tuple[str, ...]
    failure: str | None
    short: str | None = None


@dataclass(slots=True)
class Copies:
    """Copies of the live structure, made when they are first needed."""

    new: Callable[[], Copy]
    judge: Judge
    _made: list[Copy] = field(default_factory=list)
    _untouched: Copy | None = None
    _rehearsal: Copy | None = None
    _rehearsed: list[Left] = field(default_factory=list)
    """What was run on the copy and is to stay on it, for it is to be run on the live database too."""

    def prove(self, statements: Sequence[Statement]) -> list[Seen]:
        """Which effects are there, seen on a copy that nothing else has touched."""
        copy, self._untouched = self._untouched or self._new(), None
        seen = copy.prove(statements)
        if not any(one.effect is Effect.ABSENT for one in seen):
            self._untouched = copy
        return seen

    @property
    def unbuilt(self) -> list[tuple[str, str]]:
        """Objects that could not be copied, with the reason."""
        return list(dict(built for copy in self._made for built in copy.unbuilt.items()).items())

    def complete(self, answers: Left, wanted: Mapping[Property, Wanted], failure: str | None, *, stays: bool) -> Trial:
        """Try what is left of a migration on a copy on which those before it were completed."""
        copy, left = self._rehearsal or self._again(), left_of(answers)
        failed = copy.first_failure(left)
        failure = failure or (f"statement {failed[0].n}: {failed[1]}" if failed else None)
        different = any(seen.effect is Effect.DIFFERENT for _, seen in answers)
        short = None if failed or different else copy.falls_short(wanted)
        done = not (failed or different or short)
        self._rehearsal = copy if done and stays else None
        self._rehearsed += [left] if done and stays else []
        return Trial(tuple(statement.sql for statement, _ in left) if done else (), failure, short)

    def _again(self) -> Copy:
        copy = self._new()
        for left in self._rehearsed:
            copy.first_failure(left)
        return copy

    def _new(self) -> Copy:
        self._made.append(self.new())
        return self._made[-1]


def left_of(answers: Left) -> Left:
    """What is still to run: settings, what is absent, and after the first absent one also what leaves no trace."""
    left = []
    missing = False
    for statement, seen in answers:
        missing = missing or seen.effect in (Effect.ABSENT, Effect.DIFFERENT)
        untraced = missing and seen.effect is Effect.UNPROVABLE and statement.kind is not Kind.CONTROL
        if seen.effect in (Effect.ABSENT, Effect.DIFFERENT) or untraced or statement.kind is Kind.SETTING:
            left.append((statement, seen))
    return left


def copied(workshop: Workshop, live: Catalog) -> dict[str, str]:
    """Build *live* in *workshop*. Gives what could not be built, with the reason."""
    for name, _ in workshop.around.extensions:
        workshop.extend(name)
    failed = rebuild(workshop.connection, live)
    workshop.reset()
    built = workshop.catalog()
    missing = (key for key, thing in live.items() if key not in built and thing.kind not in ("grant", "extension"))
    return {key: failed.get(key, "it was not made") for key in missing}
