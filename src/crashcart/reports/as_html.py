"""The report as one page to hand on: no scripts, nothing from elsewhere, readable on a phone, on paper, at night."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import islice

from crashcart import __version__
from crashcart.model.evidence import Evidence
from crashcart.model.finding import Finding, Verdict
from crashcart.model.unexplained import Unexplained
from crashcart.reports.html import Markup, element, page, prose, style, together, told
from crashcart.reports.html_sections import asked, bullets, migrations, plan, section
from crashcart.reports.page import shortened
from crashcart.reports.story import Excerpt, began, excerpts, repeated, seen
from crashcart.reports.view import SYMBOLS, View, origin, plural, severity_word, shown_facts

_OPEN = 3
"""So many pieces of evidence stand open; the rest unfolds."""
_MOST = 20
"""Kinds of unexplained lines that are shown; JSON has them all."""
_CLASSES = {Verdict.CONFIRMED: "bad", Verdict.UNPROVEN: "open", Verdict.REFUTED: "good"}


def as_html(view: View) -> str:
    """*view* as a document of its own."""
    css = (files("crashcart.reports") / "page.css").read_text("utf-8")
    return page(_head(view, css), together(_banner(view), element("main", _sections(view)), _foot(view)))


def _head(view: View, css: str) -> Markup:
    """Whatever a log says, a browser obeys nothing of it: this page may load and run nothing but its own style."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return together(
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        element("title", f"{view.case.target.name}: {_verdict(view)}"),
        style(css),
    )


def _banner(view: View) -> Markup:
    mood = "bad" if view.causes else "open" if view.open else "good"
    counts = view.counts
    kinds = (
        (counts["causes"], "cause", "causes"),
        (counts["consequences"], "consequence", "consequences"),
        (counts["refuted"], "false alarm", "false alarms"),
        (counts["unproven"], "unproven", "unproven"),
    )
    alone = view.case.command == "triage"
    tiles = (_tile(n, one if n == 1 else many) for n, one, many in (kinds[:3] if alone else kinds))
    return element(
        "header",
        element("p", f"crashcart {view.case.command}", class_="over"),
        element("h1", view.case.target.name),
        element("p", _verdict(view), class_="verdict"),
        element("ul", tiles, class_="tiles"),
        class_=mood,
    )


def _tile(count: int, word: str) -> Markup:
    return element("li", element("b", str(count)), f" {word}", class_=None if count else "none")


def _verdict(view: View) -> str:
    if not view.causes:
        return view.none_found + (f": {', '.join(view.open)}" if view.open else "")
    worst = min(f.severity for f in view.causes)
    return f"{worst}: {severity_word(worst)}"


def _sections(view: View) -> Iterator[Markup]:
    yield from _first(view)
    if view.causes:
        yield section(
            "What is wrong", element("ol", _causes(view), class_="story"), f"{plural(len(view.causes), 'cause')}"
        )
    if view.harmless:
        cards = (element("li", _card(view, finding), class_="good") for finding in view.harmless)
        yield section("Shown to be harmless", element("ul", cards, class_="story"))
    if view.case.unexplained:
        title, _, beside = view.unexplained_title.partition(": ")
        kinds = together(_unexplained(lines) for lines in view.case.unexplained[:_MOST])
        yield section(title, together(element("p", view.case.remark) if view.case.remark else None, kinds), beside)
    if view.untold:
        yield section(view.untold_title, bullets(prose(why) for why in view.untold))
    yield from plan(view)
    yield from migrations(view.case.migrations)
    yield from asked(view.case.answers)


def _first(view: View) -> Iterator[Markup]:
    if view.first:
        cause, remedy = view.first
        link = element("a", cause.title, href=f"#{cause.id}")
        why = element("p", "because of ", link, class_="dim")
        yield element("section", element("h2", "Do this first"), element("p", prose(remedy)), why, class_="first")


