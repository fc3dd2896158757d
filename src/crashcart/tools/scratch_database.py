"""Databases made for one purpose and dropped after it, used through a role that cannot leave them."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class ShadowDatabase:
    """A fresh database; foreign SQL runs in it as a role without any other right."""

    name: str
    dsn: str
    """For the role that replays; libpq's key=value form."""
    admin_dsn: str
    """For a superuser, or whoever comes nearest to one."""

    def connect(self) -> psycopg.Connection[Any]:
        """A new autocommit connection as the replaying role, which owns the database and is no superuser."""
        return _connect(self.dsn)

    def connect_admin(self) -> psycopg.Connection[Any]:
        """A new autocommit connection as the administrator, for what foreign SQL must not do."""
        return _connect(self.admin_dsn)


class Databases(ABC):
    """A server on which databases can be made and dropped."""

    description: str
    """Such as ``embedded PostgreSQL 18.6``."""
    major: int

    @abstractmethod
    def dsn(self, database: str = "postgres", user: str | None = None) -> str:
        """How to connect, in libpq's key=value form, as *user* or as the administrator."""

    @abstractmethod
    def replay_role(self) -> tuple[str, str]:
        """Name of the role that foreign SQL runs as, and what follows :meth:`dsn` to log in as it."""

    @contextmanager
    def database(self, name: str | None = None) -> Iterator[ShadowDatabase]:
        """A fresh database for as long as the block runs; a random name unless *name* is given."""
        from psycopg import sql

        name = name or f"crashcart_{secrets.token_hex(6)}"
        role, login = self.replay_role()
        strategy = " STRATEGY FILE_COPY" if self.major >= 15 else ""
        force = " WITH (FORCE)" if self.major >= 13 else ""
        create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0" + strategy)
        drop = sql.SQL("DROP DATABASE IF EXISTS {}" + force)
        with _connect(self.dsn()) as admin:
            admin.execute(create.format(sql.Identifier(name), sql.Identifier(role)))
        try:
            yield ShadowDatabase(name, self.dsn(name, role) + login, self.dsn(name))
        finally:
            with _connect(self.dsn()) as admin:
                admin.execute(drop.format(sql.Identifier(name)))


def _connect(dsn: str) -> psycopg.Connection[Any]:
    import psycopg

    return psycopg.connect(dsn, autocommit=True, connect_timeout=10)
