from __future__ import annotations

import pytest

from crashcart.model.secret import Secret
from crashcart.model.target import DatabaseUrl
from crashcart.tools import database_url
from crashcart.tools.database_url import BadUrl, OtherDatabase
from crashcart.tools.database_url_lint import lint

CANARY = "s3cr3tC4nary"


def parse(text: str) -> DatabaseUrl:
    return database_url.parse(Secret(text, "DATABASE_URL"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"postgresql://app:{CANARY}@db:6543/shop", "postgresql://app:***@db:6543/shop"),
        (f"postgres://app:{CANARY}@db/shop?schema=public", "postgres://app:***@db:5432/shop"),
        (f"postgresql+psycopg2://app:{CANARY}@[::1]:5433/shop", "postgresql+psycopg2://app:***@::1:5433/shop"),
        (f"jdbc:postgresql://db:5433/shop?user=app&password={CANARY}", "jdbc:postgresql://app:***@db:5433/shop"),
        (f"host=db port=5433 user=app password='{CANARY}' dbname=shop", "postgresql://app:***@db:5433/shop"),
        (f"postgresql://app:{CANARY}@/shop?host=/run/postgresql", "postgresql://app:***@/run/postgresql:5432/shop"),
        (f"postgresql://app:{CANARY}@one:1111,two:2222/shop", "postgresql://app:***@one:1111/shop"),
        ("postgresql://app@db/shop", "postgresql://app@db:5432/shop"),
        ("POSTGRESQL://db", "postgresql://db:5432/"),
    ],
)
def test_reads_every_dialect(text: str, shown: str) -> None:
    assert str(parse(text)) == shown


def test_decodes_percent_signs_and_keeps_the_password_secret() -> None:
    url = parse("postgresql://a%40b:p%2Fss%25w%23rd@db/my%20shop?application_name=x%26y")
    assert (url.user, url.database, url.parameters["application_name"]) == ("a@b", "my shop", "x&y")
    assert url.password is not None
    assert url.password.reveal() == "p/ss%w#rd"
    assert "p/ss" not in repr(url)


def test_tells_a_default_port_from_a_given_one() -> None:
    assert not parse("postgresql://db/x").port_given
    assert parse("postgresql://db:5432/x").port_given


@pytest.mark.parametrize(
    ("text", "fault", "says"),
    [
        ("", "env.missing-variable", "blank"),
        ("  \n", "env.missing-variable", "blank"),
        (f"postgresql://app:{CANARY}@x@db/shop", "db-url.unencoded-password", "%40"),
        (f"postgresql://app:{CANARY}/x@db:5432/shop", "db-url.unencoded-password", "%2F"),
        (f"postgresql://app:12/{CANARY}@db:5432/shop", "db-url.unencoded-password", "%2F"),
        (f"postgresql://app:{CANARY}#x@db:5432/shop", "db-url.unencoded-password", "%23"),
        (f"postgresql://app:p@{CANARY}/w#rd@db:5432/shop", "db-url.unencoded-password", "%40 %2F %23"),
        (f"postgresql://app:p@s?{CANARY}@db:5432/shop", "db-url.unencoded-password", "%40 %3F"),
        (f"postgresql://app:{CANARY}?x@db:5432/shop", "db-url.unencoded-password", "%3F"),
        (f"postgresql://app:{CANARY}%zz@db:5432/shop", "db-url.unencoded-password", "%25"),
        (f"postgresql://app:{CANARY} x@db:5432/shop", "db-url.unencoded-password", "%20"),
        (f"http://app:{CANARY}@db:5432/shop", "db-url.malformed", "http://"),
        (f"postgre://app:{CANARY}@db:5432/shop", "db-url.malformed", "postgre://"),
        (f"app:{CANARY}@db:5432/shop", "db-url.malformed", "postgresql://"),
        (f'"postgresql://app:{CANARY}@db:5432/shop"', "db-url.malformed", "quotation marks"),
        (f"postgresql://app:{CANARY}@db:5432/shop\r", "db-url.malformed", "line end after"),
        (f"DATABASE_URL=postgresql://app:{CANARY}@db/shop", "db-url.malformed", "DATABASE_URL="),
        (f"postgresql://app:{CANARY}@:5432/shop", "db-url.malformed", "no host"),
        (f"postgresql://app:{CANARY}@db:54x2/shop", "db-url.malformed", "port"),
        (f"postgresql://app:{CANARY}@db:70000/shop", "db-url.malformed", "port"),
        (f"jdbc:postgresql://app:{CANARY}@db/shop", "db-url.malformed", "JDBC"),
        ("postgresql://USER:PASSWORD@HOST:5432/DATABASE?schema=public", "env.placeholder-value", "placeholder"),
        (f"postgresql://app:{CANARY}@<host>/shop", "env.placeholder-value", "placeholder"),
        ("postgresql://postgres:[YOUR-PASSWORD]@db.example.com/postgres", "env.placeholder-value", "placeholder"),
        ("postgresql://app:${DB_PASSWORD}@db/shop", "env.placeholder-value", "placeholder"),
        ("postgresql://johndoe:randompassword@localhost:5432/mydb", "env.placeholder-value", "prisma init"),
        ("${DATABASE_URL}", "env.placeholder-value", "placeholder"),
        (f"postgresql://app:{CANARY}@db/shop\x00", "db-url.malformed", "control"),
        ("postgresql://" + "x" * 10_000, "db-url.malformed", "characters long"),
    ],
)
def test_refuses_with_the_reason_and_without_the_password(text: str, fault: str, says: str) -> None:
    with pytest.raises(BadUrl) as caught:
        parse(text)
    assert caught.value.fault == fault
    assert says in caught.value.sentence
    assert CANARY not in caught.value.sentence


@pytest.mark.parametrize(
    "text", ["mysql://a:b@c/d", "file:./dev.db", "prisma://x.example.com/?api_key=1", "mongodb+srv://x/y"]
)
def test_other_databases_are_not_called_malformed_postgres(text: str) -> None:
    with pytest.raises(OtherDatabase):
        parse(text)


def test_conninfo_keeps_what_libpq_knows_and_drops_what_prisma_adds() -> None:
    url = parse(
        f"postgresql://app:{CANARY}@db/shop?schema=x&pgbouncer=true&connection_limit=1&sslmode=no-verify&socket_timeout=3"
    )
    assert database_url.conninfo(url, connect_timeout=2) == {
        "host": "db", "port": 5432, "user": "app", "password": CANARY, "dbname": "shop", "sslmode": "require",
        "connect_timeout": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("postgresql://a@db/x?sslmode=on", "sslmode=on"),
        ("postgresql://a@db.example.com/x?sslmode=disable", "clear text"),
        ("postgresql://a@db/x?pgbouncer=true", "directUrl"),
        ("postgresql://a@db/x?connect_timeout=0", "for ever"),
        ("postgresql://a@one,two/x", "several hosts"),
        ("postgresql://a@db", "no database"),
    ],
)
def test_lint_names_what_works_by_luck(text: str, says: str) -> None:
    (sentence,) = lint(parse(text))
    assert says in sentence


def test_lint_is_silent_about_an_ordinary_url() -> None:
    assert lint(parse("postgresql://app@10.0.0.5:5432/shop?schema=public&sslmode=disable")) == ()
