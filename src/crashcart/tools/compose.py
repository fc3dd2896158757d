"""Compose files: services with their variables, ports and builds, each with the line it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LONGEST = 1 << 20
_REFERENCE = re.compile(r"\$\{(\w+)(?::?([-?+])([^}]*))?\}|\$(\w+)")
_PORT = re.compile(r"(?:(?:\[[^\]]+\]|\d+(?:\.\d+){3}):)?(?:(?P<published>\d+)?:)?(?P<target>\d+)(?:/\w+)?")


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable that compose gives a service; None where it passes on whatever its own environment holds."""

    value: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Port:
    """A port inside the container and, where it is published, the host's port that leads there."""

    target: int
    published: int | None
    line: int


@dataclass(frozen=True, slots=True)
class Build:
    """What compose has built for a service."""

    service: str
    context: Path
    dockerfile: Path


@dataclass(frozen=True, slots=True)
class Service:
    """One service; lines are 1-based."""

    name: str
    line: int
    image: str | None = None
    environment: Mapping[str, Setting] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    host_network: bool = False
    build: Build | None = None

    @property
    def is_postgres(self) -> bool:
        """Whether its image looks like PostgreSQL's own or a relative of it."""
        name = (self.image or "").rpartition("/")[2].partition(":")[0].lower()
        return bool(re.match(r"postgres|postgis|pgvector|timescale|supabase-postgres", name))


@dataclass(frozen=True, slots=True)
class Compose:
    """What a compose file says; ``notes`` tell what of it could not be read."""

    path: Path
    services: tuple[Service, ...] = ()
    notes: tuple[str, ...] = ()


def read(path: Path) -> Compose:
    """The services of the compose file *path*; whatever cannot be read becomes a note."""
    from ruamel.yaml.error import YAMLError

    try:
        document = _load(path)
    except OSError as error:
        return Compose(path, notes=(f"{path.name} cannot be read: {error.strerror}",))
    except (YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        return Compose(path, notes=(f"{path.name}{where} is no YAML: {getattr(error, 'problem', None) or error}",))
    services = _mapping(_mapping(document).get("services"))
    if not services:
        return Compose(path, notes=(f"{path.name} names no services",))
    return Compose(path, tuple(_service(path, str(name), services, body) for name, body in services.items()))


def builds(path: Path) -> tuple[Build, ...]:
    """The builds of all services of the compose file *path*."""
    return tuple(service.build for service in read(path).services if service.build)


def _load(path: Path) -> Any:
    from ruamel.yaml import YAML

    with path.open("rb") as file:
        data = file.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise ValueError(f"larger than {LONGEST} bytes")
    yaml = YAML(typ="rt", pure=True)
    yaml.allow_duplicate_keys = True
    return yaml.load(data.decode("utf-8-sig"))


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else []


def _line(parent: Any, key: Any, default: int = 1) -> int:
    """The 1-based line of *key*; that of the parent where the key came in by a merge."""
    try:
        lines = parent.lc
        return int((lines.item(key) if isinstance(parent, list) else lines.key(key))[0]) + 1
    except (AttributeError, KeyError, TypeError, IndexError):
        return default


def _service(path: Path, name: str, services: Mapping[Any, Any], value: Any) -> Service:
    body, line = _mapping(value), _line(services, name)
    image = body.get("image")
    return Service(
        name,
        line,
        interpolate(str(image)) if image else None,
        dict(_environment(body.get("environment"), line)),
        tuple(_ports(body.get("ports"), line)),
        body.get("network_mode") == "host",
        _build(path, name, body.get("build")),
    )


def _environment(value: Any, line: int) -> Iterator[tuple[str, Setting]]:
    for key, text in _mapping(value).items():
        yield str(key), Setting(None if text is None else _text(text), _line(value, key, line))
    for n, item in enumerate(_sequence(value)):
        name, given, text = str(item).partition("=")
        yield name, Setting(text if given else None, _line(value, n, line))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _ports(value: Any, line: int) -> Iterator[Port]:
    for n, item in enumerate(_sequence(value)):
        where = _line(value, n, line)
        body = _mapping(item)
        text = f"{body.get('published') or ''}:{body.get('target') or ''}" if body else str(item)
        if found := _PORT.fullmatch(interpolate(text)):
            yield Port(int(found["target"]), int(found["published"]) if found["published"] else None, where)


def _build(path: Path, service: str, value: Any) -> Build | None:
    if isinstance(value, str):
        value = {"context": value}
    if not _mapping(value):
        return None
    context = (path.parent / interpolate(str(value.get("context") or "."))).resolve()
    return Build(service, context, context / interpolate(str(value.get("dockerfile") or "Dockerfile")))


def interpolate(text: str, known: Mapping[str, str] | None = None) -> str:
    """*text* as compose would fill it in from *known* and from its own defaults; what is unknown stays as it stands."""
    return _REFERENCE.sub(lambda found: _filled(found, known or {}), text)


def _filled(found: re.Match[str], known: Mapping[str, str]) -> str:
    value = known.get(found[1] or found[4])
    if value is None:
        return found[3] if found[2] == "-" else found[0]
    return value
