from __future__ import annotations

import pytest

from crashcart.diagnosis.judge import judge
from crashcart.diagnosis.notice import notice
from crashcart.faults import load
from crashcart.model.finding import Finding, Role
from crashcart.tools.logs import LogLine

FAULTS = load()


def told(*texts: str, name: str = "app.log") -> list[LogLine]:
    return [LogLine(name, n, text) for n, text in enumerate(texts, 1)]


def findings(lines: list[LogLine]) -> tuple[Finding, ...]:
    return judge(notice(lines, FAULTS).claims, (), FAULTS)


def causes(lines: list[LogLine]) -> set[str]:
    return {finding.fault for finding in findings(lines) if finding.role is Role.CAUSE}


DISK = "db-1  | 2026-01-02 10:00:00.140 UTC [1] FATAL:  could not write lock file: No space left on device"


@pytest.mark.parametrize("address", ["172.20.0.2:5432", "db:5432"])
def test_the_server_s_own_trouble_explains_who_does_not_reach_it(address: str) -> None:
    lines = told(
        DISK, "db-1 exited with code 1", f"api-1 | Error: connect ECONNREFUSED {address}", "api-1 exited with code 1"
    )
    assert causes(lines) == {"postgres.disk-full"}


def test_the_same_in_two_logs_named_after_their_services() -> None:
    server = told(DISK.removeprefix("db-1  | "), name="logs/db.log")
    client = told("Error: connect ECONNREFUSED db:5432", name="logs/api.log")
    assert causes([*client, *server]) == {"postgres.disk-full"}


def test_trouble_of_an_unrelated_service_is_a_cause_of_its_own() -> None:
    lines = told("api-1 | Error: Cannot find module './x'", "worker-1 | Error: connect ECONNREFUSED redis:6379")
    assert causes(lines) == {"node.module-not-found", "redis.connection-refused"}


def test_a_crash_follows_from_what_its_own_service_tells() -> None:
    lines = told(
        "api-1 | Error: Cannot find module './x'",
        "worker-1 | Error: connect ECONNREFUSED redis:6379",
        "worker-1 exited with code 1",
        "api-1 exited with code 1",
    )
    by_id = {finding.id: finding for finding in findings(lines)}
    crashes = [finding for finding in by_id.values() if finding.fault == "app.process-crashed"]
    follows = {crash.facts["service"]: {by_id[name].fault for name in crash.caused_by} for crash in crashes}
    assert follows == {"worker-1": {"redis.connection-refused"}, "api-1": {"node.module-not-found"}}


def test_a_proxy_s_refusal_follows_from_the_app_behind_it() -> None:
    refused = "connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: _, "
    proxy = f'nginx-1 | 2026/01/02 10:00:07 [error] 30#30: *1 {refused}upstream: "http://172.19.0.3:3000/"'
    assert causes(told("api-1 | Error: Cannot find module './x'", proxy)) == {"node.module-not-found"}


def test_a_server_that_crashed_explains_who_names_it() -> None:
    lines = told("redis-1 exited with code 137", "worker-1 | Error: getaddrinfo ENOTFOUND redis")
    assert causes(lines) == {"app.process-crashed"}


def test_the_deepest_exception_is_the_cause_and_not_the_advice() -> None:
    lines = told(
        "2026-01-02 10:00:00.000 ERROR 1 --- [main] o.s.boot.SpringApplication : Application run failed",
        "Caused by: org.hibernate.HibernateException: Unable to determine Dialect without JDBC metadata",
        'Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user "shop"',
    )
    assert causes(lines) == {"postgres.auth-failed"}


def test_what_a_failed_migration_left_out_follows_from_it() -> None:
    lines = told(
        "migrate-1 | Error: P3018 A migration failed to apply.",
        'migrate-1 | ERROR: relation "orders" already exists',
        'api-1     | error: relation "order_items" does not exist',
    )
    assert "db.relation-missing" not in causes(lines)


def test_of_outcomes_alone_the_first_is_told_as_the_cause() -> None:
    lines = told(
        'ERROR: failed to solve: process "/bin/sh -c x" did not complete successfully: exit code: 1',
        "Deployment failed.",
    )
    alone = findings(lines)
    assert [finding.fault for finding in alone if finding.role is Role.CAUSE] == ["build.step-failed"]
    assert "not shown" in alone[0].because


def test_localhost_within_a_container_is_the_container_itself() -> None:
    inside = told("api-1 | Error: connect ECONNREFUSED 127.0.0.1:5432")
    assert causes(inside) == {"db-url.localhost-in-container"}
    assert causes(told("Error: connect ECONNREFUSED 127.0.0.1:5432")) == {"postgres.connection-refused"}


def test_failed_tests_follow_from_what_they_could_not_reach() -> None:
    refused = 'E   psycopg2.OperationalError: connection to server at "db", port 5432 failed: Connection refused'
    lines = told(refused, "==== 1 failed, 3 passed in 0.42s ====", "##[error]Process completed with exit code 1.")
    assert causes(lines) == {"postgres.connection-refused"}
