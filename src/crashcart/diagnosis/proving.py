"""Which claims a line of success proves to be over: those about the server that it speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from crashcart.diagnosis.asserting import HARMLESS
from crashcart.diagnosis.gist import Gist
from crashcart.diagnosis.seen import Excuse, Seen
from crashcart.diagnosis.suspect import contradict, is_address
from crashcart.tools.expressions import lazy
from crashcart.tools.framing import unframe

LOUD = frozenset({"fatal", "error", "warning"})
"""Levels at which nobody reports a success."""
MAX_TEXT = 2000
"""Characters of a line among which servers are looked for."""
PRODUCTS = lazy(
    r"""
    (?<![A-Za-z])(?:
        (?P<postgres>postgres\w{0,8}|pgbouncer|psycopg\d?|asyncpg|psql|pg(?![A-Za-z]))
      | (?P<mysql>mysql\w{0,6}|mariadb\w{0,2}|pymysql|innodb) | (?P<mongodb>mongo\w{0,6})
      | (?P<redis>i?o?redis|valkey|keydb|dragonflydb) | (?P<rabbitmq>rabbit(?:mq)?|amqp\w{0,4})
      | (?P<kafka>kafka\w{0,8}|redpanda) | (?P<elasticsearch>elastic(?:search)?|opensearch)
      | (?P<other>memcached?|cassandra|clickhouse|minio|nats|influxdb?|neo4j|oracle|mssql|sqlite\d?|consul|etcd
        |zookeeper|vault|meilisearch|typesense|qdrant|couchdb|cockroachdb|smtp|ldap)
    )(?![a-z])
    """,
    re.IGNORECASE | re.VERBOSE,
)
FAMILIES = frozenset({"postgres", "mysql", "mongodb", "redis", "rabbitmq", "kafka", "elasticsearch"})
DATABASES = frozenset({"postgres", "mysql", "mongodb"})
GENERAL = frozenset({"app", "db", "network"})
"""Families of faults that tell of servers without saying which product they are."""
PORTS = {
    **dict.fromkeys(("5432", "5433", "6432"), "postgres"),
    "3306": "mysql",
    "27017": "mongodb",
    "6379": "redis",
    "5672": "rabbitmq",
    "9092": "kafka",
    "9200": "elasticsearch",
}
NUMERIC = r"\d{1,3}(?:\.\d{1,3}){3}"
ADDRESS = lazy(
    rf"(?<![\w.:-])(?P<host>{NUMERIC}|\[[0-9A-Fa-f:]{{2,39}}\]|[A-Za-z](?:[\w.-]{{0,200}}\w)?)"
    r"(?::(?P<port>\d{2,5}))?(?![\w:])"
)
HOST_NAMED = lazy(r"\b(?:host(?:name)?|addr(?:ess)?)[\"']?\s?[=:]\s?[\"']?(?P<host>[A-Za-z0-9][\w.-]{0,200})", re.I)
HOST_AT = lazy(r"\b(?:at|on)\s[\"']?(?P<host>[A-Za-z]\w{0,60}[.\d-][\w.-]{0,200}\w)(?![\w:/])", re.IGNORECASE)
PORT_NAMED = lazy(r"\bport\W{1,3}(?P<port>\d{2,5})\b", re.IGNORECASE)
SOURCE = lazy(r"\.(?:[cm]?[jt]sx?|py|go|rb|java|php|rs|kt|cs|cc|cpp|c|exs?|scala|ml|swift)$", re.IGNORECASE)
PLACE = ("host", "port")
MAX_PLACED = 50
"""Claims among which different servers are looked for."""
LEAST_PORT = 1000
"""Behind a name a smaller number is that of a line, of a moment or of something counted."""


def speaks_calmly(text: str, gist: Gist) -> bool:
    """Whether *text* is told as successes are: neither as a warning nor as a command that only quotes it."""
    return not gist.tone.echo and (gist.frame.level not in LOUD or HARMLESS.search(text) is not None)


def settled(found: Sequence[tuple[Seen, Excuse]]) -> list[tuple[Seen, Excuse]]:
    """Those of *found*, the claims that one line may refute, that it does."""
    if not found:
        return []
    text = found[0][1].line.text[:MAX_TEXT]
    told, named = products(text), list(servers(unframe(text).message))
    kept = [(seen, excuse) for seen, excuse in found if _same_product(told, seen) and _same_server(named, seen)]
    placed = [seen for seen, _ in kept if any(name in seen.facts for name in PLACE)]
    if not named and any(_differ(one, other) for one, other in combinations(placed[:MAX_PLACED], 2)):
        return []
    return kept


def products(text: str) -> frozenset[str]:
    """The families of servers that *text* names."""
    return frozenset(match.lastgroup or "" for match in PRODUCTS.finditer(text))


def servers(text: str) -> Iterator[Mapping[str, str]]:
    """The hosts and ports that *text* names."""
    for match in ADDRESS.finditer(text):
        host, port = match["host"], match["port"]
        if is_address(host) or (port and int(port) >= LEAST_PORT and not SOURCE.search(host)):
            yield {name: value for name, value in (("host", host), ("port", port)) if value and value != "port"}
    for pattern in (HOST_NAMED, HOST_AT, PORT_NAMED):
        for match in pattern.finditer(text):
            yield match.groupdict()


def _product(seen: Seen) -> frozenset[str]:
    family = seen.fault.partition(".")[0]
    if family in FAMILIES:
        return frozenset({family})
    if family not in GENERAL:
        return frozenset()
    if (port := seen.facts.get("port", "")) in PORTS:
        return frozenset({PORTS[port]})
    return products(seen.lines[0].text[:MAX_TEXT]) or DATABASES


def _same_product(told: frozenset[str], seen: Seen) -> bool:
    own = _product(seen)
    return not (told and own) or bool(told & own)


def _same_server(named: Sequence[Mapping[str, str]], seen: Seen) -> bool:
    if named:
        return any(not contradict(seen.facts, server) for server in named)
    return not (seen.fault.endswith("unresolved") and "host" in seen.facts)


def _differ(one: Seen, other: Seen) -> bool:
    if contradict({name: one.facts[name] for name in PLACE if name in one.facts}, other.facts):
        return True
    first, second = _product(one), _product(other)
    return bool(first and second) and not first & second
