"""The Hyperscan library: several bytes per step, and other threads run meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import hyperscan
from hyperscan._version import __version__ as version

from crashcart.tools import store
from crashcart.tools.scanner.engines import Find

SENTINEL = b"\x01\x02"
"""Shorter than every other literal: Hyperscan then steps byte by byte, which for hundreds of literals is three times
as fast as the longer steps it would choose, for those drown in false candidates. Found, it counts among *once*."""

MANY = 100
"""Literals from which on the cache is quicker than to compile them."""


class HyperscanEngine:
    """A database of literals, compiled once and kept in the user's cache."""

    name = "hyperscan"

    def __init__(self, literals: Sequence[bytes], once: Sequence[bytes] = ()) -> None:
        name = store.key("literals", version, *literals, b"\n", *once)
        self._database = (_load(name) if len(literals) >= MANY else None) or _compile(literals, once, name)

    def finder(self) -> Find:
        scratch, database = hyperscan.Scratch(self._database), self._database

        def find(data: Any) -> Sequence[tuple[int, int]]:
            found: list[tuple[int, int]] = []
            add = found.append
            database.scan(data, lambda number, _start, end, _flags, _context: add((end, number)), scratch=scratch)
            return found

        return find


def _load(name: str) -> hyperscan.Database | None:
    raw = store.load(name)
    try:
        return hyperscan.loadb(raw, hyperscan.HS_MODE_BLOCK) if raw else None
    except hyperscan.error:
        return None


def _compile(literals: Sequence[bytes], once: Sequence[bytes], name: str) -> hyperscan.Database:
    caseless, single = hyperscan.HS_FLAG_CASELESS, hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH
    expressions = [*literals, *once, SENTINEL]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=expressions,
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[caseless] * len(literals) + [single] * (len(once) + 1),
        literal=True,
    )
    if len(literals) >= MANY:
        store.save(name, hyperscan.dumpb(database))
    return database
