"""Staged accidents: each names exactly one rung, and nothing above it is asked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest

from crashcart.model.finding import Answer, Claim, Passed, Unknown
from crashcart.tools.postgres_server import Server
from ladder import closed_port, deaf, greets, listening, resets, speaks_http, starting_up
from patients import answers, claim, failures, passed, patient, texts, unknowns

PASSWORD = "r1ght-p4ssword"
RUNGS = ["url", "dns", "tcp", "startup", "login", "database", "query", "testimony"]


def climb(project: Path, url: str, *claims: Claim, timeout: float = 5, offline: bool = False) -> tuple[Answer, ...]:
    found = answers("postgres.", patient(project, DATABASE_URL=url), claims, timeout=timeout, offline=offline)
    assert PASSWORD not in texts(found)
    assert "wr0ng-p4ssword" not in texts(found)
    return found


def broken_at(given: tuple[Answer, ...]) -> str:
    """The rung that failed, after checking that those below passed and those above were not asked."""
    (broken,) = [a for a in given if a.outcome in failures(given)]
    height = RUNGS.index(broken.probe.removeprefix("postgres."))
    by_rung = {a.probe.removeprefix("postgres."): a.outcome for a in given}
    assert all(isinstance(by_rung[rung], Passed) for rung in RUNGS[:height])
    for rung in RUNGS[height + 1 :]:
        above = by_rung[rung]
        assert isinstance(above, Unknown)
        assert above.why.startswith("not asked")
    return broken.probe


def test_all_rungs_hold(tmp_path: Path, ladder_server: Server) -> None:
    found = climb(tmp_path, ladder_server.url("shop", "app", PASSWORD) + "?schema=public&connection_limit=3")
    assert failures(found) == []
    assert unknowns(found) == []
    assert [a.probe.removeprefix("postgres.") for a in found] == sorted(RUNGS[:-1])
    assert f"PostgreSQL {ladder_server.version}" in texts(found)


def test_without_a_variable_nothing_is_asked(tmp_path: Path) -> None:
    assert answers("postgres.", patient(tmp_path)) == ()


def test_offline_asks_the_url_only(tmp_path: Path) -> None:
    found = climb(tmp_path, "postgresql://app:x@no-such-host.invalid/shop", offline=True)
    assert [type(a.outcome) for a in found if a.probe == "postgres.url"] == [Passed]
    assert len(unknowns(found)) == len(RUNGS) - 1


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        (f"http://app:{PASSWORD}@db:5432/shop", "db-url.malformed"),
        (f"postgresql://app:{PASSWORD}#1@db:5432/shop", "db-url.unencoded-password"),
        ("postgresql://USER:PASSWORD@HOST:5432/DATABASE", "env.placeholder-value"),
        (" ", "env.missing-variable"),
    ],
)
def test_an_unreadable_url(tmp_path: Path, url: str, fault: str) -> None:
    found = climb(tmp_path, url)
    assert broken_at(found) == "postgres.url"
    assert [(f.fault, f.facts) for f in failures(found)] == [(fault, {"variable": "DATABASE_URL"})]


def test_another_database_is_a_fault_only_where_the_project_wants_postgres(tmp_path: Path) -> None:
    url = f"mysql://app:{PASSWORD}@db:3306/shop"
    assert failures(climb(tmp_path, url)) == []
    (tmp_path / "prisma/migrations").mkdir(parents=True)
    (tmp_path / "prisma/migrations/migration_lock.toml").write_text('provider = "postgresql"\n')
    assert broken_at(climb(tmp_path, url)) == "postgres.url"


def test_a_name_without_a_domain_may_be_known_to_the_app_alone(tmp_path: Path) -> None:
    told = claim("network.dns-unresolved", host="no-such-service")
    found = climb(tmp_path, "postgresql://app:x@no-such-service:5432/shop", told)
    assert failures(found) == []
    assert [u.about for u in unknowns(found) if u.about] == [(told.id,)]


def test_a_closed_port_confirms_the_log(tmp_path: Path) -> None:
    port = closed_port()
    refused = claim("postgres.connection-refused", host="localhost", port=str(port))
    unreachable = claim("postgres.unreachable", host="127.0.0.1", port=str(port))
    elsewhere = claim("postgres.connection-refused", host="127.0.0.1", port="1")
    taken_back = claim("postgres.connection-refused", "recovered", host="127.0.0.1", port=str(port))
    found = climb(tmp_path, f"postgresql://app:x@127.0.0.1:{port}/shop", refused, unreachable, elsewhere, taken_back)
    assert broken_at(found) == "postgres.tcp"
    (failure,) = failures(found)
    assert failure.fault == "postgres.connection-refused"
    assert failure.confirms == (refused.id, unreachable.id)
    assert failure.evidence[0].check == f"nc -vz 127.0.0.1 {port}"


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (deaf, "postgres.connection-timeout"),
        (lambda connection: connection.close(), "postgres.connection-terminated"),
        (speaks_http, "db-url.not-postgres"),
        (greets(b"SSH-2.0-OpenSSH_9.2\r\n"), "db-url.not-postgres"),
        (starting_up, "postgres.starting-up"),
    ],
)
def test_what_answers_is_no_server_that_is_up(tmp_path: Path, answer: Callable[..., None], fault: str) -> None:
    with listening(answer) as port:
        found = climb(tmp_path, f"postgresql://app:{PASSWORD}@127.0.0.1:{port}/shop", timeout=1)
    assert broken_at(found) == "postgres.startup"
    assert failures(found)[0].fault == fault


def test_reset_connections_break_one_rung(tmp_path: Path) -> None:
    with listening(resets) as port:
        found = climb(tmp_path, f"postgresql://app:{PASSWORD}@127.0.0.1:{port}/shop", timeout=1)
    assert [f.fault for f in failures(found)] == ["postgres.connection-terminated"]


@pytest.mark.parametrize(
    ("user", "database", "password", "more", "rung", "fault"),
    [
        ("app", "shop", PASSWORD, "?sslmode=require", "startup", "postgres.ssl-not-supported"),
        ("app", "shop", "wr0ng-p4ssword", "", "login", "postgres.auth-failed"),
        ("app", "shop", "", "", "login", "postgres.auth-failed"),
        ("nobody_home", "shop", PASSWORD, "", "login", "postgres.role-missing"),
        ("norule", "shop", PASSWORD, "", "login", "postgres.no-pg-hba-entry"),
        ("stranger", "shop", PASSWORD, "", "login", "postgres.no-pg-hba-entry"),
        ("app", "nowhere", PASSWORD, "", "database", "postgres.database-missing"),
        ("app", "closed", PASSWORD, "", "database", "postgres.permission-denied"),
    ],
)
def test_each_refusal_of_a_real_server(
    tmp_path: Path, ladder_server: Server, user: str, database: str, password: str, more: str, rung: str, fault: str
) -> None:
    url = ladder_server.url(database, user, password or "x") + more
    confirmed = claim(fault, port=str(ladder_server.port))
    found = climb(tmp_path, url, confirmed)
    assert broken_at(found) == f"postgres.{rung}"
    assert [(f.fault, f.confirms) for f in failures(found)] == [(fault, (confirmed.id,))]


def test_a_missing_password(tmp_path: Path, ladder_server: Server) -> None:
    found = climb(tmp_path, f"postgresql://app@127.0.0.1:{ladder_server.port}/shop")
    assert broken_at(found) == "postgres.login"
    assert failures(found)[0].fault == "postgres.scram-no-password"


def test_the_servers_log_tells_a_missing_role_from_a_wrong_password(tmp_path: Path, ladder_server: Server) -> None:
    with ladder_server.connect() as admin:
        admin.execute("drop role other")
        told = claim("postgres.role-missing", user="other")
        found = climb(tmp_path, ladder_server.url("shop", "other", PASSWORD), told)
        admin.execute(f"create role other login password '{PASSWORD}'")
    assert [(f.fault, f.confirms) for f in failures(found)] == [("postgres.role-missing", (told.id,))]


def test_no_room_for_another_connection(tmp_path: Path, ladder_server: Server) -> None:
    with ExitStack() as stack:
        with suppress(psycopg.OperationalError):
            for _ in range(14):
                stack.enter_context(psycopg.connect(ladder_server.url("shop", "app", PASSWORD)))
        found = climb(tmp_path, ladder_server.url("shop", "app", PASSWORD))
    assert failures(found)[0].fault == "postgres.too-many-connections"
    assert broken_at(found) in ("postgres.startup", "postgres.login")


def test_who_asked_as_the_systems_user_was_not_the_app(tmp_path: Path, ladder_server: Server) -> None:
    root = claim("postgres.role-missing", user="root")
    named_like_user = claim("postgres.database-missing", database="app")
    foreign = claim("postgres.role-missing", user="shop_prod")
    earlier = claim("postgres.auth-failed", user="app")
    over = claim("postgres.starting-up")
    url = ladder_server.url("shop", "app", PASSWORD)
    found = climb(tmp_path, url, root, named_like_user, foreign, earlier, over)
    assert failures(found) == []
    assert [p.refutes for p in passed(found) if p.refutes] == [(root.id,), (named_like_user.id,)]
    assert {name for u in unknowns(found) for name in u.about} == {foreign.id, earlier.id, over.id}


def test_a_script_or_variable_that_may_have_asked_leaves_it_open(tmp_path: Path, ladder_server: Server) -> None:
    url = ladder_server.url("shop", "app", PASSWORD)
    root = claim("postgres.role-missing", user="root")
    script = patient(tmp_path / "a", {"a/x": "", "start.sh": "until psql -h db -c 1; do :; done\n"}, DATABASE_URL=url)
    named = patient(tmp_path / "b", {".env": "PGUSER=root\n"}, DATABASE_URL=url)
    for target in (script, named):
        found = answers("postgres.", target, [root])
        assert [p.refutes for p in passed(found) if p.refutes] == []
        assert [u.about for u in unknowns(found)] == [(root.id,)]


def test_a_rule_that_lets_tls_in_alone(tmp_path: Path, tls_server: Server) -> None:
    url = tls_server.url("shop", "tlsonly", PASSWORD)
    found = climb(tmp_path, f"{url}?sslmode=disable")
    assert broken_at(found) == "postgres.login"
    assert failures(found)[0].fault == "postgres.ssl-required"
    assert failures(climb(tmp_path, f"{url}?sslmode=require")) == []
    assert failures(climb(tmp_path, url)) == []


def test_a_client_without_tls_is_believed_where_the_server_demands_it(tmp_path: Path, tls_server: Server) -> None:
    told = claim("postgres.ssl-required", host="198.51.100.9", user="tlsonly", database="shop")
    found = climb(tmp_path, tls_server.url("shop", "tlsonly", PASSWORD), told)
    assert [(f.fault, f.confirms) for f in failures(found)] == [("postgres.ssl-required", (told.id,))]


def test_a_certificate_nobody_signed_cannot_be_judged_from_here(tmp_path: Path, tls_server: Server) -> None:
    found = climb(tmp_path, tls_server.url("shop", "app", PASSWORD) + "?sslmode=verify-full")
    assert failures(found) == []
    assert "certificate" in texts(found)
