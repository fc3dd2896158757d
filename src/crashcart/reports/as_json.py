"""The report for programs: one JSON document whose fields are only ever added to (``schema.json``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crashcart import __version__
from crashcart.model.evidence import Evidence, Nearby
from crashcart.model.finding import Finding
from crashcart.model.secret import MASK
from crashcart.model.unexplained import Unexplained
from crashcart.reports.story import began, ended
from crashcart.reports.view import View, answer_text, project_path, status
from crashcart.tools.redaction import redact
from crashcart.tools.secret_names import Kind, kind

if TYPE_CHECKING:
    from crashcart.model.migration import MigrationProof, MigrationsReport
    from crashcart.model.plan import Plan

SCHEMA_VERSION = 1
_COMMITS = {"config": "flag"}
"""A commit from crashcart.toml was chosen by a person, as one from the flag."""


def as_json(view: View) -> str:
    """*view* as the contract describes it."""
    return document(view.case.command, content(view))


def document(command: str, told: Mapping[str, Any]) -> str:
    """*told*, redacted, as the document of *command*."""
    return json.dumps(redacted(head(command) | dict(told)), ensure_ascii=False, indent=2) + "\n"


def head(command: str) -> dict[str, Any]:
    """What every document begins with."""
    return {"schema_version": SCHEMA_VERSION, "tool": "crashcart", "version": __version__, "command": command}


def schema() -> dict[str, Any]:
    """The published JSON Schema of the document."""
    from importlib.resources import files

    return dict(json.loads((files("crashcart.reports") / "schema.json").read_text("utf-8")))


def redacted(value: Any, name: str = "") -> Any:
    """*value* with every text in it redacted, and those masked that stand under the name of a secret."""
    if isinstance(value, dict):
        return {str(redact(str(key))): redacted(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(item, name) for item in value]
    if not isinstance(value, str):
        return value
    return MASK if value and kind(name) is Kind.SECRET else str(redact(value))


def content(view: View) -> dict[str, Any]:
    """The report without its head."""
    case = view.case
    told: dict[str, Any] = {
        "target": _target(view),
        "started_at": _time(case.started_at),
        "took_ms": case.took_ms,
        "summary": {**view.counts, "exit_code": int(view.code)},
        "findings": [finding_object(view, f) for f in case.findings],
    }
    if case.migrations:
        told |= _migrations(case.migrations)
    if case.plan:
        told["plan"] = _plan(case.plan)
    told["errors"] = list(case.errors)
    return told | _beyond_the_contract(view)


def _beyond_the_contract(view: View) -> dict[str, Any]:
    case = view.case
    return {
        "unknown": list(view.untold),
        "probes": [
            {
                "id": a.probe,
                "question": a.question,
                "status": status(a),
                "because": answer_text(a),
                "took_ms": a.took_ms,
            }
            for a in case.answers
        ],
        "variables": [{"name": name, "from": origin} for name, origin in view.variables],
        "unexplained": [_unexplained(lines) for lines in case.unexplained],
        "also_good": case.also_good,
        "remark": case.remark,
        "logs": list(case.logs),
        "facts": [{"name": name, "value": value} for name, value in case.facts.items()],
    }


def _target(view: View) -> dict[str, Any]:
    target = view.case.target
    commit = target.commit
    return {
        "name": target.name,
        "project": project_path(target.project),
        "commit": commit.sha if commit else None,
        "commit_from": _COMMITS.get(commit.source, commit.source) if commit else None,
    }


def finding_object(view: View, finding: Finding) -> dict[str, Any]:
    """One finding."""
    ignore = view.ignored.get(finding.id)
    until = ignore.until.isoformat() if ignore and ignore.until else None
    return {
        "id": finding.id,
        "fault": finding.fault,
        "title": finding.title,
        "severity": str(finding.severity),
        "role": str(finding.role),
        "verdict": str(finding.verdict),
        "because": finding.because,
        "caused_by": list(finding.caused_by),
        "facts": dict(finding.facts),
        "evidence": [_evidence(e) for e in finding.evidence],
        "remedies": list(finding.remedies),
        "first_at": _time_or_none(began(finding)),
        "last_at": _time_or_none(ended(finding)),
        **({"ignored": {"reason": ignore.reason, "until": until}} if ignore else {}),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    origin = evidence.origin
    return {
        "origin": {"kind": str(origin.kind), "where": origin.where, "line": origin.line},
        "text": evidence.text,
        "taken_at": _time(evidence.taken_at),
        "check": evidence.check,
        **({"context": [_nearby(near, origin.line) for near in evidence.context]} if evidence.context else {}),
    }


def _nearby(near: Nearby, hit: int | None) -> dict[str, Any]:
    return {"line": near.line, "text": near.text, "hit": near.line == hit}


def _unexplained(lines: Unexplained) -> dict[str, Any]:
    return {
        "template": lines.template,
        "count": lines.count,
        "grave": lines.grave,
        "lines": list(lines.lines),
        "first_at": _time(lines.first_at) if lines.first_at else None,
        "last_at": _time(lines.last_at) if lines.last_at else None,
        "last": {"where": lines.last.where, "line": lines.last.line},
        "example": _evidence(lines.example),
    }


def _migrations(report: MigrationsReport) -> dict[str, Any]:
    return {
        "migrations": [_migration(m) for m in report.migrations],
        "drift": [{"object": d.object, "expected": d.expected, "live": d.live} for d in report.drift],
    }


def _migration(proof: MigrationProof) -> dict[str, Any]:
    return {
        "name": proof.name,
        "engine": proof.engine,
        "ledger": str(proof.ledger),
        "proof": str(proof.proof),
        "file": str(proof.file),
        "statements": [
            {"n": s.n, "line": s.line, "sql": s.sql, "object": s.object, "effect": str(s.effect), "why": s.why}
            for s in proof.statements
        ],
        "next": str(proof.next),
        "because": proof.because,
        "failure": proof.failure,
        "completing_sql": list(proof.completing_sql),
    }


def _plan(plan: Plan) -> dict[str, Any]:
    from crashcart.reports.repairs import step_command

    steps = []
    for n, step in enumerate(plan.steps, 1):
        key, text = step_command(step)
        part = {} if text is None else {key: text}
        steps.append(
            {"n": n, "does": step.does, "effect": str(step.effect), **part, "check": step.check, "undo": step.undo}
        )
    return {
        "id": None,
        "cures": list(plan.cures),
        "steps": steps,
        "rehearsed": plan.rehearsed,
        "rehearsal": plan.rehearsal,
    }


def _time_or_none(moment: datetime | None) -> str | None:
    return _time(moment) if moment else None


def _time(moment: datetime) -> str:
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
