"""A project's own faults: the files of one folder, data only, trusted in nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from crashcart.faults.reading import read_fault
from crashcart.model.errors import UsageError
from crashcart.model.fault import Fault

MAX_FILES = 300


def own_faults(folder: Path) -> Mapping[str, Fault]:
    """The faults of *folder*, in ``FAMILY/NAME.toml`` and ``NAME.toml``, by code; none where there is no such folder.

    Raises UsageError for a file that is no fault, for two files with one code, and for too many files.
    """
    faults: dict[str, Fault] = {}
    for path in own_files(folder):
        fault = read_fault(path, built_in=False, flat=is_flat(path, folder))
        if other := faults.get(fault.code):
            raise UsageError(f"{path}: code: {other.origin} is called {fault.code} too; rename one of them")
        faults[fault.code] = fault
    return faults


def own_files(folder: Path) -> tuple[Path, ...]:
    """The fault files of *folder*, in order of their names. Raises UsageError where there are too many."""
    found = sorted({*folder.glob("*.toml"), *folder.glob("*/*.toml")}) if folder.is_dir() else []
    if len(found) > MAX_FILES:
        raise UsageError(f"{folder}: {len(found)} fault files; keep them to {MAX_FILES}")
    return tuple(found)


def is_flat(path: Path, folder: Path) -> bool:
    """Whether *path* stands in *folder* itself, not in the folder of a family."""
    return path.parent == folder
