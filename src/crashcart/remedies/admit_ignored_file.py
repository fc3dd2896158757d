"""Let a file that `.dockerignore` shuts out into the build context."""

from __future__ import annotations

from collections.abc import Sequence

from crashcart.model.finding import Finding
from crashcart.model.plan import EditFile, Step
from crashcart.remedies import Patient, Remedy


def steps(finding: Finding, patient: Patient) -> Sequence[Step]:  # noqa: ARG001
    path, ignore = finding.facts.get("path"), finding.facts.get("file", ".dockerignore")
    if not path:
        return ()
    return (
        EditFile(
            f"Let `{path}` into the build context: the app imports it",
            ignore,
            f"append to {ignore}, below the rule that excludes it:\n!{path}",
            check="crashcart diagnose",
            undo=f"remove the line `!{path}` from {ignore}",
        ),
    )


ROOM = Remedy("admit-ignored-file", "Let the file into the build context", ("docker.file-ignored",), steps, order=10)
