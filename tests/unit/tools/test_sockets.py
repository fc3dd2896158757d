from __future__ import annotations

import socket
from pathlib import Path

import pytest

from crashcart.tools import sockets
from crashcart.tools.postgres_server import Server
from crashcart.tools.sockets import Dialled, Resolved, Unresolved
from ladder import closed_port, deaf, greets, listening, speaks_http


def test_resolves_names_addresses_and_paths() -> None:
    assert "127.0.0.1" in _addresses("localhost")
    assert _addresses("127.0.0.1") == ("127.0.0.1",)
    assert _addresses("/run/postgresql") == ("/run/postgresql",)


def _addresses(host: str) -> tuple[str, ...]:
    found = sockets.resolve(host, 5)
    assert isinstance(found, Resolved)
    return found.addresses


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 300, "bad..name", "\udcff"])
def test_a_name_without_address_is_told_not_raised(host: str) -> None:
    assert isinstance(sockets.resolve(host, 5), Unresolved)


def test_each_way_of_not_connecting_has_its_name() -> None:
    assert sockets.dial("127.0.0.1", closed_port(), 2).came is Dialled.REFUSED
    assert sockets.dial("255.255.255.255", 5432, 2).came in (Dialled.DENIED, Dialled.UNREACHABLE)
    with listening(deaf) as port:
        assert sockets.dial("127.0.0.1", port, 2).came is Dialled.CONNECTED


def test_a_full_backlog_is_silence() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        held = [socket.socket() for _ in range(4)]
        for waiting in held:
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        assert sockets.dial("127.0.0.1", port, 0.3).came is Dialled.SILENT
        for waiting in held:
            waiting.close()


def test_addresses_are_tried_until_one_accepts() -> None:
    with listening(deaf) as port:
        dials = sockets.dial_all(("127.0.0.2", "::1", "127.0.0.1"), port, 3)
    assert dials[-1].came is Dialled.CONNECTED
    assert all(d.came is not Dialled.CONNECTED for d in dials[:-1])


@pytest.mark.parametrize(
    ("answer", "service"),
    [
        (speaks_http, "http"),
        (greets(b"SSH-2.0-OpenSSH_9.2\r\n"), "ssh"),
        (greets(b"J\0\0\0\x0a8.4.0\0" + b"x" * 60), "mysql"),
        (greets(b"220 mail.example.com ESMTP\r\n"), "other"),
        (deaf, "silent"),
        (lambda connection: connection.close(), "closed"),
    ],
)
def test_says_what_answers_there(answer: object, service: str) -> None:
    assert callable(answer)
    with listening(answer) as port:
        assert sockets.identify("127.0.0.1", port, 1)[0] == service


def test_knows_postgres_over_tcp_and_its_socket(ladder_server: Server) -> None:
    assert sockets.identify("127.0.0.1", ladder_server.port, 3)[0] == "postgres"
    folder = ladder_server.dsn().split()[0].removeprefix("host=")
    assert sockets.identify(folder, ladder_server.port, 3)[0] == "postgres"


def test_an_absent_unix_socket_is_refused(tmp_path: Path) -> None:
    assert sockets.dial(str(tmp_path), 5432, 1).came is Dialled.REFUSED


def test_knows_what_means_oneself() -> None:
    assert all(sockets.is_loopback(host) for host in ("localhost", "127.0.0.9", "::1"))
    assert not any(sockets.is_loopback(host) for host in ("db", "10.0.0.1", "localhost.example.com"))
