"""Which migrations the deployed commit holds; the folder may hold more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from crashcart.model.errors import UnavailableError
from crashcart.model.target import Commit, Target
from crashcart.tools.git import NotARepository, Repository


@dataclass(frozen=True, slots=True)
class Deployed:
    """The names of the migrations in one commit."""

    commit: Commit
    names: frozenset[str]

    def __str__(self) -> str:
        return f"commit {self.commit.sha[:7]}"


def deployed(target: Target) -> Deployed | None:
    """What the deployed commit holds; None where that cannot be told, or it holds no migrations at all."""
    folder = target.migrations
    if not (target.commit and target.root and folder and folder.is_relative_to(target.root)):
        return None
    under = folder.relative_to(target.root).as_posix()
    try:
        repository = Repository.open(target.root)
        if isinstance(repository, NotARepository):
            return None
        paths = [PurePosixPath(path) for path in repository.tree(target.commit.sha, under)]
    except UnavailableError:
        return None
    names = frozenset(path.parent.name for path in paths if path.parent.parent.as_posix() == under)
    return Deployed(target.commit, names) if names else None
