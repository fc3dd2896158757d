"""A git repository with the same commits on every machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from crashcart.model.errors import UnavailableError
from crashcart.staging.accident import Commit
from crashcart.staging.template import lay, matching

_AUTHOR = ("Shop Developer", "developer@example.com")
_SETTINGS = (
    "init.defaultBranch=main",
    "core.autocrlf=false",
    "core.fileMode=true",
    "core.hooksPath=/dev/null",
    "commit.gpgSign=false",
    "gc.auto=0",
)


def make(project: Path, files: Sequence[Path], commits: Sequence[Commit]) -> tuple[str, ...]:
    """Make *project* a repository with *commits* of *files*; gives their ids, oldest first.

    Raises UnavailableError without git, CalledProcessError where git refuses.
    """
    _git(project, "init", "--quiet", "--template=")
    left = list(files)
    ids = []
    for commit in commits:
        unwanted = matching(left, commit.without)
        chosen = [path for path in matching(left, commit.files) if path not in unwanted]
        with _as_earlier(project, commit.earlier) as earlier:
            ids.append(_commit(project, chosen, commit))
        left = [path for path in left if path not in chosen or path in earlier]
    return tuple(ids)


@contextmanager
def _as_earlier(project: Path, folder: Path | None) -> Iterator[Sequence[Path]]:
    """The files of *folder* stand in the project as long as the block; gives their paths."""
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()] if folder else []
    now = {path: (project / path).read_bytes() for path in paths}
    if folder:
        lay(folder, project)
    try:
        yield paths
    finally:
        for path, content in now.items():
            (project / path).write_bytes(content)


def _commit(project: Path, files: Sequence[Path], commit: Commit) -> str:
    _git(project, "add", "--force", "--", *(path.as_posix() for path in files))
    _git(project, "commit", "--quiet", "--allow-empty", "--message", commit.message, date=commit.date)
    return _git(project, "rev-parse", "HEAD").strip()


def _git(project: Path, *arguments: str, date: datetime | None = None) -> str:
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    try:
        done = subprocess.run(
            ["git", *settings, *arguments],
            cwd=project,
            env=_environment(date),
            check=True,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
        )
    except FileNotFoundError:
        raise UnavailableError("git is not installed", advice="install git and try again") from None
    return done.stdout


def _environment(date: datetime | None) -> dict[str, str]:
    name, email = _AUTHOR
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    when = date.isoformat() if date else ""
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_LITERAL_PATHSPECS": "1",
        "LC_ALL": "C",
        **({"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when} if date else {}),
        **{f"GIT_{who}_NAME": name for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": email for who in ("AUTHOR", "COMMITTER")},
    }
