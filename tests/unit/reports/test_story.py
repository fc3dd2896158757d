"""The order of time: what began first stands first, each with how often and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crashcart.model.case import Case
from crashcart.model.evidence import Evidence, Nearby, Origin, OriginKind
from crashcart.model.fault import Severity
from crashcart.model.finding import Finding, Role, Verdict
from crashcart.model.unexplained import Unexplained
from crashcart.reports import render
from crashcart.reports.story import Excerpt, excerpts, foremost, in_order, when
from crashcart.tools.redaction import redact
from sample_case import everything, nothing, refused, seen

START = datetime(2026, 1, 2, 23, 59, 50, tzinfo=UTC)


def cause(name: str, position: int | None = None, **more: Any) -> Finding:
    return replace(refused(), id=name, role=Role.CAUSE, caused_by=(), position=position, title=name, **more)


def test_causes_stand_as_they_began_and_trifles_behind_them() -> None:
    trifle = cause("trifle", 0, severity=Severity.P3)
    found = [trifle, cause("nobody's log"), cause("late", 9), cause("early", 2, severity=Severity.P2)]
    assert [f.id for f in in_order(found)] == ["early", "late", "nobody's log", "trifle"]


def test_time_decides_where_it_is_told() -> None:
    first = cause("first", 9, first_at=START)
    later = cause("later", 1, first_at=START + timedelta(seconds=5))
    assert [f.id for f in in_order([later, first])] == ["first", "later"]


def at(log: str, position: int, second: int | None = None) -> Finding:
    line = seen(OriginKind.LOG, log, "refused", position + 1)
    start = None if second is None else START + timedelta(seconds=second)
    return cause(f"{log}:{position}", position, evidence=(line,), first_at=start)


def test_what_tells_no_time_stands_beside_its_neighbours() -> None:
    found = [at("b", 10), at("b", 11, 7), at("b", 12), at("c", 20, 1), at("mute", 30), at("a", 0), at("a", 1, 3)]
    order = ["c:20", "mute:30", "a:0", "a:1", "b:10", "b:11", "b:12"]
    assert [f.id for f in in_order(found)] == order


def test_what_is_proven_stands_before_what_is_not() -> None:
    told = cause("told", 1, verdict=Verdict.UNPROVEN)
    text = render(replace(everything(), findings=(told, cause("proven", 5))))
    assert text.index("confirmed proven") < text.index("unproven told")


def test_the_worst_is_to_be_done_first_though_another_began_before() -> None:
    mild, bad = cause("mild", 1, severity=Severity.P2), cause("bad", 5)
    assert foremost([mild, bad]) is bad
    assert foremost([]) is None


@pytest.mark.parametrize(
    ("last", "count", "told"),
    [
        (None, "1", "2026-01-02 23:59:50 UTC"),
        (None, "7", "since 2026-01-02 23:59:50 UTC"),
        (START + timedelta(seconds=9), "2", "2026-01-02 23:59:50 – 23:59:59 UTC"),
        (START + timedelta(seconds=15), "2", "2026-01-02 23:59:50 – 2026-01-03 00:00:05 UTC"),
    ],
)
def test_first_and_last_time_are_told(last: datetime | None, count: str, told: str) -> None:
    assert when(cause("x", first_at=START, last_at=last, facts={"count": count})) == told


def test_a_line_that_tells_its_time_is_enough() -> None:
    line = seen(OriginKind.LOG, "a.log", "2025-10-14T02:10:33Z refused", 1)
    assert when(cause("x", evidence=(line,), facts={})) == "2025-10-14 02:10:33 UTC"
    walls = seen(OriginKind.LOG, "a.log", "2025-10-14 02:10:33,123 ERROR refused", 1)
    assert when(cause("x", evidence=(walls,), facts={})) == "at 2025-10-14 02:10:33 by its clock"
    assert when(cause("x")) == ""


def near(evidence: Evidence, *numbers: int) -> Evidence:
    """*evidence* with lines around it."""
    return evidence._replace(context=tuple(Nearby(n, redact(f"line {n}")) for n in numbers))


def test_lines_that_overlap_are_shown_once() -> None:
    one = near(seen(OriginKind.LOG, "a.log", "x", 3), 2, 3, 4)
    two = near(seen(OriginKind.LOG, "a.log", "x", 5), 4, 5, 6)
    far = near(seen(OriginKind.LOG, "a.log", "x", 50), 49, 50)
    other = seen(OriginKind.PROBE, "here", "x")
    first, second, last = excerpts([one, two, far, other])
    assert isinstance(first, Excerpt)
    assert isinstance(second, Excerpt)
    assert [(number, hit) for number, _, hit in first.lines] == [
        (2, False),
        (3, True),
        (4, False),
        (5, True),
        (6, False),
    ]
    assert [row[0] for row in second.rows()] == ["  49 │ ", "> 50 │ "]
    assert last is other


@pytest.mark.parametrize("kind", ["text", "markdown", "html"])
def test_context_is_shown_with_its_numbers(kind: Any) -> None:
    log = near(seen(OriginKind.LOG, "deploy.log", "line 12", 12), 11, 12, 13)
    shown = render(replace(everything(), findings=(cause("x", evidence=(log,)),)), kind)
    assert all(f"{before} │ " in shown for before in (" 11", " 13"))
    assert "> 12 │ " in shown or "&gt; 12 │ " in shown
    assert shown.count("line 11") == 1


def unexplained(n: int = 1, text: str = "FATAL: no oxygen in deck 7") -> Unexplained:
    where = Origin(OriginKind.LOG, "deploy.log", n)
    example = seen(OriginKind.LOG, "deploy.log", text, n)
    return Unexplained(redact("FATAL: no oxygen in deck <*>"), 3, example, where, (n,), START, START, grave=True)


def case(*lines: Unexplained) -> Case:
    return replace(nothing(), unexplained=lines)


@pytest.mark.parametrize("kind", ["text", "markdown", "html"])
def test_what_no_fault_explains_is_told_and_is_no_all_clear(kind: Any) -> None:
    shown = render(case(unexplained()), kind)
    assert "FATAL: no oxygen in deck 7" in shown
    assert "No known fault, but something ended badly" in shown
    assert "on 3 lines" in shown
    assert "not all could be told" in shown


def test_of_many_unexplained_lines_a_person_sees_a_few() -> None:
    shown = render(case(*(unexplained(n, f"panic number {n}") for n in range(1, 9))))
    assert "8 kinds of lines, rarest first" in shown
    assert shown.count("panic number") == 5
    assert "… and 3 more" in shown


def test_of_hundreds_of_causes_a_person_sees_the_first() -> None:
    many = tuple(cause(f"cause number {n}.", n) for n in range(500))
    follows = tuple(replace(refused(), id=f"x{n}", caused_by=(many[0].id,), title=f"effect {n}.") for n in range(300))
    text = render(replace(nothing(), findings=many + follows), width=100)
    assert "500 causes" in text
    assert "cause number 0." in text
    assert "cause number 20." in text
    assert "effect 280." not in text
    assert len(text.splitlines()) < 250
    assert "… and 468 more, with --format json" in text


@pytest.mark.parametrize("kind", ["text", "markdown", "html", "github"])
def test_how_often_and_when_is_told_in_every_format(kind: Any) -> None:
    found = cause("x", first_at=START, last_at=START + timedelta(seconds=9), facts={"count": "30"})
    shown = render(replace(nothing(), findings=(found,)), kind, width=120)
    assert "on 30 lines" in shown
    assert "2026-01-02 23:59:50 – 23:59:59 UTC" in shown
