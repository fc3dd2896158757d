"""How far the reading of long logs has come: a bar on the terminal, where one looks at it."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from crashcart.tools.printable import printable
from crashcart.tools.redaction import redact

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 0.7
"""Seconds that need no bar."""

PERIOD = 0.1
"""Seconds between two drawings."""


class Bar:
    """Takes how many bytes of which log were read; draws nothing before it took long, and leaves nothing behind."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._drawn: Progress | None = None
        self._task: TaskID | None = None
        self._name = ""
        self._refreshed = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            self._drawn.stop()

    def __call__(self, name: str, read: int, size: int | None) -> None:
        """*read* of the *size* bytes of the log *name*; None where nobody knows how many there are."""
        if self._drawn is None and time.monotonic() - self._begin < PATIENCE:
            return
        bar = self._drawn = self._drawn or _bar()
        if self._task is None or name != self._name:
            if self._task is not None:
                bar.remove_task(self._task)
            self._task, self._name = bar.add_task(_shown(name), total=size), name
        bar.update(self._task, completed=read)
        if (now := time.monotonic()) - self._refreshed >= PERIOD:
            self._refreshed = now
            bar.refresh()


def bar(*, quiet: bool) -> Bar | None:
    """A bar where stderr is a terminal that a person looks at."""
    if quiet or os.environ.get("CI") or os.environ.get("TERM") == "dumb" or not sys.stderr.isatty():
        return None
    return Bar()


def _shown(name: str) -> str:
    text = redact(printable(name)).replace("[", r"\[")
    return text if len(text) <= 40 else f"…{text[-39:]}"


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    console = Console(file=sys.stderr, no_color=bool(os.environ.get("NO_COLOR")), highlight=False)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(24),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    # Without a thread of its own: a signal that it took would not wake the one that reads.
    drawn = Progress(*columns, TimeRemainingColumn(compact=True), console=console, transient=True, auto_refresh=False)
    drawn.start()
    return drawn
