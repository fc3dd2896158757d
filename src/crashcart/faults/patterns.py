"""Compiles patterns: those of built-in rooms by Python's engine, those of users by one that cannot hang.

The rooms that come with crashcart are held to hostile lines by its tests. What lies in a project's own folder is
nobody's word: it runs on RE2, which needs time in proportion to the line whatever the pattern says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from crashcart.model.errors import UsageError
from crashcart.tools import expressions

MAX_LENGTH = 2000
"""Characters of one pattern."""
MAX_MEMORY = 1 << 20
"""Bytes that RE2 may take for one pattern, so that a short text cannot ask for a huge machine."""
CURES = (
    (
        "invalid perl operator: (?=",
        "look-aheads are not known here: write what must stand there into the pattern itself",
    ),
    (
        "invalid perl operator: (?!",
        "look-aheads are not known here: put what must not match into misses, or narrow a class",
    ),
    ("invalid perl operator: (?<", "look-behinds are not known here: begin the pattern with what stands before"),
    ("invalid perl operator: (?>", "atomic groups are not known here, nor needed: write (?:…)"),
    ("invalid perl operator: (?#", "comments stand in the TOML file, not in the pattern"),
    ("bad repetition operator", "one repetition after the other; possessive ones are not known here, nor needed"),
    ("invalid repetition size", "repeat at most 1000 times, nested repetitions together as well, such as {1,200}"),
    ("pattern too large", "ask for less: shorter repetitions, fewer alternatives"),
    ("invalid escape sequence: \\Z", "write $ for the end of the line"),
    ("invalid escape sequence", "back references and this escape are not known here; a plain \\ is written \\\\"),
    ("missing )", "close the bracket, or write \\( for a plain one"),
    ("unexpected )", "open the bracket, or write \\) for a plain one"),
    ("missing ]", "close the class, or write \\[ for a plain bracket"),
    ("no argument for repetition operator", "say what is repeated, or write \\* \\+ \\? for the sign itself"),
)
"""By the beginning of RE2's message."""


class Found(Protocol):
    """Where a pattern matched."""

    def start(self, group: int | str = 0) -> int: ...
    def end(self, group: int | str = 0, /) -> int: ...
    def groupdict(self) -> dict[str, str | None]: ...
    def __getitem__(self, group: int | str) -> str | None: ...


class Pattern(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> Found | None:
        """The first match anywhere in *text*, without regard to case."""

    @property
    def groupindex(self) -> Mapping[str, int]:
        """The numbers of the named groups."""


class BadPatternError(ValueError):
    """The text is no pattern; says what to write instead."""

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(problem)
        self.cure = cure


def compiled(pattern: str, *, built_in: bool) -> Pattern:
    """*pattern*, ready to search.

    Raises BadPatternError with the cure, and UsageError where a user's pattern cannot be run here at all.
    """
    return _trusted(pattern) if built_in else _linear(pattern)


def _trusted(pattern: str) -> Pattern:
    try:
        return expressions.compiled(pattern, re.IGNORECASE)
    except re.error as error:
        raise BadPatternError(str(error), "correct it") from error


class _Found:
    """A match of RE2, whose own knows groups by their number alone where it tells places."""

    __slots__ = ("_match", "_numbers")

    def __init__(self, match: Any, numbers: Mapping[str, int]) -> None:
        self._match = match
        self._numbers = numbers

    def start(self, group: int | str = 0, /) -> int:
        return int(self._match.start(self._number(group)))

    def end(self, group: int | str = 0, /) -> int:
        return int(self._match.end(self._number(group)))

    def groupdict(self) -> dict[str, str | None]:
        return dict(self._match.groupdict())

    def __getitem__(self, group: int | str) -> str | None:
        text: str | None = self._match[self._number(group)]
        return text

    def _number(self, group: int | str) -> int:
        return self._numbers[group] if isinstance(group, str) else group


class _Linear:
    """A pattern on RE2."""

    __slots__ = ("_search", "groupindex")

    def __init__(self, expression: Any) -> None:
        self._search = expression.search
        self.groupindex: Mapping[str, int] = expression.groupindex

    def search(self, text: str) -> Found | None:
        try:
            found = self._search(text)
        except UnicodeEncodeError:
            found = self._search(text.encode("utf-8", "replace").decode())
        return _Found(found, self.groupindex) if found else None


@lru_cache(maxsize=4096)
def _linear(pattern: str) -> Pattern:
    if len(pattern) > MAX_LENGTH:
        raise BadPatternError(f"longer than {MAX_LENGTH} characters", "say only what is special about the line")
    re2 = _engine()
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    try:
        return _Linear(re2.compile(pattern, options))
    except re2.error as error:
        raise _bad(error) from error
    except UnicodeEncodeError as error:
        raise BadPatternError("holds half a character", "save the file as UTF-8") from error


def _engine() -> Any:
    try:
        import re2
    except ImportError as error:
        raise UsageError(
            "own faults cannot be read here: the package google-re2 is missing, which runs their patterns",
            advice="Install google-re2, or move the folder of own faults away.",
        ) from error
    return re2


def _bad(error: Exception) -> BadPatternError:
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    cure = next((cure for beginning, cure in CURES if text.startswith(beginning)), "correct it")
    return BadPatternError(text, cure)
