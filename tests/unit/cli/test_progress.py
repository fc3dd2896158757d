"""The bar for long logs: on a terminal, and nowhere else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from crashcart.cli.progress import bar

from .conftest import environment

SCRIPT = """
from crashcart.cli import progress
progress.PATIENCE = progress.PERIOD = -1.0
drawn = progress.bar(quiet=False)
if drawn:
    with drawn:
        for done in (1_000_000, 2_000_000):
            drawn("deploy[red].log?token=CaN4ry-77xQ", done, 4_000_000)
        drawn("stdin", 5_000_000, None)
print("done")
"""


def on_a_terminal(**extra: str) -> str:
    """What the script writes to a terminal."""
    ours, theirs = pty.openpty()
    env = environment({"TERM": "xterm-256color", **extra})
    with subprocess.Popen([sys.executable, "-c", SCRIPT], env=env, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while part := _read(ours):
            shown += part
        assert process.wait(60) == 0
    os.close(ours)
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""


def test_a_terminal_sees_how_far_the_reading_has_come() -> None:
    shown = on_a_terminal()
    assert "deploy[red].log?token=***" in shown
    assert "CaN4ry" not in shown
    assert "2.0/4.0 MB" in shown
    assert "stdin" in shown
    assert "\x1b[?25h" in shown, "the cursor comes back"


@pytest.mark.parametrize("extra", [{"CI": "true"}, {"TERM": "dumb"}])
def test_nobody_else_does(extra: dict[str, str]) -> None:
    assert on_a_terminal(**extra).strip() == "done"


def test_quiet_is_quiet() -> None:
    assert bar(quiet=True) is None
