"""Runs one git command with nothing in the repository able to run anything else; output and time are bounded."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from threading import Event, Timer

from crashcart.model.errors import UnavailableError

MAX_OUTPUT = 64 * 1024 * 1024

_HARMLESS = ("core.fsmonitor=false", f"core.hooksPath={os.devnull}", "log.showSignature=false", "protocol.allow=never")
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}
# Set while a hook runs; they would lead git to another repository than the one asked about.
_MISLEADING = frozenset(
    f"GIT_{name}"
    for name in (
        *("DIR", "WORK_TREE", "INDEX_FILE", "COMMON_DIR", "PREFIX", "NAMESPACE", "OBJECT_DIRECTORY", "GRAFT_FILE"),
        *("ALTERNATE_OBJECT_DIRECTORIES", "SHALLOW_FILE", "REPLACE_REF_BASE", "EXTERNAL_DIFF", "CONFIG", "TRACE"),
        *("GLOB_PATHSPECS", "NOGLOB_PATHSPECS", "ICASE_PATHSPECS"),
    )
)


def _environment(literal: bool) -> Mapping[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in _MISLEADING}
    return kept | _ENVIRONMENT | {"GIT_LITERAL_PATHSPECS": str(int(literal))}


def run(
    args: list[str], folder: Path, timeout: float, limit: int = MAX_OUTPUT, *, literal: bool = True, given: bytes = b""
) -> tuple[int, bytes, str]:
    """Exit code, output and complaint of one git command in *folder*; pathspecs are taken literally unless told.

    *given* is its standard input. Raises UnavailableError where git is missing, takes longer than *timeout* seconds
    or answers more than *limit* bytes.
    """
    command = ["git", "--no-pager", *(part for c in _HARMLESS for part in ("-c", c)), *args]
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as question:
        question.write(given)
        question.seek(0)
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=_environment(literal),
                stdin=question,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        except FileNotFoundError as gone:
            if not folder.is_dir():
                raise UnavailableError(f"there is no folder {folder}") from gone
            raise UnavailableError("git is not installed", advice="install git") from gone
        except OSError as error:
            raise UnavailableError(f"git cannot be run in {folder}: {error.strerror}") from error
        out = _collect(process, args[0], timeout, limit)
        errors.seek(0)
        return process.returncode, out, errors.read(2000).decode("utf-8", "replace").strip().removeprefix("fatal: ")


def _collect(process: subprocess.Popen[bytes], name: str, timeout: float, limit: int) -> bytes:
    late = Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = Timer(timeout, stop)
    timer.start()
    with process:
        assert process.stdout
        out = process.stdout.read(limit + 1)
        if len(out) > limit:
            process.kill()
    timer.cancel()
    if late.is_set():
        raise UnavailableError(f"git {name} did not answer within {timeout:g} s")
    if len(out) > limit:
        raise UnavailableError(f"git {name} answered more than {limit} bytes")
    return out
