"""Rooms for kinds of trouble, one TOML file each: ``FAMILY/NAME.toml`` holds the fault ``FAMILY.NAME``."""

from __future__ import annotations

import marshal
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from crashcart.model.fault import Example, Fault, Refutation, Severity, Trace
from crashcart.tools import store

BUILT_IN = Path(__file__).parent


def load(extra: Path | None = None) -> Mapping[str, Fault]:
    """All faults by code: the built-in ones, and those of the folder *extra*, which win where codes are the same.

    Raises UsageError for a file that is no fault, naming the file, the key and the cure.
    """
    if extra is None or not extra.is_dir():
        return _built_in()
    from crashcart.faults.own import own_faults

    return MappingProxyType({**_built_in(), **own_faults(extra)})


@cache
def _built_in() -> Mapping[str, Fault]:
    """To read hundreds of TOML files takes a third of a second: it is done once for each state of the files."""
    name = store.key("rooms", *_state())
    faults = _remembered(store.load(name))
    if faults is None:
        faults = tuple(_read())
        store.save(name, marshal.dumps([_packed(fault) for fault in faults]))
    return MappingProxyType({fault.code: fault for fault in faults})


def _read() -> Iterator[Fault]:
    from crashcart.faults.reading import read_fault

    for path in sorted(BUILT_IN.glob("*/*.toml")):
        yield read_fault(path, built_in=True)


def _state() -> Iterator[str]:
    """Each room's file with its size and the moment of its last change, and those of what reads it."""
    for folder in sorted(_folders(str(BUILT_IN))):
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.endswith((".toml", ".py")):
                    state = entry.stat()
                    yield f"{entry.path} {state.st_size} {state.st_mtime_ns}"


def _folders(root: str) -> Iterable[str]:
    with os.scandir(root) as entries:
        return [root, *(entry.path for entry in entries if entry.is_dir() and entry.name != "__pycache__")]


def _packed(fault: Fault) -> tuple[Any, ...]:
    """*fault* as plain tuples."""
    traces = [(t.keywords, t.patterns, [(e.line, dict(e.facts)) for e in t.matches], t.misses) for t in fault.traces]
    refuted_by = [(r.pattern, r.because, r.keywords, r.earlier) for r in fault.refuted_by]
    head = (fault.code, fault.title, str(fault.severity), fault.why, fault.remedy, fault.explains)
    return (*head, traces, refuted_by, fault.check, fault.aliases, fault.wrapper)


def _remembered(raw: bytes | None) -> tuple[Fault, ...] | None:
    try:
        return tuple(map(_unpacked, marshal.loads(raw))) if raw else None  # noqa: S302 - a file of this user alone
    except (ValueError, TypeError, EOFError):
        return None


def _unpacked(packed: tuple[Any, ...]) -> Fault:
    code, title, severity, why, remedy, explains, traces, refuted_by, *rest = packed
    return Fault(
        code,
        title,
        Severity(severity),
        why,
        remedy,
        explains,
        tuple(Trace(k, p, tuple(Example(*e) for e in matches), misses) for k, p, matches, misses in traces),
        tuple(Refutation(*refutation) for refutation in refuted_by),
        *rest,
    )
