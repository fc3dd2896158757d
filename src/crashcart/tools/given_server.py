"""A PostgreSQL server of the user's as the shadow: only databases and roles with names of their own are made on it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from crashcart.model.errors import UnavailableError
from crashcart.model.secret import Secret
from crashcart.tools.redaction import learn
from crashcart.tools.scratch_database import Databases


class GivenServer(Databases):
    """A running server, reached by a connection string that allows making databases."""

    def __init__(self, url: str, version: int, role: tuple[str, str]) -> None:
        self.major = version // 10000
        self.description = f"given PostgreSQL {self.major}.{version % 10000}"
        self._url, self._role = url, role

    @classmethod
    @contextmanager
    def open(cls, url: str) -> Iterator[GivenServer]:
        """The server behind *url*. Raises UnavailableError where it does not answer or lets no database be made."""
        import psycopg

        try:
            with psycopg.connect(url, autocommit=True, connect_timeout=10) as admin:
                role = _role(admin)
                version = admin.info.server_version
        except psycopg.Error as error:
            raise UnavailableError(f"the given shadow server cannot be used: {error}") from error
        try:
            yield cls(url, version, role)
        finally:
            if role[1]:
                with psycopg.connect(url, autocommit=True, connect_timeout=10) as admin:
                    admin.execute(f"DROP ROLE {role[0]}")

    def dsn(self, database: str = "postgres", user: str | None = None) -> str:
        from psycopg.conninfo import make_conninfo

        return make_conninfo(self._url, dbname=database, **({"user": user} if user else {}))

    def replay_role(self) -> tuple[str, str]:
        return self._role


def _role(admin: Any) -> tuple[str, str]:
    """A superuser must not run foreign SQL, so it gets a role of its own; anybody else uses their own role."""
    name, is_superuser, may_create = admin.execute(
        "SELECT rolname, rolsuper, rolcreatedb FROM pg_catalog.pg_roles WHERE rolname = current_user"
    ).fetchone()
    if not is_superuser and not may_create:
        raise UnavailableError(f"the role {name} of the given shadow server may not make databases")
    if not is_superuser:
        return name, ""
    role, password = f"crashcart_{secrets.token_hex(6)}", learn(Secret(secrets.token_hex(16), "replay"))
    admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password.reveal()}'")
    return role, f" password={password.reveal()}"
