"""A kept folder's database starts again, and ends when it is told to."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from crashcart.model.errors import UsageError
from crashcart.staging import database, keeping, ports
from crashcart.staging.accident import load
from crashcart.staging.stage import Staged, stage
from crashcart.tools.postgres_server import Server
from waiting import until

HEALTHY = Path(__file__).parents[3] / "accidents" / "healthy-deploy"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Staged]:
    """A folder whose accident is over, with the files of its database."""
    folder = tmp_path / "kept here"
    folder.mkdir()
    folder.chmod(0o711)
    data = keeping.data_place(folder)
    accident = load(HEALTHY)
    with stage(accident, folder, data=data) as staged:
        assert staged.server
        setup = database.setup(accident, (staged.names["dialled.host"],), data)
        keeping.remember(folder, replace(setup, port=staged.server.port, major=staged.server.major))
        staged.server.stop("fast")
    yield staged
    if not data.is_relative_to(folder):
        shutil.rmtree(data.parent)


def test_another_process_serves_the_same_data_at_the_same_address(kept: Staged) -> None:
    pid = keeping.serve_apart(kept.folder)
    port = int(kept.names["database.port"])
    try:
        with psycopg.connect(kept.names["database.url"]) as connection:
            rows = connection.execute("SELECT count(*) FROM _prisma_migrations").fetchone()
        said = f"answers at 127.0.0.1:{port} as long as this runs"
        assert until(lambda: said in (kept.folder / "database.log").read_text())
    finally:
        os.kill(pid, signal.SIGTERM)
    assert rows == (2,)
    assert until(lambda: ports.refuses(ports.LOOPBACK, port))


class Interrupted:
    """Something whose end the signal to end hits: what a handler raises there, the interpreter drops."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def handlers() -> Iterator[None]:
    """The signal handlers of the test run, put back."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
def test_a_signal_that_comes_while_the_server_starts_is_heeded(kept: Staged, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(setup: database.Setup) -> Server:
        server = starts(setup)
        Interrupted()
        return server

    starts = database.start
    monkeypatch.setattr(database, "start", start)
    said: list[str] = []
    keeping.serve(kept.folder, said.append)
    assert ports.refuses(ports.LOOPBACK, int(kept.names["database.port"]))


def test_a_folder_that_keeps_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no kept database"):
        keeping.recall(tmp_path)


def test_root_keeps_its_data_where_the_server_can_get(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    place = keeping.data_place(private)
    assert not place.is_relative_to(private)
    assert place.parent.stat().st_mode & 0o001
    place.parent.rmdir()
