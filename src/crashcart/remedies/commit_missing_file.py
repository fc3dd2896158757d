"""Bring a file that only the working tree has into the next commit."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from crashcart.model.finding import Finding
from crashcart.model.plan import AskHuman, EditFile, Step
from crashcart.remedies import Patient, Remedy


def steps(finding: Finding, patient: Patient) -> Sequence[Step]:  # noqa: ARG001
    path, reason = finding.facts.get("path"), finding.facts.get("reason")
    if not path:
        return ()
    if reason == "committed elsewhere":
        check = f"git log --all --oneline -- {shlex.quote(path)}"
        return (AskHuman(f"Deploy a commit that holds `{path}`: {finding.because}", check=check),)
    if reason == "added but not committed":
        return (AskHuman(f"Commit `{path}`, which is staged already", check="git status --short"),)
    return (_add(path, forced=reason == "ignored by git"),)


def _add(path: str, *, forced: bool) -> EditFile:
    quoted = shlex.quote(path)
    return EditFile(
        f"Add `{path}`, then commit and push it yourself: the deployed commit imports it and does not hold it",
        path,
        f"git add {'-f ' if forced else ''}-- {quoted}",
        check=f"git ls-tree --full-tree HEAD -- {quoted}",
        undo=f"git restore --staged -- {quoted}",
    )


ROOM = Remedy("commit-missing-file", "Commit the missing file", ("node.file-not-committed",), steps, order=10)
