"""The flags of commands that read logs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import click

from crashcart.model.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from crashcart.tools.logs.window import Window

MAX_CONTEXT = 100
F = TypeVar("F", bound=Callable[..., Any])


def reading(command: F) -> F:
    """Adds the flags that say which lines of the logs count and how they are shown, as ``context`` and ``window``."""

    @functools.wraps(command)
    def wrapped(*args: Any, since: str | None, until: str | None, **given: Any) -> Any:
        _spare((*given["logs"], *given.get("baseline", ())), given["output"])
        return command(*args, window=_window(since, until), **given)

    made: Any = wrapped
    made = click.option("--until", metavar="TIME", help="Only what was written until then.")(made)
    since = "Only what was written since then: 15m, 10:00, 2026-11-23T10:00:00Z."
    made = click.option("--since", metavar="TIME", help=since)(made)
    lines = click.IntRange(0, MAX_CONTEXT)
    told = "Show N lines before and after each line that is shown."
    return click.option("-C", "--context", type=lines, default=0, metavar="N", help=told)(made)  # type: ignore[no-any-return]


def _spare(logs: Iterable[str], output: Path | None) -> None:
    """Raises UsageError where the report would be written over a log, under whichever name."""
    for log in logs:
        with suppress(OSError):
            if output and output.is_file() and output.samefile(log):
                raise UsageError(f"--output: {output} is the log {log}", advice="Write the report to another file.")


def _window(since: str | None, until: str | None) -> Window | None:
    """Raises UsageError for what is no time."""
    if since is None and until is None:
        return None
    from crashcart.tools.clock import now
    from crashcart.tools.logs.window import Window, moment

    here = now().astimezone()
    bounds = []
    for name, text in (("--since", since), ("--until", until)):
        try:
            bounds.append(moment(text, here, past=name == "--since") if text is not None else None)
        except UsageError as error:
            raise UsageError(f"{name}: {error}", advice=error.advice) from error
    return Window(*bounds)
