"""Which finding explains which: particular answers first, then what the rooms know in general."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import permutations
from pathlib import PurePath
from typing import TypeVar

from crashcart.diagnosis.services import same_service
from crashcart.model.fault import Fault, Severity

TELLING = ("host", "port", "service", "container", "module", "database", "user", "migration", "package", "variable")
"""Facts that two findings about the same trouble share; where they differ, one does not explain the other."""
PLACES = ("host", "service", "container")
"""Facts that may name a service."""
LOCAL = "localhost"
NEST = 400
"""Lines within which an exception tells what it comes from."""
PROBE = 2
"""Lines over which the output of a health check is spread."""
MESSAGE = 40
"""Lines that one message may have."""
HEADLINE = 200
"""Lines within which the reason follows its headline."""
SHARED = re.compile(
    r"^(?:postgres|mysql|mongodb|redis|rabbitmq|kafka|db|db-url|migration|network|resource|elasticsearch)\."
)
"""Families of troubles with what several services share."""
OWN = re.compile(r"^app\.(?!db-|waiting-for-db|dependency)|worker|retries-exhausted")
"""Outcomes of one service, which follow from what that service itself tells."""
DIALLED = re.compile(
    r"refused|timeout|unreachable|unresolved|starting-up|connection-|waiting-for|unavailable|host-not-found"
)
"""Codes of what a client says whose server does not answer."""
MIGRATING = re.compile(
    r"^(?:migration|prisma|alembic|flyway|liquibase|gomigrate|goose|django|rails|knex|typeorm|drizzle)\."
)
MISSING = re.compile(r"relation-missing|column-missing|not-applied|schema-drift|table-missing|schema-validation")
"""Codes of what is not there because migrations did not run."""
CRASH = re.compile(r"process-crashed|startup-aborted|unit-failed|boot-failed")
"""Outcomes after which a server answers nobody."""
STORE = re.compile(r"^(?:postgres|mysql|mongodb|pgbouncer|db-url|network)\.")
STARVED = re.compile(
    r"pool-timeout|dependency-timeout|connection-not-open|dialect-undetermined|db-unavailable|waiting-for-db"
)
"""Codes of what follows wherever no connection to the database comes about."""
PORTS = {"5432": "postgres", "3306": "mysql", "27017": "mongodb", "6379": "redis", "5672": "rabbitmq", "9092": "kafka"}
ROUNDING = timedelta(seconds=1)
"""Clocks of logs that tell whole seconds may differ by as much."""


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


@cache
def _dials(code: str) -> bool:
    return DIALLED.search(code) is not None


@cache
def _migrates(code: str) -> bool:
    return MIGRATING.search(code) is not None and not _misses(code)


@cache
def _misses(code: str) -> bool:
    return MISSING.search(code) is not None


S = TypeVar("S", bound=Suspect)


def causes_of(suspects: Sequence[S], *, confirmed: Callable[[S], bool]) -> dict[S, list[S]]:
    """The direct causes of each of *suspects*; free of circles, and none that another cause already implies.

    In a circle the confirmed one, then the more severe, then the earlier stays the cause.
    """
    ranked = sorted(suspects, key=lambda s: (not confirmed(s), s.fault.severity.value, s.position, s.fault.code))
    causes: dict[S, list[S]] = {suspect: [] for suspect in suspects}
    for explains in (_particularly, _nests, _generally, _serves, _leaves_out, _probed):
        for cause, effect in permutations(ranked, 2):
            if explains(cause, effect) and cause not in causes[effect] and not _reaches(causes, effect, cause):
                causes[effect].append(cause)
    _unwrap(ranked, causes)
    for effect, direct in causes.items():
        causes[effect] = _before(effect, direct)
    return {effect: _nearest(causes, direct) for effect, direct in causes.items()}


def contradict(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether both name the same kind of thing, and different ones."""
    return any(_differ(name, one[name], other[name]) for name in TELLING if name in one and name in other)


