"""One kind of trouble: its words, its traces in logs, what it explains."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Severity(StrEnum):
    """How bad: P0 the app is down, P1 the next deployment will fail, P2 something is broken, P3 worth knowing."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"

    def reaches(self, threshold: Severity) -> bool:
        """Whether this is at least as bad as *threshold*."""
        return self.value <= threshold.value


class Example(NamedTuple):
    """A log line that a trace must match, and the facts it must find there."""

    line: str
    facts: Mapping[str, str] = MappingProxyType({})


class Trace(NamedTuple):
    """How a fault shows in a log: a line holds one of the keywords and matches one of the patterns."""

    keywords: tuple[str, ...]
    """Literal texts, matched without regard to case; every pattern match contains one of them."""
    patterns: tuple[str, ...]
    """Regular expressions over one line; named groups become facts (see the glossary for the names)."""
    matches: tuple[Example, ...]
    misses: tuple[str, ...]


class Refutation(NamedTuple):
    """Another line of the same log that shows a claim of this fault to be harmless."""

    pattern: str
    """A named group that the claim has too must hold the same text."""
    because: str
    """One sentence; ``{name}`` is replaced by a fact of the claim."""
    keywords: tuple[str, ...] = ()
    """Literal texts, as in a trace: every match of the pattern contains one of them."""
    earlier: bool = False
    """The line stands before the claim's (a shutdown that was asked for), not after it (a recovery)."""


class Fault(NamedTuple):
    """One kind of trouble, named by what is wrong, never by what to do. Read from ``faults/FAMILY/NAME.toml``."""

    code: str
    """``family.kebab-words``; never changes once published."""
    title: str
    severity: Severity
    why: str
    """How this comes about, for a person who meets it for the first time."""
    remedy: str
    """What helps, in words; the remedy rooms know the steps."""
    explains: tuple[str, ...] = ()
    """Codes of faults that this one brings about."""
    traces: tuple[Trace, ...] = ()
    """Empty where only a probe or a proof can notice it."""
    refuted_by: tuple[Refutation, ...] = ()
    check: str | None = None
    """A command by which a person can see it, with ``{name}`` for facts."""
    aliases: tuple[str, ...] = ()
    wrapper: bool = False
    """Only says that something failed (an exit code, a 502); the reason is always another fault."""
    origin: str = "built-in"
    """The file it was read from."""

    @property
    def family(self) -> str:
        return self.code.partition(".")[0]
