"""What of a statement's effect is to be seen in the live catalog."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crashcart.model.migration import Effect, StatementProof
from crashcart.proof.catalog import Catalog, Property, properties, properties_of
from crashcart.proof.compare import Comparison
from crashcart.proof.named import Named, Verb
from crashcart.proof.replay import Change, Remade, Step, Timeline
from crashcart.proof.statements import Kind, Statement

SHOWN = 3
"""How many differences a sentence names."""

ORDER = (
    "schema",
    "extension",
    "type",
    "table",
    "view",
    "materialized view",
    "function",
    "column",
    "constraint",
    "index",
)

TRACELESS = {
    Kind.DATA: "it changes data; the catalog does not show whether it ran",
    Kind.BLOCK: "what it does depends on the data; run on an empty copy it leaves no trace in the catalog",
    Kind.STRUCTURE: "it changes nothing that can be read from the catalog",
}
HIDDEN = "it looks the same whether it ran or not: what it makes or removes, the same history removes or makes"


Wanted = tuple[str | None, Catalog]
"""The value that a property is to have, and the structure in which it had it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The answer for one statement."""

    effect: Effect
    why: str
    object: str | None = None
    hidden: tuple[int, int] | None = None
    """The places of two steps of which one makes what the other takes away, so that neither is to be seen."""
    idle: bool = False
    """It would be so without this statement too, and does not tell whether it ran."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The answer for one property; no effect where another statement of the same script hides it."""

    place: Property
    effect: Effect | None
    expected: str | None
    later: str | None = None
    """The later migration that changed it again."""
    hidden: tuple[int, int] | None = None
    """The places of the two steps that hide each other."""


