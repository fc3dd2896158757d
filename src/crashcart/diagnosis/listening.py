"""Lines that came before but for times and counts: which of their digits matter, and what they do each time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from crashcart.diagnosis import build_steps, runs
from crashcart.diagnosis.continued import CONTINUED, DETAILS
from crashcart.diagnosis.gist import COUNTED, Gist
from crashcart.diagnosis.messages import MOMENT, TRACEBACK
from crashcart.diagnosis.seen import Seen
from crashcart.diagnosis.sieve import ESCAPED, STAMP, Match, Sieve, plain
from crashcart.tools.expressions import lazy
from crashcart.tools.logs import LogLine

MAX_SHAPES = 4096
MAX_VARIANTS = 256
MAX_ONCE = 50_000
SHORT = 999
"""Bytes of lines that are worth remembering."""
DIGITS = lazy("[0-9]+")


class Act(NamedTuple):
    """What a line does to one claim, besides counting for it."""

    seen: Seen
    step: str
    answered: Sequence[Seen]
    """Claims that it shows to be over, where they were told again."""
    excused: bool
    run: runs.Run
    """In which it was told."""
    start: int | None
    """Of that run, as far as it started well."""
    ends: Sequence[runs.Run] = ()
    """Runs of which it may tell how they ended as they were asked to."""

    def changed(self, position: int) -> bool:
        """Whether it may now do more than it did."""
        if self.run.good_start != self.start or any(run.asked for run in self.ends):
            return True
        return any(seen.last < position and not seen.recovered for seen in self.answered)


@dataclass(slots=True)
class Heard:
    """What a line was found to say."""

    text: str
    """Without the escapes of JSON."""
    matches: Sequence[Match]
    refutes: bool
    gist: Gist
    acts: list[Act] = field(default_factory=list)
    ended: runs.Run | None = None
    """The run that is over with it."""


class Repeat(NamedTuple):
    """What a line does each time, as long as nothing turns up that changes it."""

    era: int
    known: bool
    """Whether a fault is found in it."""
    acts: tuple[Act, ...] = ()
    service: str | None = None
    """Whose message it belongs to."""
    ended: runs.Run | None = None

    def changed(self, position: int) -> bool:
        """Whether it may now do more than it did."""
        return any(act.changed(position) for act in self.acts)

    def end(self, position: int) -> None:
        """The run that is over with it ends here."""
        if self.ended:
            self.ended.ended = position


@dataclass(slots=True)
class Shape:
    """Lines that differ in digits alone."""

    digits: Callable[[bytes], object] | None
    """Cuts out those that matter; None where none do."""
    variants: dict[object, Repeat] = field(default_factory=dict)

    def learn(self, raw: bytes, repeat: Repeat) -> None:
        if len(self.variants) > MAX_VARIANTS:
            self.variants.clear()
        self.variants[self.digits(raw) if self.digits else None] = repeat


class Repeats:
    """The shapes of one log that came more than once."""

    def __init__(self) -> None:
        self._source = ""
        self._once: set[int] = set()
        self._shapes: dict[bytes, Shape | None] = {}

    def shape(self, source: str, key: bytes) -> Shape | None:
        """What is known of the lines of *source* that are *key* but for their digits."""
        if source != self._source:
            self._source = source
            self._once.clear()
            self._shapes.clear()
        return self._shapes.get(key)

    def new(self, key: bytes) -> bool:
        """Whether *key* came before and it was not yet tried to find out about it."""
        name = hash(key)
        if name in self._once:
            return key not in self._shapes
        if len(self._once) > MAX_ONCE:
            self._once.clear()
        self._once.add(name)
        return False

    def keep(self, key: bytes, shape: Shape | None) -> None:
        """*shape*: None for lines that must be read each time."""
        if len(self._shapes) > MAX_SHAPES:
            self._shapes.clear()
        self._shapes[key] = shape


def shape_of(line: LogLine, raw: bytes, heard: Heard | None, sieve: Sieve) -> Shape | None:
    """The shape of a line that was just *heard*; None where such lines must be read each time."""
    if heard is None or len(raw) > SHORT or line.text.encode("utf-8", "replace") != raw or _moves(line.text, heard):
        return None
    return Shape(_cutter(line.text, {*_relevant(line.text, heard, sieve)}))


def _moves(line: str, heard: Heard) -> bool:
    """Whether such a line may do more than to count for claims."""
    turn = heard.gist.turn
    if heard.refutes or (turn and turn.kind != "ended") or heard.gist.tests or "Errors" in line or TRACEBACK in line:
        return True
    lowered = line.lower()
    if any(word in lowered for word in CONTINUED) or build_steps.tells(line):
        return True
    return not heard.matches and bool(DETAILS.match(heard.gist.frame.message) or MOMENT.match(line))


def _relevant(line: str, heard: Heard, sieve: Sieve) -> Iterator[int]:
    """Where digits stand in *line* that make a difference."""
    digits = {*_places(DIGITS, line)}
    if heard.matches or heard.gist.turn:
        yield from digits.difference(_places(COUNTED, line))
    if heard.matches:
        origins = _origins(line)
        yield from digits.intersection(origins[at] for at in sieve.places(heard.text))
    step = build_steps.BUILDKIT.search(line[: build_steps.LEAD])
    if step and heard.matches:
        yield from range(*step.span("number"))
    ends = any(runs.ENDING.search(match.fault) for match in heard.matches) and "exit" in line.lower()
    if ends or sieve.regards_digits(heard.text):
        times = {*_places(STAMP, line.encode())} if line.isascii() else set()
        yield from digits - times


def _places(pattern: re.Pattern[str] | re.Pattern[bytes], text: str | bytes) -> Iterator[int]:
    for match in pattern.finditer(text):  # type: ignore[arg-type]
        yield from range(*match.span())


def _origins(line: str) -> Sequence[int]:
    """Where each character stands in *line* of what it is without escapes."""
    if plain(line) == line:
        return range(len(line) + 1)
    places: list[int] = []
    at = 0
    for escape in ESCAPED.finditer(line):
        places += range(at, escape.start())
        places += [escape.start()] * (1 if escape[1] or len(escape[0]) == 2 else 0)
        at = escape.end()
    return [*places, *range(at, len(line) + 1)]


def _cutter(line: str, relevant: Iterable[int]) -> Callable[[bytes], object] | None:
    """Cuts the characters at these places out of the bytes of a line; None for none."""
    runs_: list[list[int]] = []
    for at in sorted(relevant):
        if runs_ and runs_[-1][1] == at:
            runs_[-1][1] += 1
        else:
            runs_.append([at, at + 1])
    slices = [slice(len(line[:start].encode()), len(line[:end].encode())) for start, end in runs_]
    return itemgetter(*slices) if slices else None
