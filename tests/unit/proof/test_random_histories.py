"""Random histories of which one migration was cut: what is proven is held against what was really run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest

from crashcart.model.migration import Effect, Proof
from crashcart.proof.catalog import read_catalog
from crashcart.proof.named import quote
from crashcart.tools.postgres_server import Server
from crashcart.tools.scratch_database import Databases
from histories import Builder, Ran, by_hand, repeated, touched
from proving import proven

RAN = (Effect.PRESENT, Effect.UNPROVABLE)
NOT_RUN = (Effect.ABSENT, Effect.UNPROVABLE)


@contextmanager
def empty(server: Server, schema: str) -> Iterator[psycopg.Connection[Any]]:
    with server.database() as fresh, fresh.connect_admin() as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}; SET search_path = {quote(schema)}".encode())
        yield connection


def run(connection: psycopg.Connection[Any], statements: list[Ran]) -> None:
    for statement in statements:
        connection.execute(statement.sql.encode())


def named(histories: list[list[Ran]]) -> list[tuple[str, str]]:
    return [(str(n), ";\n".join(ran.sql for ran in history)) for n, history in enumerate(histories)]


@pytest.mark.parametrize("seed", range(25))
def test_what_is_proven_is_what_was_run(postgres_server: Server, shadow_server: Databases, seed: int) -> None:
    chooser = random.Random(seed)  # noqa: S311
    schema = chooser.choice(("public", "public", "App 1"))
    with ExitStack() as stack:
        made, live, whole = (stack.enter_context(empty(postgres_server, schema)) for _ in range(3))
        builder = Builder(chooser, made, quote(schema))
        histories = [builder.migration(chooser.randint(1, 6)) for _ in range(chooser.randint(3, 6))]
        at = chooser.randrange(1, len(histories))
        cut = chooser.randint(0, len(histories[at]))
        earlier = [ran for history in histories[:at] for ran in history]
        run(live, [*earlier, *histories[at][:cut]])
        again = repeated(Builder(chooser, live, quote(schema)), earlier) if seed % 3 == 0 else None
        if again:
            histories[at].insert(cut, again)
        before = read_catalog(live)
        hands = list(by_hand(Builder(chooser, live, quote(schema)))) if seed % 2 else []
        by_hands = {key for key, _ in touched(before, read_catalog(live))}
        applied = [str(n) for n in range(at)]
        proof = proven(live, shadow_server, *named(histories), applied=applied, schema=schema)

        for n, history in enumerate(histories):
            for statement in proof.effects[str(n)].statements:
                ran = history[statement.n - 1]
                if ran.changed and not ran.again and not {key for key, _ in ran.changed} & by_hands:
                    done = n < at or (n == at and statement.n <= cut)
                    assert statement.effect in (RAN if done else NOT_RUN), (n, statement)
        assert {drift.object for drift in proof.drift} <= by_hands
        found = proof.effects[str(at)]
        if found.proof is Proof.APPLIED and not hands and not again:
            assert cut == len(histories[at]) or not any(ran.changed for ran in histories[at][cut:])
        if found.completing_sql:
            run(live, [Ran(sql, frozenset()) for sql in found.completing_sql])
            run(whole, [*earlier, *(ran for ran in histories[at] if not ran.again)])
            left = {key for key, _ in touched(read_catalog(whole), read_catalog(live))}
            assert hands or not left
