"""``crashcart explain``: one fault by its code, and what it has to do with the others."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from crashcart.model.errors import UsageError
from crashcart.model.fault import Fault


def find(code: str, faults: Mapping[str, Fault]) -> Fault:
    """The fault with this code or alias. Raises UsageError that names the nearest ones."""
    named = {alias: fault for fault in faults.values() for alias in (*fault.aliases, fault.code)}
    if found := named.get(code.strip().lower()):
        return found
    raise UsageError(f"no fault is called {code}", advice=_nearest(code.strip().lower(), named))


def explained_by(fault: Fault, faults: Mapping[str, Fault]) -> tuple[str, ...]:
    """Codes of the faults that bring this one about."""
    return tuple(sorted(other.code for other in faults.values() if fault.code in other.explains))


def _nearest(code: str, named: Mapping[str, Fault]) -> str:
    close = get_close_matches(code, named, 3, 0.5) or [name for name in sorted(named) if code in name.split(".")][:5]
    return f"did you mean {', '.join(close)}?" if close else "crashcart explain lists them all"
