"""One run of crashcart and all it found: what every report is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from crashcart.model.errors import ExitCode
from crashcart.model.fault import Severity
from crashcart.model.finding import Answer, Finding, Role, Unknown, Verdict
from crashcart.model.migration import MigrationsReport
from crashcart.model.plan import Plan
from crashcart.model.target import Target


@dataclass(frozen=True, slots=True)
class Case:
    """One run: the target, what was asked, what was found, what could not be told."""

    command: str
    target: Target
    started_at: datetime
    took_ms: int
    findings: tuple[Finding, ...] = ()
    answers: tuple[Answer, ...] = ()
    """Every probe's answer, the good ones too: what was asked is part of the proof."""
    migrations: MigrationsReport | None = None
    plan: Plan | None = None
    logs: tuple[str, ...] = ()
    """Names of the logs read."""
    errors: tuple[str, ...] = ()
    """What could not be read or checked, and why."""
    unchecked: tuple[str, ...] = ()
    """Those of them that the command required."""
    facts: dict[str, str] = field(default_factory=dict)
    """What else belongs in the report's head, such as where each variable was read."""

    def of(self, role: Role) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.role is role)

    @property
    def unproven(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.verdict is Verdict.UNPROVEN)

    @property
    def unknowns(self) -> tuple[Answer, ...]:
        return tuple(a for a in self.answers if isinstance(a.outcome, Unknown))


def exit_code(case: Case, threshold: Severity | None) -> ExitCode:
    """What the run tells its caller: findings first, then what could not be checked. None means never fail."""
    standing = (f for f in case.findings if f.verdict is not Verdict.REFUTED)
    if threshold and any(f.severity.reaches(threshold) for f in standing):
        return ExitCode.FINDINGS
    required = any(isinstance(a.outcome, Unknown) and a.outcome.required for a in case.answers)
    return ExitCode.UNCHECKED if required or case.unchecked else ExitCode.OK
