"""How the process ends: early readers, full disks, Ctrl-C, deadlines, calls that never return."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from waiting import until

from .conftest import LOG, environment


def start(*args: str, cwd: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "crashcart", *args]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=cwd, env=environment(), stdin=pipe, stdout=pipe, stderr=pipe)


def test_a_reader_who_leaves_early_changes_nothing(tmp_path: Path) -> None:
    with start("triage", "-", cwd=tmp_path) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stdin.write(LOG.encode())
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 3


def test_a_full_disk_is_told_in_one_line(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "crashcart", "triage", "-"],
            check=False, cwd=tmp_path, env=environment(), input=LOG.encode(), stdout=full, stderr=subprocess.PIPE,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.decode() == "crashcart: the report could not be written to stdout: No space left on device\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_ends_with_130(tmp_path: Path, number: signal.Signals) -> None:
    with start("triage", "-", "--format", "json", cwd=tmp_path) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(LOG.encode() * 3_000)
        process.stdin.flush()
        time.sleep(0.5)  # by then it waits for the rest of the log
        process.send_signal(number)
        assert process.wait(60) == 130
        assert process.stdout.read() == b""
        assert process.stderr.read() == b"crashcart: interrupted\n"


DROPPED = """
import os, signal, time
from crashcart.cli import main as cli

class Interrupted:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)

def command(*args, **settings):
    Interrupted()
    time.sleep(600)

cli.crashcart.main = command
cli.main([])
"""


def test_an_interruption_that_hits_a_finalizer_is_heeded(tmp_path: Path) -> None:
    done = script(DROPPED, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "crashcart: interrupted\n")


def test_a_deadline_ends_with_124(tmp_path: Path) -> None:
    with start("triage", "-", "--deadline", "0.1", cwd=tmp_path) as process:
        assert process.stdout
        assert process.stderr
        assert process.wait(60) == 124
        assert process.stdout.read() == b""
        assert process.stderr.read() == b"crashcart: not done within the deadline of 0.1 seconds\n"


def script(text: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", text]
    return subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=120, check=False)


HUNG = """
import signal, subprocess, sys, time
from crashcart.cli.talk import Talk
from crashcart.cli.watchdog import Watchdog
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
Watchdog(Talk()).watch(0.1)
time.sleep(600)
"""


def test_a_call_that_never_returns_is_ended_by_force_with_its_children(tmp_path: Path) -> None:
    done = script(HUNG, tmp_path)
    assert done.returncode == 124
    assert "something hangs, ended by force" in done.stderr
    assert until(lambda: not alive(int(done.stdout)))


def alive(pid: int) -> bool:
    """Whether it runs; what nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


LINGERING = """
import threading, time
from crashcart.cli import main as cli
from crashcart.cli.watchdog import Watchdog
threading.Thread(target=time.sleep, args=(600,)).start()
cli.main(["--version"])
"""


def test_a_thread_that_hangs_does_not_hold_the_process_up(tmp_path: Path) -> None:
    done = script(LINGERING, tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("crashcart ")
    assert done.stderr == ""
