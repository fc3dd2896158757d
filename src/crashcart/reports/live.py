"""A finding told at once, while the log that shows it still grows."""

from __future__ import annotations

from crashcart.model.change import Change
from crashcart.model.finding import Finding, Role
from crashcart.reports.as_text import COLORS
from crashcart.reports.page import Page
from crashcart.reports.view import SYMBOLS, View, origin


def render_change(
    view: View,
    finding: Finding,
    change: Change,
    format: str,  # noqa: A002
    *,
    width: int = 80,
    color: bool = False,
) -> str:
    """What happened to *finding*, in lines of its own."""
    if format == "jsonl":
        from crashcart.reports.as_jsonl import finding_line

        return finding_line(view, finding, change)
    page = Page(width=width, color=color)
    _tell(page, view, finding, change)
    return page.result()


def _tell(page: Page, view: View, finding: Finding, change: Change) -> None:
    if change == "withdrawn":
        page.item("–", finding.title, " is told with another finding from here on", style="dim")
        return
    head = f"{SYMBOLS[finding.verdict]} {finding.severity} {finding.verdict}"
    page.item(head, finding.title, f" [{finding.fault}]{_standing(finding, change)}", style=COLORS[finding.verdict])
    if change == "new":
        first = finding.evidence[0]
        page.verbatim(*origin(first), ": ", first.text.strip(), indent=4, style="dim")
    if finding.role is Role.CONSEQUENCE:
        titles = [f.title for f in view.case.findings if f.id in finding.caused_by]
        page.text("follows from: ", ", ".join(titles), indent=4)
    elif finding.role is Role.BENIGN:
        page.text(finding.because, indent=4)


def _standing(finding: Finding, change: Change) -> str:
    if change == "new":
        return ""
    return {Role.BENIGN: ": is harmless now", Role.CAUSE: ": stands as a cause", Role.CONSEQUENCE: ": explained now"}[
        finding.role
    ]
