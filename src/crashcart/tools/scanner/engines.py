"""Finds many literals at once in bytes, without regard to case: the fastest engine that is installed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

Find = Callable[[bytes | bytearray | memoryview], Sequence[tuple[int, int]]]
"""End and number of each literal that stands in the bytes, in order of the ends."""


class Engine(Protocol):
    """Looks for the same literals in any number of texts."""

    name: str

    def finder(self) -> Find:
        """A search for one thread. Of the literals that were asked for *once*, it may tell the first place alone."""


def engine(literals: Sequence[bytes], once: Sequence[bytes] = ()) -> Engine:
    """The fastest engine there is for *literals* (numbered from 0) and *once* (numbered on); all in lower case."""
    for make in (_hyperscan, _aho_corasick):
        try:
            return make(literals, once)
        except ImportError:
            continue
    return TrieEngine(literals, once)


def _hyperscan(literals: Sequence[bytes], once: Sequence[bytes]) -> Engine:
    from crashcart.tools.scanner.hyperscan_engine import HyperscanEngine

    return HyperscanEngine(literals, once)


def _aho_corasick(literals: Sequence[bytes], once: Sequence[bytes]) -> Engine:
    return AhoCorasickEngine(literals, once)


class AhoCorasickEngine:
    """An automaton of the ``ahocorasick-rs`` library. Raises ImportError where that is not installed."""

    name = "ahocorasick-rs"

    def __init__(self, literals: Sequence[bytes], once: Sequence[bytes] = ()) -> None:
        from ahocorasick_rs import BytesAhoCorasick, Implementation

        self._once = _numbered(once, len(literals))
        self._automaton: Any = BytesAhoCorasick(list(literals), implementation=Implementation.DFA) if literals else None

    def finder(self) -> Find:
        return self._find

    def _find(self, data: bytes | bytearray | memoryview) -> Sequence[tuple[int, int]]:
        lowered = bytes(data).lower()
        found = self._automaton.find_matches_as_indexes(lowered, overlapping=True) if self._automaton else ()
        return sorted([*_first(self._once, lowered), *((end, number) for number, _, end in found)])


class TrieEngine:
    """All literals as one regular expression in the shape of a tree; needs nothing but Python."""

    name = "re"

    def __init__(self, literals: Sequence[bytes], once: Sequence[bytes] = ()) -> None:
        self._literals = tuple(enumerate(literals))
        self._once = _numbered(once, len(literals))
        self._any = re.compile(trie({stem(literal.decode("latin-1")) for literal in literals}).encode("latin-1"))

    def finder(self) -> Find:
        return self._find

    def _find(self, data: bytes | bytearray | memoryview) -> Sequence[tuple[int, int]]:
        lowered = bytes(data).lower()
        found = [*_first(self._once, lowered)]
        at = 0
        while match := self._any.search(lowered, at):
            start = lowered.rfind(b"\n", 0, match.end()) + 1
            at = (lowered.find(b"\n", match.end()) + 1) or len(lowered)
            found += self._in_line(lowered[start:at], start)
        return sorted(found)

    def _in_line(self, line: bytes, start: int) -> Iterator[tuple[int, int]]:
        for number, literal in self._literals:
            at = line.find(literal)
            while at >= 0:
                yield start + at + len(literal), number
                at = line.find(literal, at + 1)


def _numbered(once: Sequence[bytes], first: int) -> tuple[tuple[int, bytes], ...]:
    return tuple(enumerate(once, first))


def _first(once: Sequence[tuple[int, bytes]], lowered: bytes) -> Iterator[tuple[int, int]]:
    for number, literal in once:
        if (at := lowered.find(literal)) >= 0:
            yield at + len(literal), number


MIN_STEM = 4
COMMON = 'e0t1a2i3n4s5o6r7 8l9.d-c:/pmu,_()h"gb'


def stem(word: str) -> str:
    """The part of *word* from its rarest letter on: the search passes over a letter no stem begins with in no time."""
    starts = range(max(1, len(word) - MIN_STEM + 1))
    return word[max(starts, key=lambda n: (COMMON.find(word[n]) if word[n] in COMMON else len(COMMON), -n)) :]


def trie(words: set[str]) -> str:
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
