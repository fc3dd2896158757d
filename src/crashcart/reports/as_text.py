"""The report for people at a terminal: causes first, each with its proof and its cure."""

from __future__ import annotations

from collections.abc import Sequence

from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.finding import Failed, Finding, Verdict
from crashcart.reports.page import Page
from crashcart.reports.story import Excerpt, excerpts, repeated, seen
from crashcart.reports.view import (
    STATUS_SYMBOLS,
    SYMBOLS,
    View,
    answer_text,
    origin,
    plain_facts,
    plural,
    status,
)
from crashcart.tools.redaction import mask

COLORS = {Verdict.CONFIRMED: "bold red", Verdict.REFUTED: "green", Verdict.UNPROVEN: "yellow"}
_MARKS = {"pass": "green", "fail": "bold red", "unknown": "yellow", "skip": "dim"}
_WORDS = {"pass": "yes", "fail": "no", "unknown": "cannot tell"}
_DEPTH = 4
"""Consequences of consequences are indented no further than this."""
_MOST_EVIDENCE = 5
_MOST_FINDINGS = 12
"""So many causes are told in full: nobody reads more of them on a terminal."""
_MOST_LINES = 20
"""So many more have a line each."""
_READ_BY_ORIGIN = (OriginKind.LOG, OriginKind.FILE)
"""What a person finds by its name and line without a command."""


def as_text(view: View, *, width: int = 80, color: bool = False) -> str:
    """*view* wrapped at *width*; commands and log lines are kept whole so that they can be copied."""
    page = Page(width=width, color=color)
    _head(page, view)
    _first(page, view)
    _causes(page, view)
    _harmless(page, view)
    _unexplained(page, view)
    _untold(page, view)
    _asked(page, view)
    if view.case.migrations:
        from crashcart.reports.text_repairs import put_migrations

        put_migrations(page, view, view.case.migrations)
    if view.case.plan:
        from crashcart.reports.text_repairs import put_plan

        put_plan(page, view.case.plan)
    page.blank()
    page.text(view.summary, style="bold")
    return mask(page.result())


def _head(page: Page, view: View) -> None:
    page.text(f"crashcart {view.case.command}: {view.case.target.name}", style="bold")
    for name, value in view.head:
        page.text(name, ": ", value, indent=2, style="dim")


def _first(page: Page, view: View) -> None:
    """What to do before all else, on top, for those who have time for one thing only."""
    if view.first:
        cause, remedy = view.first
        page.heading("Do this first")
        page.text(remedy, style="bold")
        others = len(view.causes) > 1
        page.text("because of: ", cause.title, ", ", *origin(cause.evidence[0]), style="dim") if others else None


def _causes(page: Page, view: View) -> None:
    page.heading(f"What is wrong: {plural(len(view.causes), 'cause')}" if view.causes else view.none_found)
    if view.case.remark:
        page.text(view.case.remark)
    if view.open and not view.causes:
        page.text("not told: ", ", ".join(view.open))
    told: set[str] = set()
    for cause in view.causes[:_MOST_FINDINGS]:
        _finding(page, view, cause)
        _consequences(page, view, cause, told)
        for remedy in view.further_remedies(cause):
            page.item("remedy:", remedy, indent=4)
        page.blank()
    _rest(page, view.causes[_MOST_FINDINGS:])


def _rest(page: Page, findings: Sequence[Finding]) -> None:
    """Of very many findings a line each, and of the last ones their number."""
    for finding in findings[:_MOST_LINES]:
        _title(page, finding, f"[{finding.fault}] {plain_facts(finding)}")
    if (more := len(findings) - _MOST_LINES) > 0:
        page.text(f"… and {more} more, with --format json")


def _finding(page: Page, view: View, finding: Finding) -> None:
    _title(page, finding, f"[{finding.fault}]")
    _ignored(page, view, finding, 4)
    if because := view.because(finding):
        page.text(because, indent=4)
    if facts := plain_facts(finding):
        page.text(facts, indent=4, style="dim")
    _evidence(page, finding.evidence)


def _title(page: Page, finding: Finding, behind: str, indent: int = 0) -> None:
    head = f"{SYMBOLS[finding.verdict]} {finding.severity} {finding.verdict}"
    page.item(head, finding.title, f" {behind}", indent=indent, style=COLORS[finding.verdict])


