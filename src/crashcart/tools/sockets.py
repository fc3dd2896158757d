"""Names and addresses asked one step at a time, each way of failing told apart; nothing waits beyond its timeout."""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from crashcart.tools.clock import Deadline, Stopwatch


@dataclass(frozen=True, slots=True)
class Resolved:
    """The addresses of a name, in the order in which the system would try them."""

    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unresolved:
    """No address: the resolver says there is none, or could not say."""

    kind: Literal["unknown", "temporary", "timeout", "invalid"]
    text: str


class Dialled(StrEnum):
    """What came of dialling an address."""

    CONNECTED = "accepts connections"
    REFUSED = "refuses connections"
    SILENT = "does not answer"
    UNREACHABLE = "cannot be reached"
    RESET = "resets connections"
    DENIED = "may not be dialled from here"


@dataclass(frozen=True, slots=True)
class Dial:
    """One address dialled once."""

    address: str
    port: int
    came: Dialled
    text: str
    ms: int


Service = Literal["postgres", "http", "tls", "mysql", "ssh", "redis", "other", "silent", "closed"]


def resolve(host: str, timeout: float) -> Resolved | Unresolved:
    """The addresses of *host* as this machine's resolver gives them; a path is a Unix socket and its own address."""
    if host.startswith(("/", "@")):
        return Resolved((host,))
    found: list[Resolved | Unresolved] = []
    worker = threading.Thread(target=lambda: found.append(_getaddrinfo(host)), daemon=True, name="resolve")
    worker.start()
    worker.join(timeout)
    return found[0] if found else Unresolved("timeout", f"no answer within {timeout:g} s")


def _getaddrinfo(host: str) -> Resolved | Unresolved:
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        temporary = error.errno == socket.EAI_AGAIN
        return Unresolved("temporary" if temporary else "unknown", error.strerror or str(error))
    except (OSError, UnicodeError, ValueError) as error:
        return Unresolved("invalid", str(error))
    return Resolved(tuple(dict.fromkeys(str(answer[4][0]) for answer in answers)))


def dial(address: str, port: int, timeout: float) -> Dial:
    """Opens a connection to *address* and closes it again."""
    watch = Stopwatch()
    try:
        open_socket(address, port, timeout).close()
    except OSError as error:
        return Dial(address, port, _failure(error), error.strerror or str(error) or type(error).__name__, watch.ms)
    return Dial(address, port, Dialled.CONNECTED, "connected", watch.ms)


def dial_all(addresses: tuple[str, ...], port: int, timeout: float) -> tuple[Dial, ...]:
    """Each address in turn, until one accepts; *timeout* is for all of them."""
    deadline, dials = Deadline(timeout), []
    for n, address in enumerate(addresses):
        dials.append(dial(address, port, max(0.05, deadline.left / (len(addresses) - n))))
        if dials[-1].came is Dialled.CONNECTED:
            break
    return tuple(dials)


def open_socket(address: str, port: int, timeout: float) -> socket.socket:
    """A connected socket that waits *timeout* seconds for each answer; a path means PostgreSQL's Unix socket there."""
    if address.startswith(("/", "@")):
        peer: str | tuple[str, int] = f"{address}/.s.PGSQL.{port}"
        family = socket.AF_UNIX
    else:
        peer = (address, port)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect(peer)
    except BaseException:
        connection.close()
        raise
    return connection


_FAILURES = {
    errno.ECONNREFUSED: Dialled.REFUSED,
    errno.ENOENT: Dialled.REFUSED,
    errno.ETIMEDOUT: Dialled.SILENT,
    errno.ECONNRESET: Dialled.RESET,
    errno.EACCES: Dialled.DENIED,
    errno.EPERM: Dialled.DENIED,
}


def _failure(error: OSError) -> Dialled:
    if isinstance(error, TimeoutError):
        return Dialled.SILENT
    return _FAILURES.get(error.errno or 0, Dialled.UNREACHABLE)


def is_loopback(host: str) -> bool:
    """Whether *host* means the machine or container it is asked from."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") in ("localhost", "localhost.localdomain", "ip6-localhost")


def is_address(host: str) -> bool:
    """Whether *host* is an IP address, so that no name has to be resolved."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_OPENINGS: tuple[tuple[bytes, Service], ...] = (
    (b"HTTP/", "http"),
    (b"SSH-", "ssh"),
    (b"-ERR", "redis"),
    (b"\x15\x03", "tls"),
)


def identify(address: str, port: int, timeout: float) -> tuple[Service, str]:
    """Which service answers there, and its first words. Raises OSError where nothing accepts the connection."""
    with open_socket(address, port, timeout) as connection:
        # What greets first does so at once; PostgreSQL waits to be asked.
        connection.settimeout(min(0.3, timeout / 3))
        answer = _receive(connection)
        if answer is None:
            connection.settimeout(timeout)
            answer = _asked(connection)
    if answer is None:
        return "silent", ""
    return _named(answer), _first_words(answer)


def _asked(connection: socket.socket) -> bytes | None:
    try:
        connection.sendall(SSL_REQUEST)
    except OSError:
        return b""
    answer = _receive(connection)
    if answer is not None:
        return answer
    with _quiet():
        connection.sendall(b"\r\n\r\n")
    return _receive(connection)


@contextmanager
def _quiet() -> Iterator[None]:
    try:
        yield
    except OSError:
        return


def _receive(connection: socket.socket) -> bytes | None:
    """What comes next: None where nothing comes in time, empty where the connection ends."""
    try:
        return connection.recv(256)
    except TimeoutError:
        return None
    except OSError:
        return b""


def _named(answer: bytes) -> Service:
    if not answer:
        return "closed"
    if answer in (b"S", b"N", b"G") or (answer[:1] == b"E" and b"SFATAL" in answer):
        return "postgres"
    if len(answer) > 5 and answer[3:5] in (b"\x00\x0a", b"\x00\xff"):
        return "mysql"
    return next((service for opening, service in _OPENINGS if answer.startswith(opening)), "other")


def _first_words(answer: bytes) -> str:
    return answer.decode("latin-1").splitlines()[0][:80] if answer.strip() else ""
