"""Asks all fault rooms about one line: keywords first, patterns only where a keyword stands.

Where matches of several faults overlap in a line, the longest wins: it says most. Matches that do not overlap stand
side by side. Patterns do not regard case; ``(?-i:…)`` makes a part of one do so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from crashcart.model.fault import Fault, Refutation

MAX_FACT = 300
MIN_STEM = 4
COMMON = 'e0t1a2i3n4s5o6r7 8l9.d-c:/pmu,_()h"gb'
"""Letters of logs, the commonest first."""
GOOD_NEWS = re.compile(r"[✓✔✅√☑]|(?:^|\s)(?:ok \d{1,6} - |PASS(?:ED)?\s)")
BAD_NEWS = re.compile(r"[✗✘❌×✖]|not ok \d")
ESCAPED = re.compile(r"""\\(?:(["'\\/])|[nrt]|u001[bB]\[[0-9;]{0,16}m)""")

Room = TypeVar("Room")


@dataclass(frozen=True, slots=True)
class Match:
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


class Sieve:
    """All rooms, ready to be asked. A line with a word of *also* is suspicious too."""

    def __init__(self, faults: Mapping[str, Fault], also: Iterable[str] = ()) -> None:
        self._traces = _Index(
            (keyword, (fault.code, trace.patterns))
            for fault in faults.values()
            for trace in fault.traces
            for keyword in trace.keywords
        )
        self._refutations = _Index(
            (keyword, (fault.code, refutation))
            for fault in faults.values()
            for refutation in fault.refuted_by
            for keyword in refutation.keywords
        )
        words = (*self._traces.words, *self._refutations.words, *(word.lower() for word in also))
        self._any = re.compile(trie({stem(word) for word in words}))

    def suspicious(self, text: str) -> bool:
        """Whether *text* holds any keyword; quick, for the millions of lines that hold none."""
        return self._any.search(text.lower()) is not None

    def matches(self, text: str) -> list[Match]:
        """The faults that *text* shows, in order; of overlapping ones the best. None where it reports a success."""
        if GOOD_NEWS.search(text) and not BAD_NEWS.search(text):
            return []
        found = [m for code, patterns in self._traces.within(text.lower()) for m in _search(code, patterns, text)]
        best: list[Match] = []
        for match in sorted(found, key=lambda match: match.rank):
            if not any(match.overlaps(other) or _same(match, other) for other in best):
                best.append(match)
        return sorted(best, key=lambda match: match.start)

    def refutations(self, text: str) -> Iterator[tuple[str, Refutation, Mapping[str, str]]]:
        """The refutations that *text* speaks, with the code of the fault and what the line names."""
        for code, refutation in self._refutations.within(text.lower()):
            if match := _compiled(refutation.pattern).search(text):
                yield code, refutation, _facts(match)


class _Index(Generic[Room]):
    """What to ask, by keyword."""

    def __init__(self, entries: Iterable[tuple[str, Room]]) -> None:
        self._rooms: dict[str, list[Room]] = defaultdict(list)
        for keyword, room in entries:
            self._rooms[keyword.lower()].append(room)

    @property
    def words(self) -> Iterable[str]:
        return self._rooms.keys()

    def within(self, lowered: str) -> Iterator[Room]:
        """Each room once that has a keyword in *lowered*."""
        seen: set[int] = set()
        for keyword, rooms in self._rooms.items():
            if keyword in lowered:
                for room in rooms:
                    if id(room) not in seen:
                        seen.add(id(room))
                        yield room


def plain(text: str) -> str:
    """*text* with the escapes of a JSON string undone, so that one pattern fits plain and JSON logs."""
    if "\\" not in text or '"' not in text:
        return text
    return ESCAPED.sub(lambda match: match[1] or " ", text)


def stem(word: str) -> str:
    """The part of *word* from its rarest letter on: the search passes over a letter no stem begins with in no time."""
    starts = range(max(1, len(word) - MIN_STEM + 1))
    return word[max(starts, key=lambda n: (COMMON.find(word[n]) if word[n] in COMMON else len(COMMON), -n)) :]


def trie(words: Iterable[str]) -> str:
    """A regular expression that finds any of *words*; common beginnings are read once."""
    root: dict[str, Any] = {}
    for word in sorted(words, key=len):
        node = root
        for n, letter in enumerate(word, 1):
            if node.get(letter) is True:
                break
            node = node.setdefault(letter, {}) if n < len(word) else node.setdefault(letter, True)
    return _branches(root) if root else "(?!)"


def _branches(node: Mapping[str, Any]) -> str:
    ends = [re.escape(letter) for letter, rest in node.items() if rest is True]
    longer = [re.escape(letter) + _branches(rest) for letter, rest in node.items() if rest is not True]
    final = [f"[{''.join(ends)}]"] if len(ends) > 1 else ends
    branches = final + longer
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _search(code: str, patterns: Iterable[str], text: str) -> Iterator[Match]:
    for pattern in patterns:
        if (match := _compiled(pattern).search(text)) and match.end() > match.start():
            yield Match(code, match.start(), match.end(), _facts(match))


def _facts(match: re.Match[str]) -> dict[str, str]:
    return {name: value.strip()[:MAX_FACT] for name, value in match.groupdict().items() if value and value.strip()}


def _same(match: Match, other: Match) -> bool:
    """Whether *match* says nothing that *other* does not."""
    return match.fault == other.fault and match.facts.items() <= other.facts.items()
