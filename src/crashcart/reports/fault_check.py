"""What `crashcart faults check` found: as text, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crashcart.model.fault import Fault
from crashcart.model.flaw import Flaw
from crashcart.reports.as_json import document
from crashcart.reports.markdown import code, prose, table
from crashcart.reports.page import Page


@dataclass(frozen=True, slots=True)
class FaultCheck:
    """A folder of own faults and what is wrong with them."""

    folder: str
    faults: Sequence[Fault]
    replaced: frozenset[str]
    """Codes of built-in faults that one of them stands in for."""
    flaws: Sequence[Flaw]
    code: int
    """What the process exits with."""

    @property
    def headline(self) -> str:
        if not self.faults and not self.flaws:
            return f"no own faults in {self.folder}"
        errors = sum(not flaw.warning for flaw in self.flaws)
        warnings = len(self.flaws) - errors
        if errors:
            verdict = f"{_count(errors, 'error')}, {_count(warnings, 'warning')}"
        else:
            verdict = f"all work, {_count(warnings, 'warning')}" if warnings else "all work"
        return f"{_count(len(self.faults), 'fault')} in {self.folder}: {verdict}"


def render_fault_check(check: FaultCheck, format: str, *, width: int = 80, color: bool = False) -> str:  # noqa: A002
    """Every fault that was read, and every flaw with its file, its key and its cure."""
    if format == "json":
        return _json(check)
    if format == "markdown":
        return _markdown(check)
    page = Page(width=width, color=color)
    page.text(check.headline, style="bold")
    for fault in check.faults:
        instead = " (stands in for the built-in fault)" if fault.code in check.replaced else ""
        page.item("·", f"{fault.code}{instead}: ", fault.title)
    for flaw in check.flaws:
        page.blank()
        page.text("warning: " if flaw.warning else "error: ", _place(flaw), style="yellow" if flaw.warning else "red")
        page.text(flaw.problem, indent=2)
        page.item("→", flaw.cure, indent=2)
    return page.result()


def _markdown(check: FaultCheck) -> str:
    parts = [f"# {prose(check.headline)}"]
    if check.faults:
        rows = [
            (code(f.code), prose(f.title), "stands in for the built-in one" if f.code in check.replaced else "")
            for f in check.faults
        ]
        parts.append(table(("fault", "what", ""), rows))
    if check.flaws:
        found = [
            ("warning" if f.warning else "error", code(_place(f)), prose(f.problem), prose(f.cure)) for f in check.flaws
        ]
        parts.append(table(("", "where", "problem", "cure"), found))
    return "\n\n".join(parts) + "\n"


def _json(check: FaultCheck) -> str:
    faults: list[dict[str, Any]] = [
        {"code": f.code, "file": f.origin, "replaces": f.code in check.replaced} for f in check.faults
    ]
    problems = [
        {
            "file": flaw.file,
            "key": flaw.key,
            "problem": flaw.problem,
            "cure": flaw.cure,
            "weight": "warning" if flaw.warning else "error",
        }
        for flaw in check.flaws
    ]
    told = {"folder": check.folder, "faults": faults, "problems": problems, "exit_code": check.code}
    return document("faults check", told)


def _place(flaw: Flaw) -> str:
    return f"{flaw.file}: {flaw.key}" if flaw.key else flaw.file


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
