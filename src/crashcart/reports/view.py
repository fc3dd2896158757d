"""What every report for people shares: the order of things, and how they are said."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import assert_never

from crashcart.diagnosis.judge import LOG_ALONE
from crashcart.model.case import Case
from crashcart.model.config import Ignore
from crashcart.model.errors import ExitCode
from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.fault import Severity
from crashcart.model.finding import Answer, Failed, Finding, Outcome, Passed, Role, Unknown, Verdict
from crashcart.model.secret import MASK
from crashcart.reports.story import foremost, in_order, often, when
from crashcart.tools.secret_names import Kind, kind

NOT_ASKED = "not asked"
NOTHING_ASKED = "Nothing but the logs could be asked: neither a database nor migrations were found."
SYMBOLS = {Verdict.CONFIRMED: "✗", Verdict.REFUTED: "✓", Verdict.UNPROVEN: "?"}
STATUS_SYMBOLS = {"pass": "✓", "fail": "✗", "unknown": "?", "skip": "–"}
COMMITS = {
    "head": "HEAD of the source; what is really deployed may differ",
    "flag": "given by --commit",
    "config": "given by crashcart.toml",
    "platform": "told by the platform",
    "image": "told by the image",
}


@dataclass(frozen=True)
class View:
    """A case with what its reader needs to know about this run."""

    case: Case
    code: ExitCode
    ignored: Mapping[str, Ignore]
    """By id of the finding."""

    @cached_property
    def story(self) -> tuple[Finding, ...]:
        """All findings as they began."""
        return in_order(self.case.findings)

    @cached_property
    def causes(self) -> tuple[Finding, ...]:
        """As they began, the proven before the unproven; consequences of nothing that is known among them."""
        known = {f.id for f in self.case.findings}
        lost = {f.id for f in self.case.of(Role.CONSEQUENCE) if not known & set(f.caused_by)}
        found = (f for f in self.story if f.role is Role.CAUSE or f.id in lost)
        return tuple(sorted(found, key=lambda f: f.verdict is not Verdict.CONFIRMED))

    @cached_property
    def _brought_about(self) -> Mapping[str, Sequence[Finding]]:
        """By id of a finding, what follows from it directly."""
        following: dict[str, list[Finding]] = defaultdict(list)
        for finding in (f for f in self.story if f.role is Role.CONSEQUENCE):
            for cause in finding.caused_by:
                following[cause].append(finding)
        return following

    @cached_property
    def first(self) -> tuple[Finding, str] | None:
        """What a person should do before all else, and the cause that it cures; what is ignored is not urgent."""
        urgent = [f for f in self.causes if f.id not in self.ignored and f.remedies]
        cause = foremost(urgent)
        return (cause, cause.remedies[0]) if cause else None

    @property
    def none_found(self) -> str:
        """What is said where no cause was found; an open question is not an all-clear."""
        return "No fault found, but not all could be told" if self.open or self.case.remark else "No fault found"

    @property
    def open(self) -> tuple[str, ...]:
        """What stands against an all-clear, in short: probes without an answer, and what else could not be told."""
        probes = tuple(dict.fromkeys(answer.probe for answer in self.case.unknowns))
        late = ("the deadline passed",) if self.code is ExitCode.TIMEOUT else ()
        return (*late, *(probes or self.untold[:1])) or (("see below",) if self.code is ExitCode.UNCHECKED else ())

    def further_remedies(self, cause: Finding) -> tuple[str, ...]:
        """What else helps against *cause* than what is to be done first."""
        told = self.first[1] if self.first else None
        return tuple(remedy for remedy in dict.fromkeys(cause.remedies) if remedy != told)

    @property
    def harmless(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.story if f.role is Role.BENIGN)

    def consequences(self, cause: Finding, told: Collection[str] = ()) -> Iterator[tuple[int, Finding]]:
        """All that follows from *cause*, each once, with its distance from it; what is in *told* is not gone beyond."""
        yield from self._following(cause, 1, {cause.id}, told)

    def _following(
        self, cause: Finding, depth: int, seen: set[str], told: Collection[str]
    ) -> Iterator[tuple[int, Finding]]:
        for finding in self._brought_about.get(cause.id, ()):
            if finding.id not in seen:
                seen.add(finding.id)
                yield depth, finding
                if finding.id not in told:
                    yield from self._following(finding, depth + 1, seen, told)

    @property
    def unexplained_title(self) -> str:
        """How many kinds of lines no fault explains, and what was left out of them."""
        kinds = len(self.case.unexplained)
        new = "not in the good log, " if self.case.also_good else ""
        return f"Unexplained: {new}{plural(kinds, 'kind')} of lines{', rarest first' if kinds > 1 else ''}"

    @property
    def untold(self) -> tuple[str, ...]:
        """What could not be told and why, each once. Rungs that were not asked are left to the ladder."""
        case = self.case
        open_ = [(a.question, why) for a in case.unknowns if not (why := answer_text(a)).startswith(NOT_ASKED)]
        migrations = case.migrations.unknown if case.migrations else ()
        others = (*migrations, *case.target.notes, *case.unchecked, *case.errors)
        reasons = {why for _, why in open_}
        asked = (f"{question} {why}" for question, why in open_)
        nothing = () if case.answers or case.unchecked or case.command != "diagnose" else (NOTHING_ASKED,)
        return tuple(dict.fromkeys([*nothing, *asked, *(why for why in others if why not in reasons)]))

    @property
    def untold_title(self) -> str:
        """What :attr:`untold` is about: a reader of logs only can only fail to read."""
        return "What was not read" if self.case.command == "triage" else "What could not be told, and why"

    @property
    def head(self) -> tuple[tuple[str, str], ...]:
        """What this run was about: where, which commit, whose variables, which logs."""
        target = self.case.target
        rows = [("project", project_path(target.project))]
        if target.commit:
            rows.append(("commit", f"{target.commit.sha[:12]} ({COMMITS[target.commit.source]})"))
        if url := target.database_url:
            rows.append((url.name, f"from {url.origin}"))
        rows += [("log", name) for name in self.case.logs]
        return (*rows, *((key.replace("_", " "), value) for key, value in self.case.facts.items()))

    @property
    def variables(self) -> tuple[tuple[str, str], ...]:
        """The app's variables and where each was read; of the process environment only those that were asked for."""
        target = self.case.target
        asked = {target.database_url_env, *target.required_variables, *target.expected_variables}
        used = (v for v in target.variables if v.origin.kind is OriginKind.FILE or v.name in asked)
        return tuple((v.name, str(v.origin)) for v in used)

    def because(self, finding: Finding) -> str:
        """Why *finding* stands as it does; empty where that is only what is true of all that triage finds."""
        alone = self.case.command == "triage" and finding.because == LOG_ALONE
        return "" if alone else finding.because

    @property
    def counts(self) -> dict[str, int]:
        """How many findings of each kind."""
        return {
            "causes": len(self.case.of(Role.CAUSE)),
            "consequences": len(self.case.of(Role.CONSEQUENCE)),
            "refuted": sum(f.verdict is Verdict.REFUTED for f in self.case.findings),
            "unproven": len(self.case.unproven),
        }

    @property
    def summary(self) -> str:
        """One line for those who read one line."""
        n = self.counts
        alone = self.case.command == "triage"
        parts = (
            plural(n["causes"], "cause"),
            plural(n["consequences"], "consequence"),
            f"{n['refuted']} shown to be harmless",
            "as the logs alone tell it" if alone and self.case.findings else f"{n['unproven']} unproven",
        )
        far = " Not all could be told." if self.code is ExitCode.OK and self.open else ""
        return f"{', '.join(parts)}. {EXITS.get(self.code, '')}".rstrip() + far


