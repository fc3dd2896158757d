"""What lines have in common that differ in times and counts alone: worked out once, for logs repeat themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from crashcart.diagnosis import runs
from crashcart.diagnosis.doubt import Doubt, Tone, tone
from crashcart.diagnosis.passed_tests import concerns_tests
from crashcart.diagnosis.sieve import Match
from crashcart.tools.expressions import lazy
from crashcart.tools.framing import Frame, unframe

COUNTED = lazy(
    r"(?<![A-Za-z_0-9])(?<![A-Za-z_][-.])(?<!level\":)(?<!level\": )(?<!level\\\":)(?<!<)(?<!ORITY\":\")[0-9]+"
)
"""Digits that are no part of a name (``web-1``, ``P1001``), nor a level written as a number."""
REMEMBERED = 20_000
SHORT = 4000
"""Characters of lines that are worth remembering."""


CONTAINED = lazy(
    r"""(?:^|[\s"'(:=])/(?:usr/src/)?app/|docker-entrypoint|/var/task/|/workspace/|/opt/render/|^#\d{1,4} \d"""
    r"|^[\w.-]{1,100}\s{1,30}\| "
)
"""Paths and heads that an image has and a machine has not."""


def contained(line: str) -> bool:
    """Whether *line* shows that it was written inside a container."""
    return CONTAINED.search(line[:2000]) is not None


@dataclass(slots=True)
class Gist:
    """What is the same for all lines of one shape."""

    frame: Frame
    """Of the first such line: its service, level and wording are the others' too, its numbers and time are not."""
    tone: Tone
    turn: runs.Turn | None
    tests: bool
    """Whether it may begin or end a test run."""
    contained: bool
    """Whether it shows that it was written inside a container."""
    doubts: dict[tuple[str, ...], tuple[bool, ...]] = field(default_factory=dict)

    def doubted(self, matches: Sequence[Match], text: str, doubt: Doubt) -> tuple[bool, ...]:
        """Which of *matches* are no testimony."""
        key = tuple([match.fault for match in matches])
        known = self.doubts.get(key)
        if known is None:
            known = self.doubts[key] = tuple(doubt(match, text, self.tone) for match in matches)
        return known


class Gists:
    """The gists of the lines that were asked for."""

    def __init__(self) -> None:
        self._known: dict[str, Gist] = {}

    def of(self, line: str, text: str) -> Gist:
        """The gist of *line*, whose *text* is without the escapes of JSON."""
        shape = COUNTED.sub("0", line)
        gist = self._known.get(shape)
        if gist is None:
            frame = unframe(line)
            turn = runs.turn(frame.message, frame.level) if runs.may_turn(text.lower()) else None
            gist = Gist(frame, tone(text, frame.message), turn, concerns_tests(text), contained(line))
            if len(self._known) > REMEMBERED:
                self._known.clear()
            if len(line) <= SHORT:
                self._known[shape] = gist
        return gist
