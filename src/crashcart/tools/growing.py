"""A file that still grows, read as ``tail -F`` does: through rotation, truncation and a while without the file."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from crashcart.model.errors import UsageError
from crashcart.tools.logs.archives import recognised
from crashcart.tools.logs.compression import codec

PART = 256 * 1024
"""Bytes that are read at once."""
HEAD = 512
"""Bytes that tell what kind of file it is."""
PAUSE = 0.2
"""Seconds between two looks at a file that has nothing new."""


class GrowingFile:
    """What *path* holds and what comes to it, piece by piece.

    Raises UsageError for what is not there, or no file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if path.is_dir():
            raise UsageError(f"{path} is a folder", advice="Name the log file itself.")
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror or error}", advice="Name a log file that is there.") from error
        self._ends_line = True
        self.restarts = 0
        """How often it was rotated or truncated."""

    @property
    def packed(self) -> bool:
        """Whether it is compressed or an archive."""
        head = os.pread(self._file.fileno(), HEAD, 0) if self._file.seekable() else b""
        return codec(head) is not None or recognised(head) is not None

    def part(self) -> bytes:
        """What is new, up to :data:`PART` bytes; nothing where there is nothing new by now."""
        new = self._file.read(PART) or self._of_successor()
        self._ends_line = new.endswith(b"\n") if new else self._ends_line
        return new

    def close(self) -> None:
        self._file.close()

    def _of_successor(self) -> bytes:
        """The beginning of what took the file's place; a line that its predecessor had not ended is ended."""
        if not self._restarted():
            return b""
        self.restarts += 1
        part = self._file.read(PART)
        return part if self._ends_line else b"\n" + part

    def _restarted(self) -> bool:
        here = os.fstat(self._file.fileno())
        try:
            there = self._path.stat()
            if (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino):
                successor = self._path.open("rb", buffering=0)
                self._file.close()
                self._file = successor
                return True
        except OSError:
            return False
        if here.st_size < self._file.tell():
            self._file.seek(0)
            return True
        return False


class Pump:
    """Brings what a growing file holds into a pipe, for readers that read streams; ends the pipe when it is closed."""

    def __init__(self, file: GrowingFile) -> None:
        self._file = file
        source, self._sink = os.pipe()
        self.stream: BinaryIO = open(source, "rb", buffering=0)  # noqa: SIM115, PTH123 - an end of a pipe, closed below
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="growing file", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()

    def _run(self) -> None:
        with suppress(OSError):
            while not self._stop.is_set():
                part = self._file.part()
                if part:
                    self._write(part)
                else:
                    self._stop.wait(PAUSE)
        os.close(self._sink)
        self._file.close()

    def _write(self, part: bytes) -> None:
        left = memoryview(part)
        while left:
            left = left[os.write(self._sink, left) :]
