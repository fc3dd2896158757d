"""The report for the record, in the shape of an incident report: summary, causes, cure, checklists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crashcart.model.evidence import Evidence
from crashcart.model.finding import Finding, Role, Verdict
from crashcart.model.migration import MigrationProof, MigrationsReport
from crashcart.model.plan import Plan, Redeploy, Restart, StepEffect
from crashcart.reports.markdown import code, fence, prose, table
from crashcart.reports.repairs import missing, step_command, step_kind
from crashcart.reports.story import Excerpt, excerpts, repeated, seen
from crashcart.reports.view import (
    STATUS_SYMBOLS,
    SYMBOLS,
    View,
    answer_text,
    first_line,
    origin,
    plain_facts,
    severity_word,
    status,
)
from crashcart.tools.redaction import mask

_STATUS = {
    Verdict.CONFIRMED: "causes proven",
    Verdict.UNPROVEN: "causes suspected, not proven",
}


def as_markdown(view: View) -> str:
    """*view* as one document; what comes from logs and databases can break out of nothing."""
    parts = [
        *_title(view),
        *_summary(view),
        *_causes(view),
        *_refuted(view),
        *_unexplained(view),
        *_migrations(view.case.migrations),
        *_strategy(view.case.plan, view),
        *_checklist(view),
        *_verification(view),
        *_untold(view),
        *_asked(view),
    ]
    return mask("\n\n".join(parts) + "\n")


def _title(view: View) -> Iterator[str]:
    case = view.case
    yield f"# {prose(case.target.name)}: what is wrong and what repairs it"
    worst = min((f.severity for f in view.causes), default=None)
    proven = min((f.verdict for f in view.causes), key=list(_STATUS).index, default=Verdict.UNPROVEN)
    state = f"{worst}, {severity_word(worst)}; {_STATUS[proven]}" if worst else _none_found(view)
    rows = [("Date", f"{case.started_at:%Y-%m-%d %H:%M} UTC"), ("Status", state), *view.head]
    yield "  \n".join(f"**{prose(name)}**: {prose(value)}" for name, value in rows)


def _none_found(view: View) -> str:
    return view.none_found.lower() + (f": {', '.join(view.open)}" if view.open else "")


def _summary(view: View) -> Iterator[str]:
    yield "## Executive summary"
    yield prose(view.summary)
    if view.first:
        yield f"**Do this first:** {prose(view.first[1])}"
    for n, finding in enumerate(view.causes, 1):
        follows = len(list(view.consequences(finding)))
        also = f" Brings about {follows} more." if follows else ""
        told = ", ".join(filter(None, (finding.severity, finding.verdict, seen(finding))))
        head = f"**{prose(finding.title)}** ({told})"
        because = prose(view.because(finding))
        yield f"{n}. {head}{f': {because}' if because else '.'}{also}"
    for finding in view.harmless:
        yield f"- {prose(finding.title)} (harmless, {finding.verdict}): {prose(finding.because)}"


def _causes(view: View) -> Iterator[str]:
    if view.causes:
        yield "## Root cause analysis"
    told: set[str] = set()
    for n, finding in enumerate(view.causes, 1):
        yield f"### Issue {n}: {prose(finding.title)} {SYMBOLS[finding.verdict]}"
        yield from _finding(view, finding)
        if ignore := view.ignored.get(finding.id):
            until = f" until {ignore.until}" if ignore.until else ""
            yield f"**Ignored{until}:** {prose(ignore.reason)}"
        for remedy in dict.fromkeys(finding.remedies):
            yield f"**Remedy:** {prose(remedy)}"
        yield f"**Impact:** {severity_word(finding.severity)}."
        yield f"**Priority:** {finding.severity} ({finding.verdict}, {code(finding.fault)})"
        yield from _consequences(view, n, [following for _, following in view.consequences(finding)], told)


def _consequences(view: View, n: int, following: Sequence[Finding], told: set[str]) -> Iterator[str]:
    """What follows from issue *n*; what another issue brings about too is told there."""
    if again := [prose(finding.title) for finding in following if finding.id in told]:
        yield f"Brings about too, as told above: {', '.join(f'*{title}*' for title in again)}."
    for finding in following:
        if finding.id not in told:
            yield f"#### Brought about by issue {n}: {prose(finding.title)} {SYMBOLS[finding.verdict]}"
            yield from _finding(view, finding)
    told.update(finding.id for finding in following)


def _finding(view: View, finding: Finding) -> Iterator[str]:
    logged = [e for e in finding.evidence if e.origin.kind == "log"]
    if logged:
        yield "**Error:**"
        yield fence("\n".join(line for shown in excerpts(logged) for line in _lines(shown)), "text")
    if because := prose(view.because(finding)):
        yield f"**Root cause:** {because}" if finding.role is Role.CAUSE else because
    if facts := plain_facts(finding):
        yield f"Facts: {prose(facts)}"
    rows = [
        (str(e.origin.kind), code(*origin(e)), code(e.text), code(e.check) if e.check else "") for e in finding.evidence
    ]
    yield table(("evidence", "where", "what it says", "see it yourself"), rows)


def _lines(shown: Evidence | Excerpt) -> list[str]:
    if isinstance(shown, Excerpt):
        return [f"{before}{text}" for before, text, _ in shown.rows()]
    return [shown.text]


def _refuted(view: View) -> Iterator[str]:
    if view.harmless:
        yield "## Shown to be harmless"
    for finding in view.harmless:
        yield f"### {prose(finding.title)} {SYMBOLS[finding.verdict]}"
        yield from _finding(view, finding)


def _unexplained(view: View) -> Iterator[str]:
    if view.case.unexplained:
        yield "## Unexplained"
        yield prose(view.unexplained_title.partition(": ")[2].capitalize() + ".")
        if view.case.remark:
            yield prose(view.case.remark)
        rows = [(code(*origin(u.example)), prose(repeated(u)), code(u.example.text)) for u in view.case.unexplained]
        yield table(("where", "how often", "what it says"), rows)


def _migrations(report: MigrationsReport | None) -> Iterator[str]:
    if report is None:
        return
    yield "## Migrations"
    rows = [(code(m.name), m.ledger, m.proof, m.file, m.next) for m in report.migrations]
    yield table(("migration", "ledger says", "proof", "file", "next"), rows)
    for migration in report.migrations:
        if migration.proof != "applied" or migration.next != "none":
            yield from _migration(migration)
    if report.drift:
        yield "### Drift"
        drift = [(code(d.object), code(d.expected or "nothing"), code(d.live or "nothing")) for d in report.drift]
        yield table(("object", "expected", "live"), drift)


def _migration(migration: MigrationProof) -> Iterator[str]:
    yield f"### {code(migration.name)}"
    yield prose(migration.because)
    if migration.failure:
        yield "Why it failed:"
        yield fence(migration.failure, "text")
    if migration.statements:
        rows = [
            (str(s.n), str(s.line), code(s.object or first_line(s.sql)), s.effect, prose(s.why))
            for s in migration.statements
        ]
        yield table(("n", "line", "statement", "effect", "why"), rows)
    if lacking := missing(migration):
        yield f"Missing: {', '.join(code(s.object or first_line(s.sql)) for s in lacking)}"
    if migration.completing_sql:
        yield "What would complete it:"
        yield fence("\n".join(migration.completing_sql), "sql")


def _strategy(plan: Plan | None, view: View) -> Iterator[str]:
    yield "## Fix strategy"
    if plan is None:
        remedies = [f"- {prose(r)}" for f in view.causes for r in dict.fromkeys(f.remedies)]
        yield "\n".join(dict.fromkeys(remedies)) or "Nothing to repair."
        return
    cured = [f"- {prose(f.title)}" for f in view.case.findings if f.id in plan.cures]
    yield "\n".join(["Cures:", "", *cured])
    yield f"{prose(plan.rehearsal[:1].upper() + plan.rehearsal[1:])}."
    for n, step in enumerate(plan.steps, 1):
        yield f"### Fix {n}: {prose(step.does)} ({step_kind(step)})"
        kind, text = step_command(step)
        if text:
            yield fence(text, {"sql": "sql", "command": "bash"}.get(kind, "text"))
        if step.effect is StepEffect.DESTROYS:
            yield "**This step destroys data.**"
        lines = [f"- {label}: {code(v)}" for label, v in (("Check", step.check), ("Undo", step.undo)) if v]
        if lines:
            yield "\n".join(lines)


def _checklist(view: View) -> Iterator[str]:
    """The steps stand before, in or after the deployment that one of them is."""
    steps = list(enumerate(view.case.plan.steps, 1)) if view.case.plan else []
    places = [place for place, (_, step) in enumerate(steps) if isinstance(step, Redeploy | Restart)]
    first, last = (places[0], places[-1] + 1) if places else (len(steps), len(steps))
    told = [f"Step {n} is done: {prose(step.does)}" for n, step in steps]
    yield "## Deployment checklist"
    yield from _boxes("Before the deployment", told[:first])
    yield from _boxes("The deployment", told[first:last])
    gone = [f"{prose(f.title)} is gone" for f in view.causes]
    asked = [prose(a.question) for a in view.case.answers if status(a) != "pass"]
    lastly = "`crashcart diagnose` exits with 0", "`crashcart triage` finds nothing in the new log"
    yield from _boxes("After the deployment", [*told[last:], *gone, *asked, *lastly])


def _boxes(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"### {title}"
        yield "\n".join(f"- [ ] {line}" for line in dict.fromkeys(lines))


def _verification(view: View) -> Iterator[str]:
    plan = view.case.plan
    steps = [step.check for step in plan.steps if step.check] if plan else []
    seen = [e.check for f in (*view.causes, *view.harmless) for e in f.evidence if e.check]
    commands = dict.fromkeys([*seen, *steps])
    if commands:
        yield "## Verification commands"
        yield fence("\n".join(commands), "bash")


def _untold(view: View) -> Iterator[str]:
    if view.untold:
        yield "## What could not be told"
        yield "\n".join(f"- {prose(why)}" for why in view.untold)


def _asked(view: View) -> Iterator[str]:
    if view.case.answers:
        yield "## Questions asked"
        rows = [
            (f"{STATUS_SYMBOLS[status(a)]} {status(a)}", code(a.probe), prose(a.question), prose(answer_text(a)))
            for a in view.case.answers
        ]
        yield table(("answer", "probe", "question", "because"), rows)
