"""Proofs of a few scripts against a database, for tests."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath
from typing import Any

import psycopg

from crashcart.model.migration import Effect, Script
from crashcart.proof.schema import MigrationEffects, SchemaProof, prove
from crashcart.tools.scratch_database import Databases
from servers import FreshDatabase

LEDGER = "_prisma_migrations"


def script(name: str, sql: str) -> Script:
    return Script(name, PurePath(name), sql)


def proven(
    live: FreshDatabase | psycopg.Connection[Any],
    shadow: Databases,
    *scripts: tuple[str, str],
    applied: Collection[str] = ("0_init",),
    schema: str = "public",
    only: Collection[str] | None = None,
) -> SchemaProof:
    connection = live.connection if isinstance(live, FreshDatabase) else live
    listed = [script(*one) for one in scripts]
    return prove(listed, connection, shadow, schema=schema, ledger_table=LEDGER, applied=applied, only=only)


def effects(migration: MigrationEffects) -> list[Effect]:
    return [statement.effect for statement in migration.statements]
