"""Ends the process when its time is up, even where a call into C never returns."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from crashcart.cli.talk import Talk
from crashcart.model.errors import ExitCode

SLACK = 1.0
"""Seconds after the deadline in which a command that watches it itself may still report."""
GRACE = 3.0
"""Seconds to tidy up in after that."""


class Watchdog:
    """First asks the main thread to stop, so that it can tidy up; then ends the process."""

    def __init__(self, talk: Talk) -> None:
        self.expired = False
        self._talk = talk
        self._seconds = 0.0
        self._main = threading.main_thread().ident

    @property
    def message(self) -> str:
        """What became of the command."""
        return f"not done within the deadline of {self._seconds:g} seconds"

    def watch(self, seconds: float) -> None:
        """End the process *seconds* from now."""
        self._seconds = seconds
        self._start(self._watch)

    def ending(self, code: ExitCode) -> None:
        """The command is done; threads that hang hold the process up no longer than the grace."""
        self._start(self._end_after, code)

    def _start(self, work: object, *args: object) -> None:
        assert callable(work)
        threading.Thread(target=work, args=args, name="watchdog", daemon=True).start()

    def _watch(self) -> None:
        time.sleep(self._seconds + SLACK)
        self.expired = True
        if self._main is not None:
            signal.pthread_kill(self._main, signal.SIGTERM)
        time.sleep(GRACE)
        self._talk.error(f"{self.message}; something hangs, ended by force")
        _end(ExitCode.TIMEOUT)

    def _end_after(self, code: ExitCode) -> None:
        time.sleep(GRACE)
        _end(code)


def heed_termination() -> None:
    """Let SIGTERM and SIGINT end the command as Ctrl-C does, even where the shell had them ignored."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        del number, frame
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _end(code: ExitCode) -> NoReturn:
    for child in _descendants(os.getpid()):
        try:
            os.kill(child, signal.SIGKILL)
        except OSError:
            continue
    os._exit(int(code))


def _descendants(pid: int) -> list[int]:
    """Processes that this one started, and theirs, the youngest generation first. Empty where there is no ``/proc``."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            numbers = [int(word) for word in children.read_text().split()]
        except (OSError, ValueError):
            continue
        for number in numbers:
            found += [*_descendants(number), number]
    return found
