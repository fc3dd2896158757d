"""When one trouble explains another: particular answers, the rooms' data, and rules over services and messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from crashcart.diagnosis.services import same_service
from crashcart.diagnosis.suspect import LOCAL, TELLING, Suspect, canonical_host, contradict, is_address
from crashcart.model.fault import Severity
from crashcart.tools.expressions import lazy

PLACES = ("host", "service", "container")
"""Facts that may name a service."""
NEST = 400
"""Lines within which an exception tells what it comes from."""
PROBE = 2
"""Lines over which the output of a health check is spread."""
MESSAGE = 40
"""Lines that one message may have."""
SHARED = lazy(r"^(?:postgres|mysql|mongodb|redis|rabbitmq|kafka|db|db-url|migration|network|resource|elasticsearch)\.")
"""Families of troubles with what several services share."""
OWN = lazy(r"^app\.(?!db-|waiting-for-db|dependency)|worker|retries-exhausted")
"""Outcomes of one service, which follow from what that service itself tells."""
DIALLED = lazy(r"refused|timeout|unreachable|unresolved|starting-up|connection-|waiting-for|unavailable|host-not-found")
"""Codes of what a client says whose server does not answer."""
MIGRATING = lazy(r"^(?:migration|prisma|alembic|flyway|liquibase|gomigrate|goose|django|rails|knex|typeorm|drizzle)\.")
MISSING = lazy(r"relation-missing|column-missing|not-applied|schema-drift|table-missing|schema-validation")
"""Codes of what is not there because migrations did not run."""
CRASH = lazy(r"process-crashed|startup-aborted|unit-failed|boot-failed")
"""Outcomes after which a server answers nobody."""
STORE = lazy(r"^(?:postgres|mysql|mongodb|pgbouncer|db-url|network)\.")
STARVED = lazy(
    r"pool-timeout|dependency-timeout|connection-not-open|dialect-undetermined|db-unavailable|waiting-for-db"
)
"""Codes of what follows wherever no connection to the database comes about."""
PORTS = {"5432": "postgres", "3306": "mysql", "27017": "mongodb", "6379": "redis", "5672": "rabbitmq", "9092": "kafka"}
ROUNDING = timedelta(seconds=1)
"""Clocks of logs that tell whole seconds may differ by as much."""


def particularly(cause: Suspect, effect: Suspect) -> bool:
    """Whether an answer said that *cause* brings about *effect*."""
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
    starves = _starves(code) and _stores(cause.fault.code) and cause.fault.severity is Severity.P0
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
        return in_order and CRASH.search(cause.fault.code) is not None and names(effect, cause.service)
    somebody = (
        cause.log == effect.log
        and effect.fault.family in ("proxy", "network")
        and effect.facts.get("port", "") not in PORTS
    )
    proxied = somebody and is_address(canonical_host(effect.facts.get("host", LOCAL)))
    return names(effect, cause.speaker) or _serves_kind(cause, effect) or proxied


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


def names(effect: Suspect, service: str) -> bool:
    """Whether *effect* names *service* as what it is about."""
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
        cause.fault.family == kind and (not host or is_address(canonical_host(host))) and canonical_host(host) != LOCAL
    )


def _began_after(cause: Suspect, effect: Suspect) -> bool:
    """Whether *cause* was first told in another log after *effect* was last; within one log order is looser."""
    if cause.log == effect.log or not (cause.first_at and effect.last_at):
        return False
    return cause.first_at - effect.last_at > ROUNDING


@cache
def _dials(code: str) -> bool:
    return DIALLED.search(code) is not None


@cache
def _stores(code: str) -> bool:
    return STORE.match(code) is not None


@cache
def _starves(code: str) -> bool:
    return STARVED.search(code) is not None


@cache
def _migrates(code: str) -> bool:
    return MIGRATING.search(code) is not None and not _misses(code)


@cache
def _misses(code: str) -> bool:
    return MISSING.search(code) is not None


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to explain, and who may have a part in it at all: logs with many troubles have far more pairs."""

    explains: Callable[[Suspect, Suspect], bool]
    causes: Callable[[Suspect], bool] = lambda _: True
    effects: Callable[[Suspect], bool] = lambda _: True


RULES = (
    Rule(particularly, causes=lambda s: bool(s.explains_claims)),
    Rule(_nests, causes=lambda s: s.nested or s.column > 0),
    Rule(_generally, causes=lambda s: bool(s.fault.explains or s.explains_faults) or _stores(s.fault.code)),
    Rule(_serves, causes=lambda s: not _dials(s.fault.code), effects=lambda s: _dials(s.fault.code)),
    Rule(_leaves_out, causes=lambda s: _migrates(s.fault.code), effects=lambda s: _misses(s.fault.code)),
    Rule(_probed, causes=lambda s: s.fault.family == "health", effects=lambda s: s.fault.family == "network"),
)
"""Asked in this order."""
