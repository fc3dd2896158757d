"""The files of a commit and of a folder, asked in the same way: is this exact path there, or one that looks like it?"""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from crashcart.model.errors import UnavailableError
from crashcart.tools.files import walk
from crashcart.tools.git import SUBMODULE, SYMLINK, Hit, Repository, TreeEntry

MAX_FILE = 1024 * 1024
_MAX_LINKS = 20
_MAX_GREPPED = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Located:
    """Whether a path is there: yes, no, or None for cannot tell; ``why`` where there is something to say."""

    held: bool | None
    why: str = ""


class FileTree(Protocol):
    """Files below one root; paths are relative to it, with ``/``, and their letter case counts."""

    def locate(self, path: str) -> Located:
        """Whether the file is there, symbolic links followed."""

    def alike(self, path: str) -> str | None:
        """A file whose name differs only in letter case or in how an accent is encoded."""

    def paths(self) -> Collection[str]:
        """All files; of a folder on disk, as many as can be looked through in a short time."""

    def has_folder(self, path: str) -> bool:
        """Whether a folder of this name holds something."""

    def grep(self, pattern: str, endings: Sequence[str]) -> Iterator[Hit]:
        """The lines that match a POSIX extended regular expression, in files with these endings."""

    def read(self, path: str) -> str | None:
        """The text of a file; None where it is not there, too big or unreadable."""


def fold(path: str) -> str:
    """What two names share that a person reads as the same."""
    return unicodedata.normalize("NFC", path).casefold()


class CommitTree:
    """The files of one commit."""

    def __init__(self, repository: Repository, sha: str) -> None:
        self.repository = repository
        self.sha = sha

    @cached_property
    def entries(self) -> dict[str, TreeEntry]:
        return self.repository.tree(self.sha)

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file."""
        found: set[str] = set()
        for path in self.entries:
            while (path := posixpath.dirname(path)) and path not in found:
                found.add(path)
        return frozenset(found)

    def locate(self, path: str) -> Located:
        via = ""
        for _ in range(_MAX_LINKS):
            if self.entries.get(path, _NOTHING).mode not in {SYMLINK, SUBMODULE, ""}:
                return Located(True, via)
            if path in self.folders:
                return Located(False, f"`{path}` is a folder")
            if (special := self._special(path)) is None:
                return Located(False, via)
            if self.entries[special].mode == SUBMODULE:
                return Located(None, f"it lies in the submodule `{special}`, whose files are not in this repository")
            path = self._follow(special, path)
            via = f"through the symbolic link `{special}` to `{path}`"
            if path.startswith(("..", "/")):
                return Located(None, f"the symbolic link `{special}` leads out of the repository")
        return Located(False, "its symbolic links lead in a circle")

    def alike(self, path: str) -> str | None:
        found = self._folded.get(fold(path))
        return found if found != path else None

    def paths(self) -> Collection[str]:
        return self.entries.keys()

    def has_folder(self, path: str) -> bool:
        return path in self.folders

    def grep(self, pattern: str, endings: Sequence[str]) -> Iterator[Hit]:
        return self.repository.grep(self.sha, pattern, [f"*{ending}" for ending in endings])

    def read(self, path: str) -> str | None:
        if self.entries.get(path, _NOTHING).mode in {SYMLINK, SUBMODULE, ""}:
            return None
        try:
            return self.repository.read(self.sha, path, MAX_FILE).decode("utf-8", "replace")
        except UnavailableError:
            return None

    @cached_property
    def _folded(self) -> dict[str, str]:
        return {fold(path): path for path in self.entries}

    def _special(self, path: str) -> str | None:
        steps = (path, *_above(path))
        return next((p for p in steps if self.entries.get(p, _NOTHING).mode in {SYMLINK, SUBMODULE}), None)

    def _follow(self, link: str, path: str) -> str:
        target = os.fsdecode(self.repository.read(self.sha, link, 4096))
        rest = path.removeprefix(link).lstrip("/")
        return posixpath.normpath(posixpath.join(posixpath.dirname(link), target, rest))


class FolderTree:
    """The files of a folder on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def locate(self, path: str) -> Located:
        found = self._walk(path, exactly=True)
        if found is None:
            return Located(False)
        try:
            if found.is_file():
                return Located(True, self._link(found))
        except OSError as error:
            return Located(None, f"it cannot be read: {error.strerror}")
        return Located(False, "it is a folder" if found.is_dir() else "its symbolic link leads nowhere")

    def alike(self, path: str) -> str | None:
        found = self._walk(path, exactly=False)
        relative = found.relative_to(self.root).as_posix() if found and found.is_file() else None
        return relative if relative != path else None

    def paths(self) -> Collection[str]:
        return self._paths

    def has_folder(self, path: str) -> bool:
        return (self.root / path).is_dir()

    def grep(self, pattern: str, endings: Sequence[str]) -> Iterator[Hit]:
        wanted = re.compile(pattern.replace("[[:space:]]", r"\s"))
        left = _MAX_GREPPED
        for path in (p for p in self._paths if p.endswith(tuple(endings))):
            text = self.read(path) or ""
            left -= len(text) + 1000
            if left < 0:
                return
            for number, line in enumerate(text.splitlines(), 1):
                if wanted.search(line[:2000]):
                    yield Hit(path, number, line)

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        return tuple(path.relative_to(self.root).as_posix() for path in walk(self.root, depth=12))

    def read(self, path: str) -> str | None:
        file = self.root / path
        try:
            if self.locate(path).held is not True or file.stat().st_size > MAX_FILE:
                return None
            return file.read_bytes().decode("utf-8", "replace")
        except OSError:
            return None

    def _walk(self, path: str, *, exactly: bool) -> Path | None:
        folder = self.root
        for part in path.split("/"):
            name = _pick(part, _names(folder), exactly=exactly)
            if name is None:
                return None
            folder /= name
        return folder

    def _link(self, path: Path) -> str:
        real = Path(os.path.realpath(path))
        here = Path(os.path.realpath(self.root))
        if real == here / path.relative_to(self.root):
            return ""
        inside = real.relative_to(here).as_posix() if real.is_relative_to(here) else "a place outside the project"
        return f"through a symbolic link to `{inside}`"


_NOTHING = TreeEntry("", "")


def _above(path: str) -> Iterable[str]:
    while path := posixpath.dirname(path):
        yield path


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []


def _pick(part: str, names: list[str], *, exactly: bool) -> str | None:
    if part in names:
        return part
    return None if exactly else next((n for n in sorted(names) if fold(n) == fold(part)), None)
