from __future__ import annotations

import pytest

from crashcart.diagnosis.notice import notice
from crashcart.diagnosis.proving import products, servers
from crashcart.faults import load
from crashcart.tools.logs import LogLine

FAULTS = load()
REFUSED = "ERROR connect ECONNREFUSED 192.0.2.5:5432"


def over(*texts: str) -> list[bool]:
    lines = [LogLine("app.log", n, text) for n, text in enumerate(texts, 1)]
    return [claim.refuted_because is not None for claim in notice(lines, FAULTS).claims]


@pytest.mark.parametrize(
    "success",
    [
        *(
            "Database connected",
            "Connected to database shop at 192.0.2.5:5432",
            "INFO connected to postgres on port 5432",
        ),
        '{"level":"info","hostname":"web-1","msg":"Connected to database"}',
    ],
)
def test_a_success_with_the_same_server_ends_the_trouble(success: str) -> None:
    assert over(REFUSED, success) == [True]


@pytest.mark.parametrize(
    "success",
    [
        *("redis connected to database 0", "MySQL connected to database", "3 clients connected to database"),
        *("Connected to database analytics at 192.0.2.9:5432", "connected to database on port 5433"),
        *(
            "WARN not yet connected to the database, giving up",
            "WARN Connected to database",
            "never connected to database",
        ),
        *('+ echo "Connected to database"', "Connected to database, then Error: connect ECONNREFUSED 192.0.2.5:5432"),
    ],
)
def test_another_server_s_success_and_what_is_none_prove_nothing(success: str) -> None:
    assert over(REFUSED, success) == [False]


def test_of_several_servers_a_success_must_name_one() -> None:
    other = "ERROR connect ECONNREFUSED 192.0.2.6:5432"
    assert over(REFUSED, other, "Database connected") == [False, False]
    assert over(REFUSED, other, "Connected to database at 192.0.2.6:5432") == [False, True]


def test_a_host_that_was_not_resolved_must_be_named() -> None:
    assert over("Error: getaddrinfo ENOTFOUND db", "Connected to database") == [False]


def test_servers_and_products_are_found_in_prose() -> None:
    assert products("ioredis: connected, PostgreSQL too; pages, pgrep") == {"redis", "postgres"}
    told = [dict(server) for server in servers("db.js:12 at 10:20:30 reached db:5432 and 192.0.2.9")]
    assert {"host": "db", "port": "5432"} in told
    assert len(told) == 2