EXITS = {
    ExitCode.OK: "Nothing at or above the threshold.",
    ExitCode.FINDINGS: "Findings at or above the threshold (exit code 3).",
    ExitCode.TIMEOUT: "The deadline passed before all was asked (exit code 124).",
    ExitCode.INTERRUPTED: "Interrupted: what came later was not read (exit code 130).",
    ExitCode.UNCHECKED: "Something required could not be checked (exit code 4).",
}


def plural(n: int, noun: str) -> str:
    """``1 cause``, ``2 causes``."""
    return f"{n} {noun}{'' if n == 1 else 's'}"


def project_path(project: Path) -> str:
    """*project* as seen from here where it lies below, so that reports of two machines agree."""
    here = Path.cwd()
    return os.path.relpath(project, here) if project.is_relative_to(here) else str(project)


def status(answer: Answer) -> str:
    """``pass``, ``fail``, ``unknown``, or ``skip`` for a question that was not asked."""
    match answer.outcome:
        case Passed():
            return "pass"
        case Failed():
            return "fail"
        case Unknown(why=why):
            return "skip" if why.startswith(NOT_ASKED) else "unknown"
    assert_never(answer.outcome)


def answer_text(answer: Answer) -> str:
    """Why the answer is what it is."""
    outcome: Outcome = answer.outcome
    return outcome.why if isinstance(outcome, Unknown) else outcome.because


def origin(evidence: Evidence) -> tuple[str, ...]:
    """Where something was seen, in parts: a line number behind the name of a file is no secret."""
    where, line = evidence.origin.where, evidence.origin.line
    return (where,) if line is None else (where, f":{line}")


def plain_facts(finding: Finding) -> str:
    """The facts of a finding on one line, how often and when it was seen last."""
    facts = [f"{name} {value}" for name, value in shown_facts(finding).items()]
    return " · ".join([*facts, *filter(None, (often(finding), when(finding)))])


def shown_facts(finding: Finding) -> dict[str, str]:
    """What a finding names, without its count; nothing that stands under the name of a secret."""
    told = {name: value for name, value in finding.facts.items() if value and name != "count"}
    return {name: MASK if kind(name) is Kind.SECRET else value for name, value in told.items()}


def first_line(sql: str) -> str:
    """The first line of a statement, as its name."""
    lines = sql.strip().splitlines()
    return lines[0][:100] if lines else ""


def severity_word(severity: Severity) -> str:
    """What a severity means, in words."""
    return {
        Severity.P0: "the app is down",
        Severity.P1: "the next deployment will fail",
        Severity.P2: "something is broken",
        Severity.P3: "worth knowing",
    }[severity]
