from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from crashcart.flows.triage import triage
from crashcart.model.case import exit_code
from crashcart.model.errors import ExitCode, UsageError
from crashcart.model.fault import Severity
from crashcart.model.finding import Role, Verdict
from crashcart.tools.clock import Deadline
from crashcart.tools.logs import MAX_LINE

INCIDENT = """\
psql: error: connection to server at "192.0.2.50", port 5432 failed: Connection refused
\tIs the server running on that host and accepting TCP/IP connections?
PostgreSQL is unavailable - sleeping (attempt 1/30)
error: Cannot find module './live/socket' from '/app/server/src/index.ts'
Error: P3009
migrate found failed migrations in the target database, new migrations will not be applied.
The `20260101000000_add_orders` migration started at 2026-01-05 02:10:34.471974 UTC failed
backend-1 exited with code 1
"""


def test_an_incident_has_three_causes_and_what_follows(tmp_path: Path) -> None:
    log = tmp_path / "deploy.log"
    log.write_text(INCIDENT)
    case = triage([str(log)])
    assert [f.fault for f in case.of(Role.CAUSE)] == [
        "postgres.connection-refused",
        "node.module-not-found",
        "prisma.failed-migration",
    ]
    assert {f.fault for f in case.of(Role.CONSEQUENCE)} == {"app.waiting-for-db", "app.process-crashed"}
    assert {f.verdict for f in case.findings} == {Verdict.UNPROVEN}
    assert case.findings[0].evidence[0].origin.line == 1
    assert exit_code(case, Severity.P1) is ExitCode.FINDINGS


def test_a_healthy_log_is_silent() -> None:
    calm = b"LOG:  database system is ready to accept connections\nServer listening on port 3000\n"
    case = triage(["-"], stdin=io.BytesIO(calm))
    assert case.findings == ()
    assert case.logs == ("stdin",)
    assert exit_code(case, Severity.P3) is ExitCode.OK


def test_a_refuted_claim_is_shown_and_does_not_fail() -> None:
    text = b"Error: connect ECONNREFUSED 172.18.0.2:5432\nDatabase connected successfully\n"
    case = triage(["-"], stdin=io.BytesIO(text))
    assert [(f.role, f.verdict) for f in case.findings] == [(Role.BENIGN, Verdict.REFUTED)]
    assert exit_code(case, Severity.P3) is ExitCode.OK


def test_a_log_that_cannot_be_read_is_not_called_healthy(tmp_path: Path) -> None:
    (tmp_path / "core").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "empty.log").touch()
    case = triage([str(tmp_path / "core"), str(tmp_path / "empty.log")])
    assert len(case.errors) == len(case.unchecked) == 2
    assert exit_code(case, Severity.P1) is ExitCode.UNCHECKED


def test_a_tiny_binary_file_is_not_called_healthy(tmp_path: Path) -> None:
    (tmp_path / "app.bin").write_bytes(b"\0\1\2\3bin")
    assert exit_code(triage([str(tmp_path / "app.bin")]), Severity.P1) is ExitCode.UNCHECKED


def test_what_a_cut_off_compressed_log_still_tells_is_judged(tmp_path: Path) -> None:
    (tmp_path / "app.log.gz").write_bytes(gzip.compress(INCIDENT.encode())[:-8])
    case = triage([str(tmp_path / "app.log.gz")])
    assert "postgres.connection-refused" in {f.fault for f in case.of(Role.CAUSE)}
    assert "too early" in case.errors[0]


def test_a_cut_line_is_told_but_checked(tmp_path: Path) -> None:
    (tmp_path / "wide.log").write_bytes(b"x" * MAX_LINE + b" Error: P1001: Can't reach database server\n")
    case = triage([str(tmp_path / "wide.log")])
    assert len(case.errors) == 1
    assert case.unchecked == ()


def test_no_log_and_an_absent_log_are_usage_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        triage([])
    with pytest.raises(UsageError, match="no such file"):
        triage([str(tmp_path / "absent.log")])


def test_what_was_read_before_the_deadline_is_told(tmp_path: Path) -> None:
    (log := tmp_path / "deploy.log").write_text(INCIDENT + "healthy\n" * 500_000)
    (other := tmp_path / "other.log").write_text("healthy\n")
    case = triage([str(log), str(other)], deadline=Deadline(0))
    assert "postgres.connection-refused" in {f.fault for f in case.findings}
    assert [error.endswith(": the deadline passed") for error in case.errors] == [True, True]
    assert 8 <= int(case.facts["lines_read"]) < 500_000
