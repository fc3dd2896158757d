from __future__ import annotations

import pytest

from crashcart.proof.named import Verb, quote
from crashcart.proof.statements import LONGEST_SCRIPT, Kind, NotSqlError, split


def test_lines_count_from_the_top_whatever_stands_between() -> None:
    script = (
        '-- ü€😀\r\nCREATE TABLE "Ü" (id int);\r\n\r\n'
        "/* two\nlines */ DROP TABLE a; SELECT ';\n';\nDO $$ BEGIN ; END $$"
    )
    found = split(script, "public")
    assert [(s.n, s.line) for s in found] == [(1, 2), (2, 5), (3, 5), (4, 7)]
    assert [s.sql for s in found] == [
        'CREATE TABLE "Ü" (id int)',
        "DROP TABLE a",
        "SELECT ';\n'",
        "DO $$ BEGIN ; END $$",
    ]


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("CREATE TABLE a ()", Kind.STRUCTURE),
        ("INSERT INTO a VALUES (1)", Kind.DATA),
        ("WITH x AS (SELECT 1) UPDATE a SET b = 1", Kind.DATA),
        ("SELECT set_config('a.b', 'c', false)", Kind.BLOCK),
        ("DO $$ BEGIN END $$", Kind.BLOCK),
        ("SET search_path = a", Kind.SETTING),
        ("BEGIN", Kind.CONTROL),
        ("VACUUM a", Kind.CONTROL),
    ],
)
def test_kinds(sql: str, kind: Kind) -> None:
    assert [statement.kind for statement in split(sql, "public")] == [kind]


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ('CREATE TABLE "User" ()', [('table public."User"', Verb.MAKES)]),
        ('CREATE INDEX "i" ON app."User" (id)', [("index app.i", Verb.MAKES)]),
        ("CREATE INDEX ON a (id)", []),
        (
            "ALTER TABLE a ADD COLUMN b int, DROP COLUMN c, ADD CONSTRAINT d UNIQUE (b), ALTER e SET NOT NULL",
            [
                ("column public.a.b", Verb.MAKES),
                ("column public.a.c", Verb.DROPS),
                ("constraint public.a.d", Verb.MAKES),
                ("column public.a.e", Verb.CHANGES),
            ],
        ),
        ("DROP TABLE a, b.c", [("table public.a", Verb.DROPS), ("table b.c", Verb.DROPS)]),
        ("DROP INDEX i", [("index public.i", Verb.DROPS)]),
        ("ALTER INDEX i RENAME TO j", [("index public.j", Verb.RENAMES)]),
        ("ALTER VIEW v RENAME TO w", [("view public.w", Verb.RENAMES)]),
        ("DROP TRIGGER t ON a", [("trigger public.a.t", Verb.DROPS)]),
        ("ALTER TABLE a RENAME b TO c", [("column public.a.c", Verb.RENAMES)]),
        ("ALTER TABLE a RENAME TO b", [("table public.b", Verb.RENAMES)]),
        ("CREATE TYPE app.t AS ENUM ('a')", [("type app.t", Verb.MAKES)]),
        ("CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS ''", [("function public.f", Verb.MAKES)]),
        ('CREATE EXTENSION IF NOT EXISTS "uuid-ossp"', [('extension "uuid-ossp"', Verb.MAKES)]),
        ("CREATE MATERIALIZED VIEW m AS SELECT 1", [("materialized view public.m", Verb.MAKES)]),
        ("ALTER TYPE t ADD VALUE 'x'", [("type public.t", Verb.CHANGES)]),
        ("GRANT SELECT ON a TO PUBLIC", []),
    ],
)
def test_names(sql: str, named: list[tuple[str, Verb]]) -> None:
    (statement,) = split(sql, "public")
    assert [(one.key, one.verb) for one in statement.named] == named


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("plain", "plain"),
        ("Mixed", '"Mixed"'),
        ("select", '"select"'),
        ('a"b', '"a""b"'),
        ("a-b", '"a-b"'),
        ("1", '"1"'),
    ],
)
def test_names_are_quoted_as_the_server_does(name: str, quoted: str) -> None:
    assert quote(name) == quoted


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("CREATE TABLE a ();\n\nCREATE TABEL b ();", "line 3"),
        ("SELECT 'open", "unterminated"),
        ("SELECT 1\0; DROP TABLE a", "."),
        ("\ufeffSELECT 1", "line 1"),
        ("SELECT " + "(" * 100_000, "."),
        ("-" * (LONGEST_SCRIPT + 1), "too long"),
    ],
)
def test_what_is_not_sql_says_so(script: str, said: str) -> None:
    with pytest.raises(NotSqlError, match=said):
        split(script, "public")


@pytest.mark.parametrize("script", ["", "\n", "-- nothing", ";;;"])
def test_nothing_is_no_statement(script: str) -> None:
    assert split(script, "public") == ()
