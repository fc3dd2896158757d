"""crashcart's own trouble. The patient's trouble is a finding, never an exception."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the process tells its caller; fixed within a major version."""

    OK = 0
    CRASHED = 1
    USAGE = 2
    FINDINGS = 3
    UNCHECKED = 4
    REFUSED = 5
    UNDONE = 6
    UNDO_INCOMPLETE = 7
    TIMEOUT = 124
    INTERRUPTED = 130


class CrashcartError(Exception):
    """Something kept crashcart from doing its work. Carries what the person can do about it."""

    exit_code: ClassVar[ExitCode] = ExitCode.CRASHED

    def __init__(self, message: str, *, advice: str | None = None) -> None:
        super().__init__(message)
        self.advice = advice


class UsageError(CrashcartError):
    """The command line or the configuration is wrong; the message names the file and the key."""

    exit_code = ExitCode.USAGE


class UnavailableError(CrashcartError):
    """A component is missing here (a server, a tool, a file); the question it serves stays open."""

    exit_code = ExitCode.UNCHECKED


class DeadlineExceededError(CrashcartError):
    """The whole command took longer than it was allowed to."""

    exit_code = ExitCode.TIMEOUT
