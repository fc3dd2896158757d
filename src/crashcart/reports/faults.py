"""Faults explained: as text, JSON and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from crashcart.model.fault import Fault, Severity
from crashcart.reports.as_json import document
from crashcart.reports.markdown import code, fence, prose, table
from crashcart.reports.page import Page
from crashcart.reports.view import severity_word

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Explained:
    """A fault, and what brings it about."""

    fault: Fault
    explained_by: tuple[str, ...] = ()

    @property
    def remedy(self) -> str:
        """What helps, said without a case at hand."""
        return _general(self.fault.remedy)

    @property
    def check(self) -> str | None:
        """How to see it, to be filled in by the reader."""
        return _general(self.fault.check) if self.fault.check else None

    @property
    def examples(self) -> list[str]:
        """What it looks like in a log."""
        return [example.line for trace in self.fault.traces for example in trace.matches][:_EXAMPLES]


def render_fault(found: Explained, format: str, *, width: int = 80, color: bool = False) -> str:  # noqa: A002
    """One fault in plain words."""
    if format == "json":
        return _json([found])
    if format == "markdown":
        return "\n\n".join(_markdown(found)) + "\n"
    page = Page(width=width, color=color)
    _text(page, found)
    return page.result()


def render_faults(found: Iterable[Explained], format: str, *, width: int = 80, color: bool = False) -> str:  # noqa: A002
    """All faults by family, a line each."""
    known = sorted(found, key=lambda e: e.fault.code)
    if format == "json":
        return _json(known)
    families = groupby(known, key=lambda e: e.fault.family)
    if format == "markdown":
        return "\n\n".join(part for family, members in families for part in _family(family, members)) + "\n"
    page = Page(width=width, color=color)
    for family, members in families:
        page.heading(family)
        for explained in members:
            page.item(f"{explained.fault.severity} {explained.fault.code}", explained.fault.title, style="bold")
    return page.result()


def _family(family: str, members: Iterable[Explained]) -> Iterator[str]:
    yield f"## {prose(family)}"
    yield table(
        ("fault", "severity", "what"), [(code(e.fault.code), e.fault.severity, prose(e.fault.title)) for e in members]
    )


def _text(page: Page, found: Explained) -> None:
    fault = found.fault
    page.text(fault.code, ": ", fault.title, style="bold")
    page.text(f"{fault.severity}, {severity_word(Severity(fault.severity))}", indent=2)
    page.blank()
    page.text(fault.why)
    if found.examples:
        page.heading("What it looks like in a log")
    for line in found.examples:
        page.verbatim(line, indent=2)
    page.heading("What helps")
    page.text(found.remedy)
    for title, codes in (("Brings about", fault.explains), ("Brought about by", found.explained_by)):
        if codes:
            page.heading(title)
            page.text(", ".join(codes))
    if found.check:
        page.heading("See it yourself")
        page.verbatim(found.check, indent=2)


def _markdown(found: Explained) -> Iterator[str]:
    fault = found.fault
    yield f"# {prose(fault.title)}"
    yield f"{code(fault.code)} · {fault.severity}, {severity_word(Severity(fault.severity))}"
    yield prose(fault.why)
    if found.examples:
        yield "## What it looks like in a log"
        yield fence("\n".join(found.examples), "text")
    yield "## What helps"
    yield prose(found.remedy)
    for title, codes in (("Brings about", fault.explains), ("Brought about by", found.explained_by)):
        if codes:
            yield f"## {title}"
            yield "\n".join(f"- {code(c)}" for c in codes)
    if found.check:
        yield "## See it yourself"
        yield fence(found.check, "bash")


def _general(text: str) -> str:
    """``{host}`` becomes ``HOST``."""
    return re.sub(r"\{(\w+)\}", lambda name: name[1].upper(), text)


def _json(found: Iterable[Explained]) -> str:
    return document("explain", {"faults": [_fault(e) for e in found]})


def _fault(found: Explained) -> dict[str, Any]:
    fault = found.fault
    return {
        "code": fault.code,
        "title": fault.title,
        "severity": str(fault.severity),
        "why": fault.why,
        "remedy": fault.remedy,
        "explains": list(fault.explains),
        "explained_by": list(found.explained_by),
        "examples": found.examples,
        "check": fault.check,
        "aliases": list(fault.aliases),
    }
