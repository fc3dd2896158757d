"""Where a report goes: stdout or a file, in one piece."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from crashcart.model.errors import CrashcartError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crashcart.cli.options import Options
    from crashcart.model.case import Case
    from crashcart.model.config import Config, Ignore

MAX_WIDTH = 120
USUAL_WIDTH = 80


def deliver(
    case: Case, options: Options, config: Config, *, ended: ExitCode | None = None, streamed: bool = False
) -> ExitCode:
    """Write the report of *case*; gives back what the process is to exit with.

    *ended* is why the command came to its end before its time; where its findings were *streamed* to stdout already,
    a stream is only ended.
    """
    from dataclasses import replace

    from crashcart.reports import render

    held, notes, code = weighed(case, options, config)
    if ended:
        code = ended
    elif options.hands.deadline.passed:
        code = ExitCode.TIMEOUT
        told = "tells what was read until then" if streamed else "says what was not asked any more"
        options.talk.error(f"the deadline passed; the report {told}")
    facts = {**case.facts, **{f"ignored {n}": note for n, note in enumerate(notes, 1)}}
    text = render(
        replace(case, facts=facts),
        options.format,
        code=code,
        ignored=held,
        width=width(),
        color=not options.output and wants_color(),
        streamed=streamed and options.output is None,
    )
    write(f"\n{text}" if streamed and options.format == "text" else text, options)
    return code


def weighed(case: Case, options: Options, config: Config) -> tuple[Mapping[str, Ignore], Sequence[str], ExitCode]:
    """What is ignored by id of the finding, what is to be said about that, and what the rest amounts to."""
    from dataclasses import replace

    from crashcart.flows.config import ignored
    from crashcart.model.case import exit_code
    from crashcart.tools.clock import now

    held, notes = ignored(case.findings, config, now().date())
    standing = tuple(f for f in case.findings if f.id not in held)
    return held, notes, exit_code(replace(case, findings=standing), options.fail_on)


def write(text: str, options: Options) -> None:
    """*text* to the file that was named, else to stdout."""
    if options.output is None:
        put(text)
    else:
        _save(text, options.output)
        options.talk.say(f"crashcart: report written to {options.output}")


def wants_color() -> bool:
    """Whether stdout may be coloured: a terminal, or FORCE_COLOR; never with NO_COLOR."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def width() -> int:
    """Columns to wrap at."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told) > 0:
        return min(MAX_WIDTH, int(told))
    with suppress(OSError, ValueError):
        return min(MAX_WIDTH, os.get_terminal_size(sys.stdout.fileno()).columns or USUAL_WIDTH)
    return USUAL_WIDTH


def put(text: str) -> bool:
    """*text* to stdout at once; False where its reader has left, who has seen all that it wanted."""
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _swallow()
        return False
    except OSError as error:
        _swallow()
        raise CrashcartError(f"the report could not be written to stdout: {error.strerror}") from error
    return True


def _swallow() -> None:
    """Let what is still buffered go nowhere, so that the process can end as it should."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _save(text: str, path: Path) -> None:
    """All or nothing, so that nobody reads half a report."""
    from tempfile import NamedTemporaryFile

    try:
        if path.exists() and not path.is_file():
            path.write_text(text, "utf-8")
            return
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            try:
                file.write(text)
                file.flush()
                os.chmod(file.name, 0o666 & ~_umask())  # noqa: PTH101 - of the file just made
                os.replace(file.name, path)  # noqa: PTH105 - the same
            except BaseException:
                with suppress(OSError):
                    os.unlink(file.name)  # noqa: PTH108 - the same
                raise
    except OSError as error:
        raise CrashcartError(f"--output: {path} could not be written: {error.strerror}") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
