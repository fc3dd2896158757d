"""Whether a pattern tells one digit from another: for all others, lines that differ in digits alone are the same."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

DIGITS = frozenset(map(ord, "0123456789"))
ALL_OF = ("CATEGORY_DIGIT", "CATEGORY_WORD", "CATEGORY_NOT_SPACE")


@cache
def regards_digits(pattern: str) -> bool:
    """Whether *pattern* may match in one text and not in another that differs in ASCII digits alone."""
    return _any(_parsed(pattern))


def _parsed(pattern: str) -> Any:
    from re import _parser  # type: ignore[attr-defined]

    return _parser.parse(pattern, re.IGNORECASE)


def _any(tree: Any) -> bool:
    return any(_one(str(operation), argument) for operation, argument in tree)


def _one(operation: str, argument: Any) -> bool:
    match operation:
        case "LITERAL" | "NOT_LITERAL":
            return argument in DIGITS
        case "IN":
            return not _alike(argument)
        case "GROUPREF" | "GROUPREF_EXISTS":
            return True
        case "BRANCH":
            return any(_any(branch) for branch in argument[1])
        case "SUBPATTERN" | "MAX_REPEAT" | "MIN_REPEAT" | "ASSERT" | "ASSERT_NOT" | "POSSESSIVE_REPEAT":
            return _any(argument[-1])
        case "ATOMIC_GROUP":
            return _any(argument)
    return False


def _alike(members: Any) -> bool:
    """Whether a class holds all digits or none."""
    held: set[int] = set()
    for kind, argument in members:
        if str(kind) == "LITERAL":
            held |= DIGITS & {argument}
        elif str(kind) == "RANGE":
            held |= {digit for digit in DIGITS if argument[0] <= digit <= argument[1]}
        elif str(kind) == "CATEGORY" and str(argument) in ALL_OF:
            held |= DIGITS
    return len(held) in (0, len(DIGITS))
