"""The proof against real servers: every verdict is held against what was really run."""

from __future__ import annotations

import contextlib
import re

import psycopg
import pytest

from crashcart.model.migration import Effect, Proof
from crashcart.proof.schema import prove
from crashcart.proof.statements import split
from crashcart.tools.postgres_server import Server
from crashcart.tools.scratch_database import Databases
from proving import LEDGER, effects, proven, script
from servers import FreshDatabase

INIT = """
CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');
CREATE TABLE "User" ("id" SERIAL NOT NULL, "email" VARCHAR(200) NOT NULL, "role" "Role" NOT NULL DEFAULT 'USER',
    CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Post" ("id" INTEGER NOT NULL, "authorId" INTEGER NOT NULL, "title" TEXT,
    CONSTRAINT "Post_pkey" PRIMARY KEY ("id"));
CREATE INDEX "Post_title_idx" ON "Post"("title");
"""
AVATARS = """-- CreateTable
CREATE TABLE "avatar_projects" ("id" UUID NOT NULL, "userId" INTEGER NOT NULL, "kind" TEXT CHECK ("kind" > ''));

-- AlterTable
ALTER TABLE "User" ADD COLUMN "avatar" TEXT DEFAULT 'none',
                   ALTER COLUMN "email" DROP NOT NULL;
ALTER TYPE "Role" ADD VALUE 'GUEST';
CREATE UNIQUE INDEX "avatar_kind_key" ON "avatar_projects"(lower("kind")) WHERE "userId" > 0;
ALTER TABLE "avatar_projects" ADD CONSTRAINT "avatar_user_fkey" FOREIGN KEY ("userId") REFERENCES "Post";
CREATE VIEW "authors" AS SELECT "id", "email" FROM "User" WHERE "id" IN (SELECT "authorId" FROM "Post");
DROP INDEX "Post_title_idx";
ALTER TABLE "Post" RENAME COLUMN "title" TO "headline";
"""


def run(database: FreshDatabase, sql: str, statements: int | None = None) -> None:
    for statement in split(sql, "public")[:statements]:
        database.connection.execute(statement.sql.encode())


@pytest.mark.parametrize("cut", range(len(split(AVATARS, "public")) + 1))
def test_a_migration_cut_at_any_statement_is_known_to_the_statement(
    database: FreshDatabase, shadow_server: Databases, cut: int
) -> None:
    run(database, INIT)
    run(database, AVATARS, cut)
    proof = proven(database, shadow_server, ("0_init", INIT), ("1_avatars", AVATARS))
    found = proof.effects["1_avatars"]
    total = len(split(AVATARS, "public"))
    assert effects(found) == [Effect.PRESENT] * cut + [Effect.ABSENT] * (total - cut)
    assert found.proof is {0: Proof.NOT_APPLIED, total: Proof.APPLIED}.get(cut, Proof.PARTIAL)
    assert found.failure is None
    assert proof.effects["0_init"].proof is Proof.APPLIED
    assert proof.drift == ()
    for sql in found.completing_sql:
        database.connection.execute(sql.encode())
    again = proven(database, shadow_server, ("0_init", INIT), ("1_avatars", AVATARS))
    assert again.effects["1_avatars"].proof is Proof.APPLIED


def test_statements_carry_their_lines_and_objects(database: FreshDatabase, shadow_server: Databases) -> None:
    run(database, INIT)
    found = proven(database, shadow_server, ("0_init", INIT), ("1_avatars", AVATARS)).effects["1_avatars"]
    assert [(s.n, s.line, s.object) for s in found.statements] == [
        (1, 2, "table public.avatar_projects"),
        (2, 5, 'column public."User".avatar'),
        (3, 7, 'type public."Role"'),
        (4, 8, "index public.avatar_kind_key"),
        (5, 9, "constraint public.avatar_projects.avatar_user_fkey"),
        (6, 10, "view public.authors"),
        (7, 11, 'index public."Post_title_idx"'),
        (8, 12, 'column public."Post".headline'),
    ]


BASE = """
CREATE TABLE t (id integer NOT NULL, a text, b integer DEFAULT 1, old_name text);
CREATE TABLE other (id integer PRIMARY KEY);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE VIEW seen AS SELECT id FROM t;
CREATE SEQUENCE counter;
"""

