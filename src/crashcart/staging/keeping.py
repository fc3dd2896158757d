"""A staged folder that outlives the command which made it: where its database lies, and how to start that again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from crashcart.model.errors import CrashcartError, UnavailableError, UsageError
from crashcart.staging import database, ports
from crashcart.staging.database import Setup

_SETUP = "database.json"
_SECONDS = 20

_apart: list[subprocess.Popen[bytes]] = []
"""Processes that are meant to outlive this one, held so that their objects do not complain about it."""


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


def serve(folder: Path) -> None:
    """Run the database of a kept folder until this process is told to end."""
    setup = recall(folder)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    with database.start(setup) as server:
        try:
            while server.alive:
                time.sleep(0.2)
        except KeyboardInterrupt:
            server.stop("fast")
            return
    raise CrashcartError(f"the database of {folder} ended by itself")


def serve_apart(folder: Path) -> int:
    """Let another process serve the database of *folder*; gives its pid once the database answers.

    Raises UnavailableError where it does not.
    """
    setup = recall(folder)
    with (folder / "database.log").open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "crashcart.staging", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
        )
    _apart.append(keeper)
    if not _answers(keeper, setup.port, range(_SECONDS * 20)):
        keeper.terminate()
        raise UnavailableError(f"the database of {folder} did not start again", advice=f"see {log.name}")
    return keeper.pid


def _answers(keeper: subprocess.Popen[bytes], port: int, tries: Iterable[int]) -> bool:
    for _ in tries:
        if not ports.refuses(ports.LOOPBACK, port):
            return True
        if keeper.poll() is not None:
            return False
        time.sleep(0.05)
    return False