def _ignored(page: Page, view: View, finding: Finding, indent: int) -> None:
    if ignore := view.ignored.get(finding.id):
        until = f" until {ignore.until}" if ignore.until else ""
        page.text(f"ignored{until}, does not count: ", ignore.reason, indent=indent)


def _evidence(page: Page, evidence: tuple[Evidence, ...], indent: int = 4) -> None:
    for shown in excerpts(evidence[:_MOST_EVIDENCE]):
        if isinstance(shown, Excerpt):
            _excerpt(page, shown, indent)
            continue
        page.text(f"{shown.origin.kind} ", *origin(shown), indent=4, style="dim")
        page.verbatim(shown.text, indent=6)
        if shown.check and shown.origin.kind not in _READ_BY_ORIGIN:
            page.verbatim("$ ", shown.check, indent=6, style="bold")
    if (more := len(evidence) - _MOST_EVIDENCE) > 0:
        page.text(f"… and {more} more, with --format markdown or json", indent=4, style="dim")


def _excerpt(page: Page, excerpt: Excerpt, indent: int) -> None:
    page.text("log ", excerpt.where, f":{excerpt.first_hit}", indent=indent, style="dim")
    for before, text, hit in excerpt.rows():
        page.verbatim(before, text, indent=indent, style="bold" if hit else "dim")


def _consequences(page: Page, view: View, cause: Finding, told: set[str]) -> None:
    """What follows, a title and its first line each; what follows from several causes is told under the first."""
    following = list(view.consequences(cause, frozenset(told)))
    if following:
        page.text("which brings about:", indent=4)
    for depth, finding in following[:_MOST_LINES]:
        indent = 4 + 2 * min(depth, _DEPTH)
        if finding.id in told:
            page.text(f"↳ {finding.title} (told above)", indent=indent, style="dim")
        else:
            _consequence(page, view, finding, cause, indent)
    if (more := len(following) - _MOST_LINES) > 0:
        page.text(f"… and {more} more, with --format json", indent=6, style="dim")
    told.update(finding.id for _, finding in following)


def _consequence(page: Page, view: View, finding: Finding, cause: Finding, indent: int) -> None:
    _title(page, finding, " ".join(filter(None, (f"[{finding.fault}]", seen(finding, cause)))), indent)
    _ignored(page, view, finding, indent + 2)
    first = finding.evidence[0]
    if first.context:
        for shown in excerpts([first]):
            _excerpt(page, shown, indent + 2) if isinstance(shown, Excerpt) else None
        return
    page.verbatim(*origin(first), ": ", first.text.strip(), indent=indent + 2, style="dim")


def _harmless(page: Page, view: View) -> None:
    if view.harmless:
        page.heading("Shown to be harmless")
    for finding in view.harmless[:_MOST_FINDINGS]:
        _finding(page, view, finding)
    _rest(page, view.harmless[_MOST_FINDINGS:])


def _unexplained(page: Page, view: View) -> None:
    """What nobody knows yet; among it may be the cause, where none was found."""
    lines = view.case.unexplained
    if not lines:
        return
    page.heading(view.unexplained_title)
    for each in lines[:_MOST_EVIDENCE]:
        often = f", {repeated(each)}" if repeated(each) else ""
        if each.example.context:
            _evidence(page, (each.example,), 2)
            continue
        page.text("log ", *origin(each.example), often, indent=2, style="dim")
        page.verbatim(each.example.text, indent=4)
    if (more := len(lines) - _MOST_EVIDENCE) > 0:
        page.text(f"… and {more} more, with --format json", indent=2, style="dim")


def _untold(page: Page, view: View) -> None:
    if view.untold:
        page.heading(view.untold_title)
    for why in view.untold:
        page.item("?", why, style="yellow")


def _asked(page: Page, view: View) -> None:
    if view.case.answers:
        page.heading("Asked of the world")
    for answer in view.case.answers:
        found = status(answer)
        outcome = answer.outcome
        head = f"{STATUS_SYMBOLS[found]} {_WORDS[found]}" if found != "skip" else STATUS_SYMBOLS[found]
        told = outcome.fault if isinstance(outcome, Failed) else answer_text(answer)
        asked = (answer.question, " ") if found in ("fail", "unknown") else ()
        page.item(head, answer.probe, ": ", *asked, told, style=_MARKS[found])
