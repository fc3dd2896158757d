"""Asks all fault rooms about one line: keywords first, patterns only where a keyword stands.

Where matches of several faults overlap in a line, the longest wins: it says most. Beside it stands the reason that it
gives, where that is a fault which brings it about. Matches that do not overlap stand side by side. Patterns do not
regard case; ``(?-i:…)`` makes a part of one do so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from crashcart.diagnosis.asserting import asserted
from crashcart.diagnosis.digits import regards_digits
from crashcart.faults.patterns import Found, compiled
from crashcart.model.fault import Fault, Refutation
from crashcart.tools.expressions import lazy
from crashcart.tools.scanner.lines import Lookout, Words, lookout

MAX_FACT = 300
GOOD_NEWS = lazy(r"[✓✔✅√☑]|(?:^|\s)(?:ok \d{1,6} - |PASS(?:ED)?\s)")
BAD_NEWS = lazy(r"[✗✘❌×✖]|not ok \d")
ESCAPED = lazy(r"""\\(?:(["'\\/])|[nrt])|\\u001[bB]\[[0-9;]{0,16}m""")
REASON = lazy(r"(?:[:(\[={] ?|\b(?:because|due to|caused by|reason) )[\"'(]?$", re.IGNORECASE)
"""Stands right before the reason of what was just told."""
LEAD = 20
"""Characters among which it stands."""
UNANSWERED = lazy(r"refused|timeout|unreachable|unavailable$|no-answer")
"""Codes of what is told of whatever does not answer: one such code is no reason of another."""
ZEROS = bytes.maketrans(b"123456789", b"000000000")
STAMP = lazy(rb"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?")
"""A time; no room asks for its digits."""
REMEMBERED = 20_000
"""Lines whose answer is remembered."""
SHORT = 2000
"""Bytes of lines that are worth remembering."""


class Match(NamedTuple):
    """A fault seen in one line."""

    fault: str
    start: int
    end: int
    facts: Mapping[str, str]

    @property
    def rank(self) -> tuple[int, int, str]:
        """Smaller is better: the longer match, then the one that names more, then by code."""
        return (self.start - self.end, -len(self.facts), self.fault)

    def overlaps(self, other: Match) -> bool:
        return self.start < other.end and other.start < self.end


Spans = tuple[tuple[str, int, int], ...]
_Found = tuple[str, int, int, Spans]


class _Room(NamedTuple):
    """What to ask where a keyword stands."""

    fault: str
    patterns: tuple[str, ...]
    built_in: bool
    refutation: Refutation | None = None


class _Told(NamedTuple):
    """What a line says; without its facts, which other lines of the same shape have elsewise."""

    matches: tuple[_Found, ...]
    refutations: tuple[tuple[str, Refutation, Spans], ...]


NOTHING = _Told((), ())


class Sieve:
    """All rooms, ready to be asked. A line with a word of *also* is suspicious too."""

    def __init__(self, faults: Mapping[str, Fault], also: Iterable[str] = ()) -> None:
        self._faults = faults
        self._rooms: dict[str, list[_Room]] = {}
        for fault in faults.values():
            self._add(fault)
        for word in also:
            self._rooms.setdefault(word.lower(), [])
        self.words: tuple[str, ...] = tuple(self._rooms)
        """All keywords, in lower case."""
        self._by_word = tuple(self._rooms.values())
        self._regards: dict[Words, bool] = {}
        self._heard_last: tuple[str, tuple[bytes, Words]] = ("", (b"", ()))
        self._answers: dict[tuple[bytes, Words], _Told] = {}
        self._last: tuple[str, _Told] = ("", NOTHING)

    def _add(self, fault: Fault) -> None:
        built_in = fault.origin == "built-in"
        for trace in fault.traces:
            room = _Room(fault.code, trace.patterns, built_in)
            for keyword in trace.keywords:
                self._rooms.setdefault(keyword.lower(), []).append(room)
        for refutation in fault.refuted_by:
            room = _Room(fault.code, (refutation.pattern,), built_in, refutation)
            for keyword in refutation.keywords:
                self._rooms.setdefault(keyword.lower(), []).append(room)

    @cached_property
    def _look(self) -> Lookout:
        return lookout(self.words)

    def expect(self, text: str, words: Words) -> None:
        """Take it that *words* are those that may stand in *text*: a scan of the whole log found that already."""
        self._heard_last = (text, (text.encode("utf-8", "replace"), words))

    def suspicious(self, text: str) -> bool:
        """Whether *text* may hold any keyword; quick, for the millions of lines that hold none."""
        return bool(self._heard(text)[1])

    def matches(self, text: str) -> list[Match]:
        """The faults that *text* shows, in order; of overlapping ones the best. None where it reports a success."""
        return [Match(code, at, to, _cut_out(text, spans)) for code, at, to, spans in self._told(text).matches]

    def refutations(self, text: str) -> Iterator[tuple[str, Refutation, Mapping[str, str]]]:
        """The refutations that *text* speaks, with the code of the fault and what the line names."""
        for code, refutation, spans in self._told(text).refutations:
            yield code, refutation, _cut_out(text, spans)

    def regards_digits(self, text: str) -> bool:
        """Whether a room that *text* concerns tells digits apart, those of times apart."""
        return self._regard_digits(self._heard(text)[1])

    def places(self, text: str) -> Iterator[int]:
        """Where the facts that *text* tells stand in it."""
        for *_, spans in self._told(text).matches:
            for _, start, end in spans:
                yield from range(start, end)

    def _told(self, text: str) -> _Told:
        """Lines that differ in digits alone are asked once, unless a room that is concerned regards the digits."""
        if text == self._last[0]:
            return self._last[1]
        raw, words = self._heard(text)
        if not words:
            return NOTHING
        key = (STAMP.sub(_zeros, raw) if self._regard_digits(words) else raw.translate(ZEROS), words)
        told = self._answers.get(key)
        if told is None:
            told = self._asked(text, words)
            if len(self._answers) > REMEMBERED:
                self._answers.clear()
            if len(raw) <= SHORT:
                self._answers[key] = told
        self._last = (text, told)
        return told

    def _heard(self, text: str) -> tuple[bytes, Words]:
        """*text* as bytes, and the words that may stand in it."""
        if text != self._heard_last[0]:
            raw = text.encode("utf-8", "replace")
            self._heard_last = (text, (raw, self._look.in_line(raw)))
        return self._heard_last[1]

    def _regard_digits(self, words: Words) -> bool:
        """Whether a room that one of *words* calls tells digits apart."""
        known = self._regards.get(words)
        if known is None:
            known = self._regards[words] = any(map(self._regards_digits, words))
        return known

    def _regards_digits(self, word: int) -> bool:
        rooms = self._by_word[word]
        patterns = (pattern for room in rooms for pattern in room.patterns)
        digits = any(letter.isdigit() for letter in self.words[word])
        own = any(not room.built_in for room in rooms)
        return bool(rooms) and (digits or own or any(map(regards_digits, patterns)))

    def _asked(self, text: str, words: Sequence[int]) -> _Told:
        lowered = text.lower()
        said = [number for number in words if self.words[number] in lowered]
        rooms = {id(room): room for number in said for room in self._by_word[number]}.values()
        if not rooms:
            return NOTHING
        news = GOOD_NEWS.search(text) and not BAD_NEWS.search(text)
        found = [] if news else [m for room in rooms if not room.refutation for m in _search(room, text)]
        refuted = (
            (room.fault, room.refutation, _spans(match))
            for room in rooms
            if room.refutation and (match := compiled(room.patterns[0], built_in=room.built_in).search(text))
            if room.refutation.earlier or asserted(text, match.start(), match.end())
        )
        return _Told(self._best(found, text), tuple(refuted))

    def _best(self, found: Iterable[_Found], text: str) -> tuple[_Found, ...]:
        made = [(Match(code, start, end, _cut_out(text, at)), at) for code, start, end, at in found]
        best: list[tuple[Match, Spans]] = []
        for match, at in sorted(made, key=lambda pair: pair[0].rank):
            rivals = [other for other, _ in best if match.overlaps(other) or _same(match, other)]
            if all(self._gives_reason(other, match, text) for other in rivals):
                best.append((match, at))
        return tuple((m.fault, m.start, m.end, at) for m, at in sorted(best, key=lambda pair: pair[0].start))

    def _gives_reason(self, outcome: Match, reason: Match, text: str) -> bool:
        """Whether *outcome* goes on to say why it came to be, and *reason* is that."""
        same = UNANSWERED.search(outcome.fault) and UNANSWERED.search(reason.fault)
        known = not same and outcome.fault in self._faults[reason.fault].explains
        return known and outcome.start < reason.start and REASON.search(text[: reason.start][-LEAD:]) is not None


def _zeros(stamp: re.Match[bytes]) -> bytes:
    return stamp[0].translate(ZEROS)


def plain(text: str) -> str:
    """*text* with the escapes of a JSON string undone, so that one pattern fits plain and JSON logs."""
    if "\\" not in text or '"' not in text:
        return text
    return ESCAPED.sub(_undone, text)


def _undone(escape: re.Match[str]) -> str:
    return escape[1] or ("" if len(escape[0]) > 2 else " ")


def _search(room: _Room, text: str) -> Iterator[_Found]:
    for pattern in room.patterns:
        match = compiled(pattern, built_in=room.built_in).search(text)
        if match and match.end() > match.start():
            yield room.fault, match.start(), match.end(), _spans(match)


def _spans(match: Found) -> Spans:
    """Where the facts stand, without the white space around them."""
    found = []
    for name, value in match.groupdict().items():
        if value and (stripped := value.strip()):
            start = match.start(name) + value.index(stripped[0])
            found.append((name, start, start + min(len(stripped), MAX_FACT)))
    return tuple(found)


def _cut_out(text: str, spans: Spans) -> dict[str, str]:
    return {name: text[start:end] for name, start, end in spans}


def _same(match: Match, other: Match) -> bool:
    """Whether *match* says nothing that *other* does not."""
    return match.fault == other.fault and match.facts.items() <= other.facts.items()
