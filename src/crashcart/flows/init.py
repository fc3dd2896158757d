"""``crashcart init``: writes down what discovery finds, and shows where every value comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crashcart.model.config import Config
from crashcart.model.errors import UsageError
from crashcart.model.target import Target
from crashcart.tools.variables import FILES


@dataclass(frozen=True, slots=True)
class Setting:
    """One value, and who says so: flag, environment, file, discovery or default."""

    key: str
    value: str | None
    origin: str


def write(target: Target, path: Path, *, force: bool = False) -> None:
    """Write the configuration to *path*. Raises UsageError where one stands already, unless *force*."""
    if path.exists() and not force:
        raise UsageError(f"{path} exists already", advice="--force replaces it; --show prints what holds now")
    try:
        path.write_text(text(target), "utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", advice="name another with --config") from None


def text(target: Target) -> str:
    """A ``crashcart.toml`` of what was found, with a comment on everything else that it may hold."""
    found = discovered(target)
    lines = ["# What crashcart finds by itself; every key may be left out. Secrets do not belong here.", ""]
    for section, keys in _KEYS.items():
        lines.append(f"[{section}]")
        for key, (example, comment) in keys.items():
            value = found.get(f"[{section}] {key}")
            given = f"{key} = {_toml(value)}" if value else f"# {key} = {example}"
            lines.append(f"{given:<44} # {comment}")
        lines.append("")
    return "\n".join(lines)


def settings(target: Target, config: Config, options: Mapping[str, tuple[str | None, str]]) -> tuple[Setting, ...]:
    """Every value that holds, with its origin; *options* are the flags by name, each with its own."""
    given = [Setting(name, value, origin) for name, (value, origin) in options.items()]
    return (*given, *_configured(target, config))


def discovered(target: Target) -> dict[str, Any]:
    """What discovery found, by section and key."""
    project = target.project
    found: dict[str, Any] = {
        "[app] name": target.name,
        "[build] dockerfile": _relative(target.dockerfiles[0], project) if target.dockerfiles else None,
        "[build] context": _relative(target.context, project) if target.context else None,
        "[database] url_env": target.database_url_env,
        "[database] schema": target.database_schema,
        "[database] migrations": _relative(target.migrations, project) if target.migrations else None,
        "[variables] files": [name for name in FILES if (project / name).is_file()],
    }
    return {key: value for key, value in found.items() if value}


def _configured(target: Target, config: Config) -> Iterator[Setting]:
    found = discovered(target)
    for section in _KEYS:
        values = getattr(config, section)
        for name, value in values._asdict().items():
            key = f"[{section}] {name}"
            if value and value != values._field_defaults[name]:
                yield Setting(key, _shown(value), f"file ({config.path})")
            elif key in found:
                yield Setting(key, _shown(found[key]), "discovery")
            else:
                yield Setting(key, _shown(value) if value else None, "default")


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(getattr(item, "fault", str(item)) for item in value)
    return str(value)


def _relative(path: Path, project: Path) -> str:
    return str(path.relative_to(project)) if path.is_relative_to(project) else str(path)


def _toml(value: Any) -> str:
    """A basic string or list of them: what JSON writes is TOML too, but for the DEL character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


_KEYS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "app": {
        "name": ('"shop"', "how reports call it"),
        "environment": ('"production"', "which place this is"),
    },
    "source": {
        "root": ('"backend"', "the app's folder, from here"),
        "commit": ('"main"', "the deployed commit, where neither platform nor image tells"),
    },
    "build": {
        "dockerfile": ('"Dockerfile"', "from here"),
        "context": ('"."', "what the builder is given"),
        "image": ('"registry.example.com/shop:latest"', "what was built"),
    },
    "database": {
        "url_env": ('"DATABASE_URL"', "the variable that holds the URL"),
        "schema": ('"public"', "where the app's tables are"),
        "migrations": ('"prisma/migrations"', "their folder"),
    },
    "variables": {
        "required": ('["DATABASE_URL", "JWT_SECRET"]', "the app does not start without them"),
        "expect": ('{ NODE_ENV = "production" }', "values that must hold"),
        "files": ('[".env"]', "where the app reads them, the winner first"),
    },
    "faults": {
        "folder": ('".crashcart/faults"', "faults of your own"),
        "ignore": ('[{ fault = "…", reason = "…", until = 2030-01-31 }]', "what does not count, why, and until when"),
    },
}
