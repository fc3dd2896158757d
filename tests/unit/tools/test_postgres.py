from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress

import psycopg
import pytest

from crashcart.model.secret import Secret
from crashcart.model.target import DatabaseUrl
from crashcart.tools.database_url import parse
from crashcart.tools.postgres import ConnectFailure, connect
from crashcart.tools.postgres_server import Server
from crashcart.tools.postgres_wire import Came, knock
from ladder import closed_port, deaf, listening, pooler, resets, speaks_http, starting_up

PASSWORD = "r1ght-p4ssword"


def at(server: Server, user: str, database: str = "shop", password: str = PASSWORD, more: str = "") -> DatabaseUrl:
    return parse(Secret(server.url(database, user, password) + more, "DATABASE_URL"))


def refused(url: DatabaseUrl | str, timeout: float = 5) -> ConnectFailure:
    with pytest.raises(ConnectFailure) as caught:
        connect(url, timeout=timeout)
    assert PASSWORD not in str(caught.value)
    return caught.value


def test_a_session_cannot_write_nor_wait(ladder_server: Server) -> None:
    with connect(at(ladder_server, "app"), timeout=3, rows_as_dicts=True) as session:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            session.execute("create table x ()")
        row = session.execute(
            "select current_setting('statement_timeout') as s, current_setting('lock_timeout') as l,"
            " current_setting('application_name') as a, current_setting('client_encoding') as c"
        ).fetchone()
    assert row == {"s": "3s", "l": "1500ms", "a": "crashcart", "c": "UTF8"}


def test_options_and_the_unix_socket(ladder_server: Server) -> None:
    with connect(ladder_server.dsn(), timeout=3, options={"search_path": "pg_catalog"}) as session:
        assert session.execute("show search_path").fetchone() == ("pg_catalog",)


@pytest.mark.parametrize("user", ["app", "old", "plain", "free"])
def test_every_way_of_proving_a_password_is_spoken(ladder_server: Server, user: str) -> None:
    came = knock(at(ladder_server, user), "127.0.0.1", timeout=5)
    assert came.came is Came.READY
    assert came.parameters["server_version"]


@pytest.mark.parametrize(
    ("user", "database", "password", "kind", "sqlstate"),
    [
        ("app", "shop", "wr0ng-p4ssword", "password", "28P01"),
        ("old", "shop", "wr0ng-p4ssword", "password", "28P01"),
        ("app", "shop", "", "password", None),
        ("app", "nowhere", PASSWORD, "database", "3D000"),
        ("app", "closed", PASSWORD, "permission", "42501"),
        ("norule", "shop", PASSWORD, "hba", "28000"),
        ("tlsonly", "shop", PASSWORD, "hba", "28000"),
        ("stranger", "shop", PASSWORD, "hba", "28000"),
        ("nobody_home", "shop", PASSWORD, "role", "28000"),
    ],
)
def test_each_refusal_has_its_name(
    ladder_server: Server, user: str, database: str, password: str, kind: str, sqlstate: str | None
) -> None:
    url = (
        at(ladder_server, user, database, password)
        if password
        else parse(Secret(f"postgresql://{user}@127.0.0.1:{ladder_server.port}/{database}"))
    )
    failure = refused(url)
    assert (failure.kind, failure.sqlstate) == (kind, sqlstate)


def test_demanded_tls_that_is_not_offered(ladder_server: Server) -> None:
    assert refused(at(ladder_server, "app", more="?sslmode=require")).kind == "tls"


def test_no_room_for_another_connection(ladder_server: Server) -> None:
    with ExitStack() as stack:
        with suppress(psycopg.OperationalError):
            for _ in range(14):
                stack.enter_context(psycopg.connect(ladder_server.url("shop", "app", PASSWORD)))
        failure = refused(at(ladder_server, "app"))
    assert (failure.kind, failure.sqlstate) == ("too-many-connections", "53300")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(deaf, "silent"), (speaks_http, "not-postgres"), (resets, "closed"), (starting_up, "starting-up")],
)
def test_what_is_no_server_does_not_hold_us(answer: Callable[..., None], kind: str) -> None:
    with listening(answer) as port:
        assert refused(f"postgresql://app:x@127.0.0.1:{port}/shop", timeout=0.7).kind == kind


def test_nothing_there() -> None:
    assert refused(f"postgresql://app@127.0.0.1:{closed_port()}/shop").kind == "refused"
    assert refused("postgresql://app@no-such-host.invalid/shop").kind == "dns"


@pytest.mark.parametrize("ignores", [False, True])
def test_a_pooler_gets_one_read_only_transaction_and_keeps_nothing(ladder_server: Server, ignores: bool) -> None:
    with listening(pooler(ladder_server.port, ignores=ignores)) as port:
        url = parse(Secret(f"postgresql://app:{PASSWORD}@127.0.0.1:{port}/shop?sslmode=disable", "DATABASE_URL"))
        with connect(url, timeout=3) as session:
            assert not session.autocommit
            assert session.execute("show statement_timeout").fetchone() == ("3s",)
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                session.execute("create table x ()")
            session.rollback()
            assert session.execute("show statement_timeout").fetchone() == ("0",)
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                session.execute("create table x ()")
            session.rollback()
