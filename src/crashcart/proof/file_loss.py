"""How a file gets lost between a developer's disk and the image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from crashcart.model.errors import UnavailableError
from crashcart.proof.file_tree import CommitTree
from crashcart.proof.places import Places
from crashcart.tools.git import Change, Tracking


class LossKind(StrEnum):
    CASE = "differs in letter case"
    IGNORED = "ignored by git"
    UNTRACKED = "never committed"
    UNCOMMITTED = "added but not committed"
    ADDED_LATER = "committed elsewhere"
    REMOVED = "removed before"
    NOWHERE = "exists nowhere"
    OUTSIDE_CONTEXT = "outside the build context"
    EXCLUDED = "excluded from the build context"
    NOT_COPIED = "copied by no instruction"
    LOST_BETWEEN_STAGES = "lost between stages"

    @property
    def in_commit(self) -> bool:
        """Whether the deployed commit is where it went missing, though the file exists somewhere."""
        return self in {LossKind.IGNORED, LossKind.UNTRACKED, LossKind.UNCOMMITTED, LossKind.ADDED_LATER}


@dataclass(frozen=True, slots=True)
class Loss:
    """One way of getting lost, with what shows it."""

    kind: LossKind
    because: str
    file: str | None = None
    """The file that decides: an ignore file, a Dockerfile."""
    line: int | None = None
    commit: str | None = None
    other: str | None = None
    """The name that exists instead."""


def why_not_committed(path: str, places: Places, commit: CommitTree) -> Loss:
    """Why the deployed commit lacks *path*."""
    if other := commit.alike(path):
        because = f"commit {commit.sha[:7]} holds `{other}`; the import asks for `{path}`"
        return Loss(LossKind.CASE, because, other=other)
    here = f"is not in the deployed commit {commit.sha[:7]}"
    if places.folder and places.folder.locate(path).held:
        return _lies_on_disk(path, commit, here)
    changes, doubt = _history(path, commit)
    for kind, change in changes:
        if kind is LossKind.ADDED_LATER:
            return Loss(kind, f"`{path}` {here}; {_added(change)}", commit=change.sha)
        return Loss(kind, f"`{path}` {here}: commit {change.short} removed it", commit=change.sha)
    where = "nor in the working tree" if places.folder else "and there is no working tree to look in"
    elsewhere = f"; {doubt}" if doubt else ", nor in any other commit of this repository"
    return Loss(LossKind.NOWHERE, f"`{path}` {here} {where}{elsewhere}")


def _lies_on_disk(path: str, commit: CommitTree, here: str) -> Loss:
    try:
        status = commit.repository.status_of(path)
    except UnavailableError as error:
        return Loss(LossKind.UNTRACKED, f"`{path}` lies in the working tree and {here} ({error})")
    if status.rule:
        rule = status.rule
        because = f"`{path}` is ignored by {rule.file} line {rule.line} (`{rule.pattern}`) and {here}"
        return Loss(LossKind.IGNORED, because, file=rule.file, line=rule.line)
    changes, _ = _history(path, commit)
    added = next((c for kind, c in changes if kind is LossKind.ADDED_LATER), None)
    if status.tracking is Tracking.TRACKED:
        if added:
            return Loss(LossKind.ADDED_LATER, f"`{path}` {here}; {_added(added)}", commit=added.sha)
        return Loss(LossKind.UNCOMMITTED, f"`{path}` is added to git's index but not committed, and {here}")
    also = f"; {_added(added)}" if added else ""
    return Loss(LossKind.UNTRACKED, f"`{path}` lies untracked in the working tree and {here}{also}")


def _history(path: str, commit: CommitTree) -> tuple[list[tuple[LossKind, Change]], str]:
    try:
        return list(_changes(path, commit)), ""
    except UnavailableError as error:
        return [], f"whether another commit holds it cannot be told: {error}"


def _changes(path: str, commit: CommitTree) -> Iterator[tuple[LossKind, Change]]:
    repository = commit.repository
    yield from ((LossKind.ADDED_LATER, c) for c in repository.added_later([path], commit.sha)[-1:])
    yield from ((LossKind.REMOVED, c) for c in repository.removed_before([path], commit.sha)[:1])


def _added(change: Change) -> str:
    branches = f" on {', '.join(change.branches[:3])}" if change.branches else ""
    return f"it was added in commit {change.short} of {change.date:%Y-%m-%d}{branches}"
