"""Which variables the project says it needs, and where it says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crashcart.model.target import Target
from crashcart.probes._seen import shown_path
from crashcart.tools import compose
from crashcart.tools.files import read_text

_ENV = re.compile(r"""\benv\(\s*["']([A-Za-z_]\w*)["']\s*\)""")
_BARE = re.compile(r"\$\{([A-Za-z_]\w*)(?::?\?[^}]*)?\}|\$([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class Need:
    """A variable that something of the project reads."""

    name: str
    where: str
    demanded: bool
    """A person said that it must be set; otherwise the platform may well set what cannot be seen here."""


def needs(target: Target) -> Iterator[Need]:
    """Each name once, the plainest statement first."""
    told: set[str] = set()
    for need in _all(target):
        if need.name not in told:
            told.add(need.name)
            yield need


def _all(target: Target) -> Iterator[Need]:
    for name in target.required_variables:
        yield Need(name, "[variables] required", True)
    for path in _schemas(target):
        shown = shown_path(target, path)
        for number, line in enumerate(read_text(path).splitlines(), 1):
            for name in () if line.lstrip().startswith("//") else _ENV.findall(line):
                yield Need(name, f"{shown}:{number}", False)
    for path in target.compose_files:
        for service in compose.read(path).services:
            for name, setting in service.environment.items():
                found = _BARE.fullmatch(setting.value) if setting.value else None
                if setting.value is None or found:
                    source = (found[1] or found[2]) if found else name
                    yield Need(source, f"{shown_path(target, path)}:{setting.line}", False)


def _schemas(target: Target) -> list[Path]:
    folder = target.migrations.parent if target.migrations else target.project / "prisma"
    return [path for path in (folder / "schema.prisma",) if path.is_file()]
