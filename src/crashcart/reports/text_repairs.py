"""The parts of the report at a terminal about migrations and their repair."""

from __future__ import annotations

from collections.abc import Collection

from crashcart.model.migration import Effect, Ledger, MigrationProof, MigrationsReport, Next, Proof, StatementProof
from crashcart.model.plan import Plan
from crashcart.reports.page import Page
from crashcart.reports.repairs import EFFECT_SYMBOLS, step_command, step_kind
from crashcart.reports.view import View, first_line, plural


def put_migrations(page: Page, view: View, report: MigrationsReport) -> None:
    replay = f", replayed on {report.shadow}" if report.shadow else ""
    page.heading(f"Migrations ({report.engine}, {report.folder}{replay})")
    told = {finding.because for finding in view.case.findings}
    for migration in report.migrations:
        _migration(page, migration, told)
    if report.drift:
        page.text("live definitions that differ from what the history makes:")
    for drift in report.drift:
        definitions = ": expected ", drift.expected or "nothing", ", live ", drift.live or "nothing"
        page.item("≠", drift.object, *definitions, indent=2)


def _migration(page: Page, migration: MigrationProof, told: Collection[str]) -> None:
    pending = migration.ledger is Ledger.ABSENT and migration.proof is Proof.NOT_APPLIED
    well = migration.next is Next.NONE and (pending or migration.proof is Proof.APPLIED)
    symbol = "–" if pending and well else {Proof.APPLIED: "✓", Proof.UNPROVABLE: "?"}.get(migration.proof, "✗")
    page.item(symbol, migration.name, style="green" if well else "bold")
    states = f"ledger {migration.ledger} · proof {migration.proof} · file {migration.file} · next {migration.next}"
    page.text(states, indent=4, style="dim")
    if well:
        return
    if migration.because not in told:
        page.text(migration.because, indent=4)
    if migration.failure:
        page.text("why it failed:", indent=4)
        page.verbatim(migration.failure, indent=6)
    for statement in migration.statements if migration.proof is not Proof.APPLIED else ():
        _statement(page, statement)


def _statement(page: Page, statement: StatementProof) -> None:
    """One line; the reason only where it says more than the effect does."""
    why = () if statement.effect in (Effect.PRESENT, Effect.ABSENT) else (": ", statement.why)
    what = f"line {statement.line}, ", statement.object or first_line(statement.sql)
    page.item(f"{EFFECT_SYMBOLS[statement.effect]} {statement.effect}", *what, *why, indent=4)


def put_plan(page: Page, plan: Plan) -> None:
    page.heading(f"Plan ({plural(len(plan.steps), 'step')}, {'rehearsed' if plan.rehearsed else 'nothing done yet'})")
    page.text(plan.rehearsal, indent=2, style="dim")
    for n, step in enumerate(plan.steps, 1):
        page.item(f"{n}.", step.does, f" ({step_kind(step)})", indent=2, style="bold")
        _, text = step_command(step)
        if text:
            page.verbatim(text, indent=7)
        for name, value in (("check", step.check), ("undo", step.undo)):
            if value:
                page.item(f"{name}:", value, indent=5)
