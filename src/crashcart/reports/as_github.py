"""The report for GitHub: a line per finding that a workflow shows beside its run."""

from __future__ import annotations

from collections.abc import Iterator

from crashcart.model.evidence import OriginKind
from crashcart.model.fault import Severity
from crashcart.model.finding import Finding
from crashcart.reports.story import seen
from crashcart.reports.view import View, origin
from crashcart.tools.redaction import joined, mask, redact

LEVELS = {Severity.P0: "error", Severity.P1: "error", Severity.P2: "warning", Severity.P3: "notice"}
ESCAPES = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
IN_PROPERTIES = ESCAPES | {ord(":"): "%3A", ord(","): "%2C"}
IN_REPOSITORY = (OriginKind.FILE, OriginKind.COMMIT)
"""What an annotation may point at; a log is no file of the repository."""


def as_github(view: View) -> str:
    """Causes as errors, what may stand as notices; consequences and false alarms are counted in the last line."""
    told = [_annotation(view, cause) for cause in view.causes]
    return "\n".join((*told, _command("notice", {"title": "crashcart"}, view.summary))) + "\n"


def _annotation(view: View, finding: Finding) -> str:
    level = "notice" if finding.id in view.ignored else LEVELS[finding.severity]
    remedies = (f"Remedy: {redact(remedy)}" for remedy in finding.remedies[:1])
    text = "\n".join((*_why(view, finding), _line(finding), *remedies))
    return _command(level, {**_place(finding), "title": joined(finding.title, f" [{finding.fault}]")}, text)


def _place(finding: Finding) -> dict[str, str]:
    for each in finding.evidence:
        if each.origin.kind in IN_REPOSITORY and each.origin.line:
            return {"file": redact(each.origin.where), "line": str(each.origin.line)}
    return {}


def _why(view: View, finding: Finding) -> Iterator[str]:
    if because := view.because(finding):
        yield redact(because)
    if told := seen(finding):
        yield f"Seen {told}"


def _line(finding: Finding) -> str:
    first = finding.evidence[0]
    return joined(*origin(first), ": ", first.text.strip())


def _command(level: str, properties: dict[str, str], text: str) -> str:
    """One workflow command of redacted parts, which can neither end it nor begin another."""
    told = ",".join(f"{name}={value.translate(IN_PROPERTIES)}" for name, value in properties.items())
    return f"::{level} {told}::{mask(text).translate(ESCAPES)}"