PROVABLE = [
    "CREATE TABLE made (id bigserial PRIMARY KEY, price numeric(10, 2) NOT NULL DEFAULT 0, at date DEFAULT now())",
    "CREATE TABLE generated (id integer GENERATED ALWAYS AS IDENTITY, b integer GENERATED ALWAYS AS (3 * 2) STORED)",
    "CREATE UNLOGGED TABLE fast (id integer)",
    "CREATE TABLE parts (id integer) PARTITION BY RANGE (id)",
    "ALTER TABLE t ADD COLUMN c jsonb NOT NULL DEFAULT '{}'",
    "ALTER TABLE t ALTER COLUMN a TYPE varchar(50)",
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT 2",
    "ALTER TABLE t ALTER COLUMN b DROP DEFAULT",
    "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE t ALTER COLUMN id DROP NOT NULL",
    "ALTER TABLE t DROP COLUMN b",
    "ALTER TABLE t RENAME COLUMN old_name TO new_name",
    "ALTER TABLE other RENAME TO others",
    "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id)",
    "ALTER TABLE t ADD CONSTRAINT t_fk FOREIGN KEY (b) REFERENCES other(id) ON UPDATE CASCADE NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT t_check CHECK (a IN ('x', 'y'))",
    "ALTER TABLE t ADD UNIQUE (a, b)",
    "CREATE INDEX t_a ON t (a)",
    "CREATE UNIQUE INDEX t_a_key ON t (a) WHERE b > 1",
    "CREATE INDEX t_expr ON t ((lower(a)))",
    "CREATE INDEX CONCURRENTLY t_conc ON t USING hash (a)",
    "CREATE TYPE colour AS ENUM ('red', 'green')",
    "ALTER TYPE mood ADD VALUE 'happy' AFTER 'sad'",
    "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    "CREATE TYPE pair AS (a integer, b text)",
    "CREATE VIEW more AS SELECT t.id, o.id AS other FROM t JOIN other o ON o.id = t.b",
    "CREATE OR REPLACE VIEW seen AS SELECT id, a FROM t",
    "CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM t",
    "DROP VIEW seen",
    "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a + 1'",
    "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.id = 1; RETURN NEW; END'",
    "CREATE TRIGGER t_touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch()",
    "CREATE SEQUENCE numbers INCREMENT BY 5",
    "ALTER SEQUENCE counter MAXVALUE 100 CYCLE",
    "DROP SEQUENCE counter",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON t USING (id > 0)",
    "COMMENT ON COLUMN t.a IS 'it''s a'",
    "CREATE SCHEMA apart",
    "CREATE TABLE IF NOT EXISTS lenient (id integer)",
    "DROP TABLE IF EXISTS other",
    "DO $$ BEGIN CREATE TYPE late AS ENUM ('x'); EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    "GRANT SELECT, UPDATE ON t TO PUBLIC",
    'CREATE EXTENSION "uuid-ossp"',
]


TELLS_NOTHING = ("DO", "ALTER TYPE mood RENAME")
"""What cannot be told from a structure in which it may have run already."""

KINDS = range(len(PROVABLE))
COMPLETE, MISSING = "complete history", "live minus effects"


def apart(n: int, sql: str) -> str:
    """*sql* about objects of its own, so that all kinds of statements can stand in one script."""
    return re.sub(r"\b(t|other|others|mood|seen|touch|counter)\b", rf"\g<1>{n}", sql)


@pytest.fixture(scope="module")
def answers(postgres_server: Server, shadow_server: Databases) -> dict[tuple[str, bool], list[Effect]]:
    """The answers for all kinds, by basis and by whether they ran."""
    base = script("0_base", "".join(apart(n, BASE) for n in KINDS))
    kinds = script("1_kinds", ";\n".join(apart(n, sql) for n, sql in enumerate(PROVABLE)))
    found: dict[tuple[str, bool], list[Effect]] = {}
    with postgres_server.database() as fresh, fresh.connect_admin() as live:
        live.execute((base.sql or "").encode())
        for ran in (False, True):
            for statement in split(kinds.sql or "", "public") if ran else ():
                with contextlib.suppress(psycopg.errors.FeatureNotSupported):
                    live.execute(statement.sql.encode())
            for basis, scripts in ((COMPLETE, [base, kinds]), (MISSING, [kinds])):
                proof = prove(scripts, live, shadow_server, schema="public", ledger_table=LEDGER, applied=["0_base"])
                assert proof.effects["1_kinds"].basis == basis
                found[basis, ran] = effects(proof.effects["1_kinds"])
    return found


@pytest.mark.parametrize("n", KINDS, ids=PROVABLE)
@pytest.mark.parametrize("basis", [COMPLETE, MISSING])
def test_each_kind_of_statement_is_absent_before_and_present_after(
    answers: dict[tuple[str, bool], list[Effect]], basis: str, n: int
) -> None:
    if "EXTENSION" in PROVABLE[n] and answers[basis, True][n] is Effect.ABSENT:
        pytest.skip("this server does not have the extension")
    assert answers[basis, False][n] is Effect.ABSENT
    told = answers[basis, True][n]
    hidden = basis == MISSING and PROVABLE[n].startswith(TELLS_NOTHING)
    assert told is (Effect.UNPROVABLE if hidden else Effect.PRESENT)
