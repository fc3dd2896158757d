from __future__ import annotations

import json
import string
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crashcart.model.evidence import OriginKind
from crashcart.model.secret import Secret
from crashcart.tools import redaction
from crashcart.tools.redaction import evidence, keep_readable, learn, mask, redact, redact_part

C = "CaN4ry-77xQ"


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_forms", frozenset())
    monkeypatch.setattr(redaction, "_readable", frozenset())


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        (f"postgresql://app:{C}@db.example.com:6543/shop?schema=public", "db.example.com:6543/shop?schema=public"),
        (f"postgresql://u:{C}@h", "postgresql://u:***@h"),
        (f"postgres://u:p:{C}@h", "postgres://u:***@h"),
        (f"postgres://u:p@ss/{C}@h:5432/db", "@h:5432/db"),
        (f"postgres://u:a?b#{C}@h:5432/db", "@h:5432/db"),
        (f'postgres://u:a"{C}@h:5432/db', "@h:5432/db"),
        (f"postgres://u:my {C}@h:5432/db", "@h:5432/db"),
        (f"postgres://u@tenant:{C}@h:5432/db", "postgres://u@tenant:***@h"),
        (f"postgres://u:12{C}", "postgres://u:"),
        (f"postgresql:/u:{C}@h/db", "@h/db"),
        (f"postgresql:u:{C}@h/db", "@h/db"),
        (f"postgresql:/u:a {C}@h/db: no such file", "@h/db: no such file"),
        (f"redis://:{C}@cache:6379/0", "@cache:6379/0"),
        (f"mongodb+srv://u:{C}@a,b,c/db", "@a,b,c/db"),
        (f"amqp:\\/\\/u:{C}@mq", "u:***@mq"),
        (f"A=postgres://u:{C}@h,B=http://x@y", "@h,B=http://x@y"),
        (f"jdbc:postgresql://h:5432/db?user=app&password={C}&ssl=true", "&ssl=true"),
        (f"host=db port=5432 user=app password={C} dbname=shop", "host=db port=5432 user=app password=*** dbname=shop"),
        (f"host=db password='{C} x' dbname=shop", "dbname=shop"),
        (f"DB_PASSWORD={C} and more words", "DB_PASSWORD=***"),
        (f'export JWT_SECRET="{C}"', 'export JWT_SECRET="***"'),
        (f"ENV STRIPE_KEY={C}", "ENV STRIPE_KEY=***"),
        (f'{{"user": "app", "password": "{C}\\"x", "port": 5432}}', '"port": 5432}'),
        (f'"{{\\"password\\":\\"{C}\\",\\"port\\":1}}"', '\\"port\\":1'),
        (f"  password: {C}", "password: ***"),
        (f"secrets.yml:password: {C}", "secrets.yml:password: ***"),
        (f"secrets.txt:{C}", "secrets.txt:***"),
        (f"user/password: admin/{C}", "user/password: ***"),
        (f"/prod/shop/DB_PASSWORD: {C}", "/prod/shop/DB_PASSWORD: ***"),
        (f"spring.datasource.password: {C}", "spring.datasource.password: ***"),
        (f"secret.key: {C}", "secret.key: ***"),
        (f"my_api_key: {C}", "my_api_key: ***"),
        (f"myApiKey: {C}", "myApiKey: ***"),
        (f"sshkey={C}", "sshkey=***"),
        (f"//password: {C}", "//password: ***"),
        (f"{{ user: app, password: {C}, host: db }}", "host: db"),
        (f"private_key: |\n  {C}\n  more\nhost: db", "host: db"),
        (f"level=info api_key={C} msg=started", "msg=started"),
        (f"Authorization: Bearer {C}", "Authorization: "),
        (f"authorization: Basic {C}==", "authorization: "),
        (f"> X-Api-Key: {C}", "> X-Api-Key: ***"),
        (f"Set-Cookie: sid={C}; Path=/", "Set-Cookie: ***"),
        (f"curl -u admin:{C} https://x.example.com", "-u admin:*** https://x.example.com"),
        (f"mysqldump --password {C} shop", "--password *** shop"),
        (f"ALTER ROLE app WITH PASSWORD '{C}'", "ALTER ROLE app WITH PASSWORD '***'"),
        (f"app:{C}@tcp(db:3306)/shop", "app:***@tcp(db:3306)/shop"),
        (f"new Client({{ user: 'app', password: '{C}' }})", "user: 'app'"),
        (f'config["password"] = "{C}"', 'config["password"]'),
        (f"-----BEGIN RSA PRIVATE KEY-----\n{C}\n-----END RSA PRIVATE KEY-----\nnext", "next"),
        (f"-----BEGIN PRIVATE KEY-----\\n{C}", "[private key ***]"),
        (f"got eyJhbGciOiJIUzI1NiJ9.eyJ{C}.sig-{C} expired", "expired"),
        (f"token ghp_{C.replace('-', '')}0123456789abcdef", "token ***"),
        ("key AKIAIOSFODNN7CaN4ry", "key ***"),
        (f"sk-proj-{C}-0123456789", "***"),
        (f"xoxb-123-{C} glpat-{C}0123456789", "***"),
        (f"mysql -u root -p{C} shop", "mysql -u root -p*** shop"),
        (f"docker login -u bob -p {C} registry.example.com", "login -u bob -p *** registry.example.com"),
        (f"redis-cli -h cache -a {C} ping", "redis-cli -h cache -a *** ping"),
        (f"Server=db;Uid=app;Pwd={C};Database=shop", "Server=db;Uid=app;Pwd=***;Database=shop"),
        (f"JWT_SECRET '{C}' is too short", "JWT_SECRET '***' is too short"),
        (f"CREATE USER app IDENTIFIED BY '{C}'", "CREATE USER app IDENTIFIED BY '***'"),
        (f"IDENTIFIED WITH mysql_native_password BY '{C}'", "IDENTIFIED WITH mysql_native_password BY '***'"),
        (f"https://a1b2c3d4e5f6a7b8c9d0{C}@git.example.com/x", "https://***@git.example.com/x"),
        (f"https://b.example.com/k?X-Amz-Signature={C}&x=1", "X-Amz-Signature=***&x=1"),
        (f"GET /callback?code={C}&state=abc", "code=***&state=abc"),
        (f"url=postgres%3A%2F%2Fapp%3A{C}%40db%3A5432", "app%3A***%40db"),
        (f"Key (email, password)=(a@example.com, {C}) already exists.", "Key (email, password)=(***) already exists."),
        (f"POST https://discord.com/api/webhooks/123456/{C} 404", "webhooks/123456/*** 404"),
        (f"smtp password is {C}", "smtp password is ***"),
        (f'could not translate host name "p#{C}@db.internal" to address', '"***@db.internal" to address'),
        (f"getaddrinfo ENOTFOUND ss@{C}@db", "getaddrinfo ENOTFOUND ***@db"),
        (f'invalid port number: "{C}@db:5432"', 'invalid port number: "***@db:5432"'),
    ],
)
def test_a_secret_is_masked_where_it_stands_and_the_rest_stays(text: str, stays: str) -> None:
    shown = redact(text)
    assert C not in shown
    assert "CaN4ry" not in shown
    assert stays in shown
    assert redact(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        'psql: error: connection to server at "203.0.113.50", port 5432 failed: Connection refused',
        'FATAL:  password authentication failed for user "app"',
        "Access denied for user 'app'@'172.18.0.3' (using password: YES)",
        "error: Cannot find module './apps/x' from '/app/backend/src/index.ts'",
        "SyntaxError: Unexpected token: }",
        "Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
        "http://localhost:3000/path?x=1 and https://registry.example.com:4873/@scope/name",
        'url = env("DATABASE_URL")',
        "password: process.env.DB_PASSWORD,",
        'psql "postgres://app:${PGPASSWORD}@db:5432/shop"',
        "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}",
        "POSTGRES_PASSWORD_FILE=/run/secrets/pg",
        "JWT_EXPIRES_IN=7d max_tokens=4096 PWD=/app",
        "postgres:16-alpine@sha256:" + "ab" * 32,
        "ssh://git@github.com:org/repo.git",
        "The JWT_SECRET variable is not set. Defaulting to a blank string.",
        'CREATE TABLE "users" ("password" TEXT NOT NULL, PRIMARY KEY ("id"))',
        "at Module._resolve (node:internal/modules/cjs/loader:1148:15)",
        '2025-10-16 02:10:34.471974 UTC [1] LOG:  listening on IPv6 address "::", port 5432',
        "PASS src/app.test.ts Tests: 12 passed",
        "4e60627c1d2f3a4b5c6d7e8f90a1b2c3d4e5f607",
        "git checkout 4e60627 -- src/index.ts:12:5",
        "log password.log:3: npm error code 1",
        "app-secrets.log: not a text file",
        ".env.secret:3 and deploy/.env.secret:3: DATABASE_URL is empty",
        "app/auth/secret.py:12 imports app/auth/token.py:3:5",
        "cat: /run/secrets/db_password: No such file or directory",
        "index public.users_a_key: CREATE UNIQUE INDEX users_a_key",
        "constraint users_ars_akey: PRIMARY KEY",
        "docker run -p 8080:80 shop",
        "password was not given, password is required",
        "password SCRAM-SHA-256 needed",
        "Key (id)=(5) already exists.",
        'secret "shop-tls" not found',
        'could not translate host name "db" to address',
        "git@git.example.com: Permission denied (publickey)",
        "mysql -uroot -p shop",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_compose_defaults_of_a_secret_are_masked() -> None:
    assert C not in redact(f"POSTGRES_PASSWORD: ${{POSTGRES_PASSWORD:-{C}}}")


def test_a_learned_secret_is_masked_in_every_spelling() -> None:
    value = 'pä ss"w@rd/1\\2'
    learn(Secret(value, "DB_PASSWORD"))
    for text in (value, quote(value), quote(value, safe="").lower(), json.dumps(value), json.dumps({"why": value})):
        shown = redact(f"driver says {text} at db:5432")
        assert "w@rd" not in shown
        assert "w%40rd" not in shown.lower()
        assert "db:5432" in shown


def test_host_port_user_and_database_stay_though_the_password_is_the_same() -> None:
    learn(Secret("postgresql://shopuser1:shopuser1@shopuser1.example.com:5432/shopuser1", "DATABASE_URL"))
    assert redact('role "shopuser1" at shopuser1.example.com') == 'role "shopuser1" at shopuser1.example.com'
    assert redact("postgresql://shopuser1:shopuser1@shopuser1.example.com/x") == (
        "postgresql://shopuser1:***@shopuser1.example.com/x"
    )


def test_the_password_of_a_learned_url_is_masked_in_free_text() -> None:
    learn(Secret(f"postgresql://app:{quote(C + '@/')}@db.example.com:5432/shop", "DATABASE_URL"))
    shown = redact(f"driver: {C}@/ rejected by db.example.com:5432 for app in shop")
    assert shown == "driver: *** rejected by db.example.com:5432 for app in shop"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_HOST", "db-7f3a9c.internal.example.com"),
        ("PORT", "54321"),
        ("POSTGRES_USER", "app_4711_owner"),
        ("POSTGRES_PASSWORD", "postgres"),
        ("DB_PASSWORD", "5432"),
        ("NODE_ENV", "production"),
        ("PATH", "/usr/local/bin:/usr/bin"),
        ("API_URL", "https://api.example.com/v1"),
        ("SITE_URL", "localhost:3000"),
        ("API_URL", "/api"),
        ("DATABASE_URL", "file:./dev.db"),
        ("IMAGE_HASH", "0a1b2c3d4e5f60718293"),
        ("APP_NAME", "shop"),
        ("GIT_SHA", "4e60627c1d2f3a4b5c6d7e8f90a1b2c3d4e5f607"),
    ],
)
def test_learning_every_variable_keeps_the_evidence_readable(name: str, value: str) -> None:
    learn(Secret(value, name))
    assert redact(f"saw {value} here") == f"saw {value} here"


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "JWT_SECRET", "STRIPE_KEY", "DATABASE_URL", "secret", "postgres", "SENTRY_X"]
)
def test_learning_a_secret_masks_it(name: str) -> None:
    learn(Secret(f"{C}0123456789", name))
    assert redact(f"saw {C}0123456789 here") == "saw *** here"


