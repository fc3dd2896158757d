"""Things that listen, for staged accidents: deaf, resetting, greeting, or nothing at all."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from crashcart.tools.sockets import SSL_REQUEST

HBA = """\
local all all trust
host all norule 127.0.0.1/32 reject
hostssl all tlsonly 127.0.0.1/32 scram-sha-256
host all old 127.0.0.1/32 md5
host all plain 127.0.0.1/32 password
host all free 127.0.0.1/32 trust
host all nobody_home 127.0.0.1/32 trust
host all postgres 127.0.0.1/32 scram-sha-256
host all app 127.0.0.1/32 scram-sha-256
host all other 127.0.0.1/32 scram-sha-256
"""
"""Rules under which each role meets another accident; a role without a line meets none that lets it in."""

ROLES = """
create role app login password 'r1ght-p4ssword';
create role other login password 'r1ght-p4ssword';
create role tlsonly login password 'r1ght-p4ssword';
create role norule login password 'r1ght-p4ssword';
create role plain login password 'r1ght-p4ssword';
create role free login;
set password_encryption = md5;
create role old login password 'r1ght-p4ssword';
"""


def closed_port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port whose connections are each handed to *answer* and kept until the end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                kept.append(connection)
                try:
                    answer(connection)
                except OSError:
                    continue

        worker = threading.Thread(target=serve, daemon=True)
        worker.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            server.shutdown(socket.SHUT_RDWR)
            worker.join(5)
            for connection in kept:
                connection.close()


def deaf(connection: socket.socket) -> None:
    """Never says a word."""


def resets(connection: socket.socket) -> None:
    """Ends with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def speaks_http(connection: socket.socket) -> None:
    connection.settimeout(5)
    connection.recv(256)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    connection.close()


def greets(words: bytes) -> Callable[[socket.socket], None]:
    """Speaks first, as SSH and MySQL do."""
    return lambda connection: connection.sendall(words)


def starting_up(connection: socket.socket) -> None:
    """What PostgreSQL says while it replays its log, after it has declined TLS."""
    connection.settimeout(5)
    if connection.recv(8) == SSL_REQUEST:
        connection.sendall(b"N")
        connection.recv(1024)
    fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
    connection.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)
    connection.close()


def pooler(port: int, *, ignores: bool) -> Callable[[socket.socket], None]:
    """A pooler before the server at *port* that refuses session options, or (*ignores*) drops them without a word."""

    def answer(connection: socket.socket) -> None:
        connection.settimeout(5)
        if (packet := connection.recv(2048)) == SSL_REQUEST:
            connection.sendall(b"N")
            packet = connection.recv(2048)
        if b"\0options\0" in packet and not ignores:
            fields = b"SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0"
            connection.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)
            connection.close()
        elif packet:
            _forward(connection, _without_options(packet), port)

    return answer


def _without_options(packet: bytes) -> bytes:
    pairs = packet[8:].rstrip(b"\0").split(b"\0")
    kept = [b"%s\0%s\0" % pair for pair in zip(pairs[::2], pairs[1::2], strict=True) if pair[0] != b"options"]
    body = packet[4:8] + b"".join(kept) + b"\0"
    return struct.pack("!i", len(body) + 4) + body


def _forward(client: socket.socket, first: bytes, port: int) -> None:
    server = socket.create_connection(("127.0.0.1", port), 5)
    server.sendall(first)
    for one, other in ((client, server), (server, client)):
        threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        one.settimeout(None)
        while data := one.recv(65_536):
            other.sendall(data)
    with suppress(OSError):
        other.shutdown(socket.SHUT_RDWR)
    one.close()
