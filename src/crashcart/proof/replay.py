"""The history run again in the shadow, with the structure read after each statement that is to be proved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from crashcart.model.migration import Script
from crashcart.proof.catalog import Catalog, Property, Thing, properties_of
from crashcart.proof.named import Verb
from crashcart.proof.rebuild import drop
from crashcart.proof.statements import Kind, NotSqlError, Statement, split
from crashcart.proof.workshop import Failure, Workshop

Change = tuple[Property, str | None, str | None]
"""A property, its value before and after; None where the object had none."""

TRACELESS = (Kind.DATA, Kind.SETTING, Kind.CONTROL)


@dataclass(frozen=True, slots=True)
class Step:
    """What one statement did to the structure, or one script where its statements were not looked at."""

    script: str
    statement: Statement | None
    changes: tuple[Change, ...] = ()
    failure: Failure | None = None
    after: Catalog = field(default_factory=dict)


@dataclass(slots=True)
class Timeline:
    """All steps in order."""

    steps: list[Step] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    """Scripts that could not be taken apart, with the reason."""
    failures: dict[str, Failure] = field(default_factory=dict)
    """Scripts that did not run to their end, with their first failure."""
    statements: dict[str, tuple[Statement, ...]] = field(default_factory=dict)

    _touching: dict[Property, list[tuple[int, str | None, str | None]]] = field(default_factory=dict)

    def add(self, step: Step) -> None:
        for place, old, new in step.changes:
            self._touching.setdefault(place, []).append((len(self.steps), old, new))
        self.steps.append(step)
        if step.failure:
            self.failures.setdefault(step.script, step.failure)

    def touching(self, place: Property) -> Sequence[tuple[int, str | None, str | None]]:
        """The places of the steps that changed a property, with its values before and after each."""
        return self._touching.get(place, ())

    def again(self) -> Timeline:
        """The same scripts, not yet run."""
        return Timeline(unreadable=self.unreadable, statements=self.statements)

    @property
    def final(self) -> Catalog:
        return self.steps[-1].after if self.steps else {}

    def of(self, script: str) -> Iterator[tuple[int, Step]]:
        """The steps of one script with their places in the timeline."""
        return ((place, step) for place, step in enumerate(self.steps) if step.script == script)


def take_apart(scripts: Sequence[Script], schema: str) -> Timeline:
    """A timeline without steps: the statements of each script, or why there are none."""
    timeline = Timeline()
    for script in scripts:
        try:
            timeline.statements[script.name] = split(script.sql, schema) if script.sql is not None else ()
        except NotSqlError as error:
            timeline.unreadable[script.name] = str(error)
        if script.sql is None:
            timeline.unreadable[script.name] = script.problem or "its script cannot be read"
    return timeline


def replay(workshop: Workshop, timeline: Timeline, closely: Collection[str]) -> None:
    """Run all scripts of *timeline*; *closely* names those whose statements are looked at one by one."""
    made = {s.extension for statements in timeline.statements.values() for s in statements if s.extension}
    for name, _ in workshop.around.extensions:
        if name not in made:
            workshop.extend(name)
    before: Catalog = workshop.catalog()
    for script, statements in timeline.statements.items():
        workshop.reset()
        for step in (
            _closely(workshop, script, statements, before)
            if script in closely
            else _at_once(workshop, script, statements, before)
        ):
            timeline.add(step)
            before = step.after


def _closely(workshop: Workshop, script: str, statements: Sequence[Statement], before: Catalog) -> Iterator[Step]:
    for statement in statements:
        failure = workshop.run(statement)
        after = before if failure or statement.kind in TRACELESS else workshop.catalog()
        yield Step(script, statement, tuple(changes(before, after)), failure, after)
        before = after


def _at_once(workshop: Workshop, script: str, statements: Sequence[Statement], before: Catalog) -> Iterator[Step]:
    failures = [failure for statement in statements if (failure := workshop.run(statement))]
    after = workshop.catalog()
    yield Step(script, None, tuple(changes(before, after)), failures[0] if failures else None, after)


def changes(before: Catalog, after: Catalog) -> Iterator[Change]:
    """What differs, property by property."""
    for key in (*after, *(key for key in before if key not in after)):
        old, new = before.get(key), after.get(key)
        if old is not new and old != new:
            yield from _differences(old, new)


def _differences(old: Thing | None, new: Thing | None) -> Iterator[Change]:
    was, now = dict(properties_of(old) if old else ()), dict(properties_of(new) if new else ())
    for place in {**now, **was}:
        if was.get(place) != now.get(place):
            yield place, was.get(place), now.get(place)


@dataclass(frozen=True, slots=True)
class Remade:
    """What a statement makes where nothing stands in its way."""

    changes: tuple[Change, ...]
    states: tuple[Catalog, ...]
    """The structure after it, and after each of the statements that follow it."""


def remade(workshop: Workshop, statement: Statement, there: Catalog, then: Sequence[Statement] = ()) -> Remade | None:
    """What *statement* makes without what is in its way; None where that cannot be found out.

    Whatever bears the names that it makes is removed first. *then* are tried after it. Nothing of it remains.
    """
    in_the_way = [there[key] for named in statement.named if named.verb is Verb.MAKES for key in named.within(there)]
    if not in_the_way:
        return None
    workshop.execute("BEGIN")
    try:
        if any(workshop.execute(drop(thing)) for thing in in_the_way):
            return None
        before = workshop.catalog()
        if workshop.execute(_transactional(statement.sql)):
            return None
        states = [workshop.catalog(), *(workshop.catalog() for one in then if _tried(workshop, one))]
        return Remade(tuple(changes(before, states[0])), tuple(states))
    finally:
        workshop.execute("ROLLBACK")


def _tried(workshop: Workshop, statement: Statement) -> bool:
    """Run inside a transaction that goes on where it fails."""
    if statement.kind in TRACELESS:
        return False
    return workshop.attempt(_transactional(statement.sql))


def _transactional(sql: str) -> str:
    """*sql* without CONCURRENTLY, which changes how an index is built and not what it is."""
    from pglast import parse_sql
    from pglast.stream import RawStream

    if "concurrently" not in sql.lower():
        return sql
    tree = parse_sql(sql)[0].stmt
    if tree is None or not hasattr(tree, "concurrent"):
        return sql
    tree.concurrent = False
    return str(RawStream()(tree))
