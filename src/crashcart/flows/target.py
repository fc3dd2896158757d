"""Finds out what a project consists of: commit, Dockerfiles, compose files, start scripts, migrations, variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crashcart import engines
from crashcart.model.config import Config
from crashcart.model.errors import UnavailableError, UsageError
from crashcart.model.target import Commit, CommitSource, Target
from crashcart.proof import dockerfile
from crashcart.tools import compose, variables
from crashcart.tools.files import read_text, upwards, walk
from crashcart.tools.git import NotARepository, Repository

DEPTH = 4
"""How many folders below the project its build and start files are looked for."""

DOCKERFILE = re.compile(r"^(?:Dockerfile(?:\..+)?|.+\.Dockerfile)$")
COMPOSE = re.compile(r"^(?:docker-)?compose(?:\..+)?\.ya?ml$")
START_NAMES = re.compile(r"^(?:docker-)?(?:entry-?point|start|run|init|wait)(?:[-_.].*)?$")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the source is kept, and which commit of it was deployed; ``notes`` say what could not be told."""

    root: Path | None = None
    commit: Commit | None = None
    notes: tuple[str, ...] = ()


def discover(
    project: Path,
    *,
    config: Config,
    environ: Mapping[str, str],
    commit: str | None = None,
    env_file: Path | None = None,
    database_url_env: str | None = None,
) -> Target:
    """The target in *project*. Raises UsageError for a folder, commit, Dockerfile or env file that is not there."""
    project = _folder(project)
    source = _source(project / (config.source.root or ""), commit, config.source.commit)
    files = [] if source.root and _is_bare(project) else list(walk(project, depth=DEPTH))
    compose_files = tuple(path for path in files if COMPOSE.match(path.name))
    dockerfiles = _dockerfiles(project, files, config.build.dockerfile)
    engine, migrations = _migrations(project, config.database.migrations)
    found, problems = variables.read(project, env_file=env_file, environ=environ, files=config.variables.files)
    return Target(
        name=config.app.name or project.name,
        project=project,
        root=source.root,
        commit=source.commit,
        dockerfiles=dockerfiles,
        context=_context(project, dockerfiles, compose_files, config.build.context),
        compose_files=compose_files,
        scripts=tuple(path for path in files if _is_start_script(path)),
        migrations=migrations,
        engine=engine,
        variables=found,
        database_url_env=database_url_env or config.database.url_env or "DATABASE_URL",
        database_schema=config.database.schema,
        required_variables=config.variables.required,
        expected_variables=config.variables.expect,
        notes=source.notes,
        unread=problems,
    )


def _folder(project: Path) -> Path:
    if not project.is_dir():
        raise UsageError(f"--project: {project} is no folder", advice="name the folder that holds the app's source")
    return project.resolve()


def _source(folder: Path, flag: str | None, configured: str | None) -> Source:
    try:
        repository = Repository.open(folder)
    except UnavailableError as error:
        return Source(notes=(str(error),))
    if isinstance(repository, NotARepository):
        return Source(notes=(repository.reason,))
    rev, origin = _revision(flag, configured)
    sha = repository.resolve(rev)
    if sha is None and rev != "HEAD":
        raise UsageError(
            f"--commit: {rev} names no commit here", advice="give a branch, tag or hash of this repository"
        )
    notes = () if sha else ("the repository has no commit yet",)
    return Source(repository.root, Commit(sha, origin) if sha else None, notes)


def _revision(flag: str | None, configured: str | None) -> tuple[str, CommitSource]:
    if flag:
        return flag, "flag"
    return (configured, "config") if configured else ("HEAD", "head")


def _is_bare(project: Path) -> bool:
    return (project / "objects").is_dir() and (project / "HEAD").is_file()


def _dockerfiles(project: Path, files: Iterable[Path], configured: str | None) -> tuple[Path, ...]:
    if configured is None:
        return tuple(path for path in files if DOCKERFILE.match(path.name) and path.suffix != ".dockerignore")
    path = project / configured
    if not path.is_file():
        raise UsageError(f"[build] dockerfile: {path} is no file", advice="name it relative to the project")
    return (path,)


def _context(
    project: Path, dockerfiles: Sequence[Path], compose_files: Iterable[Path], configured: str | None
) -> Path | None:
    """What the builder is given: as configured, as compose says, else where the Dockerfile's COPY sources lie."""
    if configured is not None:
        return (project / configured).resolve()
    for file in compose_files:
        for build in compose.builds(file):
            if build.dockerfile in dockerfiles:
                return build.context
    return _likely_context(project, dockerfiles[0]) if dockerfiles else None


def _likely_context(project: Path, file: Path) -> Path:
    """The Dockerfile's folder or one above it, up to the project: the first that holds what is copied, else its own."""
    sources = _literal_sources(file)
    above = upwards(file.parent, project)
    fitting = (folder for folder in above if all((folder / source).exists() for source in sources))
    return next(fitting, file.parent)


def _literal_sources(file: Path) -> list[str]:
    try:
        parsed = dockerfile.parse(read_text(file), file.name)
    except OSError:
        return []
    if isinstance(parsed, dockerfile.Unparsable):
        return []
    copies = (step for stage in parsed.stages for step in stage.steps if isinstance(step, dockerfile.Copy))
    sources = (source for copy in copies if copy.stage is None for source in copy.sources)
    return [source.lstrip("/") for source in sources if not set(source) & set("*?[$")]


def _is_start_script(path: Path) -> bool:
    if path.suffix == ".sh":
        return True
    return bool(START_NAMES.match(path.name)) and not path.suffix and _has_shebang(path)


def _has_shebang(path: Path) -> bool:
    try:
        return read_text(path, limit=64).startswith("#!")
    except OSError:
        return False


def _migrations(project: Path, configured: str | None) -> tuple[str | None, Path | None]:
    if configured is not None and not (project / configured).is_dir():
        raise UsageError(
            f"[database] migrations: {project / configured} is no folder", advice="name it from the project"
        )
    for engine in engines.find():
        if folder := engine.recognises(project):
            return engine.name, (project / configured).resolve() if configured else folder
    return None, None
