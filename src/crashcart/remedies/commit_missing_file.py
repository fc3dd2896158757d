"""Bring a file that only the working tree has into the next commit."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from crashcart.model.finding import Finding
from crashcart.model.plan import AskHuman, EditFile, Step
from crashcart.model.target import Target
from crashcart.remedies import Patient, Remedy


def steps(finding: Finding, patient: Patient) -> Sequence[Step]:
    path, reason = finding.facts.get("path"), finding.facts.get("reason")
    if not path:
        return ()
    if reason == "committed elsewhere":
        check = f"git log --all --oneline -- {_pathspec(path, patient.target)}"
        return (AskHuman(f"Deploy a commit that holds `{path}`: {finding.because}", check=check),)
    if reason == "added but not committed":
        return (AskHuman(f"Commit `{path}`, which is staged already", check="git status --short"),)
    return (_add(path, _pathspec(path, patient.target), forced=reason == "ignored by git"),)


def _pathspec(path: str, target: Target) -> str:
    """*path*, which counts from the top of the repository, as git takes it in the project's folder."""
    return shlex.quote(path if target.root in (None, target.project) else f":(top){path}")


def _add(path: str, pathspec: str, *, forced: bool) -> EditFile:
    return EditFile(
        f"Add `{path}`, then commit and push it yourself: the deployed commit imports it and does not hold it",
        path,
        f"git add {'-f ' if forced else ''}-- {pathspec}",
        check=f"git ls-tree --full-tree HEAD -- {shlex.quote(path)}",
        undo=f"git restore --staged -- {pathspec}",
    )


ROOM = Remedy("commit-missing-file", "Commit the missing file", ("node.file-not-committed",), steps, order=10)
