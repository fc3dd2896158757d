"""The project's files, read with bounds: a hostile or huge tree ends the looking, not the program."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

SKIPPED = frozenset(
    {".git", ".hg", ".venv", "venv", "node_modules", "vendor", "__pycache__", ".next", "dist", "build", "target"}
)
"""Folders that hold what tools made, never what a person wrote to build or start the app."""

MOST_FILES = 20_000


def walk(folder: Path, *, depth: int, most: int = MOST_FILES) -> Iterator[Path]:
    """Files at most *depth* folders below *folder*, shallow ones first, in order of name; links are not followed."""
    level, seen = [folder], 0
    for _ in range(depth + 1):
        below: list[Path] = []
        for place in level:
            for entry in _entries(place):
                if entry.is_dir(follow_symlinks=False):
                    below += [] if entry.name in SKIPPED else [Path(entry.path)]
                elif entry.is_file(follow_symlinks=False):
                    seen += 1
                    yield Path(entry.path)
                if seen >= most:
                    return
        level = below


def upwards(folder: Path, top: Path) -> Iterator[Path]:
    """*folder* and the folders around it, up to *top*; none where it does not lie in *top*."""
    return (place for place in (folder, *folder.parents) if place.is_relative_to(top))


def read_text(path: Path, *, limit: int = 1 << 20) -> str:
    """The first *limit* bytes of a file as UTF-8, odd bytes replaced. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return file.read(limit).decode("utf-8-sig", "replace")


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
