"""A staged folder that outlives the command which made it: where its database lies, and how to start that again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from crashcart.model.errors import CrashcartError, UnavailableError, UsageError
from crashcart.staging import database, ports
from crashcart.staging.database import Setup

_SETUP = "database.json"
_SECONDS = 20
_GLANCE = 0.1
"""Seconds between two looks at a server that is being served."""

_APART = '"$@" < /dev/null >> "$0" 2>&1 & echo $!'
"""For the shell: run the arguments on their own, so that the process belongs to nobody who could end before it."""


def data_place(folder: Path) -> Path:
    """Where a server can keep its files: in *folder*, or in the system's own place if its user cannot get there."""
    if os.geteuid() != 0 or all(path.stat().st_mode & 0o001 for path in (folder, *folder.resolve().parents)):
        return folder / "database"
    place = Path(tempfile.mkdtemp(prefix="crashcart-demo-", dir="/var/tmp"))
    place.chmod(0o711)
    return place / "database"


def remember(folder: Path, setup: Setup) -> None:
    """Write down in *folder* how its server is started again."""
    text = json.dumps(asdict(setup) | {"data": str(setup.data)}, indent=2)
    (folder / _SETUP).write_text(text + "\n", encoding="utf-8")


def recall(folder: Path) -> Setup:
    """What :func:`remember` wrote down. Raises UsageError for a folder without it."""
    try:
        setup = Setup(**json.loads((folder / _SETUP).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"{folder} holds no kept database: {error}", advice="make one: crashcart demo --keep"
        ) from error
    return replace(setup, data=Path(str(setup.data)))


def serve(folder: Path, tell: Callable[[str], object]) -> None:
    """Run the database of a kept folder until this process is told to end; says where it answers.

    Raises CrashcartError where the database ends by itself.
    """
    setup = recall(folder)
    told_to_end = _wishes_to_end()
    with database.start(setup) as server:
        tell(
            f"The database of {folder} answers at {ports.LOOPBACK}:{server.port} as long as this runs; Ctrl-C ends it\n"
        )
        while server.alive and not told_to_end:
            time.sleep(_GLANCE)
        if told_to_end:
            server.stop("fast")
            return
    raise CrashcartError(f"the database of {folder} ended by itself")


def _wishes_to_end() -> list[int]:
    """Filled with each signal to end that arrives from now on.

    A handler that raises would be lost wherever the interpreter drops an exception: in a finalizer, in some imports.
    """
    wishes: list[int] = []
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: wishes.append(number))
    return wishes


def serve_apart(folder: Path) -> int:
    """Let another process serve the database of *folder*; gives its pid once the database answers.

    Raises UnavailableError where it does not.
    """
    setup = recall(folder)
    log = folder / "database.log"
    serving = [str(log), sys.executable, "-m", "crashcart.staging", str(folder)]
    started = subprocess.run(
        ["sh", "-c", _APART, *serving], cwd=folder, start_new_session=True, capture_output=True, text=True, check=True
    )
    pid = int(started.stdout)
    if not _answers(pid, setup.port):
        _end(pid)
        raise UnavailableError(f"the database of {folder} did not start again", advice=f"see {log}")
    return pid


def _answers(pid: int, port: int) -> bool:
    import psycopg.pq

    address = f"host={ports.LOOPBACK} port={port} connect_timeout=2".encode()
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and _alive(pid):
        if psycopg.pq.PGconn.ping(address) == psycopg.pq.Ping.OK:
            return True
        time.sleep(0.02)
    return False


def _alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
