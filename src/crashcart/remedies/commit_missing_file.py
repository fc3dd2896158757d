"""Bring a file that only the working tree has into the next commit."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from crashcart.model.finding import Finding
from crashcart.model.plan import EditFile, Step
from crashcart.remedies import Patient, Remedy


def steps(finding: Finding, patient: Patient) -> Sequence[Step]:  # noqa: ARG001
    path = finding.facts.get("path")
    if not path:
        return ()
    quoted = shlex.quote(path)
    force = "-f " if finding.facts.get("status") == "ignored" else ""
    return (
        EditFile(
            f"Add `{path}` to the next commit: the deployed commit imports it and does not hold it",
            path,
            f"git add {force}-- {quoted}",
            check=f"git ls-files --error-unmatch -- {quoted}",
            undo=f"git restore --staged -- {quoted}",
        ),
    )


ROOM = Remedy("commit-missing-file", "Commit the missing file", ("node.file-not-committed",), steps, order=10)
