from __future__ import annotations

from crashcart.diagnosis.notice import notice
from crashcart.faults import load
from crashcart.tools.logs import LogLine

WAITS = "2025-05-10 09:39:23 INFO liquibase - Waiting for changelog lock...."
LOCKED = (
    "liquibase.exception.LockException: Could not acquire change log lock.  "
    "Currently locked by api (192.0.2.7) since 3/11/25 7:39 AM"
)


def test_the_line_that_names_most_is_among_the_evidence() -> None:
    lines = [LogLine("app.log", n, text) for n, text in enumerate([WAITS] * 5 + [LOCKED], 1)]
    (claim,) = [claim for claim in notice(lines, load()).claims if claim.fault == "liquibase.lock"]
    assert [evidence.origin.line for evidence in claim.evidence] == [1, 2, 6]