def test_short_secrets_are_masked_only_as_whole_words() -> None:
    learn(Secret("p4ss", "DB_PASSWORD"))
    assert redact("p4ss but not p4ssenger") == "*** but not p4ssenger"


def test_a_kept_word_that_holds_a_secret_stays() -> None:
    learn(Secret("shopdb12", "DB_PASSWORD"))
    keep_readable("shopdb12.internal")
    assert redact("shopdb12 at shopdb12.internal") == "*** at shopdb12.internal"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x\x1b]8;;http://a\x1b\\y", "xy"),
        ("a\x1b[\x1b[0m31mb", "a␛[31mb"),
        ("bell\x07 back\x08 nul\x00 del\x7f", "bell␇ back␈ nul␀ del␡"),
        ("c1 \x9b31m", "c1 \\u009b31m"),
        ("over\rwrite\r\nnext\ttab", "over␍write\nnext\ttab"),
        ("bidi \u202edesrever\u202c", "bidi \\u202edesrever\\u202c"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("odd \udcff byte", "odd \ufffd byte"),
    ],
)
def test_a_terminal_obeys_nothing_of_it(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert redact(shown) == shown


def test_an_escape_does_not_hide_a_secret() -> None:
    learn(Secret(C, "DB_PASSWORD"))
    assert redact(f"saw {C[:4]}\x1b[31m{C[4:]}\u200b") == "saw ***"


def test_evidence_is_redacted_in_every_part() -> None:
    seen = evidence(OriginKind.LOG, f"http://u:{C}@h/log", f"password={C}", line=3, check=f"psql postgres://u:{C}@h")
    assert C not in repr(seen)
    assert str(seen.origin) == "http://u:***@h/log:3"


HOSTILE = [
    "a" * 200_000,
    "://" * 60_000,
    "postgres://u:" * 15_000,
    "postgres://u:" + "p" * 200_000,
    "//a:" * 50_000,
    "password=" * 20_000,
    'password="' * 20_000,
    "password: '" + "\\" * 200_000,
    "eyJa" * 50_000,
    "eyJaaaa." * 25_000,
    "-----BEGIN PRIVATE KEY-----" * 7_000,
    "-----BEGIN PRIVATE KEY-----" + "-" * 200_000,
    "\x1b[" * 100_000,
    "\x1b]" * 100_000,
    "password: |\n" + " x\n" * 60_000,
    "=" * 200_000,
    "password" + " " * 200_000,
    "TOKEN: " + "a " * 100_000,
    "token: x " * 20_000,
    "A_PASSWORD=a" + " b" * 100_000,
    "cookie: " * 25_000,
    "@" * 200_000,
    "x:y@" * 50_000,
    "-u a:" * 40_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=[h[:16].encode("unicode_escape").decode() for h in HOSTILE])
def test_hostile_text_comes_to_an_end(text: str) -> None:
    assert len(redact(text)) <= 6 * len(text)


canaries = st.text(string.ascii_letters + string.digits + "-_.~!*@:/+", min_size=3, max_size=20).map(
    lambda t: f"Zq9{t}9qZ"
)
noise = st.text(st.characters(codec="utf-8"), max_size=30)
places = st.sampled_from(
    [
        "postgresql://app:{}@db.example.com:5432/shop",
        "redis://:{}@cache:6379",
        'JWT_SECRET="{}"',
        '{{"password": "{}"}}',
        "host=db password='{}' dbname=shop",
        "Authorization: Bearer {}",
        "MY_API_KEY={}",
        "  db_password: '{}'",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=places, canary=canaries, before=noise, after=noise)
def test_no_canary_leaves_its_place(place: str, canary: str, before: str, after: str) -> None:
    shown = redact(f"{before}\n{place.format(canary)}\n{after}")
    assert canary not in shown


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    secret=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=6, max_size=24), before=noise
)
def test_no_learned_secret_leaves_in_free_text(secret: str, before: str) -> None:
    secret = f"Zq9{secret}"
    learn(Secret(secret, "DB_PASSWORD"))
    assert secret not in redact(f"{before} {secret} {json.dumps(secret)} {quote(secret)}")


