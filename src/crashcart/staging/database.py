"""What is done to the database of an accident before anybody looks at it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crashcart.model.errors import CrashcartError
from crashcart.staging import prisma
from crashcart.staging.accident import Accident, Step
from crashcart.staging.ports import LOOPBACK
from crashcart.staging.template import fill

if TYPE_CHECKING:
    import psycopg

    from crashcart.tools.postgres_server import Server

_RULES = "local all all trust\nhost all all 127.0.0.0/8 scram-sha-256\n"
_PREFIX = "[%p] "
"""Without the time: the other logs of an accident are of the day on which it happened, not of the day it is staged."""
_NOISE = re.compile(r"\bLOG:  (?!database system is ready)|\bFATAL:  the database system is starting up")


@dataclass(frozen=True, slots=True)
class Setup:
    """How the server of an accident is started, and started again."""

    settings: Mapping[str, str]
    hba: str
    port: int = 0
    """0: any free one."""
    data: Path | None = None
    """Where its files are kept; None where they end with it."""
    major: int | None = None
    """The version that wrote the files."""


def setup(accident: Accident, hosts: Sequence[str], data: Path | None = None) -> Setup:
    """What *accident* asks for, listening on *hosts* too."""
    wanted = accident.server or {}
    addresses = ",".join(dict.fromkeys((LOOPBACK, *hosts)))
    settings = {"listen_addresses": addresses, "log_line_prefix": _PREFIX, **wanted.get("settings", {})}
    return Setup(settings, wanted.get("hba", _RULES), data=data)


def start(wanted: Setup) -> Server:
    """The server of an accident. Raises UnavailableError where none can be started."""
    from crashcart.tools import postgres_server

    found = postgres_server.find_binaries(prefer_major=wanted.major) if wanted.major else ()
    return postgres_server.start(
        binaries=found[0] if found else None,
        port=wanted.port,
        settings=wanted.settings,
        hba=wanted.hba,
        directory=wanted.data,
    )


def perform(
    steps: Sequence[Step], server: Server, project: Path, names: Mapping[str, str], sessions: ExitStack
) -> None:
    """Do the *steps* one after the other. Sessions that a step holds open are given to *sessions*.

    Raises CrashcartError where a step ends otherwise than it says.
    """
    for step in steps:
        error = _perform(step, server, project, names, sessions)
        if step.fails != (error is not None):
            raise CrashcartError(f"staging went wrong: {error or f'no error in {step}'}")


def _perform(
    step: Step, server: Server, project: Path, names: Mapping[str, str], sessions: ExitStack
) -> psycopg.Error | None:
    import psycopg

    try:
        with ExitStack() as own:
            connection = server.connect(step.database, step.user)
            (sessions if step.hold else own).callback(connection.close)
            if step.prisma_deploy:
                return _deploy(step, connection, project / step.prisma_deploy)
            prisma.run(connection, prisma.statements(fill(step.sql or "", names)))
    except psycopg.Error as error:
        return error
    return None


def _deploy(step: Step, connection: psycopg.Connection[Any], folder: Path) -> psycopg.Error | None:
    return prisma.deploy(
        connection, folder, started_at=step.started_at, until=step.until, whole=step.whole, hold=step.hold
    )


def said(log: Path) -> str:
    """What the server wrote to its log, without the lines of its daily routine, which no two servers share."""
    text = log.read_text(encoding="utf-8", errors="replace")
    return "\n".join(line for line in text.splitlines() if not _NOISE.search(line))
