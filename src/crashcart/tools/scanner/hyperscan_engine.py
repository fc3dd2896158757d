"""The Hyperscan library: several bytes per step, and other threads run meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import hyperscan
from hyperscan._version import __version__ as version

from crashcart.tools import store
from crashcart.tools.scanner.engines import Find
from crashcart.tools.scanner.staged import staged

SENTINEL = b"\x01\x02"
"""Shorter than every other literal: Hyperscan then steps byte by byte, which for hundreds of literals is three times
as fast as the longer steps it would choose, for those drown in false candidates. Found, it counts among *once*."""

MANY = 100
"""Literals from which on the cache is quicker than to compile them, and to search in two steps than in one."""

Expressions = Sequence[tuple[bytes, bool]]
"""Literals, each with whether its first place is enough."""


class HyperscanEngine:
    """Databases of literals, compiled once and kept in the user's cache."""

    name = "hyperscan"

    def __init__(self, literals: Sequence[bytes], once: Sequence[bytes] = ()) -> None:
        self._signs = [(literal, True) for literal in once]
        many = len(literals) >= MANY
        name = store.key("literals", version, SENTINEL, *literals, b"\n", *once) if many else ""
        self._whole = _database([*((literal, False) for literal in literals), *self._signs], name)
        self._cores = self._database_of_cores(literals, name.replace("literals", "cores")) if many else None

    def _database_of_cores(self, literals: Sequence[bytes], name: str) -> hyperscan.Database | None:
        """The signs, and those literals that hold no other: about half, and so quicker to search for."""
        if any(b"\n" in literal for literal in literals):
            return None
        if known := _load(name):
            return known
        find = _finder(self._whole)
        cores = [each for own, each in enumerate(literals) if all(number == own for _, number in find(each))]
        return _compile([*self._signs, *((core, False) for core in cores)], name)

    def finder(self) -> Find:
        whole = _finder(self._whole)
        return staged(_finder(self._cores), whole, len(self._signs)) if self._cores else whole


def _finder(database: hyperscan.Database) -> Find:
    scratch = hyperscan.Scratch(database)

    def find(data: Any) -> Sequence[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        add = found.append
        database.scan(data, lambda number, _start, end, _flags, _context: add((end, number)), scratch=scratch)
        return found

    return find


def _database(expressions: Expressions, name: str) -> hyperscan.Database:
    return (_load(name) if name else None) or _compile(expressions, name)


def _load(name: str) -> hyperscan.Database | None:
    raw = store.load(name)
    try:
        return hyperscan.loadb(raw, hyperscan.HS_MODE_BLOCK) if raw else None
    except hyperscan.error:
        return None


def _compile(expressions: Expressions, name: str) -> hyperscan.Database:
    if not any(len(literal) <= len(SENTINEL) for literal, _ in expressions):
        expressions = [*expressions, (SENTINEL, True)]
    caseless, single = hyperscan.HS_FLAG_CASELESS, hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[literal for literal, _ in expressions],
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[single if once else caseless for _, once in expressions],
        literal=True,
    )
    if name:
        store.save(name, hyperscan.dumpb(database))
    return database
