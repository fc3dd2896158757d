"""Logs of deployments that went well, to compare with: what they show too did not make this one fail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crashcart.diagnosis.judge import judge
from crashcart.diagnosis.suspect import canonical_host
from crashcart.diagnosis.templates import same_kind
from crashcart.flows.reading import Reading
from crashcart.model.errors import UsageError
from crashcart.model.fault import Fault, Severity
from crashcart.model.finding import Answer, Claim, Finding, Passed, Role, Unknown
from crashcart.model.unexplained import Unexplained

PROBE = "baseline"
QUESTION = "Does the log of a good deployment show it too?"
PASSING_FACTS = frozenset({"attempt", "line", "reason", "status"})
"""Facts that differ from one deployment to the next."""
OF_VISITORS = frozenset({"proxy", "http", "network"})
"""Families whose outcomes a good deployment's log may hold."""


@dataclass(frozen=True, slots=True)
class Good:
    """What the logs of good deployments show."""

    names: tuple[str, ...]
    claims: tuple[Claim, ...]
    unexplained: tuple[Unexplained, ...]
    problems: tuple[str, ...]
    """Why a log could not serve for the comparison."""

    def answers(self, claims: Iterable[Claim]) -> tuple[Answer, ...]:
        """What this says of *claims*, for the judge: refuted where a good log shows the same, and as often."""
        return tuple(answer for claim in claims if (answer := self._answer(claim)))

    def new(self, unexplained: Iterable[Unexplained]) -> tuple[Unexplained, ...]:
        """Those that no good log has."""
        known = [lines.template for lines in self.unexplained]
        return tuple(u for u in unexplained if not any(same_kind(u.template, other) for other in known))

    def _answer(self, claim: Claim) -> Answer | None:
        if claim.refuted_because:
            return None
        # One that recovered in the good log says nothing about one that did not recover here.
        alike = [good for good in self.claims if _same(good, claim) and not good.refuted_because]
        if not alike:
            return None
        most = max(alike, key=lambda c: c.count)
        where = str(most.evidence[0].origin)
        if claim.count > 2 * most.count + 2:
            why = (
                f"The log of a good deployment shows it too, but {most.count} times ({where}), not {claim.count} times."
            )
            return Answer(PROBE, QUESTION, Unknown(why, about=(claim.id,)))
        because = f"The log of a good deployment shows the same ({where}), so this is not what made this one fail."
        return Answer(PROBE, QUESTION, Passed(because, most.evidence, refutes=(claim.id,)))


def read(paths: Sequence[str], faults: Mapping[str, Fault], logs: Sequence[str] = ()) -> Good:
    """What the good logs *paths* show; *logs* are those to be examined.

    A log that cannot be read, or that itself shows a failed deployment, serves for nothing and is named among the
    problems. Raises UsageError for a file that is not there, for standard input, and for one that is examined too.
    """
    claims: list[Claim] = []
    unexplained: list[Unexplained] = []
    problems: list[str] = []
    for path in paths:
        _distinct(path, logs)
        reading = Reading([path])
        noticed = reading.noticed(faults)
        failed = _outcome(judge(noticed.claims, (), faults), faults)
        if failed:
            problems.append(f"--baseline {path}: not compared with: it shows a failure itself ({failed})")
        else:
            claims += noticed.claims
            unexplained += noticed.unexplained
        problems += [f"--baseline {problem}" for problem in reading.problems]
    return Good(tuple(paths), tuple(claims), tuple(unexplained), tuple(problems))


def _distinct(path: str, logs: Sequence[str]) -> None:
    if path == "-":
        raise UsageError("--baseline -: a good log is read from a file", advice="Save it first, then name the file.")
    good = Path(path)
    for log in logs:
        if log != "-" and good.exists() and Path(log).exists() and good.samefile(log):
            raise UsageError(f"--baseline {path}: this is the log to be examined", advice="Name one that went well.")


def _outcome(findings: Sequence[Finding], faults: Mapping[str, Fault]) -> str | None:
    """The first line that says that the deployment of this log failed."""
    for finding in findings:
        fault = faults[finding.fault]
        fatal = fault.wrapper and finding.severity.reaches(Severity.P1) and fault.family not in OF_VISITORS
        if fatal and finding.role is not Role.BENIGN:
            return f"{finding.fault} in {finding.evidence[0].origin}"
    return None


def _same(one: Claim, other: Claim) -> bool:
    return one.fault == other.fault and _lasting(one.facts) == _lasting(other.facts)


def _lasting(facts: Mapping[str, str]) -> dict[str, str]:
    told = {name: canonical_host(value) if name == "host" else value for name, value in facts.items()}
    return {name: value for name, value in told.items() if name not in PASSING_FACTS}
