from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crashcart.diagnosis.notice import ALSO, LINES_AFTER, MAX_CLAIMS, REACH, notice
from crashcart.diagnosis.sieve import Sieve
from crashcart.faults import load
from crashcart.model.fault import Fault, Refutation, Severity, Trace
from crashcart.model.finding import Claim
from crashcart.tools.logs import LogLine


def log(*texts: str, name: str = "app.log") -> list[LogLine]:
    return [LogLine(name, n, text) for n, text in enumerate(texts, 1)]


def claims(*texts: str) -> tuple[Claim, ...]:
    return notice(log(*texts), load()).claims


def codes(*texts: str) -> list[str]:
    return [claim.fault for claim in claims(*texts)]


EPOCH = datetime.fromtimestamp(0, UTC)
REFUSED = 'psql: error: connection to server at "192.0.2.7", port 5432 failed: Connection refused'
WAITS = "PostgreSQL is unavailable - sleeping (attempt {}/30)"


def test_a_wait_loop_is_two_claims_however_often_it_turns() -> None:
    texts = [text for n in range(1, 31) for text in (REFUSED, "\tIs the server running?", WAITS.format(n))]
    refused, waits = claims(*texts)
    assert (refused.fault, refused.count) == ("postgres.connection-refused", 30)
    assert (waits.fault, waits.count, waits.position, waits.last_position) == ("app.waiting-for-db", 30, 2, 89)
    assert [e.origin.line for e in refused.evidence] == [1, 4, 7]
    assert refused.evidence[0].text == REFUSED
    assert refused.evidence[0].check == "sed -n 1p app.log"
    assert refused.refuted_because is None


def test_a_wait_that_ends_well_is_refuted_by_the_line_that_says_so() -> None:
    for claim in claims(REFUSED, WAITS.format(1), "PostgreSQL is up - executing command"):
        assert claim.refuted_because
        assert [e.origin.line for e in claim.refuted_by] == [3]


def test_what_comes_again_after_the_recovery_stands() -> None:
    refused, _ = claims(REFUSED, "Database connected", REFUSED, WAITS.format(1))
    assert refused.refuted_because is None
    assert refused.count == 2


def test_a_recovery_in_another_log_proves_nothing() -> None:
    found = notice([*log(REFUSED), *log("Database connected", name="other.log")], load()).claims
    assert found[0].refuted_because is None


def test_a_denied_recovery_refutes_nothing() -> None:
    assert claims(REFUSED, "Database connected: false")[0].refuted_because is None
    assert claims(REFUSED, "PostgreSQL is not ready")[0].refuted_because is None


def test_a_requested_shutdown_excuses_what_follows_it_but_not_for_ever() -> None:
    ended = "FATAL:  terminating connection due to administrator command"
    stop = "LOG:  received fast shutdown request"
    assert claims(stop, ended)[0].refuted_because
    assert claims(ended, stop, ended)[0].refuted_because is None
    assert claims(stop, *["working"] * (REACH + 1), ended)[0].refuted_because is None


def test_different_places_are_different_claims() -> None:
    found = claims("connect ECONNREFUSED 192.0.2.1:5432", "connect ECONNREFUSED 192.0.2.2:5432")
    assert [claim.facts["host"] for claim in found] == ["192.0.2.1", "192.0.2.2"]


def test_a_message_spread_over_lines_is_one_claim() -> None:
    failed, exists = claims(
        "Error: P3018",
        "A migration failed to apply. New migrations cannot be applied before the error is recovered from.",
        "Migration name: 20260101000000_add_orders",
        "Database error code: 42P07",
        'ERROR: relation "orders" already exists',
    )
    assert (failed.fault, dict(failed.facts)) == (
        "prisma.migration-apply-failed",
        {"migration": "20260101000000_add_orders"},
    )
    assert failed.count == 3
    assert (exists.fault, exists.facts["table"], exists.facts["code"]) == ("migration.object-exists", "orders", "42P07")


def test_two_failed_migrations_stay_two() -> None:
    found = claims(
        "migrate found failed migrations in the target database, new migrations will not be applied.",
        "The `1_a` migration started at 2026-01-05 10:00:00.1 UTC failed",
        "The `2_b` migration started at 2026-01-05 10:00:00.1 UTC failed",
    )
    assert [claim.facts["migration"] for claim in found] == ["1_a", "2_b"]


def test_the_file_that_asks_is_the_first_of_the_stack() -> None:
    stack = ("Error: Cannot find module './nope'", "Require stack:", "- /app/d1/f1.ts", "- /app/index.ts")
    for texts in (stack, tuple(f"api-1  | {text}" for text in stack)):
        (claim,) = claims(*texts)
        assert dict(claim.facts) == {"module": "./nope", "importer": "/app/d1/f1.ts"}
        assert [e.origin.line for e in claim.evidence] == [1, 3]
    (alone,) = claims("Error: Cannot find module './nope'", "Require stack:", "at x", "- /app/other.ts")
    assert "importer" not in alone.facts