words = "postgres:// u: p4 @ h / password = ' \" \\ & ? token *** { } , - eyJabc. KEY $X ${A} 54 | ghp_0123456789abcdef"
pieces = st.sampled_from([*words.split(), ": ", " ", "\n", "\r", "Bearer ", "export ", "\x1b[0m"])


@settings(max_examples=400, deadline=None)
@given(st.lists(pieces, max_size=25).map("".join))
@example("postgres://u:a b@***@h password='x")
def test_redaction_is_idempotent(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_nothing_unprintable_leaves(text: str) -> None:
    shown = redact(text)
    assert not any((c < " " and c not in "\t\n") or "\x7f" <= c <= "\x9f" or "\u202a" <= c <= "\u202e" for c in shown)
    shown.encode()


def test_what_is_said_about_a_name_stays_where_its_parts_were_redacted() -> None:
    learn(Secret(f"postgresql://app:{C}@db.example.com/shop", "DATABASE_URL"))
    said = "column public.users.password: expected text; log db_password:3: password=changed"
    assert mask(said) == said
    assert mask(f"{said} {C} postgres://u:p4@h") == f"{said} *** postgres://u:***@h"


def test_a_part_of_a_line_is_as_hidden_as_it_is_there() -> None:
    line = f"ERROR CREATE ROLE app PASSWORD '{C}' failed on db"
    assert redact_part(C, line) == "***"
    assert redact_part("db", line) == "db"
    assert redact_part("elsewhere", line) == "elsewhere"
