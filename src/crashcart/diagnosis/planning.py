"""From findings to one ordered plan: causes only, each step once."""

from __future__ import annotations

from collections.abc import Iterable

from crashcart.model.finding import Finding, Role, Verdict
from crashcart.model.plan import Plan, Redeploy, Step
from crashcart.remedies import Patient, Remedy


def plan(remedies: Iterable[Remedy], patient: Patient) -> Plan | None:
    """The steps that cure the proven causes, small before large; None where no remedy knows a step."""
    known = sorted(remedies, key=lambda remedy: (remedy.order, remedy.id))
    steps: list[Step] = []
    cured: list[str] = []
    for remedy in known:
        for finding in _causes(patient.findings, remedy):
            if new := [step for step in remedy.steps(finding, patient) if step not in steps]:
                steps += new
                cured.append(finding.id)
    if not steps:
        return None
    if not any(isinstance(step, Redeploy) for step in steps):
        steps.append(
            Redeploy("Deploy again, then ask the same questions: `crashcart diagnose`", check="crashcart diagnose")
        )
    return Plan(tuple(dict.fromkeys(cured)), tuple(steps))


def _causes(findings: Iterable[Finding], remedy: Remedy) -> Iterable[Finding]:
    proven = (f for f in findings if f.role is Role.CAUSE and f.verdict is Verdict.CONFIRMED)
    return (f for f in proven if f.fault in remedy.cures)
