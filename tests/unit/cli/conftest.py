from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

LOG = """Starting shop
psql: error: connection to server at "203.0.113.50", port 5432 failed: Connection refused
PostgreSQL is unavailable - sleeping (attempt 1/30)
"""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A process environment without anything of this machine's user."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "COLUMNS": "100", **(extra or {})}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the real command line in ``tmp_path`` and gives back what it printed and its exit code."""

    def run(*args: str, env: Mapping[str, str] | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "crashcart", *args]
        return subprocess.run(
            command, cwd=tmp_path, env=environment(env), input=stdin, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "deploy.log"
    path.write_text(LOG)
    return path
