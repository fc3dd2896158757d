from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crashcart.tools.clock import written_at


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-05T02:25:22.123Z Error: connect",
        "api-1  | 2026-01-05T02:25:22.123456789Z Error",
        "2026-01-05 02:25:22.123 UTC [1] FATAL:  no",
        '{"level":50,"time":"2026-01-05T03:25:22+01:00","msg":"x"}',
        '198.51.100.3 - - [05/Jan/2026:02:25:22 +0000] "GET / HTTP/1.1" 502 157',
    ],
)
def test_a_line_says_when_it_was_written(line: str) -> None:
    assert written_at(line) == datetime(2026, 1, 5, 2, 25, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "line", ["", "2026-01-05 02:25:22 Error: a time without its zone", "2026-13-45T99:99:99Z", "x" * 400]
)
def test_a_line_without_a_readable_time_says_nothing(line: str) -> None:
    assert written_at(line) is None
