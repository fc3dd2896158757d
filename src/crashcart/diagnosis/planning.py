"""From findings to one ordered plan: causes only, each step once."""

from __future__ import annotations

from collections.abc import Iterable

from crashcart.model.finding import Finding, Role, Verdict
from crashcart.model.plan import AskHuman, Plan, Redeploy, Step
from crashcart.remedies import Patient, Remedy


def plan(remedies: Iterable[Remedy], patient: Patient) -> Plan | None:
    """The steps that cure the proven causes, small before large; what no remedy knows is left to a person, in words.

    None where nothing is proven to be wrong.
    """
    causes = [f for f in patient.findings if f.role is Role.CAUSE and f.verdict is Verdict.CONFIRMED]
    if not causes:
        return None
    steps: dict[Step, None] = {}
    cured: list[str] = []
    for remedy in sorted(remedies, key=lambda remedy: (remedy.order, remedy.id)):
        for finding in (cause for cause in causes if cause.fault in remedy.cures):
            if known := remedy.steps(finding, patient):
                steps.update(dict.fromkeys(known))
                cured.append(finding.id)
    steps.update((_in_words(cause), None) for cause in causes if cause.id not in cured)
    again = Redeploy("Deploy again, then ask the same questions: `crashcart diagnose`", check="crashcart diagnose")
    return Plan(tuple(cause.id for cause in causes), (*steps, again))


def _in_words(cause: Finding) -> AskHuman:
    check = next((seen.check for seen in reversed(cause.evidence) if seen.check), None)
    return AskHuman(" ".join(cause.remedies) or cause.title, check=check)
