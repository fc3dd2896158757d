"""A value that cannot be shown by accident."""

from __future__ import annotations

from typing import NoReturn

MASK = "***"


class Secret:
    """A value that prints as a mask; :meth:`reveal` is the only way to the text, so every use can be found."""

    __slots__ = ("_name", "_value")

    def __init__(self, value: str, name: str = "secret") -> None:
        self._value = value
        self._name = name

    @property
    def name(self) -> str:
        """What the value is called, such as the variable that holds it."""
        return self._name

    def reveal(self) -> str:
        """The text itself, for the tool that needs it (a driver, a digest), never for a report."""
        return self._value

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret({self._name})"

    def __format__(self, spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} is not to be pickled")
