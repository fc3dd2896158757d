"""``crashcart faults check``: everything that is wrong with a project's own faults, at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crashcart.diagnosis.holding import flaws
from crashcart.diagnosis.sieve import Sieve
from crashcart.faults import load
from crashcart.faults.own import is_flat, own_files
from crashcart.faults.reading import FaultFileError, read_fault
from crashcart.model.errors import UsageError
from crashcart.model.fault import Fault
from crashcart.model.flaw import Flaw


@dataclass(frozen=True, slots=True)
class Checked:
    """What a folder of own faults holds."""

    folder: Path
    faults: tuple[Fault, ...]
    """Those that could be read."""
    replaced: frozenset[str]
    """Codes of built-in faults that one of them stands in for."""
    flaws: tuple[Flaw, ...]

    @property
    def sound(self) -> bool:
        """Whether all of them work."""
        return all(flaw.warning for flaw in self.flaws)


def check(folder: Path, *, optional: bool = False) -> Checked:
    """Reads all fault files of *folder* and holds them to their examples and to the built-in faults.

    Raises UsageError for too many files, and where there is no such folder, unless that is *optional*.
    """
    if not folder.is_dir() and not (optional and not folder.exists()):
        problem = "is no folder" if folder.exists() else "no such folder"
        raise UsageError(f"{folder}: {problem}", advice="crashcart triage LOG --learn writes a first fault.")
    built_in = load()
    own, found = _read(folder)
    every: Mapping[str, Fault] = {**built_in, **own}
    sieve = Sieve(every)
    for fault in own.values():
        if not fault.traces and fault.code not in built_in:
            found.append(Flaw(fault.origin, "trace", "there is none, so nothing can notice it", "add a [[trace]]"))
        found += flaws(fault, every, sieve)
    return Checked(folder, tuple(own.values()), frozenset(own.keys() & built_in.keys()), tuple(found))


def _read(folder: Path) -> tuple[dict[str, Fault], list[Flaw]]:
    faults: dict[str, Fault] = {}
    found: list[Flaw] = []
    for path in own_files(folder):
        try:
            fault = read_fault(path, built_in=False, flat=is_flat(path, folder))
        except FaultFileError as error:
            found.append(Flaw(str(path), error.key, error.problem, error.advice or ""))
            continue
        if other := faults.get(fault.code):
            found.append(Flaw(str(path), "code", f"{other.origin} is called {fault.code} too", "rename one of them"))
        else:
            faults[fault.code] = fault
    return faults, found
