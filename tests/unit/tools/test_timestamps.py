from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crashcart.tools.timestamps import stamp, written_at

MOMENT = datetime(2026, 1, 5, 2, 25, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-05T02:25:22.123Z Error: connect",
        "api-1  | 2026-01-05T02:25:22.123456789Z Error",
        "2026-01-05 02:25:22.123 UTC [1] FATAL:  no",
        "2026-01-05 03:25:22.123 CET [1] FATAL:  no",
        '{"level":50,"time":"2026-01-05T03:25:22+01:00","msg":"x"}',
        '{"level":50,"time":1767579922123,"msg":"x"}',
        '{"level":"error","ts":1767579922.123,"msg":"x"}',
        '{"@t":"2026-01-05T02:25:22.1234567Z","@mt":"x"}',
        '{"t":{"$date":"2026-01-05T03:25:22.123+01:00"},"s":"E","msg":"x"}',
        '{"log":"2020-01-01T00:00:00Z then\\n","stream":"stdout","time":"2026-01-05T02:25:22.123456789Z"}',
        '{"log":"' + "x" * 9000 + '\\n","stream":"stdout","time":"2026-01-05T02:25:22.123456789Z"}',
        '{"__REALTIME_TIMESTAMP":"1767579922123456","MESSAGE":"x"}',
        '{"message":"x","time":{"date":"2026-01-05T02:25:22Z"}}',
        'time="2026-01-05T02:25:22Z" level=fatal msg="x"',
        "ts=1767579922.123 caller=main.go level=error",
        "1767579922.123 error",
        "type=SERVICE_START msg=audit(1767579922.123:45): pid=1",
        '198.51.100.3 - - [05/Jan/2026:02:25:22 +0000] "GET / HTTP/1.1" 502 157',
        "[05-Jan-2026 02:25:22 UTC] PHP Fatal error:  x",
        "[05-Jan-2026 03:25:22 Europe/Berlin] PHP Fatal error:  x",
        "Mon, 05 Jan 2026 02:25:22 GMT express deprecated",
        "Mon Jan  5 02:25:22 UTC 2026",
        "<34>1 2026-01-05T02:25:22.003Z host su - ID47 - x",
        'Started GET "/" for 127.0.0.1 at 2026-01-05 02:25:22 +0000',
        "20260105T022522Z x",
        "[2026-01-05T02:25:22.123456+00:00] production.ERROR: x",
        "2026-01-05 02:25:22.123456 +0000 UTC m=+0.012",
    ],
)
def test_a_line_says_when_it_was_written(line: str) -> None:
    found = written_at(line)
    assert found
    assert found.replace(microsecond=0) == MOMENT


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-05 02:25:22 Error: a time without its zone",
        "2026-01-05  2:25:22 0 [Note] mariadbd: ready",
        "2026-01-05 02:25:22,123 ERROR [main] c.e.App - x",
        "2026/01/05 02:25:22 [error] 29#29: *1 connect() failed",
        "[Mon Jan 05 02:25:22.123456 2026] [proxy:error] x",
        "1:M 05 Jan 2026 02:25:22.123 * Ready",
        "260105  2:25:22 [ERROR] mysqld",
        "260105 02:25:22 [ERROR] mysqld",
        "Jan 05, 2026 2:25:22 AM org.apache.catalina.core x",
        "05-Jan-2026 02:25:22.123 SEVERE [main] x",
        "05.01.2026 02:25:22 Fehler",
        "D, [2026-01-05T02:25:22.123456 #12] DEBUG -- : x",
        "2026-01-05 02:25:22 INFO no zone is called so",
        "[Nest] 18  - 01/05/2026, 2:25:22 AM     LOG [InstanceLoader] x",
        "2026-Jan-05 02:25:22.242565 x",
        "waiting for server to shut down....2026-01-05 02:25:22.014",
    ],
)
def test_a_time_without_its_zone_stays_without(line: str) -> None:
    found = stamp(line)
    assert found
    assert found.at is None
    assert found.wall.replace(microsecond=0) == MOMENT.replace(tzinfo=None)


def test_a_day_and_a_month_that_may_be_either_are_neither() -> None:
    assert stamp("05/01/2026 02:25:22 erreur") is None
    for line in ("15/01/2026 02:25:22 erreur", "01/15/2026 02:25:22 error"):
        found = stamp(line)
        assert found
        assert (found.wall.month, found.wall.day) == (1, 15)


@pytest.mark.parametrize(
    "form",
    ["%b %d %H:%M:%S host app[1]: x", "1:C %d %b %H:%M:%S.578 # x", "I%m%d %H:%M:%S.123456       1 main.go:1] x"],
)
def test_a_time_without_a_year_is_of_the_last_twelve_months(form: str) -> None:
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    for days in (0, 20, 200, 350):
        past = now - timedelta(days=days)
        found = stamp(past.strftime(form))
        assert found
        assert found.wall.replace(microsecond=0) == past


@pytest.mark.parametrize(
    "line",
    [
        "",
        "2026-13-45T99:99:99Z",
        "x" * 400,
        "x" * 200 + "2026-01-05T02:25:22Z",
        "02:25:22 [main] INFO",
        "The `20260101_add_orders` migration started at 2026-01-05 02:10:34 UTC failed",
        "Error: the certificate has expired on 2026-01-05 02:10:34 UTC",
        "10.0.12.14:5432",
    ],
)
def test_a_line_without_a_readable_time_says_nothing(line: str) -> None:
    assert stamp(line) is None
    assert written_at(line) is None


def test_a_fraction_is_kept_to_the_microsecond() -> None:
    assert written_at("2026-01-05T02:25:22.123456789Z x") == MOMENT.replace(microsecond=123456)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789-/:., TZ+[](){}\"'=tsimeJanUTCECM°é", max_size=160))
def test_no_text_breaks_the_reading_of_times(line: str) -> None:
    found = stamp(line)
    assert found is None or (found.at or found.wall)
