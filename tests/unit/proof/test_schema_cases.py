"""Cases in which guessing from names or from the ledger goes wrong."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from crashcart.model.migration import Effect, Proof
from crashcart.proof.schema import prove
from crashcart.tools.clock import Deadline
from crashcart.tools.postgres_server import Server, find_binaries, start
from crashcart.tools.scratch_database import Databases
from proving import LEDGER, effects, proven, script
from servers import FreshDatabase, missing

PRESENT, ABSENT, DIFFERENT, UNPROVABLE = Effect.PRESENT, Effect.ABSENT, Effect.DIFFERENT, Effect.UNPROVABLE

INIT = ("0_init", 'CREATE TABLE "User" (id serial PRIMARY KEY, email text NOT NULL);')


def live(database: FreshDatabase, *sql: str) -> FreshDatabase:
    for one in sql:
        database.connection.execute(one.encode())
    return database


def test_a_table_from_elsewhere_is_different_and_says_why_the_migration_failed(
    database: FreshDatabase, shadow_server: Databases
) -> None:
    live(database, INIT[1], "CREATE TABLE avatar (id integer PRIMARY KEY, name varchar(10))")
    migration = "CREATE TABLE avatar (id integer PRIMARY KEY, name text); CREATE INDEX avatar_name ON avatar (name);"
    found = proven(database, shadow_server, INIT, ("1_avatar", migration)).effects["1_avatar"]
    assert effects(found) == [DIFFERENT, ABSENT]
    assert found.proof is Proof.PARTIAL
    assert found.statements[0].why == "column public.avatar.name: type text expected, type character varying(10) found"
    assert found.failure == 'statement 1: 42P07: relation "avatar" already exists'
    assert found.completing_sql == ()


def test_a_table_from_elsewhere_that_lacks_a_column_is_different(
    database: FreshDatabase, shadow_server: Databases
) -> None:
    live(database, INIT[1], "CREATE TABLE avatar (id integer)")
    found = proven(database, shadow_server, INIT, ("1_avatar", "CREATE TABLE avatar (id integer, name text)"))
    (statement,) = found.effects["1_avatar"].statements
    assert statement.effect is DIFFERENT
    assert statement.why == "column public.avatar.name is not there"


def test_a_table_from_elsewhere_with_the_same_definition_is_present(
    database: FreshDatabase, shadow_server: Databases
) -> None:
    live(database, INIT[1], "CREATE TABLE avatar (name text, id integer)")
    found = proven(database, shadow_server, INIT, ("1_avatar", "CREATE TABLE avatar (id integer, name text)"))
    assert found.effects["1_avatar"].proof is Proof.APPLIED


def test_an_index_of_the_same_name_on_another_column_is_different(
    database: FreshDatabase, shadow_server: Databases
) -> None:
    live(database, INIT[1], 'CREATE INDEX i ON "User" (id)')
    found = proven(database, shadow_server, INIT, ("1_index", 'CREATE INDEX i ON "User" (email)'))
    (statement,) = found.effects["1_index"].statements
    assert statement.effect is DIFFERENT
    assert "(email) expected" in statement.why
    assert "(id) found" in statement.why


def test_an_invalid_index_is_not_what_the_migration_makes(database: FreshDatabase, shadow_server: Databases) -> None:
    live(database, INIT[1], "INSERT INTO \"User\" (email) VALUES ('same'), ('same')")
    migration = 'CREATE UNIQUE INDEX CONCURRENTLY user_email ON "User" (email)'
    with pytest.raises(psycopg.errors.UniqueViolation):
        live(database, migration)
    for scripts in ((INIT, ("1_index", migration)), (("1_index", migration),)):
        found = proven(database, shadow_server, *scripts).effects["1_index"]
        assert effects(found) == [DIFFERENT]
        assert "valid" in found.statements[0].why


LATER = """
ALTER TABLE avatar DROP COLUMN kind, ALTER COLUMN id TYPE bigint;
ALTER TABLE avatar RENAME TO portrait;
DROP VIEW faces;
"""
AVATAR = """
CREATE TABLE avatar (id integer NOT NULL, kind text);
CREATE VIEW faces AS SELECT 1 AS one;
CREATE INDEX avatar_id ON avatar (id);
"""


def test_effects_that_later_migrations_changed_are_followed(database: FreshDatabase, shadow_server: Databases) -> None:
    live(database, INIT[1], AVATAR, LATER)
    history = (INIT, ("1_avatar", AVATAR), ("2_later", LATER))
    proof = proven(database, shadow_server, *history, applied=["0_init", "1_avatar", "2_later"])
    assert {name: one.proof for name, one in proof.effects.items()} == dict.fromkeys(
        ("0_init", "1_avatar", "2_later"), Proof.APPLIED
    )
    assert proof.drift == ()
    close = proven(database, shadow_server, *history, applied=["0_init", "1_avatar", "2_later"], only=["1_avatar"])
    assert set(close.effects) == {"1_avatar"}
    assert close.effects["1_avatar"].proof is Proof.APPLIED
    assert "2_later" in close.effects["1_avatar"].statements[1].why


def test_a_drop_is_no_evidence_while_nothing_says_that_the_thing_was_made(
    database: FreshDatabase, shadow_server: Databases
) -> None:
    live(database, INIT[1])
    proof = proven(database, shadow_server, INIT, ("1_avatar", AVATAR), ("2_later", "DROP VIEW faces"))
    assert proof.effects["1_avatar"].proof is Proof.NOT_APPLIED
    assert effects(proof.effects["2_later"]) == [UNPROVABLE]


ENUM = """
CREATE TYPE "Mood_new" AS ENUM ('sad', 'glad');
ALTER TABLE t ALTER COLUMN mood TYPE "Mood_new" USING (mood::text::"Mood_new");
ALTER TYPE "Mood" RENAME TO "Mood_old";
ALTER TYPE "Mood_new" RENAME TO "Mood";
DROP TYPE "Mood_old";
"""


@pytest.mark.parametrize("ran", [False, True])
def test_steps_that_hide_each_other_are_decided_by_what_remains(
    database: FreshDatabase, shadow_server: Databases, ran: bool
) -> None:
    base = """CREATE TYPE "Mood" AS ENUM ('sad', 'ok'); CREATE TABLE t (mood "Mood");"""
    live(database, base, *([ENUM] if ran else []))
    found = proven(database, shadow_server, ("0_init", base), ("1_enum", ENUM)).effects["1_enum"]
    assert found.proof is (Proof.APPLIED if ran else Proof.NOT_APPLIED)


def test_what_leaves_no_trace_is_not_called_done(database: FreshDatabase, shadow_server: Databases) -> None:
    migration = """
    CREATE TABLE a (id integer);
    INSERT INTO a VALUES (1);
    DO $$ BEGIN PERFORM 1; END $$;
    """
    live(database, INIT[1], migration)
    found = proven(database, shadow_server, INIT, ("1_data", migration)).effects["1_data"]
    assert effects(found) == [PRESENT, UNPROVABLE, UNPROVABLE]
    assert found.proof is Proof.UNPROVABLE
    assert "data" in found.statements[1].why


def test_if_not_exists_proves_nothing_by_a_thing_of_another_definition(
    database: FreshDatabase, shadow_server: Databases
) -> None:
    live(database, INIT[1])
    migration = """CREATE TABLE IF NOT EXISTS "User" (id integer); DROP TABLE IF EXISTS nobody;
    CREATE TABLE IF NOT EXISTS "User" (id serial PRIMARY KEY, email text NOT NULL);"""
    found = proven(database, shadow_server, INIT, ("1_lenient", migration)).effects["1_lenient"]
    assert effects(found) == [UNPROVABLE, PRESENT, PRESENT]
    assert "only asks" in found.statements[0].why
    assert "only asks" in found.statements[2].why


TABLE = "CREATE TABLE a (id integer PRIMARY KEY, b integer UNIQUE)"
FOREIGN = "ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY (b) REFERENCES a(id)"
UNIQUE = "ALTER TABLE a ADD CONSTRAINT u UNIQUE (id, b)"
INDEX = "CREATE INDEX i ON a (b)"
EARLIER = ";".join((TABLE, FOREIGN, UNIQUE, INDEX))


@pytest.mark.parametrize("complete", [True, False], ids=["history", "copy"])
@pytest.mark.parametrize(
    ("statement", "effect"),
    [
        ("CREATE TABLE a (id integer PRIMARY KEY, c text)", DIFFERENT),
        ("CREATE TABLE a (id bigint PRIMARY KEY)", DIFFERENT),
        (f"{FOREIGN} ON DELETE CASCADE", DIFFERENT),
        (FOREIGN.replace("(b) REF", "(id) REF"), DIFFERENT),
        (FOREIGN, PRESENT),
        (UNIQUE.replace("id, b", "b, id"), DIFFERENT),
        (UNIQUE, PRESENT),
        (INDEX.replace("INDEX", "UNIQUE INDEX"), DIFFERENT),
        (INDEX.replace("INDEX", "UNIQUE INDEX CONCURRENTLY"), DIFFERENT),
        (f"{INDEX} WHERE b > 0", DIFFERENT),
        (INDEX, PRESENT),
        (TABLE, PRESENT),
    ],
)
def test_the_name_of_an_earlier_migrations_object_proves_nothing(
    database: FreshDatabase, shadow_server: Databases, statement: str, effect: Effect, complete: bool
) -> None:
    live(database, EARLIER)
    history = [("0_init", EARLIER)] if complete else []
    more = "ALTER TABLE a ADD COLUMN new integer;"
    found = proven(database, shadow_server, *history, ("1_again", f"{statement}; {more}")).effects["1_again"]
    assert complete or statement == TABLE or found.basis == "live minus effects"
    assert effects(found) == [effect, ABSENT]
    assert (found.completing_sql == ()) is (effect is DIFFERENT)


def test_a_completion_that_would_not_make_it_whole_is_not_offered(
    database: FreshDatabase, shadow_server: Databases
) -> None:
    block = (
        "IF to_regclass('b') IS NULL THEN ALTER TABLE a ADD c integer, ADD d integer; ELSE CREATE TABLE e (); END IF"
    )
    migration = f"DO $$ BEGIN {block}; END $$; CREATE TABLE b (id integer);"
    live(database, "CREATE TABLE a (id integer)", "CREATE TABLE b (id integer)")
    history = ("0_init", "CREATE TABLE a (id integer)")
    found = proven(database, shadow_server, history, ("1_more", migration)).effects["1_more"]
    assert effects(found) == [ABSENT, PRESENT]
    assert found.completing_sql == ()
    assert found.short == "column public.a.c is not there"


@pytest.mark.parametrize(
    ("there", "statement", "effect"),
    [
        ("CREATE TABLE a (id integer, b text)", "ALTER TABLE a ADD c text", ABSENT),
        ("CREATE TABLE a (id integer UNIQUE)", "ALTER TABLE a ADD CONSTRAINT u UNIQUE (id)", ABSENT),
        ("CREATE TABLE a (id integer UNIQUE)", "ALTER TABLE a ADD UNIQUE (id)", PRESENT),
    ],
)
def test_on_a_copy_only_what_has_no_name_of_its_own_may_have_another(
    database: FreshDatabase, shadow_server: Databases, there: str, statement: str, effect: Effect
) -> None:
    live(database, there)
    found = proven(database, shadow_server, ("1_more", statement), applied=[]).effects["1_more"]
    assert found.basis == "live minus effects"
    assert effects(found) == [effect]


def test_nothing_is_completed_on_what_a_hand_removed(database: FreshDatabase, shadow_server: Databases) -> None:
    base, migration = "CREATE TABLE a (id integer);", "CREATE TABLE b (id integer); CREATE INDEX i ON a (id);"
    live(database, "CREATE TABLE b (id integer)")
    found = proven(database, shadow_server, ("0_init", base), ("1_more", migration)).effects["1_more"]
    assert effects(found) == [PRESENT, ABSENT]
    assert found.completing_sql == ()
    assert found.failure is not None
    assert "42P01" in found.failure


def test_settings_and_transaction_control_are_no_effects(database: FreshDatabase, shadow_server: Databases) -> None:
    migration = "BEGIN; SET lock_timeout = '1s'; CREATE TABLE a (id integer); COMMIT;"
    live(database, INIT[1])
    found = proven(database, shadow_server, INIT, ("1_settings", migration)).effects["1_settings"]
    assert [(s.n, s.effect) for s in found.statements] == [(3, ABSENT)]
    assert found.completing_sql == ("SET lock_timeout = '1s'", "CREATE TABLE a (id integer)")


def test_a_statement_that_repeats_an_earlier_migration_says_why_it_fails(
    database: FreshDatabase, shadow_server: Databases
) -> None:
    base = "CREATE TABLE a (id integer PRIMARY KEY); ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES a(id);"
    bad = "ALTER TABLE a ADD COLUMN slug text; ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES a(id);"
    live(database, base, "ALTER TABLE a ADD COLUMN slug text")
    found = proven(database, shadow_server, ("0_init", base), ("1_bad", bad)).effects["1_bad"]
    assert effects(found) == [PRESENT, PRESENT]
    assert found.failure is not None
    assert found.failure.startswith("42710")


def test_a_script_that_does_not_parse_says_where(database: FreshDatabase, shadow_server: Databases) -> None:
    live(database, INIT[1])
    found = proven(database, shadow_server, INIT, ("1_typo", "CREATE TABLE a (id int);\nALTER TABEL a ADD b int;"))
    assert found.effects["1_typo"].proof is Proof.UNPROVABLE
    assert "line 2" in found.effects["1_typo"].because
    assert any("1_typo" in said for said in found.unknown)


def test_what_the_shadow_cannot_do_is_never_called_absent(database: FreshDatabase, shadow_server: Databases) -> None:
    live(database, INIT[1])
    migration = "CREATE TABLESPACE fast LOCATION '/nowhere'; CREATE EXTENSION no_such_extension;"
    found = proven(database, shadow_server, INIT, ("1_rights", migration)).effects["1_rights"]
    assert effects(found) == [UNPROVABLE, UNPROVABLE]
    assert "no extension no_such_extension" in found.statements[1].why


def test_functions_of_a_missing_extension_have_stand_ins(database: FreshDatabase, shadow_server: Databases) -> None:
    migration = """CREATE EXTENSION IF NOT EXISTS "uuid-ossp"; CREATE TABLE a (id uuid DEFAULT uuid_generate_v4());"""
    live(database, INIT[1])
    proof = proven(database, shadow_server, INIT, ("1_uuid", migration))
    assert effects(proof.effects["1_uuid"]) == [ABSENT, ABSENT]
    assert proof.effects["1_uuid"].failure is None


def test_drift_names_what_differs_from_the_whole_history(database: FreshDatabase, shadow_server: Databases) -> None:
    live(
        database,
        INIT[1],
        'ALTER TABLE "User" ALTER COLUMN email DROP NOT NULL; ALTER TABLE "User" ADD COLUMN by_hand text;',
        f"CREATE TABLE {LEDGER} (id text PRIMARY KEY); CREATE TABLE stray (id serial); CREATE SCHEMA theirs;",
        "CREATE TABLE theirs.own (id integer)",
    )
    proof = proven(database, shadow_server, INIT, ("1_pending", "ALTER TABLE stray ADD COLUMN x integer"))
    found = {drift.object: (drift.expected, drift.live) for drift in proof.drift}
    assert found == {
        'column public."User".email': ("nullable no", "nullable yes"),
        'column public."User".by_hand': (None, "type text; nullable yes"),
        "table public.stray": (None, "exists"),
    }


def test_drift_is_not_told_of_an_incomplete_history(database: FreshDatabase, shadow_server: Databases) -> None:
    live(database, "CREATE TABLE a (id integer); CREATE TABLE pushed (id integer); ALTER TABLE pushed ADD b integer")
    proof = proven(database, shadow_server, ("0_init", "ALTER TABLE pushed ADD b integer"))
    assert proof.drift == ()
    assert any("drift" in said for said in proof.unknown)


def test_a_missing_history_is_made_up_for_by_the_live_structure(
    database: FreshDatabase, shadow_server: Databases
) -> None:
    live(database, "CREATE TABLE pushed (id integer PRIMARY KEY, a text CHECK (a IN ('x', 'y')))")
    migration = """
    ALTER TABLE pushed ADD COLUMN b integer;
    CREATE INDEX pushed_a ON pushed (a);
    ALTER TABLE pushed ALTER COLUMN a SET NOT NULL;
    CREATE TABLE child (id integer REFERENCES pushed(id));
    """
    live(database, *migration.split(";")[:2])
    found = proven(database, shadow_server, ("1_child", migration), applied=[]).effects["1_child"]
    assert found.basis == "live minus effects"
    assert effects(found) == [PRESENT, PRESENT, ABSENT, ABSENT]
    assert found.failure is None
    assert [sql.split()[0] for sql in found.completing_sql] == ["ALTER", "CREATE"]


def test_a_schema_of_its_own_is_where_unqualified_names_lie(database: FreshDatabase, shadow_server: Databases) -> None:
    live(database, "CREATE SCHEMA app; CREATE TABLE app.a (id integer); CREATE TABLE public.a (id text)")
    history = ("0_init", "CREATE TABLE a (id integer)"), ("1_more", "ALTER TABLE a ADD b integer")
    proof = proven(database, shadow_server, *history, schema="app")
    assert proof.effects["0_init"].statements[0].object == "table app.a"
    assert proof.effects["0_init"].proof is Proof.APPLIED
    assert proof.effects["1_more"].proof is Proof.NOT_APPLIED
    assert proof.drift == ()


def test_foreign_sql_cannot_leave_the_shadow(database: FreshDatabase, shadow_server: Databases) -> None:
    marker = Path(tempfile.gettempdir()) / f"escaped-{database.name}"
    migration = f"""DO $$ BEGIN COPY (SELECT 1) TO PROGRAM 'touch {marker}'; END $$;
    DO $$ BEGIN EXECUTE 'SET ROLE postgres'; END $$;"""
    found = proven(database, shadow_server, INIT, ("1_evil", migration)).effects["1_evil"]
    assert effects(found) == [UNPROVABLE, UNPROVABLE]
    assert not marker.exists()


def test_a_script_that_never_ends_is_ended(database: FreshDatabase, shadow_server: Databases) -> None:
    live(database, INIT[1])
    migration = "SET statement_timeout = 0; SELECT pg_sleep(600);"
    proof = prove(
        [script(*INIT), script("1_sleep", migration)], database.connection, shadow_server,
        schema="public", ledger_table=LEDGER, deadline=Deadline(1.5),
    )  # fmt: skip
    assert proof.effects["1_sleep"].proof is Proof.UNPROVABLE
    assert any("time was up" in said for said in proof.unknown)


@pytest.fixture
def reader(database: FreshDatabase) -> Iterator[psycopg.Connection[object]]:
    """A role that can read and nothing else, in a session that refuses to write."""
    role = f"reader_{database.name}"
    database.connection.execute(f"CREATE ROLE {role} LOGIN; GRANT pg_read_all_data TO {role}")
    dsn = database.server.dsn(database.name, role)
    with psycopg.connect(dsn, autocommit=True, options="-c default_transaction_read_only=on") as connection:
        yield connection
    database.connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def dumped(database: FreshDatabase) -> str:
    """The whole database as text, rows included, without the random key that each dump bears."""
    program = database.server.binaries.bin / "pg_dump"
    if not program.exists():
        missing("postgres", "no pg_dump")
    done = subprocess.run([program, "--dbname", database.url], capture_output=True, text=True, check=True)
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith("\\"))


def test_the_live_database_is_only_read(
    database: FreshDatabase, shadow_server: Databases, reader: psycopg.Connection[object]
) -> None:
    live(database, INIT[1], "INSERT INTO \"User\" (email) VALUES ('kept')", AVATAR)
    before = dumped(database)
    proof = proven(
        reader, shadow_server, INIT, ("1_avatar", AVATAR), ("2_later", LATER), ("3_bad", "DROP TABLE missing")
    )
    assert proof.effects["1_avatar"].proof is Proof.APPLIED
    assert proof.effects["2_later"].proof is Proof.NOT_APPLIED
    assert dumped(database) == before
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reader.execute("CREATE TABLE x ()")


WORDED = """
CREATE TABLE t (id integer, kind varchar(10) CHECK (kind IN ('a', 'b')), at timestamptz);
CREATE VIEW v AS SELECT id, kind FROM t WHERE extract(year FROM at) > 2000;
CREATE INDEX i ON t (lower(kind)) WHERE kind IN ('a', 'b');
"""


@pytest.mark.parametrize("restored", [False, True])
def test_other_wordings_of_the_same_are_no_difference(shadow_server: Databases, restored: bool) -> None:
    others = [found for found in find_binaries() if found.major != shadow_server.major]
    for binaries in (*others, *find_binaries(prefer_major=shadow_server.major)[:1]):
        with start(binaries=binaries) as server, server.database() as fresh, fresh.connect() as connection:
            connection.execute(WORDED)
            if restored:
                _dump_and_restore(server, fresh.name)
            with server.connect(fresh.name) as again:
                proof = proven(again, shadow_server, ("0_init", WORDED))
        assert effects(proof.effects["0_init"]) == [PRESENT, PRESENT, PRESENT]
        assert proof.drift == ()
        assert proof.unknown == ()


def _dump_and_restore(server: Server, name: str) -> None:
    program = server.binaries.bin / "pg_dump"
    if not program.exists():
        missing("postgres", "no pg_dump")
    done = subprocess.run(
        [program, "--schema-only", "--dbname", server.dsn(name)], capture_output=True, text=True, check=True
    )
    with server.connect(name) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        text = "\n".join(line for line in done.stdout.splitlines() if not line.startswith(("\\", "CREATE SCHEMA")))
        connection.execute(text.encode())
