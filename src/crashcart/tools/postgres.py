"""Read-only sessions on the app's database; every way of not getting one has its own name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from crashcart.model.evidence import Redacted
from crashcart.model.secret import Secret
from crashcart.model.target import DatabaseUrl
from crashcart.tools import sockets
from crashcart.tools.clock import Deadline
from crashcart.tools.database_url import conninfo, parse
from crashcart.tools.postgres_wire import Came, Knock, knock
from crashcart.tools.redaction import redact

if TYPE_CHECKING:
    import psycopg

Kind = Literal[
    "dns", "refused", "silent", "unreachable", "closed", "not-postgres", "tls", "starting-up", "too-many-connections",
    "hba", "password", "role", "database", "permission", "pooler", "unsupported", "other",
]  # fmt: skip

_STATES: Mapping[str, Kind] = {
    "28P01": "password",
    "3D000": "database",
    "42501": "permission",
    "53300": "too-many-connections",
    "57P01": "starting-up",
    "57P02": "starting-up",
    "57P03": "starting-up",
}
_CAME: Mapping[Came, Kind] = {
    Came.NO_PASSWORD: "password",
    Came.NO_TLS: "tls",
    Came.TLS_FAILED: "tls",
    Came.SILENT: "silent",
    Came.CLOSED: "closed",
    Came.NOT_POSTGRES: "not-postgres",
    Came.UNSUPPORTED: "unsupported",
    Came.UNREACHABLE: "unreachable",
}
_DIALLED: Mapping[sockets.Dialled, Kind] = {
    sockets.Dialled.REFUSED: "refused",
    sockets.Dialled.SILENT: "silent",
    sockets.Dialled.RESET: "closed",
}


class ConnectFailure(Exception):  # noqa: N818  the patient's trouble, not crashcart's
    """No session: at which step, with the server's SQLSTATE where it gave one, in redacted words."""

    def __init__(self, kind: Kind, message: str, sqlstate: str | None = None) -> None:
        self.kind = kind
        self.message: Redacted = redact(message)
        self.sqlstate = sqlstate
        super().__init__(self.message)


def kind_of(came: Knock) -> Kind:
    """Which step an unsuccessful knock failed at."""
    if not came.error:
        return _CAME.get(came.came, "other")
    state, message = came.error.sqlstate, came.error.message
    if state == "28000":
        # One SQLSTATE for two things: no rule in pg_hba.conf, and a role that is absent or may not log in.
        return "hba" if "pg_hba.conf" in message else "role"
    if "no such database" in message or "Tenant or user not found" in message:
        return "pooler"
    return _STATES.get(state, "other")


def connect(
    url: DatabaseUrl | Secret | str,
    *,
    timeout: float,
    application_name: str = "crashcart",
    options: Mapping[str, str] | None = None,
    read_only: bool = True,
    rows_as_dicts: bool = False,
) -> psycopg.Connection[Any]:
    """A session in autocommit mode that cannot write and whose statements end after *timeout* seconds.

    *options* are further settings of the session. Behind a pooler that does not pass settings on, the connection is one
    read-only transaction instead (``autocommit`` is False; roll back after an error). Raises :class:`ConnectFailure`
    and, for a string that is no connection string, :class:`~crashcart.tools.database_url.BadUrl`.
    """
    if not isinstance(url, DatabaseUrl):
        url = parse(url if isinstance(url, Secret) else Secret(url, "database URL"))
    deadline = Deadline(timeout)
    address = _address(url, deadline)
    # A server that accepts and says nothing would hold libpq for longer than it was told to wait.
    came = knock(url, address, timeout=deadline.left)
    if came.came not in (Came.READY, Came.UNSUPPORTED, Came.TLS_FAILED):
        raise failure(came)
    settings = _settings(timeout, read_only) | dict(options or {})
    connection = _open(url, address, deadline, application_name, settings)
    try:
        _prepare(connection, settings, read_only=read_only)
    except BaseException:
        connection.close()
        raise
    if rows_as_dicts:
        from psycopg.rows import dict_row

        connection.row_factory = dict_row
    return connection


def failure(came: Knock) -> ConnectFailure:
    """An unsuccessful knock as the exception."""
    return ConnectFailure(kind_of(came), came.text or came.came, came.error.sqlstate if came.error else None)


def _address(url: DatabaseUrl, deadline: Deadline) -> str:
    found = sockets.resolve(url.host, deadline.left)
    if isinstance(found, sockets.Unresolved):
        raise ConnectFailure("dns", f"{url.host} cannot be resolved: {found.text}")
    dials = sockets.dial_all(found.addresses, url.port, deadline.left)
    if dials[-1].came is not sockets.Dialled.CONNECTED:
        text = f"{dials[-1].address}:{url.port} {dials[-1].came} ({dials[-1].text})"
        raise ConnectFailure(_DIALLED.get(dials[-1].came, "unreachable"), text)
    return dials[-1].address


def _settings(timeout: float, read_only: bool) -> dict[str, str]:
    milliseconds = str(max(1, round(timeout * 1000)))
    return {
        **({"default_transaction_read_only": "on"} if read_only else {}),
        "statement_timeout": milliseconds,
        "lock_timeout": str(max(1, int(milliseconds) // 2)),
        "idle_in_transaction_session_timeout": "60000",
    }


def _open(
    url: DatabaseUrl, address: str, deadline: Deadline, application_name: str, settings: Mapping[str, str]
) -> psycopg.Connection[Any]:
    arguments: dict[str, Any] = conninfo(
        url,
        connect_timeout=max(2, math.ceil(deadline.left)),
        application_name=application_name,
        client_encoding="utf8",
        **({} if address.startswith(("/", "@")) else {"hostaddr": address}),
    )
    options = [url.parameters.get("options", ""), *(f"-c {name}={value}" for name, value in settings.items())]
    try:
        return _session(arguments | {"options": " ".join(filter(None, options))})
    except ConnectFailure as refused:
        if "startup parameter" not in refused.message and "options" not in refused.message:
            raise
    return _session(arguments)


def _session(arguments: dict[str, Any]) -> psycopg.Connection[Any]:
    import psycopg

    try:
        return psycopg.Connection.connect(**arguments, autocommit=True, prepare_threshold=None)
    except psycopg.OperationalError as error:
        raise _refused(error) from None


def _refused(error: Exception) -> ConnectFailure:
    text = str(error)
    return ConnectFailure("tls" if "certificate" in text or "SSL" in text else "other", text.strip())


def _prepare(connection: psycopg.Connection[Any], settings: Mapping[str, str], *, read_only: bool) -> None:
    """Proves that the settings arrived; where a pooler swallowed them, they are made for one transaction only."""
    import psycopg

    question = "select current_setting('statement_timeout'), current_setting('default_transaction_read_only')"
    try:
        timeout, mode = connection.execute(question).fetchone() or ("0", "off")
        if timeout == "0" or (read_only and mode != "on"):
            _one_transaction(connection, settings, read_only=read_only)
    except psycopg.Error as error:
        raise ConnectFailure("other", str(error).strip(), error.sqlstate) from None


def _one_transaction(connection: psycopg.Connection[Any], settings: Mapping[str, str], *, read_only: bool) -> None:
    # A plain SET would stay on the pooler's server connection and make the app's own transactions read-only.
    connection.autocommit = False
    connection.read_only = read_only
    for name, value in settings.items():
        if name != "default_transaction_read_only":
            connection.execute("select set_config(%s, %s, true)", (name, value))
