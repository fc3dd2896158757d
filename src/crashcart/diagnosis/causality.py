"""Which finding explains which: particular answers first, then what the rooms know in general."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import permutations
from typing import TypeVar

from crashcart.model.fault import Fault, Severity

TELLING = ("host", "port", "service", "container", "module", "database", "user", "migration", "package", "variable")
"""Facts that two findings about the same trouble share; where they differ, one does not explain the other."""
LOCAL = "localhost"
ROUNDING = timedelta(seconds=1)
"""Clocks of logs that tell whole seconds may differ by as much."""


@dataclass(slots=True, eq=False)
class Suspect:
    """What may be a cause or a consequence."""

    fault: Fault
    facts: Mapping[str, str]
    position: int
    last: int = 0
    log: str = ""
    first_at: datetime | None = None
    last_at: datetime | None = None
    claims: set[str] = field(default_factory=set)
    explains_claims: set[str] = field(default_factory=set)
    explains_faults: set[str] = field(default_factory=set)


S = TypeVar("S", bound=Suspect)


def causes_of(suspects: Sequence[S], *, confirmed: Callable[[S], bool]) -> dict[S, list[S]]:
    """The direct causes of each of *suspects*; free of circles, and none that another cause already implies.

    In a circle the confirmed one, then the more severe, then the earlier stays the cause.
    """
    ranked = sorted(suspects, key=lambda s: (not confirmed(s), s.fault.severity.value, s.position, s.fault.code))
    causes: dict[S, list[S]] = {suspect: [] for suspect in suspects}
    for explains in (_particularly, _generally):
        for cause, effect in permutations(ranked, 2):
            if explains(cause, effect) and cause not in causes[effect] and not _reaches(causes, effect, cause):
                causes[effect].append(cause)
    _unwrap(ranked, causes)
    for effect, direct in causes.items():
        causes[effect] = _before(effect, direct)
    return {effect: _nearest(causes, direct) for effect, direct in causes.items()}


def contradict(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether both name the same kind of thing, and different ones."""
    return any(_differ(name, one[name], other[name]) for name in TELLING if name in one and name in other)


def same_thing(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether both name the same thing, and nothing different."""
    return not contradict(one, other) and any(name in one and name in other for name in TELLING)


def _particularly(cause: Suspect, effect: Suspect) -> bool:
    return bool(cause.explains_claims & effect.claims)


def _generally(cause: Suspect, effect: Suspect) -> bool:
    code = effect.fault.code
    if code in cause.explains_faults:
        return True
    known = code in cause.fault.explains and not contradict(cause.facts, effect.facts)
    return known and not _began_after(cause, effect)


def _began_after(cause: Suspect, effect: Suspect) -> bool:
    """Whether *cause* was first told in another log after *effect* was last; within one log order is looser."""
    if cause.log == effect.log or not (cause.first_at and effect.last_at):
        return False
    return cause.first_at - effect.last_at > ROUNDING


def _unwrap(ranked: Sequence[S], causes: dict[S, list[S]]) -> None:
    """A wrapper that nothing explains by name follows from the trouble before it in the same log."""
    for wrapper in (s for s in ranked if s.fault.wrapper and not causes[s]):
        before = [s for s in ranked if _may_wrap(wrapper, s) and not _reaches(causes, wrapper, s)]
        if before:
            causes[wrapper].append(max(before, key=lambda s: s.position))


def _may_wrap(wrapper: Suspect, other: Suspect) -> bool:
    same_log = bool(other.claims) and other.log == wrapper.log
    return (
        same_log and not other.fault.wrapper and other.fault.severity < Severity.P3 and other.position <= wrapper.last
    )


def _reaches(causes: Mapping[S, Sequence[S]], start: S, goal: S) -> bool:
    """Whether *start* is among the causes of *goal*, directly or through others."""
    todo, seen = list(causes[goal]), {goal}
    while todo:
        here = todo.pop()
        if here is start:
            return True
        if here not in seen:
            seen.add(here)
            todo.extend(causes[here])
    return False


def _before(effect: S, direct: Sequence[S]) -> list[S]:
    """*direct* without what the same log tells only after *effect*, where something else explains it."""
    late = [cause for cause in direct if _late(cause, effect)]
    return [cause for cause in direct if cause not in late] or list(direct)


def _late(cause: Suspect, effect: Suspect) -> bool:
    same_log = bool(cause.claims) and cause.log == effect.log and bool(effect.claims)
    return same_log and cause.position > effect.last and not _particularly(cause, effect)


def _nearest(causes: Mapping[S, Sequence[S]], direct: Sequence[S]) -> list[S]:
    """*direct* without those that explain another one of it."""
    return [cause for cause in direct if not any(_reaches(causes, cause, other) for other in direct)]


def _differ(name: str, one: str, other: str) -> bool:
    if name != "host":
        return one != other
    first, second = canonical_host(one), canonical_host(other)
    return first != second and _is_address(first) == _is_address(second)


def canonical_host(text: str) -> str:
    """*text* as one name for each host, whichever way it is written."""
    host = text.strip("[]").rstrip(".").lower()
    return LOCAL if host in ("127.0.0.1", "::1", "0.0.0.0") else host  # noqa: S104


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == LOCAL
    return True