def as_proof(statement: Statement, seen: Seen) -> StatementProof:
    return StatementProof(
        n=statement.n, line=statement.line, sql=statement.sql,
        object=seen.object or _object(statement, ()), effect=seen.effect, why=seen.why,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judge:
    """Holds the steps of a history against the live catalog."""

    timeline: Timeline
    comparison: Comparison
    applied: Collection[str]

    def beside(self, live: Catalog) -> Judge:
        """The same history, held against another catalog."""
        return replace(self, comparison=Comparison(live, self.comparison.final_catalog, self.comparison.built))

    def wanted(self, script: str) -> dict[Property, Wanted]:
        """What *script* touches as it is to be once it has run, where the applied ones after it have run too."""
        steps = self.timeline.steps
        last = {
            place: (number, new) for _, step in self.timeline.of(script) for place, _, _ in step.changes
            for number, _, new in self.timeline.touching(place)
            if steps[number].script == script or steps[number].script in self.applied
        }  # fmt: skip
        return {place: (new, steps[number].after) for place, (number, new) in last.items()}

    def step(self, place: int) -> Seen:
        """The answer for a step that ran in the shadow."""
        step = self.timeline.steps[place]
        if not step.changes and step.statement:
            return self.without_changes(step.statement, step.after)
        spots = [self._spot(place, change) for change in step.changes]
        seen = [spot for spot in spots if spot.effect is not None]
        about = _object(step.statement, step.changes)
        if not seen:
            return Seen(Effect.UNPROVABLE, HIDDEN, about, next(spot.hidden for spot in spots if spot.hidden))
        return Seen(*self._together(seen), object=about)

    def in_the_whole(self, statement: Statement) -> Seen:
        """The answer for a statement of a script whose whole effect is there."""
        if statement.kind is not Kind.STRUCTURE or not (statement.named or statement.visible):
            return Seen(Effect.UNPROVABLE, TRACELESS.get(statement.kind, TRACELESS[Kind.STRUCTURE]))
        return Seen(Effect.PRESENT, "the structure is as the whole script leaves it")

    def without_changes(self, statement: Statement, there: Catalog) -> Seen:
        """The answer for a statement that leaves the structure as it is."""
        if statement.kind is not Kind.STRUCTURE or not statement.named:
            return Seen(Effect.UNPROVABLE, TRACELESS.get(statement.kind, TRACELESS[Kind.STRUCTURE]))
        answers = [answer for named in statement.named if (answer := self._asked_for(named, there, statement.visible))]
        if len(answers) < len(statement.named):
            return Seen(Effect.UNPROVABLE, TRACELESS[Kind.STRUCTURE], statement.named[0].key)
        return replace(min(answers, key=lambda seen: seen.effect is Effect.PRESENT), idle=True)

    def made(self, statement: Statement, again: Remade, why: str) -> Seen:
        """The answer for a statement that finds its object there: is it what the statement would make?"""
        if not again.changes:
            return Seen(Effect.UNPROVABLE, TRACELESS[Kind.STRUCTURE], _object(statement, ()))
        states = [(state, properties(state)) for state in again.states]
        spots = [Spot(place, self._compared(place, states), new) for place, _, new in again.changes]
        about = _object(statement, again.changes)
        effect, said = self._together(spots)
        return Seen(effect, f"{said}; {why}" if about in self.comparison.live_catalog else said, about, idle=True)

    def _compared(self, place: Property, states: Sequence[tuple[Catalog, Mapping[Property, str]]]) -> Effect:
        if any(self.comparison.same(place, values.get(place), state) for state, values in states):
            return Effect.PRESENT
        if place[0] not in self.comparison.live_catalog:
            return Effect.ABSENT
        unsure = any(self.comparison.unsure(place, values.get(place), state) for state, values in states)
        return Effect.UNPROVABLE if unsure else Effect.DIFFERENT

    def only_asked(self, seen: Seen, again: Remade | None, statement: Statement) -> Seen:
        """The answer for IF NOT EXISTS that found something: a thing of another definition proves nothing."""
        if seen.effect is not Effect.PRESENT or again is None or not again.changes:
            return seen
        made = self.made(statement, again, seen.why)
        return seen if made.effect is Effect.PRESENT else replace(made, effect=Effect.UNPROVABLE)

    def _asked_for(self, named: Named, there: Catalog, visible: bool) -> Seen | None:
        """Whether what a statement asks for that changes nothing is so: it exists, is thus, or is gone."""
        live = self.comparison.live_catalog
        is_there = next(iter(named.within(live)), None)
        if named.verb is Verb.DROPS:
            if is_there:
                return Seen(Effect.ABSENT, f"{is_there} is still there", is_there)
            return Seen(Effect.PRESENT, "nothing of that name is there, neither before nor after it", named.key)
        if named.verb is Verb.CHANGES and visible:
            return self._as_before(named, there)
        if named.verb is not Verb.MAKES or not named.within(there):
            return None
        if is_there:
            return Seen(Effect.PRESENT, f"it only asks for {is_there}, which an earlier migration makes", is_there)
        return Seen(Effect.ABSENT, f"{named.key} is not in the database", named.key)

    def _as_before(self, named: Named, there: Catalog) -> Seen | None:
        things = [there[key] for key in named.within(there)]
        alike = all(
            self.comparison.same(place, value, there) for thing in things for place, value in properties_of(thing)
        )
        if not things or not alike:
            return None
        return Seen(Effect.PRESENT, f"{things[0].key} is as it asks, already by an earlier migration", things[0].key)

    def _spot(self, at: int, change: Change) -> Spot:
        place, _, new = change
        steps = self.timeline.steps
        step = steps[at]
        if self._same(place, new, step):
            made = self._made_for_this(at, place)
            return Spot(
                place, Effect.PRESENT if made is None else None, new, hidden=(made, at) if made is not None else None
            )
        back = any(self._same(place, value, steps[max(0, number - 1)]) for number, value in self._earlier(at, place))
        again = [
            number for number, value in self._later(at, place) if self._same(place, value, self.timeline.steps[number])
        ]
        if again and back:
            return self._taken_back(at, change, again)
        if again:
            return Spot(place, Effect.PRESENT, new, later=steps[again[-1]].script)
        if back or (new is not None and place[0] not in self.comparison.live_catalog):
            return Spot(place, Effect.ABSENT, new)
        unsure = self.comparison.unsure(place, new, step.after)
        return Spot(place, Effect.UNPROVABLE if unsure else Effect.DIFFERENT, new)

    def _same(self, place: Property, value: str | None, step: Step) -> bool:
        return self.comparison.same(place, value, step.after)

    def _made_for_this(self, at: int, place: Property) -> int | None:
        """The step before which *place* was as it is now, if it is not known to have run: then nothing can be told."""
        for number, old in self._earlier(at, place):
            if number < at and self.timeline.steps[number].script in self.applied:
                return None
            if number < at and self._same(place, old, self.timeline.steps[max(0, number - 1)]):
                return number
        return None

    def _earlier(self, at: int, place: Property) -> Iterator[tuple[int, str | None]]:
        """The steps up to this one that changed *place*, the latest first, with the values that it had before them."""
        for number, old, _ in reversed(self.timeline.touching(place)):
            if number <= at:
                yield number, old

    def _taken_back(self, at: int, change: Change, by: Sequence[int]) -> Spot:
        """The answer where later steps make *change* as it was before: by the nearest that may have run as well."""
        place, _, new = change
        own, ran = self.timeline.steps[at].script, {self.timeline.steps[at].script, *self.applied}
        number = next((n for n in by if own in self.applied or self.timeline.steps[n].script in ran), None)
        if number is None:
            return Spot(place, Effect.ABSENT, new)
        script = self.timeline.steps[number].script
        if script == own:
            return Spot(place, None, new, hidden=(at, number))
        return Spot(place, Effect.PRESENT, new, later=script)

    def _later(self, at: int, place: Property) -> Iterator[tuple[int, str | None]]:
        return ((number, new) for number, _, new in self.timeline.touching(place) if number > at)

    def _together(self, spots: Sequence[Spot]) -> tuple[Effect, str]:
        """One answer for all properties that a statement touches, with the reason."""
        answers = {spot.effect for spot in spots}
        if answers == {Effect.PRESENT}:
            later = next((spot.later for spot in spots if spot.later), None)
            return (
                Effect.PRESENT,
                f"{later} changed it again later" if later else "it is there as the statement makes it",
            )
        if answers == {Effect.ABSENT}:
            return Effect.ABSENT, self._missing(spots)
        if answers <= {Effect.PRESENT, Effect.UNPROVABLE}:
            unsure = next(spot for spot in spots if spot.effect is Effect.UNPROVABLE)
            return (
                Effect.UNPROVABLE,
                f"the servers word it differently, and that may be all: {self.contrast(unsure.place, unsure.expected)}",
            )
        other = [spot for spot in spots if spot.effect is not Effect.PRESENT]
        gone = {spot.place[0] for spot in other if spot.place[1] == ""}
        told = [spot for spot in other if spot.place[1] == "" or spot.place[0] not in gone]
        more = f" and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
        return Effect.DIFFERENT, "; ".join(self.contrast(spot.place, spot.expected) for spot in told[:SHOWN]) + more

    def _missing(self, spots: Sequence[Spot]) -> str:
        spot = spots[0]
        key, name = spot.place
        if spot.expected is None:
            return f"{key} is still there" if name == "" else self.contrast(spot.place, spot.expected)
        if key not in self.comparison.live_catalog:
            return f"{key} is not in the database"
        return self.contrast(spot.place, spot.expected)

    def contrast(self, place: Property, expected: str | None) -> str:
        """A property as it should be beside how it is, for people."""
        key, name = place
        live = self.comparison.live.get(place)
        if name == "":
            return f"{key} is {'not there' if live is None else 'still there'}"
        return f"{key}: {_worded(name, expected)} expected, {_worded(name, live)} found"


def _worded(name: str, value: str | None) -> str:
    if value is None:
        return f"no {name}"
    return " ".join(value.split()) if name == "definition" else f"{name} {' '.join(value.split())}"


def _object(statement: Statement | None, changed: Sequence[Change]) -> str | None:
    """The object a statement is about: the one it names, else the weightiest that it touches."""
    touched = dict.fromkeys(place[0] for place, _, _ in changed)
    for named in statement.named if statement else ():
        for key in named.within(touched):
            return key
    if touched:
        return min(touched, key=lambda key: next((n for n, kind in enumerate(ORDER) if key.startswith(kind + " ")), 99))
    return statement.named[0].key if statement and statement.named else None
