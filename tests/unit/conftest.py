"""A server on which every role meets another accident."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crashcart.model.errors import UnavailableError
from crashcart.tools.postgres_server import Server, start
from ladder import HBA, ROLES
from servers import missing


@pytest.fixture(scope="session")
def ladder_server() -> Iterator[Server]:
    """A server with the rules and roles of ``ladder``, the databases ``shop`` and ``closed`` (nobody may connect)."""
    try:
        server = start(port=0, hba=HBA, settings={"max_connections": "14", "superuser_reserved_connections": "3"})
    except UnavailableError as error:
        missing("postgres", str(error))
    with server:
        with server.connect() as admin:
            admin.execute(ROLES)
            admin.execute("create database shop owner app")
            admin.execute("create database closed")
            admin.execute("revoke connect on database closed from public")
        yield server
