"""Opens a log of any kind: packed, in an archive, in what a container runtime or a platform wrote."""

from __future__ import annotations

import stat
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from crashcart.model.errors import CrashcartError, UnavailableError, UsageError
from crashcart.tools.logs.ahead import ahead, batches
from crashcart.tools.logs.compression import codec, unpack
from crashcart.tools.logs.encodings import as_utf8, encoding
from crashcart.tools.logs.formats import PLAIN, recognised
from crashcart.tools.logs.lines import LogLine
from crashcart.tools.logs.log import Log
from crashcart.tools.logs.streams import BLOCK, Parts, parts_of, peek, piped
from crashcart.tools.printable import printable

if TYPE_CHECKING:
    from crashcart.tools.logs.archives import Archive

MAX_DEPTH = 3
"""How often packed text may be packed again."""
MAX_PROBLEMS = 100
TAR_HEADER = 512
ICONV = {"utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE", "utf-32-le": "UTF-32LE", "utf-32-be": "UTF-32BE"}
"""What ``iconv`` calls them."""
T = TypeVar("T")


def read(
    source: str | Path | BinaryIO, name: str | None = None, problems: list[str] | None = None
) -> Iterator[LogLine]:
    """The lines of all logs in *source*, one after the other. Raises as :func:`open_logs`."""
    for log in open_logs(source, name, problems):
        yield from log.lines()


def open_logs(
    source: str | Path | BinaryIO, name: str | None = None, problems: list[str] | None = None
) -> Generator[Log, None, None]:
    """The log of a file, of standard input (``-``) or of an open binary stream; of an archive each member's.

    Each is to be read before the next one is asked for. What a person should know about the reading (an empty log,
    lines cut) goes to *problems*. Raises UsageError for what is not there or a folder, UnavailableError for what is no
    text.
    """
    problems = problems if problems is not None else []
    if isinstance(source, str | Path) and str(source) != "-":
        path = Path(source)
        with _open(path) as stream:
            regular = stat.S_ISREG(path.stat().st_mode)
            view = None if regular else ""
            yield from _Opening(name or str(source), view, problems, stream, regular).logs(parts_of(stream))
    else:
        stream = sys.stdin.buffer if isinstance(source, str | Path) else source
        yield from _Opening(name or "stdin", "", problems, stream).logs(parts_of(stream))


def open_log(source: str | Path | BinaryIO, name: str | None = None, problems: list[str] | None = None) -> Log:
    """The one log of *source*; an archive's first. Raises as :func:`open_logs`."""
    logs = open_logs(source, name, problems)
    return replace(next(logs), owner=closing(logs))


def _open(path: Path) -> BinaryIO:
    if path.is_dir():
        raise UsageError(f"{path} is a folder", advice="Name the log file itself.")
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file", advice="Check the name; - reads standard input.") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}", advice="Check that you may read it.") from error


def _archive(head: bytes) -> Archive | None:
    """The kind of archive that begins with *head*; a text has neither a zip's first letters nor a tar's padding."""
    if not head.startswith(b"PK") and b"\0" not in head[:TAR_HEADER]:
        return None
    from crashcart.tools.logs.archives import recognised

    return recognised(head)


@dataclass
class _Opening:
    """A log on the way from its source to its lines."""

    name: str
    view: str | None
    problems: list[str]
    stream: BinaryIO | None = None
    """Where it comes from directly."""
    regular: bool = False
    """Whether that is a file, which does not make wait and can be read at any place."""
    damage: str | None = None

    def logs(self, parts: Parts) -> Iterator[Log]:
        """Raises UnavailableError for what is no text."""
        head, parts = peek(self._guarded(parts), None if self.regular else self.stream)
        head, parts, depth = self._unpacked(head, parts)
        if not head and self.damage:
            raise UnavailableError(f"{self.name}: {self.damage}")
        if archive := _archive(head):
            yield from self._members(archive, parts)
        else:
            yield self._log(head, parts, packed=depth > 0)

    def _guarded(self, items: Iterator[T]) -> Iterator[T]:
        """*items*, to where reading them fails."""
        got = False
        try:
            for item in items:
                yield item
                got = True
        except CrashcartError:
            raise
        except Exception as error:  # noqa: BLE001 - archives' libraries raise much on odd bytes
            self.damage = printable(str(error) or type(error).__name__)
            if got:
                self._note(f"ends before its time: {self.damage}")

    def _unpacked(self, head: bytes, parts: Parts) -> tuple[bytes, Parts, int]:
        depth = 0
        while depth < MAX_DEPTH and (kind := codec(head)):
            depth += 1
            self.view = piped(self.view, kind.command, self.name)
            head, parts = peek(unpack(parts, kind, self._damaged))
        return head, chain.from_iterable(ahead(batches(parts))) if depth else parts, depth

    def _damaged(self, why: str) -> None:
        self.damage = f"compressed, but damaged: {why}"
        self._note(f"{self.damage}; only what stands before that was read")

    def _note(self, text: str) -> None:
        self._tell(f"{self.name}: {text}")

    def _tell(self, problem: str) -> None:
        """Once, and of a log that is nothing but problems not all."""
        if problem not in self.problems and len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)

    def _log(self, head: bytes, parts: Parts, *, packed: bool) -> Log:
        if not head:
            self._note("empty, so it tells nothing")
        kind = recognised(head, binary=True)
        wide = not kind and (found := encoding(head, self.name)) != "utf-8"
        if wide:
            self.view = piped(self.view, f"iconv -f {ICONV[found]} -t UTF-8", self.name)
            parts = as_utf8(parts, found)
            head, parts = peek(parts)
        kind = kind or recognised(head)
        blocks, command = (kind or PLAIN).blocks(parts, self._note, BLOCK if packed else 1)
        if command:
            self.view = piped(self.view, command, self.name)
        plain = self.regular and not packed and not wide and not kind
        return Log(self.name, self.view, self.problems, self.stream if plain else None, blocks)

    def _members(self, archive: Archive, parts: Parts) -> Iterator[Log]:
        file = self.stream if self.regular and self.view is None else None
        none = True
        for member in self._guarded(archive.members(parts, file, self._note)):
            none = False
            name = f"{self.name}!{printable(member.name).replace(chr(10), ' ')}"
            shown = self.view != "" and member.name.isprintable()
            view = archive.view(self.view, self.name, member.name) if shown else ""
            try:
                yield from _Opening(name, view, self.problems).logs(member.parts)
            except UnavailableError as error:
                self._tell(str(error))
        if none:
            raise UnavailableError(f"{self.name}: {self.damage or 'an archive without a file'}")
