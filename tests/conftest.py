"""Fixtures that several parts need: real PostgreSQL servers, one of each per test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crashcart.model.errors import UnavailableError
from crashcart.tools import postgres_server as servers
from crashcart.tools.scratch_database import Databases
from servers import FreshDatabase, missing


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.Server]:
    """A running server with TCP on 127.0.0.1 and a password."""
    try:
        server = servers.start(port=0, settings={"max_connections": "40"})
    except UnavailableError as error:
        missing("postgres", str(error))
    with server:
        yield server


@pytest.fixture
def database(postgres_server: servers.Server) -> Iterator[FreshDatabase]:
    """A fresh database on the session's server, dropped afterwards."""
    with postgres_server.database() as fresh, fresh.connect_admin() as connection:
        yield FreshDatabase(fresh.name, postgres_server.url(fresh.name), connection, postgres_server)


@pytest.fixture(scope="session")
def shadow_server() -> Iterator[Databases]:
    """The server that a proof would choose."""
    try:
        binaries = servers.find_binaries()
        if not binaries:
            missing("postgres", "no server programs found")
        with servers.shadow() as server:
            yield server
    except UnavailableError as error:
        missing("postgres", str(error))