def test_both_addresses_of_localhost_are_one_place() -> None:
    both, bare = claims(
        "AggregateError [ECONNREFUSED]: ",
        "    Error: connect ECONNREFUSED ::1:5432",
        "    Error: connect ECONNREFUSED 127.0.0.1:5432",
    )[::-1]
    assert (both.fault, both.facts["port"], both.count) == ("postgres.connection-refused", "5432", 2)
    assert bare.fault == "network.connection-refused"


PRINTED = ("  console.error", "    Error: connect ECONNREFUSED 127.0.0.1:5432", "PASS src/db.test.ts")
VITEST = ("stderr | src/db.test.ts > says so", "Error: connect ECONNREFUSED 127.0.0.1:5432")


@pytest.mark.parametrize(
    "end",
    [
        (*PRINTED, "Test Suites: 12 passed, 12 total", "Tests:       131 passed, 131 total"),
        (
            *PRINTED,
            "Test Suites: 1 skipped, 12 passed, 12 of 13 total",
            "Tests:       2 skipped, 131 passed, 133 total",
        ),
        (*VITEST, " Test Files  12 passed (12)", "      Tests  131 passed (131)"),
        ("> mocha", "Error: connect ECONNREFUSED 127.0.0.1:5432", "  131 passing (3s)"),
        ("==== test session starts ====", REFUSED, "===== 131 passed, 2 skipped in 3.21s ====="),
        ("=== RUN   TestRefused", REFUSED, "--- PASS: TestRefused (0.00s)"),
        ("running 12 tests", REFUSED, "test result: ok. 12 passed; 0 failed; 0 ignored"),
        ("PHPUnit 10.5.1 by its authors", REFUSED, "OK (12 tests, 30 assertions)"),
    ],
)
def test_what_a_passed_test_run_printed_is_refuted_by_its_end(end: tuple[str, ...]) -> None:
    (claim,) = claims(*end)
    assert claim.refuted_because
    assert claim.refuted_by[0].text == end[-1]


@pytest.mark.parametrize(
    "end",
    [
        (*PRINTED, "Test Suites: 1 failed, 11 passed, 12 total", "Tests:       131 passed, 131 total"),
        (*PRINTED, "Test Suites: 1 failed, 11 passed, 12 total", "Tests:       1 failed, 130 passed, 131 total"),
        (*VITEST, " Test Files  12 passed (12)", "      Tests  131 passed (131)", "     Errors  1 error"),
        ("> mocha", "Error: connect ECONNREFUSED 127.0.0.1:5432", "  130 passing (3s)", "  1 failing"),
        ("=== RUN   TestRefused", REFUSED, "--- FAIL: TestRefused (0.00s)"),
        ("running 12 tests", REFUSED, "test result: FAILED. 11 passed; 1 failed; 0 ignored"),
        (REFUSED, *PRINTED[::2], "Test Suites: 12 passed, 12 total", "Tests:       131 passed, 131 total"),
        (*PRINTED, "Tests:       131 passed, 131 total", PRINTED[1]),
        ("api-1 | PASS a.test.ts", f"db-1  | {PRINTED[1]}", "api-1 | Tests:       131 passed, 131 total"),
    ],
)
def test_a_test_run_excuses_nothing_that_failed_nor_what_stands_outside(end: tuple[str, ...]) -> None:
    refused = [claim for claim in claims(*end) if claim.fault == "postgres.connection-refused"]
    assert [claim.refuted_because for claim in refused] == [None]


def test_redis_is_not_taken_for_postgres() -> None:
    assert codes("connect ECONNREFUSED 127.0.0.1:6379") == ["redis.connection-refused"]
    assert codes("connect ECONNREFUSED 127.0.0.1:5432") == ["postgres.connection-refused"]
    assert codes("connect ECONNREFUSED 127.0.0.1:9999") == ["network.connection-refused"]


def test_harmless_lines_stay_silent() -> None:
    quiet = (
        "LOG:  database system is ready to accept connections",
        "Found 0 errors. Watching for file changes.",
        "✓ answers 500 when the database connection failed (5 ms)",
        "ok 12 - Cannot find module './x' is reported",
        "WARN  SMTP_HOST is not set; mails are only logged",
        'GET /wp-login.php HTTP/1.1" 404 162 "-" "scanner"',
        "added 512 packages, found 0 vulnerabilities",
        "copying src/errors/not-found.ts",
        "healthcheck passed",
        'NOTICE:  relation "orders" already exists, skipping',
        "0 errors, 0 warnings",
        "npm warn deprecated inflight@1.0.6",
        "error_log /dev/stderr warn;",
    )
    assert codes(*quiet) == []


