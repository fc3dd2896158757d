"""What the rows of a real database say to statements that are still to be run."""

from __future__ import annotations

import pytest

from crashcart.proof.obstacles import look
from prisma_project import as_role
from servers import FreshDatabase

TABLES = """
CREATE TABLE users (id integer PRIMARY KEY, name text, email text, age text);
CREATE TABLE posts (id integer, author integer);
CREATE TABLE empty (id integer, a text);
INSERT INTO users VALUES (1, 'Ada', 'a@example.com', '36'), (2, 'Ada', NULL, 'old'), (3, 'Grace', NULL, '7');
INSERT INTO posts VALUES (1, 1), (2, 9), (3, NULL), (4, 8);
"""
GONE = "CREATE TABLE gone (id integer PRIMARY KEY)"


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("ALTER TABLE users ADD COLUMN b text NOT NULL", [3]),
        ("ALTER TABLE users ADD COLUMN b text NOT NULL DEFAULT 'x'", []),
        ("ALTER TABLE users ADD COLUMN b serial NOT NULL", []),
        ("ALTER TABLE users ADD COLUMN b text", []),
        ("ALTER TABLE empty ADD COLUMN b text NOT NULL", []),
        ("ALTER TABLE users ALTER email SET NOT NULL", [2]),
        ("ALTER TABLE users ALTER name SET NOT NULL", []),
        ("CREATE UNIQUE INDEX i ON users (name)", [1]),
        ("CREATE UNIQUE INDEX i ON users (lower(name))", [1]),
        ("CREATE UNIQUE INDEX i ON users (name) WHERE id > 1", []),
        ("CREATE UNIQUE INDEX i ON users (email)", []),
        ("CREATE UNIQUE INDEX i ON users (email) NULLS NOT DISTINCT", [1]),
        ("CREATE UNIQUE INDEX i ON users (name, id)", []),
        ("CREATE INDEX i ON users (name)", []),
        ("ALTER TABLE users ADD CONSTRAINT u UNIQUE (name)", [1]),
        ("ALTER TABLE posts ADD PRIMARY KEY (author)", [1]),
        ("ALTER TABLE posts ADD CONSTRAINT f FOREIGN KEY (author) REFERENCES users (id)", [2]),
        ("ALTER TABLE posts ADD CONSTRAINT f FOREIGN KEY (author) REFERENCES users (id) NOT VALID", []),
        (f"{GONE}; ALTER TABLE posts ADD CONSTRAINT f FOREIGN KEY (author) REFERENCES gone (id)", [3]),
        (f"{GONE}; ALTER TABLE gone ADD COLUMN b text NOT NULL", []),
        ("ALTER TABLE users ADD CHECK (id < 3)", [1]),
        ("ALTER TABLE users ADD CHECK (id < 4)", []),
        ("ALTER TABLE users ALTER name TYPE varchar(4)", [1]),
        ("ALTER TABLE users ADD COLUMN b text; CREATE UNIQUE INDEX i ON users (b)", []),
        ("ALTER TABLE users ADD COLUMN b text; ALTER TABLE users ALTER b SET NOT NULL", [3]),
        ("ALTER TABLE posts ADD COLUMN b int REFERENCES users (id)", []),
    ],
)
def test_rows_that_are_in_the_way_are_counted(database: FreshDatabase, sql: str, rows: list[int]) -> None:
    database.connection.execute(TABLES)
    found = look(database.connection, sql.split(";"), "public")
    assert [obstacle.rows for obstacle in found.obstacles] == rows
    runs = True
    try:
        database.connection.execute(sql.encode())
    except Exception:  # noqa: BLE001  PostgreSQL's own word, whatever it is
        runs = False
    assert runs is not bool(rows)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("ALTER TABLE users ALTER age TYPE integer USING age::integer", "not every age of public.users can become"),
        ("ALTER TABLE users ADD EXCLUDE USING btree (name WITH =)", "cannot tell whether the rows of public.users"),
        ("ALTER TABLE nowhere ALTER a SET NOT NULL", "42P01"),
        ("ALTER TABLE posts ADD CONSTRAINT f FOREIGN KEY (author) REFERENCES users", "cannot tell"),
        ("ALTER TABLE users ADD COLUMN b int DEFAULT 1; CREATE UNIQUE INDEX i ON users (b)", "cannot tell"),
        ("UPDATE users SET email = ''; ALTER TABLE users ALTER email SET NOT NULL", "before the statements that"),
        ("this is no SQL", "cannot be told"),
    ],
)
def test_what_cannot_be_counted_is_said(database: FreshDatabase, sql: str, why: str) -> None:
    database.connection.execute(TABLES)
    (obstacle,) = look(database.connection, sql.split(";"), "public").obstacles
    assert why in obstacle.why


@pytest.mark.parametrize("right", ["", "GRANT SELECT ON users TO {}; ALTER TABLE users ENABLE ROW LEVEL SECURITY;"])
def test_rows_that_this_role_may_not_see_are_not_taken_for_none(database: FreshDatabase, right: str) -> None:
    database.connection.execute(TABLES)
    with as_role(database, right or "GRANT USAGE ON SCHEMA public TO {}") as live:
        (obstacle,) = look(live, ["ALTER TABLE users ALTER email SET NOT NULL"], "public").obstacles
    assert obstacle.rows is None
    assert "42501" in obstacle.why


def test_asking_changes_nothing(database: FreshDatabase) -> None:
    database.connection.execute(TABLES)
    database.connection.execute(
        "CREATE FUNCTION bad(integer) RETURNS boolean LANGUAGE sql AS 'DELETE FROM posts RETURNING true'"
    )
    (obstacle,) = look(database.connection, ["ALTER TABLE users ADD CHECK (bad(id))"], "public").obstacles
    assert "25006" in obstacle.why
    assert database.connection.execute("SELECT count(*) FROM posts").fetchone() == (4,)
