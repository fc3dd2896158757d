"""Real servers for tests, and what to do where there is none."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, NoReturn

import psycopg
import pytest

from crashcart.tools.postgres_server import Server


@dataclass(frozen=True)
class FreshDatabase:
    """A database of one test, with a superuser's connection in autocommit mode."""

    name: str
    url: str
    """The superuser's URL over TCP, password included."""
    connection: psycopg.Connection[Any]
    server: Server


def missing(component: str, why: str) -> NoReturn:
    """Skip the test that needs *component*; in CI a missing component is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{component} is missing: {why}")
    pytest.skip(f"{component} is missing: {why}")
