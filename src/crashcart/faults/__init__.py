"""Rooms for kinds of trouble, one TOML file each: ``FAMILY/NAME.toml`` holds the fault ``FAMILY.NAME``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from crashcart.faults.own import own_faults
from crashcart.faults.reading import read_fault
from crashcart.model.fault import Fault

BUILT_IN = Path(__file__).parent


def load(extra: Path | None = None) -> Mapping[str, Fault]:
    """All faults by code: the built-in ones, and those of the folder *extra*, which win where codes are the same.

    Raises UsageError for a file that is no fault, naming the file, the key and the cure.
    """
    if extra is None or not extra.is_dir():
        return _built_in()
    return MappingProxyType({**_built_in(), **own_faults(extra)})


@cache
def _built_in() -> Mapping[str, Fault]:
    return MappingProxyType({fault.code: fault for fault in _faults()})


def _faults() -> Iterator[Fault]:
    for path in sorted(BUILT_IN.glob("*/*.toml")):
        yield read_fault(path, built_in=True)
