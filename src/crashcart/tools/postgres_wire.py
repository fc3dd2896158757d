"""The first words with a PostgreSQL server, spoken by hand: libpq would hide the SQLSTATE and the step that failed."""

from __future__ import annotations

import getpass
import socket
import ssl
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from crashcart.model.target import DatabaseUrl
from crashcart.tools import scram
from crashcart.tools.clock import Deadline
from crashcart.tools.database_url import ssl_mode
from crashcart.tools.sockets import SSL_REQUEST, is_address, open_socket

_PROTOCOL = 196_608
_LONGEST = 1 << 20


class Came(StrEnum):
    """How far a knock came."""

    READY = "logged in"
    CHALLENGED = "asked for credentials"
    REFUSED = "refused by the server"
    NO_PASSWORD = "the server wants a password, and there is none"  # noqa: S105
    NO_TLS = "TLS is demanded, and the server offers none"
    TLS_FAILED = "TLS failed"
    SILENT = "no answer in time"
    CLOSED = "the connection was closed without an answer"
    NOT_POSTGRES = "what answers is not PostgreSQL"
    UNSUPPORTED = "the server wants a way of logging in that is not spoken here"
    UNREACHABLE = "no connection"


@dataclass(frozen=True, slots=True)
class ServerError:
    """An ErrorResponse of the server; its texts come from outside and are to be redacted."""

    sqlstate: str
    message: str
    severity: str = "FATAL"
    detail: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Knock:
    """What a server answered to one attempt."""

    came: Came
    tls: bool = False
    text: str = ""
    error: ServerError | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What the server told about itself, such as ``server_version``; only after a login."""


class _StopError(Exception):
    def __init__(self, came: Came, text: str = "", error: ServerError | None = None) -> None:
        super().__init__(text)
        self.came, self.text, self.error = came, text, error


def knock(url: DatabaseUrl, address: str, *, timeout: float, log_in: bool = True, mode: str | None = None) -> Knock:
    """Says hello to the server at *address* as *url* would; without *log_in* only until it asks for credentials.

    *mode* overrides the URL's TLS mode. As in libpq, ``prefer`` tries TLS first and plain text after a refusal.
    """
    mode = mode or ssl_mode(url) or "prefer"
    deadline = Deadline(timeout)
    first = _knock_once(url, address, deadline, log_in=log_in, tls=mode not in ("disable", "allow"), mode=mode)
    other_way = (mode == "prefer" and first.tls) or mode == "allow"
    if other_way and first.error and first.error.sqlstate == "28000":
        second = _knock_once(url, address, deadline, log_in=log_in, tls=mode == "allow", mode=mode)
        return second if second.came in (Came.READY, Came.CHALLENGED) else first
    return first


def _knock_once(url: DatabaseUrl, address: str, deadline: Deadline, *, log_in: bool, tls: bool, mode: str) -> Knock:
    conversation = _Conversation(deadline)
    try:
        conversation.open(address, url.port)
        if tls:
            conversation.start_tls(url.host, required=mode not in ("prefer", "allow"))
        parameters = conversation.start(url, log_in=log_in)
    except _StopError as stop:
        return Knock(stop.came, conversation.tls, stop.text, stop.error)
    except TimeoutError:
        return Knock(Came.SILENT, conversation.tls, "no answer in time")
    except OSError as error:
        # A reset may arrive while the connection is still being opened: somebody was there and closed it.
        closed = conversation.opened or isinstance(error, ConnectionResetError)
        came = Came.CLOSED if closed else Came.UNREACHABLE
        return Knock(came, conversation.tls, error.strerror or type(error).__name__)
    finally:
        conversation.close()
    came = Came.READY if log_in else Came.CHALLENGED
    return Knock(came, conversation.tls, parameters=parameters)


class _Conversation:
    """One connection, from the dial to the first answer that decides."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._socket: socket.socket | None = None
        self.tls = False

    @property
    def opened(self) -> bool:
        return self._socket is not None

    def open(self, address: str, port: int) -> None:
        self._socket = open_socket(address, port, max(0.05, self._deadline.left))

    def close(self) -> None:
        if self._socket:
            self._socket.close()

    def start_tls(self, host: str, *, required: bool) -> None:
        self._send(SSL_REQUEST)
        answer = self._take(1)
        if answer == b"S":
            self._wrap(host)
        elif answer == b"E":
            raise _refusal(self._body())
        elif answer != b"N":
            raise _StopError(Came.NOT_POSTGRES, "it does not answer PostgreSQL's greeting")
        elif required:
            raise _StopError(Came.NO_TLS, "the server offers no TLS")

    def _wrap(self, host: str) -> None:
        # Whether the certificate is good is libpq's question; here only the way of talking is asked.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        assert self._socket
        name = None if is_address(host) or host.startswith("/") else host
        try:
            self._socket = context.wrap_socket(self._socket, server_hostname=name)
        except TimeoutError:
            raise
        except (ssl.SSLError, ValueError) as error:
            raise _StopError(Came.TLS_FAILED, str(error)) from None
        self.tls = True

    def start(self, url: DatabaseUrl, *, log_in: bool) -> Mapping[str, str]:
        """The startup packet and what follows, up to the credentials or to the first ready."""
        user = url.user or getpass.getuser()
        asked = {"user": user, "database": url.database or user, "application_name": "crashcart"}
        packed = b"".join(text.encode() + b"\0" for pair in asked.items() for text in pair) + b"\0"
        self._send(struct.pack("!ii", len(packed) + 8, _PROTOCOL) + packed)
        self._authenticate(url, user, log_in=log_in)
        if not log_in:
            return {}
        parameters = dict(self._parameters())
        self._send(b"X\0\0\0\4")
        return parameters

    def _authenticate(self, url: DatabaseUrl, user: str, *, log_in: bool) -> None:
        exchange: scram.Exchange | None = None
        while True:
            body = self._expect(b"R")
            method = int.from_bytes(body[:4], "big")
            if method == 0 or not log_in:
                return
            if method == 12:
                continue
            if not url.password:
                raise _StopError(Came.NO_PASSWORD)
            password = url.password.reveal()
            if method == 10 and b"SCRAM-SHA-256\0" in body:
                exchange = scram.Exchange(password)
                first = exchange.first()
                self._answer(b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first)
            elif method == 11 and exchange:
                self._answer(_final(exchange, body[4:]))
            elif method == 3:
                self._answer(password.encode() + b"\0")
            elif method == 5:
                self._answer(scram.md5(user, password, body[4:8]) + b"\0")
            else:
                raise _StopError(Came.UNSUPPORTED, f"authentication method {method}")

    def _parameters(self) -> Iterator[tuple[str, str]]:
        while True:
            kind, body = self._message()
            if kind == b"Z":
                return
            if kind == b"S":
                name, value, _ = body.decode("utf-8", "replace").split("\0", 2)
                yield name, value

    def _expect(self, wanted: bytes) -> bytes:
        while True:
            kind, body = self._message()
            if kind == wanted:
                return body

    def _message(self) -> tuple[bytes, bytes]:
        """The next message; an ErrorResponse ends the conversation."""
        kind = self._take(1)
        if kind not in b"RSKZENv":
            raise _StopError(Came.NOT_POSTGRES, "it does not speak PostgreSQL's protocol")
        body = self._body()
        if kind == b"E":
            raise _refusal(body)
        return kind, body

    def _body(self) -> bytes:
        length = int.from_bytes(self._take(4), "big")
        if not 4 <= length <= _LONGEST:
            raise _StopError(Came.NOT_POSTGRES, "it does not speak PostgreSQL's protocol")
        return self._take(length - 4)

    def _answer(self, body: bytes) -> None:
        self._send(b"p" + struct.pack("!i", len(body) + 4) + body)

    def _send(self, data: bytes) -> None:
        self._ready().sendall(data)

    def _take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._ready().recv(size - len(data))
            if not part:
                raise _StopError(Came.CLOSED, "it closed the connection")
            data += part
        return data

    def _ready(self) -> socket.socket:
        assert self._socket
        if self._deadline.passed:
            raise TimeoutError
        self._socket.settimeout(self._deadline.left)
        return self._socket


def _final(exchange: scram.Exchange, challenge: bytes) -> bytes:
    try:
        return exchange.final(challenge)
    except ValueError as error:
        raise _StopError(Came.UNSUPPORTED, str(error)) from None


def _refusal(body: bytes) -> _StopError:
    fields = {part[:1]: part[1:].decode("utf-8", "replace")[:2_000] for part in body.split(b"\0") if part}
    error = ServerError(
        fields.get(b"C", ""),
        fields.get(b"M", ""),
        fields.get(b"V", "FATAL"),
        fields.get(b"D", ""),
        fields.get(b"H", ""),
    )
    return _StopError(Came.REFUSED, error.message, error)