def _causes(view: View) -> Iterator[Markup]:
    before: set[str] = set()
    for cause in view.causes:
        remedies = (
            element("p", element("b", "Remedy "), prose(r), class_="remedy") for r in dict.fromkeys(cause.remedies)
        )
        following = _consequences(view, cause, before)
        yield element("li", _card(view, cause), following, remedies, class_=_CLASSES[cause.verdict], id=cause.id)


def _card(view: View, finding: Finding, cause: Finding | None = None) -> Markup:
    ignore = view.ignored.get(finding.id)
    facts = (element("li", element("span", name), f" {value}") for name, value in shown_facts(finding).items())
    return together(
        element("p", _time(finding, cause), class_="when"),
        element("h3", f"{SYMBOLS[finding.verdict]} {finding.title}"),
        element("p", _chips(finding), class_="chips"),
        element("p", f"Ignored{f' until {ignore.until}' if ignore.until else ''}: {ignore.reason}") if ignore else None,
        element("p", prose(because)) if (because := view.because(finding)) else None,
        element("ul", facts, class_="facts") if shown_facts(finding) else None,
        _evidence(finding.evidence),
    )


def _time(finding: Finding, cause: Finding | None) -> Markup:
    start = began(finding)
    shown = seen(finding, cause)
    return element("time", shown, datetime=start.isoformat()) if start else together(shown)


def _chips(finding: Finding) -> Iterator[Markup]:
    yield element(
        "span", str(finding.severity), title=severity_word(finding.severity), class_=str(finding.severity).lower()
    )
    yield element("span", str(finding.verdict))
    yield element("code", finding.fault)


def _evidence(evidence: Sequence[Evidence]) -> Markup:
    shown = [_proof(each) for each in excerpts(evidence)]
    more = islice(shown, _OPEN, None)
    rest = element("details", element("summary", f"{len(shown) - _OPEN} more"), more) if len(shown) > _OPEN else None
    return together(shown[:_OPEN], rest)


def _proof(shown: Evidence | Excerpt) -> Markup:
    if isinstance(shown, Excerpt):
        rows = (_row(*row) for row in shown.rows())
        return _figure(told("log ", shown.where, f":{shown.first_hit}"), element("pre", rows))
    lines = "\n".join(shortened(shown.text))
    command = element("pre", "$ ", shown.check, class_="command") if shown.check else None
    return _figure(told(f"{shown.origin.kind} ", *origin(shown)), element("pre", lines), command)


def _unexplained(lines: Unexplained) -> Markup:
    shown = (_proof(each) for each in excerpts([lines.example]))
    return together(element("p", repeated(lines), class_="when"), shown)


def _row(before: str, text: str, hit: bool) -> Markup:
    return element("mark" if hit else "span", element("i", before), element("span", text), class_="row")


def _figure(caption: Markup, *content: Markup | None) -> Markup:
    return element("figure", element("figcaption", caption), content)


def _consequences(view: View, cause: Finding, before: set[str]) -> Markup | None:
    following = [finding for _, finding in view.consequences(cause, frozenset(before))]
    items = [
        element("li", "↳ ", element("a", finding.title, href=f"#{finding.id}"), class_="again")
        if finding.id in before
        else element("li", _card(view, finding, cause), class_=_CLASSES[finding.verdict], id=finding.id)
        for finding in following
    ]
    before.update(finding.id for finding in following)
    fold = element("summary", f"brings about {plural(len(items), 'more')}".removesuffix("s"))
    return element("details", fold, element("ul", items, class_="story"), open="") if items else None


def _foot(view: View) -> Markup:
    rows = [*view.head, ("read", f"{view.case.started_at:%Y-%m-%d %H:%M:%S} UTC, in {view.case.took_ms} ms")]
    listed = (together(element("dt", name), element("dd", value)) for name, value in rows)
    return element("footer", element("dl", listed), element("p", f"{view.summary} crashcart {__version__}"))
