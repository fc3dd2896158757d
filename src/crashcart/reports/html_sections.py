"""The parts of the page that are tables: plan, migrations, what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from crashcart.model.finding import Answer
from crashcart.model.migration import MigrationProof, MigrationsReport, Next, Proof
from crashcart.model.plan import Step
from crashcart.reports.html import Child, Markup, element, prose, together
from crashcart.reports.repairs import EFFECT_SYMBOLS, step_command, step_kind
from crashcart.reports.view import (
    STATUS_SYMBOLS,
    View,
    answer_text,
    first_line,
    plural,
    status,
)

_STATUS_CLASSES = {"pass": "good", "fail": "bad", "unknown": "open", "skip": "none"}


def section(title: str, content: Child, beside: str = "") -> Markup:
    """A titled part of the page."""
    return element("section", element("h2", title, element("small", beside) if beside else None), content)


def bullets(items: Iterable[Child]) -> Markup:
    """A plain list."""
    return element("ul", (element("li", item) for item in items), class_="plain")


def table(head: Sequence[str], rows: Iterable[tuple[str, Sequence[Child]]]) -> Markup:
    """A table; each row has a class and its cells, which on a narrow screen stand one below the other."""
    titles = element("thead", element("tr", (element("th", name) for name in head)))
    body = (
        element("tr", (element("td", c, data_label=h) for h, c in zip(head, cells, strict=True)), class_=mood)
        for mood, cells in rows
    )
    return element("table", titles, element("tbody", body))


def plan(view: View) -> Iterator[Markup]:
    """What to do, step by step."""
    if found := view.case.plan:
        steps = element("ol", (element("li", _step(step)) for step in found.steps), class_="steps")
        done = found.rehearsal if found.rehearsed else f"{found.rehearsal}; nothing is done yet"
        yield section("Plan", together(element("p", done, class_="dim"), steps), plural(len(found.steps), "step"))


def _step(step: Step) -> Markup:
    _, text = step_command(step)
    more = ((name, value) for name, value in (("check", step.check), ("undo", step.undo)) if value)
    return together(
        element("p", prose(step.does), " ", element("small", step_kind(step))),
        element("pre", text) if text else None,
        (element("p", f"{name} ", element("code", value), class_="dim") for name, value in more),
    )


def migrations(report: MigrationsReport | None) -> Iterator[Markup]:
    """What is proven of each migration, and what differs."""
    if report is None:
        return
    where = f"{report.engine}, {report.folder}{f', replayed on {report.shadow}' if report.shadow else ''}"
    head = ("migration", "ledger", "proof", "file", "next")
    yield section("Migrations", together(table(head, map(_row, report.migrations)), _troubled(report)), where)
    if report.drift:
        rows = [("open", (_code(d.object), d.expected or "nothing", d.live or "nothing")) for d in report.drift]
        yield section("Live definitions that differ", table(("object", "expected", "live"), rows))


def _row(proof: MigrationProof) -> tuple[str, Sequence[Child]]:
    mood = "good" if _well(proof) else "bad"
    return mood, (_code(proof.name), str(proof.ledger), str(proof.proof), str(proof.file), str(proof.next))


def _well(proof: MigrationProof) -> bool:
    return proof.next is Next.NONE and proof.proof in (Proof.APPLIED, Proof.NOT_APPLIED)


def _troubled(report: MigrationsReport) -> Iterator[Markup]:
    for proof in (p for p in report.migrations if not _well(p)):
        rows = [
            (
                "",
                (
                    str(s.line),
                    _code(s.object or first_line(s.sql)),
                    f"{EFFECT_SYMBOLS[s.effect]} {s.effect}",
                    prose(s.why),
                ),
            )
            for s in proof.statements
        ]
        yield together(
            element("h3", proof.name),
            element("p", prose(proof.because)),
            element("pre", proof.failure) if proof.failure else None,
            table(("line", "statement", "effect", "why"), rows) if rows else None,
            (element("p", "What would complete it"), element("pre", "\n".join(proof.completing_sql)))
            if proof.completing_sql
            else None,
        )


def asked(answers: Sequence[Answer]) -> Iterator[Markup]:
    """Every question and its answer; the good ones are part of the proof."""
    if answers:
        rows = [(_STATUS_CLASSES[status(a)], _answer(a)) for a in answers]
        head = ("answer", "probe", "question", "because")
        fold = element("summary", f"{plural(len(answers), 'question')} and their answers")
        yield section("Asked of the world", element("details", fold, table(head, rows)))


def _answer(answer: Answer) -> Sequence[Child]:
    found = status(answer)
    told = prose(answer_text(answer))
    return f"{STATUS_SYMBOLS[found]} {found}", _code(answer.probe), answer.question, told


def _code(text: str) -> Markup:
    return element("code", text)
