"""Where a target's files are looked for: the folder on disk, the deployed commit, the builds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crashcart.model.errors import UnavailableError
from crashcart.model.target import Target
from crashcart.proof.build import Build, builds
from crashcart.proof.file_tree import CommitTree, FileTree, FolderTree
from crashcart.tools.git import NotARepository, Repository


@dataclass(frozen=True, slots=True)
class Places:
    """The ledgers of one target; what is missing among them says why."""

    root: Path
    """To which all paths are relative: the top of the repository, else the project's folder."""
    project: str
    """The project's folder relative to the root; empty for the root itself."""
    folder: FolderTree | None
    commit: CommitTree | None
    no_commit: str = ""
    builds: tuple[Build, ...] = ()

    @property
    def tree(self) -> FileTree:
        """What was deployed, as far as it is known: the commit, else the folder."""
        found = self.commit or self.folder
        assert found
        return found


def survey(target: Target, timeout: float = 10.0) -> Places | str:
    """The places of *target*; a sentence where there is nothing to look at. Raises UnavailableError like git does."""
    repository, missing = _repository(target, timeout)
    if repository is None:
        folder = FolderTree(target.project)
        return Places(target.project, "", folder, None, missing, builds(target, target.project, folder))
    commit, missing = _commit(repository, target)
    if commit is None and repository.bare:
        return f"{missing}, and a bare repository has no working tree"
    folder_tree = None if repository.bare else FolderTree(repository.root)
    tree = commit or folder_tree
    assert tree
    return Places(
        repository.root,
        _below(target.project, repository.root),
        folder_tree,
        commit,
        missing,
        builds(target, repository.root, tree),
    )


def _repository(target: Target, timeout: float) -> tuple[Repository | None, str]:
    try:
        found = Repository.open(target.root or target.project, timeout)
    except UnavailableError as error:
        return None, str(error)
    if isinstance(found, NotARepository):
        return None, found.reason + (f" ({found.advice})" if found.advice else "")
    return found, ""


def _commit(repository: Repository, target: Target) -> tuple[CommitTree | None, str]:
    if target.commit is None:
        return None, "the deployed commit is not known"
    sha = repository.resolve(target.commit.sha)
    if sha is None:
        cure = "; the clone is shallow, `git fetch --unshallow` may bring it" if repository.shallow else ""
        return None, f"commit {target.commit.sha[:12]} is not in this repository{cure}"
    return CommitTree(repository, sha), ""


def _below(project: Path, root: Path) -> str:
    real, top = project.resolve(), root.resolve()
    return "" if real == top or not real.is_relative_to(top) else real.relative_to(top).as_posix()
