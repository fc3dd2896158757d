"""Which finding explains which: particular answers first, then what the rooms know in general."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import TypeVar

from crashcart.diagnosis.explaining import OWN, RULES, SHARED, names, particularly
from crashcart.diagnosis.services import same_service
from crashcart.diagnosis.suspect import Suspect, contradict
from crashcart.model.fault import Severity

HEADLINE = 200
"""Lines within which the reason follows its headline."""
S = TypeVar("S", bound=Suspect)


def causes_of(suspects: Sequence[S], *, confirmed: Callable[[S], bool]) -> dict[S, list[S]]:
    """The direct causes of each of *suspects*; free of circles, and none that another cause already implies.

    In a circle the confirmed one, then the more severe, then the earlier stays the cause.
    """
    ranked = sorted(suspects, key=lambda s: (not confirmed(s), s.fault.severity.value, s.position, s.fault.code))
    causes: dict[S, list[S]] = {suspect: [] for suspect in suspects}
    for rule in RULES:
        effects = [suspect for suspect in ranked if rule.effects(suspect)]
        for cause, effect in product(filter(rule.causes, ranked), effects):
            new = cause is not effect and rule.explains(cause, effect) and cause not in causes[effect]
            if new and not _reaches(causes, effect, cause):
                causes[effect].append(cause)
    _unwrap(ranked, causes)
    for effect, direct in causes.items():
        causes[effect] = _before(effect, direct)
    above = _above(causes)
    return {effect: _nearest(above, direct) for effect, direct in causes.items()}


def _unwrap(ranked: Sequence[S], causes: dict[S, list[S]]) -> None:
    """A wrapper that nothing explains by name follows from the trouble beside it, else from the wrapper before it."""
    for kind in (_before_it, _after_it, _of_others, _wraps_wrapper):
        for wrapper in (s for s in ranked if s.fault.wrapper and not causes[s]):
            around = [s for s in ranked if kind(wrapper, s) and not _reaches(causes, wrapper, s)]
            if around:
                causes[wrapper].append(min(around, key=lambda s: (s.fault.severity > Severity.P1, _apart(wrapper, s))))


def _apart(one: Suspect, other: Suspect) -> int:
    return abs(one.position - other.position)


def _beside(wrapper: Suspect, other: Suspect) -> bool:
    """Whether both are told in one log, by services that may be the same."""
    if not (other.claims and wrapper.claims and other.log == wrapper.log) or contradict(wrapper.facts, other.facts):
        return False
    own = not (wrapper.service and other.service) or same_service(wrapper.service, other.service)
    return own or (not OWN.search(wrapper.fault.code) and names(wrapper, other.service))


def _troubles(other: Suspect) -> bool:
    return not other.fault.wrapper and other.fault.severity < Severity.P3


def _before_it(wrapper: Suspect, other: Suspect) -> bool:
    return _beside(wrapper, other) and _troubles(other) and other.position <= wrapper.last


def _after_it(wrapper: Suspect, other: Suspect) -> bool:
    """A headline stands before its reason."""
    soon = 0 <= other.position - wrapper.last <= HEADLINE
    return soon and _beside(wrapper, other) and _troubles(other) and other.fault.severity < Severity.P2


def _of_others(wrapper: Suspect, other: Suspect) -> bool:
    """What a service that tells no reason may share with others."""
    same_log = bool(other.claims) and bool(wrapper.claims) and other.log == wrapper.log
    shared = SHARED.match(other.fault.code) is not None and other.fault.severity < Severity.P2
    return same_log and shared and _troubles(other) and other.position <= wrapper.last


def _wraps_wrapper(wrapper: Suspect, other: Suspect) -> bool:
    earlier = (other.position, other.fault.code) < (wrapper.position, wrapper.fault.code)
    return other is not wrapper and other.fault.wrapper and earlier and _beside(wrapper, other)


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
    return same_log and cause.position > effect.last and not particularly(cause, effect)


def _above(causes: Mapping[S, Sequence[S]]) -> dict[S, set[S]]:
    """Of each all its causes, directly or through others. *causes* has no circles."""
    above: dict[S, set[S]] = {}
    todo = list(causes)
    while todo:
        here = todo[-1]
        if here in above:
            todo.pop()
        elif unknown := [cause for cause in causes[here] if cause not in above]:
            todo += unknown
        else:
            above[here] = set(causes[here]).union(*(above[cause] for cause in causes[here]))
    return above


def _nearest(above: Mapping[S, set[S]], direct: Sequence[S]) -> list[S]:
    """*direct* without those that explain another one of it."""
    farther: set[S] = set().union(*(above[cause] for cause in direct))
    return [cause for cause in direct if cause not in farther]
