"""Ports that refuse, and ports that never answer."""

from __future__ import annotations

import socket

import pytest

from crashcart.staging import ports


def test_a_held_port_refuses() -> None:
    with ports.refusing_port() as port:
        assert ports.refuses(ports.LOOPBACK, port)


def test_a_silent_port_accepts_and_never_answers() -> None:
    with ports.silent_port() as port:
        assert not ports.refuses(ports.LOOPBACK, port)
        with socket.create_connection((ports.LOOPBACK, port), timeout=0.2) as asked:
            asked.sendall(b"hello")
            with pytest.raises(TimeoutError):
                asked.recv(1)


def test_the_refused_address_refuses() -> None:
    assert ports.refuses(*ports.refused_address())


def test_another_port_is_taken_where_nobody_refuses_the_usual_one() -> None:
    host, port = ports.refused_address(hosts=())
    assert host == ports.LOOPBACK
    assert port > ports.POSTGRES
