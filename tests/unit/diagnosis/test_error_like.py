from __future__ import annotations

import pytest

from crashcart.diagnosis.error_like import Grade, after_level, grade, level_of
from crashcart.diagnosis.healthy_lines import HEALTHY
from crashcart.tools.framing import unframe


def judged(line: str) -> Grade:
    frame = unframe(line)
    level = frame.level
    return grade(frame.message, level if level != unframe(frame.message).level else None)


@pytest.mark.parametrize("line", HEALTHY)
def test_a_healthy_line_says_nothing(line: str) -> None:
    assert judged(line) is Grade.SAYS_NOTHING


@pytest.mark.parametrize(
    "line",
    [
        "0 errors, 0 warnings",
        '{"level":"info","msg":"done","errors":0,"failed":[]}',
        "errors=0 failed=0",
        "job finished: 12 succeeded, 0 failed, 0 errors",
        "All migrations applied. Nothing failed.",
        "process exited with code 0",
        "container app-1 exited (0)",
        "GET /static/error.js HTTP/1.1 200 512",
        "Copying /app/src/error_handler.py to /srv/app/error_handler.py",
        "NODE_ENV=production LOG_LEVEL=error",
        "log.level: error",
        "Log level set to ERROR",
        "2026-01-05T10:00:00Z INFO starting, log level ERROR for sqlalchemy",
        "I0102 12:00:00.000000       1 leader.go:12] failed to acquire lease",
        'level=debug msg="failed to acquire lease, held by another"',
        '{"level":30,"time":1,"msg":"cannot reach the cache, going on without"}',
        "2026-01-05 10:00:00.000 UTC [31] STATEMENT:  SELECT raise_error('cannot')",
        "npm warn deprecated errors@1.0.0: this failed to be maintained",
        "nginx: [warn] conflicting server name, ignored",
        "DeprecationWarning: error callbacks are deprecated",
        "✓ should throw an error when the token is missing (4 ms)",
        "tests/test_errors.py::test_raises_error PASSED [ 10%]",
        "test errors::cannot_open ... ok",
        "--- PASS: TestFailedToConnect (0.00s)",
        "    console.error('failed to start')",
        "  12 |   throw new Error('cannot open')",
        '#9 [build 4/7] RUN npm run build || echo "failed to build"',
        'Step 4/9 : RUN test -f x || (echo "cannot continue" && exit 1)',
        "   Compiling thiserror v1.0.61",
        "Setting up liberror-perl (0.17029-2) ...",
        "a1b2c3d Fix error: connection refused after a restart",
        "[INFO] 1 error",
        "  --abort-on-error    stop when an error occurred",
        "Retry policy: on failure, wait 5 s",
        "(Background on this error at: https://example.com/e/20/e3q8)",
        "optional dependency failed to build, ignored",
    ],
)
def test_a_line_that_only_mentions_errors_says_nothing(line: str) -> None:
    assert judged(line) is Grade.SAYS_NOTHING


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2026-01-05 10:00:00,123 [main] ERROR com.shop.Seats - no seat left", Grade.ERROR),
        ("api-1  | 2026-01-05T10:00:00.000Z ERROR shop::reactor: pressure too low", Grade.ERROR),
        ('{"level":50,"time":1767607200000,"pid":1,"msg":"queue drained the wrong way"}', Grade.ERROR),
        ('{"severity":"ERROR","message":"vault sealed"}', Grade.ERROR),
        ('{"timestamp":"2026-01-05T10:00:00Z","level":"CRITICAL","message":"out of ink"}', Grade.GRAVE),
        ('time="2026-01-05T10:00:00Z" level=fatal msg="seal broken"', Grade.GRAVE),
        ("E0102 12:34:56.789012       1 reflector.go:138] watch ended oddly", Grade.ERROR),
        ("F0102 12:34:56.789012       1 main.go:9] no kubeconfig", Grade.GRAVE),
        ("2026/01/05 10:00:00 [emerg] 1#1: unknown directive", Grade.GRAVE),
        ("[Nest] 29  - 01/05/2026, 10:00:00 AM   ERROR [ExceptionsHandler] no seat", Grade.ERROR),
        ("E, [2026-01-05T10:00:00.000000 #7] ERROR -- : no seat", Grade.ERROR),
        ("[2026-01-05 10:00:00] production.ERROR: no seat", Grade.ERROR),
        ("ERROR:root:no seat", Grade.ERROR),
        ("panic: no seat", Grade.GRAVE),
        ("thread 'main' panicked at src/main.rs:4:5:", Grade.GRAVE),
        ("Traceback (most recent call last):", Grade.GRAVE),
        ("shop.errors.SeatError: none left", Grade.ERROR),
        ("java.lang.IllegalStateException: no seat", Grade.ERROR),
        ("Segmentation fault (core dumped)", Grade.GRAVE),
        ("process exited with code 3", Grade.GRAVE),
        ("container app-1 exited (137)", Grade.GRAVE),
        ("Failed to reserve a seat", Grade.MENTIONS_FAILURE),
        ("worker could not acquire the lock", Grade.MENTIONS_FAILURE),
        ("Unable to locate the seat map", Grade.MENTIONS_FAILURE),
        ("An error occurred while reserving", Grade.MENTIONS_FAILURE),
        ("5 errors found", Grade.MENTIONS_FAILURE),
        ("ERROR: 3 workers failed to start: 0 seats", Grade.ERROR),
    ],
)
def test_a_line_that_reports_a_failure_is_graded(line: str, expected: Grade) -> None:
    assert judged(line) is expected


def test_the_level_of_a_record_is_taken_from_its_head() -> None:
    assert level_of("2026-01-05 10:00:00 [main] WARN shop - ERROR is the level of others") is Grade.SAYS_NOTHING
    assert level_of("no level here") is None


def test_what_follows_the_level_is_what_is_said() -> None:
    assert after_level("10:00:00 [main] ERROR [shop] no seat") == "[shop] no seat"
    assert after_level("no seat") == "no seat"


def test_long_and_odd_lines_are_judged_in_bounded_time() -> None:
    for piece in (
        "error ",
        "ERROR: ",
        "failed ",
        "if a b c d e ",
        "[",
        "Error",
        "a.b.",
        '"level":',
        "exit code ",
        " \t",
    ):
        assert grade((piece * 20_000)[:16_384]) in Grade
