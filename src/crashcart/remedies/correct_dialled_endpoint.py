"""Make a start script dial the endpoint that the app's own variable names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.finding import Finding
from crashcart.model.plan import AskHuman, EditFile, Step
from crashcart.remedies import Patient, Remedy
from crashcart.tools.database_url import BadUrl, parse

HOST_OPTION = re.compile(r"""(?:-h|--host)[ =]?(?:"[^"]*"|'[^']*'|\S+)""")
"""The host option of libpq's programs, with its value in quotes or bare."""


def steps(finding: Finding, patient: Patient) -> Sequence[Step]:
    variable = patient.target.database_url
    line = next((e for e in finding.evidence if e.origin.kind is OriginKind.FILE and e.origin.line), None)
    if not variable or not line:
        return ()
    try:
        url = parse(variable.value)
    except BadUrl:
        return ()
    return (_edit(line, url.port, variable.name),)


def _edit(line: Evidence, port: int, variable: str) -> Step:
    where = line.origin.where
    if not (option := HOST_OPTION.search(line.text)):
        return AskHuman(
            f"Let {line.origin} dial the host and port {port} that {variable} names", check="crashcart diagnose"
        )
    text = f"{line.text[: option.end()]} -p {port}{line.text[option.end() :]}"
    return EditFile(
        f"Let {line.origin} dial port {port}, as {variable} does",
        where,
        f"--- a/{where}\n+++ b/{where}\n@@ -{line.origin.line} +{line.origin.line} @@\n-{line.text}\n+{text}\n",
        check="crashcart diagnose",
        undo="apply the same patch with `patch -R`",
    )


ROOM = Remedy(
    "correct-dialled-endpoint",
    "Dial the endpoint that the variable names",
    ("db-url.endpoint-disagreement",),
    steps,
    order=10,
)
