from __future__ import annotations

import pytest

from crashcart.diagnosis.localhost import inside
from crashcart.diagnosis.notice import notice
from crashcart.faults import load
from crashcart.tools.logs import LogLine

REFUSED = "Error: connect ECONNREFUSED 127.0.0.1:5432"


def contained(*texts: str) -> list[bool]:
    lines = [LogLine("app.log", n, text) for n, text in enumerate(texts, 1)]
    return [c.contained for c in notice(lines, load()).claims if c.fault == "postgres.connection-refused"]


@pytest.mark.parametrize(
    ("service", "known", "answer"),
    [
        ("api", {"api"}, True),
        ("api", {"web"}, False),
        ("api", {""}, False),
        ("", {"", "db"}, True),
        ("", {"api_1"}, True),
        ("", {"db_1"}, False),
        ("", {"shop-postgres-1"}, False),
        ("", {"api", "web"}, False),
        ("", set(), False),
    ],
)
def test_a_line_is_of_a_container_where_others_of_its_service_are(service: str, known: set[str], answer: bool) -> None:
    assert inside(service, known) is answer


def test_the_other_lines_of_a_log_tell_where_it_was_written() -> None:
    assert contained(REFUSED, "api_1  |     code: 'ECONNREFUSED',") == [True]
    assert contained(REFUSED, "postgres_1  | FATAL:  the database system is starting up") == [False]
    assert contained(REFUSED) == [False]
