"""The app's variables, from every source in order of precedence, each with the place it was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from crashcart.model.errors import UsageError
from crashcart.model.evidence import Origin, OriginKind
from crashcart.model.secret import Secret
from crashcart.model.target import Variable, Variables
from crashcart.tools import dotenv
from crashcart.tools.redaction import learn
from crashcart.tools.secret_names import Kind, kind

FILES = (".env.production.local", ".env.local", ".env.production", ".env", "prisma/.env")
"""Env files of a project, the one that wins first, where the configuration names none."""
PROCESS = "process environment"


def read(
    project: Path,
    *,
    env_file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    files: Sequence[str] = (),
) -> tuple[Variables, tuple[str, ...]]:
    """The variables of *project* and what was wrong with their sources.

    Order: *env_file*, *environ*, then *files* (else :data:`FILES`) below *project*; the first that has a name wins.
    Secret-looking values and passwords in URLs are learnt by the redaction. Raises UsageError where *env_file* or
    one of *files* is no file: another source would silently take its place.
    """
    environ = environ or {}
    if env_file:
        _demand("--env-file", env_file, "give the path of the env file that the app is started with")
    sources: list[Iterable[Variable]] = []
    problems: list[str] = []
    if env_file:
        sources.append(_file(env_file, _shown(env_file, project), environ, problems))
    sources.append(_environment(environ))
    paths = _existing(project, files)
    sources.extend(_file(path, _shown(path, project), environ, problems) for path in paths)
    return _merge(sources), tuple(problems)


def _existing(project: Path, listed: Sequence[str]) -> list[Path]:
    for name in listed:
        advice = "name it from the project, or take it off the list in crashcart.toml"
        _demand("[variables] files", project / name, advice)
    return [path for path in (project / name for name in listed or FILES) if path.is_file()]


def _demand(who: str, path: Path, advice: str) -> None:
    """Raises UsageError unless *path* can be read as a file; a pipe, as a shell gives it for <(…), is one too."""
    if path.is_dir():
        raise UsageError(f"{who}: {path} is a folder, not an env file", advice=advice)
    if not path.exists():
        raise UsageError(f"{who}: {path} does not exist", advice=advice)


def _shown(path: Path, project: Path) -> str:
    return str(path.relative_to(project)) if path.is_relative_to(project) else str(path)


def _file(path: Path, shown: str, environ: Mapping[str, str], problems: list[str]) -> list[Variable]:
    entries, told = dotenv.read(path, shown, environ)
    problems.extend(told)
    # Within one file the last assignment wins, as in Compose and in dotenv.
    return [_variable(e.name, e.value, Origin(OriginKind.FILE, shown, e.line), e.raw) for e in reversed(entries)]


def _environment(environ: Mapping[str, str]) -> list[Variable]:
    origin = Origin(OriginKind.PROBE, PROCESS)
    return [_variable(name, value, origin) for name, value in environ.items()]


def _variable(name: str, value: str, origin: Origin, raw: str = "") -> Variable:
    secret = Secret(value, name)
    if kind(name) in (Kind.SECRET, Kind.TOKEN) or "://" in value:
        learn(secret)
    return Variable(name, secret, origin, Secret(raw, name) if raw else None)


def _merge(sources: Iterable[Iterable[Variable]]) -> Variables:
    by_name: dict[str, list[Variable]] = {}
    for source in sources:
        for variable in source:
            by_name.setdefault(variable.name, []).append(variable)
    return Variables({name: tuple(found) for name, found in by_name.items()})
