from __future__ import annotations

import pytest

from crashcart.diagnosis.classics import server_side
from crashcart.diagnosis.notice import notice
from crashcart.faults import load
from crashcart.tools.logs import LogLine

FAULTS = load()


def standing(*texts: str) -> set[str]:
    lines = [LogLine("db.log", n, text) for n, text in enumerate(texts, 1)]
    return {claim.fault for claim in notice(lines, FAULTS).claims if not claim.refuted_because}


def test_a_server_is_told_from_its_clients() -> None:
    assert server_side('2026-01-02 10:00:00.000 UTC [70] FATAL:  role "root" does not exist')
    assert server_side('2026-01-02 10:00:00.000 UTC [70] root@root FATAL:  role "root" does not exist')
    assert server_side('FATAL:  role "root" does not exist')
    assert not server_side('psql: error: connection to server on socket failed: FATAL:  role "root" does not exist')


@pytest.mark.parametrize(
    "line",
    [
        'db-1  | 2026-01-02 10:00:00.000 UTC [70] FATAL:  role "root" does not exist',
        '2026-01-02 10:00:30.000 UTC [60] ERROR:  relation "schema_migrations" does not exist at character 21',
        '2026-01-02 10:00:30.000 UTC [60] ERROR:  relation "public._prisma_migrations" does not exist at character 21',
        "2026-01-02 10:00:30 9 [Warning] Access denied for user 'root'@'localhost' (using password: NO)",
    ],
)
def test_probes_and_tools_that_look_around_are_no_trouble(line: str) -> None:
    assert standing(line) == set()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('2026-01-02 10:00:00.000 UTC [70] FATAL:  role "shop" does not exist', "postgres.role-missing"),
        ('psql: error: FATAL:  role "root" does not exist', "postgres.role-missing"),
        ('2026-01-02 10:00:30.000 UTC [60] ERROR:  relation "orders" does not exist', "db.relation-missing"),
        ('error: relation "schema_migrations" does not exist', "db.relation-missing"),
    ],
)
def test_what_a_client_complains_of_is(line: str, fault: str) -> None:
    assert fault in standing(line)
