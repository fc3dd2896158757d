"""Ends the process when its time is up, even where a call into C never returns."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import NoReturn

from crashcart.cli.talk import Talk
from crashcart.model.errors import CrashcartError, DeadlineExceededError, ExitCode

SLACK = 1.0
"""Seconds after the deadline in which a command that watches it itself may still report."""
GRACE = 5.0
"""Seconds to tidy up in after that."""
AGAIN = 0.05
"""Seconds until an interruption that was lost is repeated."""
ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)


class InterruptedByUserError(CrashcartError):
    """Ctrl-C, or a polite request to end."""

    exit_code = ExitCode.INTERRUPTED


class Watchdog:
    """First asks the main thread to stop, so that it can tidy up; then ends the process."""

    def __init__(self, talk: Talk) -> None:
        self._expired = False
        self._talk = talk
        self._seconds = 0.0
        self._main = threading.main_thread().ident

    @property
    def reason(self) -> CrashcartError:
        """Why the command was stopped: its time was up, or a person had enough."""
        return DeadlineExceededError(self._late) if self._expired else InterruptedByUserError("interrupted")

    @property
    def _late(self) -> str:
        return f"not done within the deadline of {self._seconds:g} seconds"

    def watch(self, seconds: float) -> None:
        """End the process *seconds* from now."""
        self._seconds = seconds
        self._start(self._watch)

    def ending(self, code: ExitCode) -> None:
        """The command is done: nothing interrupts the tidying up, and what hangs delays it no longer than the grace."""
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        self._start(self._end_after, code)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        # A signal that this thread took would not wake the main thread.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        threading.Thread(target=work, args=args, name="watchdog", daemon=True).start()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _watch(self) -> None:
        time.sleep(self._seconds + SLACK)
        self._expired = True
        if self._main is not None:
            signal.pthread_kill(self._main, signal.SIGTERM)
        time.sleep(GRACE)
        self._talk.error(f"{self._late}; something hangs, ended by force")
        _end(ExitCode.TIMEOUT)

    def _end_after(self, code: ExitCode) -> None:
        time.sleep(GRACE)
        _end(code)


def heed_termination() -> None:
    """Let SIGTERM and SIGINT end the command as Ctrl-C does, even where the shell had them ignored.

    SIGALRM is :func:`interrupt_again`'s.
    """

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        del number, frame
        raise KeyboardInterrupt

    for number in ENDINGS:
        signal.signal(number, stop)


def interrupt_again() -> None:
    """The interpreter dropped the interruption, as it does with one that hits a finalizer: soon there is another."""
    signal.setitimer(signal.ITIMER_REAL, AGAIN)


def _end(code: ExitCode) -> NoReturn:
    for child in _descendants(os.getpid()):
        try:
            os.kill(child, signal.SIGKILL)
        except OSError:
            continue
    os._exit(int(code))


def _descendants(pid: int) -> list[int]:
    """Processes that this one started, and theirs, the youngest generation first. Empty where there is no ``/proc``."""
    from pathlib import Path

    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in parentheses may hold anything; the parent is the second word after it.
            parent = int(status.read_text(errors="replace").rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        children.setdefault(parent, []).append(int(status.parent.name))
    return _below(pid, children)


def _below(pid: int, children: Mapping[int, list[int]]) -> list[int]:
    return [number for child in children.get(pid, ()) for number in (*_below(child, children), child)]
