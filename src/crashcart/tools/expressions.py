"""Regular expressions that are compiled at first use, and translated but once on this machine.

Python's translator is written in Python and takes a third of a millisecond for one expression; the engine takes what
it made in a few microseconds. So what was translated is kept. The engine checks such code before it runs it.
"""

from __future__ import annotations

import marshal
import re
from functools import cache
from typing import Any, AnyStr, cast

from crashcart.tools import store

MAX_KEPT = 1 << 20
"""Bytes of code that are kept; to load more would take longer than to translate what is needed."""

Key = tuple[str | bytes, int]
Code = tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]

_new: dict[Key, Code] = {}


def lazy(expression: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """*expression*, to be used like a compiled one; ``re.error`` is raised at first use."""
    return cast("re.Pattern[AnyStr]", _Lazy(expression, flags))


class _Lazy:
    """Becomes what the compiled expression is, method by method."""

    def __init__(self, expression: str | bytes, flags: int) -> None:
        self.pattern = expression
        self._asked = int(flags)

    def __getattr__(self, name: str) -> Any:
        value = getattr(compiled(self.pattern, self._asked), name)
        setattr(self, name, value)
        return value


@cache
def compiled(expression: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """*expression*, compiled. Raises ``re.error``."""
    key = (expression, int(flags))
    try:
        if (code := _known().get(key)) is None:
            code = _new[key] = _translated(expression, int(flags))
        return cast("re.Pattern[AnyStr]", _loaded(expression, code))
    except (ImportError, AttributeError, TypeError, ValueError, RuntimeError):
        # This Python does it in another way.
        return re.compile(expression, flags)


def keep() -> None:
    """Keep what was translated by now for the next process."""
    if _new and len(raw := marshal.dumps({**_known(), **_new})) <= MAX_KEPT:
        store.save(_name(), raw)


@cache
def _known() -> dict[Key, Code]:
    try:
        raw = store.load(_name())
        found = marshal.loads(raw) if raw else {}  # noqa: S302 - a file of this user alone
    except (ValueError, TypeError, EOFError):
        return {}
    return found if isinstance(found, dict) else {}


def _name() -> str:
    return store.key("expressions")


def _translated(expression: str | bytes, flags: int) -> Code:
    """As ``re.compile`` does it."""
    from array import array
    from re import _compiler, _parser  # type: ignore[attr-defined]

    parsed = _parser.parse(expression, flags)
    state = parsed.state
    names: list[str | None] = [None] * state.groups
    for name, number in state.groupdict.items():
        names[number] = name
    code = array("I", _compiler._code(parsed, flags)).tobytes()
    return flags | state.flags, code, state.groups - 1, dict(state.groupdict), tuple(names)


def _loaded(expression: str | bytes, kept: Code) -> Any:
    import _sre  # type: ignore[import-not-found]

    flags, code, groups, numbers, names = kept
    return _sre.compile(expression, flags, memoryview(code).cast("I").tolist(), groups, numbers, names)
