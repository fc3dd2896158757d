"""What may be a cause or a consequence, and whether two of them are about the same thing."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import PurePath

from crashcart.model.fault import Fault

TELLING = ("host", "port", "service", "container", "module", "database", "user", "migration", "package", "variable")
"""Facts that two findings about the same trouble share; where they differ, one does not explain the other."""
LOCAL = "localhost"


@dataclass(slots=True, eq=False)
class Suspect:
    """What may be a cause or a consequence."""

    fault: Fault
    facts: Mapping[str, str]
    position: int
    last: int = 0
    log: str = ""
    service: str = ""
    nested: bool = False
    column: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    claims: set[str] = field(default_factory=set)
    explains_claims: set[str] = field(default_factory=set)
    explains_faults: set[str] = field(default_factory=set)

    @property
    def speaker(self) -> str:
        """The service that told it, or else what its log is called after."""
        return self.service or _stem(self.log)


@cache
def _stem(log: str) -> str:
    return PurePath(log).stem


def contradict(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether both name the same kind of thing, and different ones."""
    return any(_differ(name, one[name], other[name]) for name in TELLING if name in one and name in other)


def same_thing(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether both name the same thing, and nothing different."""
    return not contradict(one, other) and any(name in one and name in other for name in TELLING)


def _differ(name: str, one: str, other: str) -> bool:
    if name != "host":
        return one != other
    first, second = canonical_host(one), canonical_host(other)
    return first != second and is_address(first) == is_address(second)


def canonical_host(text: str) -> str:
    """*text* as one name for each host, whichever way it is written."""
    host = text.strip("[]").rstrip(".").lower()
    return LOCAL if host in ("127.0.0.1", "::1", "0.0.0.0") else host  # noqa: S104


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == LOCAL
    return True
