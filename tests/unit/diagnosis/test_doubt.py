from __future__ import annotations

import pytest

from crashcart.diagnosis.notice import notice
from crashcart.faults import load
from crashcart.tools.logs import LogLine

FAULTS = load()


def codes(*texts: str) -> set[str]:
    lines = [LogLine("app.log", n, text) for n, text in enumerate(texts, 1)]
    return {claim.fault for claim in notice(lines, FAULTS).claims if not claim.refuted_because}


@pytest.mark.parametrize(
    "line",
    [
        """#8 [4/7] RUN npm ci || (echo "Error: Cannot find module './x'" && exit 1)""",
        """Step 4/7 : RUN echo "Error: Cannot find module './x'" """,
        """+ echo "Error: connect ECONNREFUSED 192.0.2.7:5432" """,
        """> node wait.js || echo "Error: connect ECONNREFUSED 192.0.2.7:5432" """,
        """> PGPASSWORD=x psql || echo connect ECONNREFUSED 192.0.2.7:5432""",
        """+  throw new Error('connect ECONNREFUSED 192.0.2.7:5432')""",
        """    // Error: connect ECONNREFUSED 192.0.2.7:5432""",
        """docs/faq.md:8:Error: connect ECONNREFUSED 192.0.2.7:5432""",
        """- `connect ECONNREFUSED 192.0.2.7:5432`: the database is not running.""",
        """* Improved what is told of connect ECONNREFUSED 192.0.2.7:5432 (#12)""",
        """If you see `Error: connect ECONNREFUSED 192.0.2.7:5432`, start it first.""",
        """$ grep "password authentication failed for user" app.log""",
        """   8 | >>> RUN test -f x || echo "Error: Cannot find module './x'" """,
        """2025-01-01 10:00:00 UTC [60] STATEMENT:  SELECT 'relation "users" does not exist'""",
        """2025-06-01T10:00:01.0000000Z ##[group]Run npm test -t "Error: Cannot find module './x'" """,
        """192.0.2.9 - - [05/Jan/2025:10:00:01 +0000] "GET /?q=connect ECONNREFUSED 192.0.2.7:5432 HTTP/1.1" 200 1""",
        """GET https://example.com/?q=ECONNREFUSED%20192.0.2.7:5432 200""",
        """{"level":30,"time":1720000000000,"msg":"waiting: connect ECONNREFUSED 192.0.2.7:5432"}""",
        """time=2025-01-01T10:00:00Z level=info msg="not yet: dial tcp 192.0.2.7:5432: connect: connection refused" """,
        """HEAD is now at 1a2b3c4 Retry on connect ECONNREFUSED 192.0.2.7:5432""",
        """Commit message: fix(db): connect ECONNREFUSED 192.0.2.7:5432""",
        """ - 1a2b3c4d Avoid "Error: Cannot find module './x'" at start""",
        """2025-01-01 10:00:00 DEBUG pool - connect ECONNREFUSED 192.0.2.7:5432""",
        r"""INFO user said: "FATAL: database \"shop\" does not exist" in ticket 12""",
        """curl: (22) The requested URL returned error: 404 (expected)""",
    ],
)
def test_what_is_echoed_asked_for_or_mere_information_is_no_testimony(line: str) -> None:
    assert codes(line) == set()


@pytest.mark.parametrize(
    "line",
    [
        """#8 1.20 Error: connect ECONNREFUSED 192.0.2.7:5432""",
        """ERROR the server said: "FATAL: database 'shop' does not exist": connect ECONNREFUSED 192.0.2.7:5432""",
        """Error: connect ECONNREFUSED 192.0.2.7:5432 (expected 200, got none)""",
        """{"level":50,"time":1720000000000,"msg":"connect ECONNREFUSED 192.0.2.7:5432"}""",
        """{"level":"info","msg":"stderr","line":"Error: connect ECONNREFUSED 192.0.2.7:5432"}""",
        """2025-01-01T10:00:00Z ERROR connect ECONNREFUSED 192.0.2.7:5432""",
        """api-1  | Error: connect ECONNREFUSED 192.0.2.7:5432""",
        """main.go:12: connect ECONNREFUSED 192.0.2.7:5432""",
        """* connect ECONNREFUSED 192.0.2.7:5432""",
        """> Error: connect ECONNREFUSED 192.0.2.7:5432""",
        """> 2025-01-01 10:00:00 pool gave up: connect ECONNREFUSED 192.0.2.7:5432""",
        """> psql: error: connection to server at "192.0.2.7", port 5432 failed: Connection refused""",
    ],
)
def test_what_a_program_says_is(line: str) -> None:
    assert codes(line) == {"postgres.connection-refused"}


def test_a_quoted_line_that_begins_with_the_trouble_is_no_command() -> None:
    assert codes('> could not translate host name "db" to address: Name or service not known')
    assert codes('> echo could not translate host name "db" to address: Name or service not known') == set()


def test_a_probe_s_refusal_is_only_how_the_probe_failed() -> None:
    probe = "Warning  Unhealthy  kubelet  Readiness probe failed: dial tcp 192.0.2.5:3000: connect: connection refused"
    assert "network.connection-refused" not in codes(probe)


def test_an_outcome_may_be_told_as_information() -> None:
    line = "[2026-01-02 10:00:00 +0000] [7] [INFO] Reason: Worker failed to boot."
    assert codes(line) == {"app.worker-boot-failed"}
    assert codes(line.replace("INFO", "DEBUG")) == set()
