"""Files with names to fill in, and the laying of files over each other."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

_NAME = re.compile(r"\{\{([\w.-]+)\}\}")
_DOT = "dot."
"""A file kept as ``dot.env`` is laid as ``.env``, so that no tool obeys it where it is kept."""


def fill(text: str, names: Mapping[str, str]) -> str:
    """*text* with each ``{{name}}`` replaced. A line that holds a value of several lines is repeated for each of them.

    Raises KeyError for a name that nothing gives.
    """
    return "".join(f"{line}\n" for each in text.splitlines() for line in _fill_line(each, names))


def _fill_line(line: str, names: Mapping[str, str]) -> list[str]:
    values = {name: names[name].splitlines() or [""] for name in _NAME.findall(line)}
    count = max((len(lines) for lines in values.values()), default=1)
    return [
        _NAME.sub(lambda match, n=n: values[match[1]][min(n, len(values[match[1]]) - 1)], line)  # type: ignore[misc]
        for n in range(count)
    ]


def fill_file(path: Path, names: Mapping[str, str]) -> None:
    """Fill in the names of a file where it lies."""
    path.write_text(fill(path.read_text(encoding="utf-8"), names), encoding="utf-8", newline="\n")


def lay(source: Path, target: Path) -> list[Path]:
    """Copy the files below *source* to *target*; gives their paths relative to *target*."""
    return [_lay_file(path, source, target) for path in sorted(source.rglob("*")) if path.is_file()]


def _lay_file(path: Path, source: Path, target: Path) -> Path:
    parts = path.relative_to(source).parts
    laid = Path(*(f".{part.removeprefix(_DOT)}" if part.startswith(_DOT) else part for part in parts))
    copy = target / laid
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, copy)
    copy.chmod(0o755 if copy.read_bytes().startswith(b"#!") else 0o644)
    return laid


def matching(paths: Iterable[Path], patterns: Iterable[str]) -> list[Path]:
    """Those of *paths* that one of *patterns* matches."""
    wanted = tuple(patterns)
    return [path for path in paths if any(fnmatchcase(path.as_posix(), pattern) for pattern in wanted)]