def test_a_json_logger_s_quotes_do_not_hide_the_message() -> None:
    text = r'{"log":"\u001b[31mpassword authentication failed for user \"shop\"\u001b[0m\n","stream":"stderr"}'
    (claim,) = claims(text)
    assert (claim.fault, claim.facts["user"]) == ("postgres.auth-failed", "shop")
    assert claim.evidence[0].text == text


def test_of_overlapping_matches_the_longest_wins() -> None:
    rooms = {
        code: fault(code, Trace(("broken",), (pattern,), (), ()))
        for code, pattern in (("x.short", "broken"), ("x.long", "broken pipe in .{1,20}"))
    }
    assert [claim.fault for claim in notice(log("broken pipe in cellar"), rooms).claims] == ["x.long"]
    assert [claim.fault for claim in notice(log("broken"), rooms).claims] == ["x.short"]


def test_a_refutation_that_names_another_place_does_not_count() -> None:
    refutation = Refutation("(?P<host>[a-z]+) is back", "It came back.", ("is back",))
    rooms = {"x.down": fault("x.down", Trace(("down",), ("(?P<host>[a-z]+) is down",), (), ()), refutation)}
    found = notice(log("alpha is down", "beta is down", "beta is back"), rooms).claims
    assert [bool(claim.refuted_because) for claim in found] == [False, True]


def test_claims_of_one_fault_are_bounded() -> None:
    found = notice(log(*(f"connect ECONNREFUSED 192.0.2.1:{port}" for port in range(10_000, 10_500))), load()).claims
    assert len(found) == MAX_CLAIMS
    assert sum(claim.count for claim in found) == 500


def test_the_same_in_two_logs_is_one_claim() -> None:
    found = notice([*log(REFUSED), *log(REFUSED, name="b.log")], load())
    assert [(claim.count, len(claim.evidence)) for claim in found.claims] == [(2, 2)]
    assert found.lines_read == 2


def test_lines_without_a_word_may_be_left_out() -> None:
    texts = [text for n in range(9) for text in ("GET / 200", REFUSED, "ok", WAITS.format(n), *["quiet"] * 50)]
    texts += ["Error: Cannot find module './x'", "Require stack:", "- /app/server.js", "bye"]
    every = [*log(*texts), *log(*texts[:3], name="other.log")]
    sieve = Sieve(load(), also=ALSO)
    needed = [line for n, line in enumerate(every) if any(_asks(every[max(0, n - 1)], line, sieve))]
    assert len(needed) < len(every) / 2
    assert _timeless(notice(needed, load()).claims) == _timeless(notice(every, load()).claims)


def _timeless(claims: Iterable[Claim]) -> list[Claim]:
    return [replace(c, evidence=tuple(e._replace(taken_at=EPOCH) for e in c.evidence)) for c in claims]


def _asks(before: LogLine, line: LogLine, sieve: Sieve) -> Iterator[bool]:
    yield sieve.suspicious(line.text)
    yield any(word in before.text.lower() for word in LINES_AFTER)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=300), max_size=20))
def test_no_text_breaks_the_noticing(texts: list[str]) -> None:
    assert notice(log(*texts), load()).lines_read == len(texts)


KEYWORDS = sorted({k for f in load().values() for t in f.traces for k in t.keywords})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(KEYWORDS), st.text(max_size=20)), max_size=30))
def test_no_mixture_of_keywords_breaks_the_noticing(parts: list[str]) -> None:
    notice(log(" ".join(parts)), load())


def fault(code: str, trace: Trace, *refuted_by: Refutation) -> Fault:
    rooms: Mapping[str, Fault] = load()
    assert code not in rooms
    return Fault(code, code, Severity.P2, "why", "remedy", traces=(trace,), refuted_by=refuted_by)


def test_a_fact_is_as_hidden_as_it_is_in_its_line(tmp_path: Path) -> None:
    rooms = dict(load())
    (folder := tmp_path / "own").mkdir()
    (folder / "role.toml").write_text(
        """
title = "No role {name}"
severity = "P1"
why = "The role could not be made, whatever the reason of the server may have been."
remedy = "See {name}."
[[trace]]
keywords = ["create role"]
patterns = ["CREATE ROLE app PASSWORD '(?P<name>[^']+)'"]
matches = ["ERROR CREATE ROLE app PASSWORD 'x' failed"]
misses = ["roles made"]
"""
    )
    rooms |= load(tmp_path)
    claims = notice(log("ERROR CREATE ROLE app PASSWORD 'S3cretPw99' failed"), rooms).claims
    (claim,) = (claim for claim in claims if claim.fault == "own.role")
    assert claim.facts["name"] == "***"
    assert "S3cret" not in claim.evidence[0].text