def same_thing(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether both name the same thing, and nothing different."""
    return not contradict(one, other) and any(name in one and name in other for name in TELLING)


def _particularly(cause: Suspect, effect: Suspect) -> bool:
    return bool(cause.explains_claims & effect.claims)


def _nests(cause: Suspect, effect: Suspect) -> bool:
    """Whether *cause* was told within the message of *effect*, as what that comes from: deeper, or farther right."""
    if cause.log != effect.log or cause.service != effect.service or not (cause.claims and effect.claims):
        return False
    backwards = cause.fault.code in effect.fault.explains or (cause.fault.wrapper and not effect.fault.wrapper)
    after = cause.position - effect.position
    deeper = cause.nested and 0 < after <= NEST
    return not backwards and (deeper or (after == 0 and cause.column > effect.column))


def _generally(cause: Suspect, effect: Suspect) -> bool:
    code = effect.fault.code
    if code in cause.explains_faults:
        return True
    starves = STORE.match(cause.fault.code) and STARVED.search(code) and cause.fault.severity is Severity.P0
    known = (starves or code in cause.fault.explains) and not contradict(cause.facts, effect.facts)
    return bool(known) and not _began_after(cause, effect) and _concerns(cause, effect)


def _concerns(cause: Suspect, effect: Suspect) -> bool:
    """Whether what one service tells may bring about what another does."""
    if not (cause.service and effect.service) or cause.service == effect.service:
        return True
    if any(same_service(effect.facts[name], cause.service) for name in PLACES if name in effect.facts):
        return True
    if effect.fault.wrapper and OWN.search(effect.fault.code):
        return False
    return not effect.fault.wrapper or SHARED.match(cause.fault.code) is not None


def _serves(cause: Suspect, effect: Suspect) -> bool:
    """Whether *cause* is the own trouble of the server that *effect* does not reach."""
    if not _dials(effect.fault.code) or _dials(cause.fault.code) or not cause.claims:
        return False
    if not cause.speaker or cause.speaker == effect.speaker:
        return False
    if cause.fault.severity >= Severity.P2 or _told_later(cause, effect):
        return False
    if cause.fault.wrapper:
        in_order = cause.log == effect.log and cause.position <= effect.last
        return in_order and CRASH.search(cause.fault.code) is not None and _names(effect, cause.service)
    somebody = (
        cause.log == effect.log
        and effect.fault.family in ("proxy", "network")
        and effect.facts.get("port", "") not in PORTS
    )
    proxied = somebody and _is_address(canonical_host(effect.facts.get("host", LOCAL)))
    return _names(effect, cause.speaker) or _serves_kind(cause, effect) or proxied


def _leaves_out(cause: Suspect, effect: Suspect) -> bool:
    """Whether a migration that failed left out what is missing later; what is missing within it is its reason."""
    if not _migrates(cause.fault.code) or not _misses(effect.fault.code) or contradict(cause.facts, effect.facts):
        return False
    apart = cause.service != effect.service or effect.position - cause.last > MESSAGE
    return apart and cause.log == effect.log and cause.position < effect.position


def _probed(cause: Suspect, effect: Suspect) -> bool:
    """Whether *effect* is what a health check printed whose own trouble *cause* is."""
    beside = cause.log == effect.log and abs(cause.position - effect.position) <= PROBE
    nameless = not any(name in effect.facts for name in TELLING) and effect.fault.family == "network"
    return beside and nameless and cause.fault.family == "health" and not cause.fault.wrapper


def _names(effect: Suspect, service: str) -> bool:
    return any(same_service(effect.facts[name], service) for name in PLACES if name in effect.facts)


def _told_later(cause: Suspect, effect: Suspect) -> bool:
    """Whether *cause* began after *effect*; logs of several services need not stand in the order of time."""
    if cause.first_at and effect.last_at:
        return cause.first_at - effect.last_at > ROUNDING
    return cause.log == effect.log and cause.service == effect.service and cause.position > effect.last


def _serves_kind(cause: Suspect, effect: Suspect) -> bool:
    """Whether the server is of the kind that is dialled, where only an address or nothing tells which it is."""
    host = effect.facts.get("host", "")
    kind = effect.fault.family if effect.fault.family in PORTS.values() else PORTS.get(effect.facts.get("port", ""), "")
    return (
        cause.fault.family == kind and (not host or _is_address(canonical_host(host))) and canonical_host(host) != LOCAL
    )


def _began_after(cause: Suspect, effect: Suspect) -> bool:
    """Whether *cause* was first told in another log after *effect* was last; within one log order is looser."""
    if cause.log == effect.log or not (cause.first_at and effect.last_at):
        return False
    return cause.first_at - effect.last_at > ROUNDING


def _unwrap(ranked: Sequence[S], causes: dict[S, list[S]]) -> None:
    """A wrapper that nothing explains by name follows from the trouble beside it, else from the wrapper before it."""
    for kind in (_before_it, _after_it, _of_others, _wraps_wrapper):
        for wrapper in (s for s in ranked if s.fault.wrapper and not causes[s]):
            around = [s for s in ranked if kind(wrapper, s) and not _reaches(causes, wrapper, s)]
            if around:
                causes[wrapper].append(min(around, key=lambda s: (s.fault.severity > Severity.P1, _apart(wrapper, s))))


def _apart(one: Suspect, other: Suspect) -> int:
    return abs(one.position - other.position)


def _beside(wrapper: Suspect, other: Suspect) -> bool:
    """Whether both are told in one log, by services that may be the same."""
    if not (other.claims and wrapper.claims and other.log == wrapper.log) or contradict(wrapper.facts, other.facts):
        return False
    own = not (wrapper.service and other.service) or same_service(wrapper.service, other.service)
    return own or (not OWN.search(wrapper.fault.code) and _names(wrapper, other.service))


def _troubles(other: Suspect) -> bool:
    return not other.fault.wrapper and other.fault.severity < Severity.P3


def _before_it(wrapper: Suspect, other: Suspect) -> bool:
    return _beside(wrapper, other) and _troubles(other) and other.position <= wrapper.last


def _after_it(wrapper: Suspect, other: Suspect) -> bool:
    """A headline stands before its reason."""
    soon = 0 <= other.position - wrapper.last <= HEADLINE
    return soon and _beside(wrapper, other) and _troubles(other) and other.fault.severity < Severity.P2


def _of_others(wrapper: Suspect, other: Suspect) -> bool:
    """What a service that tells no reason may share with others."""
    same_log = bool(other.claims) and bool(wrapper.claims) and other.log == wrapper.log
    shared = SHARED.match(other.fault.code) is not None and other.fault.severity < Severity.P2
    return same_log and shared and _troubles(other) and other.position <= wrapper.last


def _wraps_wrapper(wrapper: Suspect, other: Suspect) -> bool:
    earlier = (other.position, other.fault.code) < (wrapper.position, wrapper.fault.code)
    return other is not wrapper and other.fault.wrapper and earlier and _beside(wrapper, other)


def _reaches(causes: Mapping[S, Sequence[S]], start: S, goal: S) -> bool:
    """Whether *start* is among the causes of *goal*, directly or through others."""
    todo, seen = list(causes[goal]), {goal}
    while todo:
        here = todo.pop()
        if here is start:
            return True
        if here not in seen:
            seen.add(here)
            todo.extend(causes[here])
    return False


def _before(effect: S, direct: Sequence[S]) -> list[S]:
    """*direct* without what the same log tells only after *effect*, where something else explains it."""
    late = [cause for cause in direct if _late(cause, effect)]
    return [cause for cause in direct if cause not in late] or list(direct)


def _late(cause: Suspect, effect: Suspect) -> bool:
    same_log = bool(cause.claims) and cause.log == effect.log and bool(effect.claims)
    return same_log and cause.position > effect.last and not _particularly(cause, effect)


def _nearest(causes: Mapping[S, Sequence[S]], direct: Sequence[S]) -> list[S]:
    """*direct* without those that explain another one of it."""
    return [cause for cause in direct if not any(_reaches(causes, cause, other) for other in direct)]


def _differ(name: str, one: str, other: str) -> bool:
    if name != "host":
        return one != other
    first, second = canonical_host(one), canonical_host(other)
    return first != second and _is_address(first) == _is_address(second)


def canonical_host(text: str) -> str:
    """*text* as one name for each host, whichever way it is written."""
    host = text.strip("[]").rstrip(".").lower()
    return LOCAL if host in ("127.0.0.1", "::1", "0.0.0.0") else host  # noqa: S104


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == LOCAL
    return True
