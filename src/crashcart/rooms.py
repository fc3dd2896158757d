"""Finds the rooms of a folder: adding a file is all it takes to add a room."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")

ROOM = "ROOM"
"""The name by which a room module offers what it holds."""


def modules(package: str) -> Iterator[ModuleType]:
    """Every module below *package*, in order of name; a module whose name begins with ``_`` is no room."""
    parent = importlib.import_module(package)
    found = pkgutil.walk_packages(parent.__path__, prefix=f"{package}.")
    for info in sorted(found, key=lambda info: info.name):
        if not info.ispkg and not info.name.rpartition(".")[2].startswith("_"):
            yield importlib.import_module(info.name)


@cache
def find(package: str, kind: type[T]) -> tuple[T, ...]:
    """What the rooms of *package* offer. Raises TypeError for a room that offers something else than *kind*."""
    rooms = []
    for module in modules(package):
        room = getattr(module, ROOM, None)
        if not isinstance(room, kind):
            raise TypeError(f"{module.__name__}.{ROOM} is {room!r}, expected {kind.__name__}")
        rooms.append(room)
    return tuple(rooms)
