"""What the order of a script's statements tells about those that leave nothing to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crashcart.model.migration import Effect
from crashcart.proof.effects import Seen


def settled(answers: Sequence[tuple[int, Seen]]) -> list[Seen]:
    """The answers for the steps of one script; those that hide each other are decided by the rest.

    All run in order; where what is there does not stand before what is missing, something else made or removed it.
    """
    return [_settled(place, seen, answers) if seen.hidden else seen for place, seen in answers]


def _settled(place: int, seen: Seen, answers: Sequence[tuple[int, Seen]]) -> Seen:
    since, until = seen.hidden or (place, place)
    there = [other for other, one in answers if one.effect is Effect.PRESENT and not one.idle]
    missing = [other for other, one in answers if one.effect is Effect.ABSENT]
    if there and missing and max(there) > min(missing):
        return seen
    if there and max(there) > since:
        return replace(
            seen, effect=Effect.PRESENT, why="the same script makes and removes it; what comes after is there"
        )
    if missing and min(missing) <= until:
        return replace(seen, effect=Effect.ABSENT, why="nothing of it is there, nor what the script makes around it")
    return seen
