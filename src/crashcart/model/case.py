"""One run of crashcart and all it found: what every report is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crashcart.model.errors import ExitCode
from crashcart.model.fault import Severity
from crashcart.model.finding import Answer, Finding, Role, Unknown, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from crashcart.model.migration import MigrationsReport
    from crashcart.model.plan import Plan
    from crashcart.model.target import Target
    from crashcart.model.unexplained import Unexplained


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
    unexplained: tuple[Unexplained, ...] = ()
    """Error-like lines that no fault knows, rarest first. Never causes; they do not change the exit code."""
    also_good: int = 0
    """Templates of such lines that were left out, because the log of a good deployment has them too."""
    facts: dict[str, str] = field(default_factory=dict)
    """What else belongs in the report's head, such as where each variable was read."""

    def of(self, role: Role) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.role is role)

    @property
    def unproven(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.verdict is Verdict.UNPROVEN)

    @property
    def remark(self) -> str | None:
        """What to say where the logs show no cause, and yet are not silent; None where there is nothing to add."""
        if not self.unexplained or self.of(Role.CAUSE):
            return None
        if any(line.grave for line in self.unexplained):
            return "No known fault, but something ended badly: the lines below are not explained."
        return "No known fault; whether all is well cannot be told: some lines look like errors and are not explained."

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
