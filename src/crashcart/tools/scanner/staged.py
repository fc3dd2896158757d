"""A search in two steps: a quick one over everything, the whole one over the lines where that found anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crashcart.tools.scanner.engines import Find

SMALL = 16 * 1024
"""Bytes that are not worth two steps."""
DENSE = 100
"""Places from which on the whole search over everything costs less than one for each line."""
REACH = 4 * 1024
"""Bytes on both sides of a place in which its line is looked for."""


def staged(first: Find, whole: Find, signs: int) -> Find:
    """Finds in every line what *whole* finds there, if *first* finds something in each such line.

    Lines with one of the first *signs* literals of *first* change how the rest is read: *whole* gets everything then.
    """

    def find(data: Any) -> Sequence[tuple[int, int]]:
        if len(data) <= SMALL:
            return whole(data)
        places = first(data)
        if not places:
            return places
        if len(places) > DENSE or any(number < signs for _, number in places):
            return whole(data)
        found: list[tuple[int, int]] = []
        stop = 0
        for end, _ in places:
            if end > stop:
                line = _line(data, end)
                if not line:
                    return whole(data)
                start, stop = line
                found += [(start + at, number) for at, number in whole(data[start:stop])]
        return found

    return find


def _line(data: Any, end: int) -> tuple[int, int] | None:
    """Where the line of the byte before *end* begins and ends; None where it is a long one."""
    low, high = max(0, end - REACH), min(len(data), end + REACH)
    before = bytes(data[low:end]).rfind(b"\n")
    after = bytes(data[end:high]).find(b"\n")
    if (before < 0 < low) or (after < 0 and high < len(data)):
        return None
    return low + before + 1, high if after < 0 else end + after
