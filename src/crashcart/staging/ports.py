"""Addresses of this machine that refuse, or that accept and never answer."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from crashcart.model.errors import UnavailableError

LOOPBACK = "127.0.0.1"
POSTGRES = 5432
"""The port that libpq dials when it is told none."""


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port of 127.0.0.1 that refuses every connection as long as the context lasts: bound, but not listening."""
    with socket.socket() as held:
        held.bind((LOOPBACK, 0))
        yield int(held.getsockname()[1])


@contextmanager
def silent_port() -> Iterator[int]:
    """A port of 127.0.0.1 that accepts connections and never answers: the system accepts, nobody reads."""
    with socket.socket() as deaf:
        deaf.bind((LOOPBACK, 0))
        deaf.listen(64)
        yield int(deaf.getsockname()[1])


def refuses(host: str, port: int) -> bool:
    """Whether *host* refuses connections to *port* right now. Dials only; sends nothing."""
    with socket.socket() as dialled:
        dialled.settimeout(1.0)
        try:
            return dialled.connect_ex((host, port)) == errno.ECONNREFUSED
        except TimeoutError:
            return False


def usable(host: str) -> bool:
    """Whether a server of this machine can listen on *host*."""
    with socket.socket() as tried:
        try:
            tried.bind((host, 0))
        except OSError:
            return False
    return True


def refused_address(hosts: Iterable[str] = (LOOPBACK, "127.0.0.2", "127.0.0.3")) -> tuple[str, int]:
    """A loopback address where nothing listens on PostgreSQL's own port; failing that, another port that refuses.

    Whatever listens on 5432 here belongs to somebody else: it is dialled, and never spoken to.
    Raises UnavailableError where nothing refuses.
    """
    candidates = [(host, POSTGRES) for host in hosts if usable(host)]
    candidates += [(LOOPBACK, port) for port in range(POSTGRES + 1, POSTGRES + 100)]
    for host, port in candidates:
        if refuses(host, port):
            return host, port
    raise UnavailableError(
        "no loopback address refuses connections", advice="a firewall may swallow them; run the demo in a container"
    )
