"""Judges claims and answers: what stands, what follows from what, what was a false alarm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crashcart.diagnosis import localhost
from crashcart.diagnosis.causality import causes_of
from crashcart.diagnosis.suspect import Suspect, same_thing
from crashcart.diagnosis.wording import filled
from crashcart.model.evidence import Evidence
from crashcart.model.fault import Fault
from crashcart.model.finding import Answer, Claim, Failed, Finding, Passed, Role, Unknown, Verdict

LOG_ALONE = "Only the log says so; nothing was asked that could confirm or refute it."
ORIGIN_HIDDEN = "This line only reports the outcome; what brought it about is not shown in what was read."
GAVE_UP = "Later lines of the same log show a recovery, but something had already failed for good before it."
ORDER = {Role.CAUSE: 0, Role.CONSEQUENCE: 1, Role.BENIGN: 2}
MAX_EVIDENCE = 12


@dataclass(slots=True, eq=False)
class _Draft(Suspect):
    """A finding in the making."""

    verdict: Verdict = Verdict.UNPROVEN
    contained: bool = False
    because: str = ""
    evidence: list[Evidence] = field(default_factory=list)
    count: int = 0
    causes: Sequence[Suspect] = ()
    remedy: str | None = None

    @property
    def role(self) -> Role:
        if self.verdict is Verdict.REFUTED:
            return Role.BENIGN
        return Role.CONSEQUENCE if self.causes else Role.CAUSE


def judge(claims: Sequence[Claim], answers: Sequence[Answer], faults: Mapping[str, Fault]) -> tuple[Finding, ...]:
    """The findings, causes first.

    Raises KeyError for a claim or an answer that names a fault without a room, or a claim that nobody made.
    """
    drafts = _Drafts(claims, faults)
    outcomes = [answer.outcome for answer in answers]
    for failed in (o for o in outcomes if isinstance(o, Failed)):
        drafts.confirm(failed)
    for passed in (o for o in outcomes if isinstance(o, Passed)):
        drafts.refute(passed)
    for unknown in (o for o in outcomes if isinstance(o, Unknown)):
        drafts.leave_open(unknown)
    drafts.suspect_localhost()
    drafts.fold_outcomes()
    return _findings(drafts.all)


class _Drafts:
    """All findings in the making, and where each claim went."""

    def __init__(self, claims: Sequence[Claim], faults: Mapping[str, Fault]) -> None:
        self._faults = faults
        self._of_claim = {claim.id: self._from_claim(claim) for claim in claims}
        self.all: list[_Draft] = list(self._of_claim.values())
        self._hold_to_crashes(claims)
        self._end = max((claim.last_position for claim in claims), default=0) + 1

    def _hold_to_crashes(self, claims: Sequence[Claim]) -> None:
        """A recovery proves nothing when the app had given up before it: what it claimed then still stands."""
        crashes = [claim for claim in claims if self._faults[claim.fault].wrapper and claim.refuted_because is None]
        for claim in (c for c in claims if c.refuted_by):
            if any(_between(claim, crash) for crash in crashes):
                draft = self._of_claim[claim.id]
                draft.verdict, draft.because = Verdict.UNPROVEN, GAVE_UP

    def _from_claim(self, claim: Claim) -> _Draft:
        refuted = claim.refuted_because is not None
        return _Draft(
            fault=self._faults[claim.fault],
            facts=dict(claim.facts),
            position=claim.position,
            last=claim.last_position,
            first_at=claim.first_at,
            last_at=claim.last_at,
            log=claim.evidence[0].origin.where,
            service=claim.service,
            nested=claim.nested,
            column=claim.column,
            contained=claim.contained,
            claims={claim.id},
            verdict=Verdict.REFUTED if refuted else Verdict.UNPROVEN,
            because=claim.refuted_because or "",
            evidence=[*claim.evidence, *claim.refuted_by],
            count=claim.count,
        )

    def confirm(self, failed: Failed) -> None:
        named = [self._of_claim[name] for name in dict.fromkeys((*failed.confirms, *failed.explains, *failed.absorbs))]
        confirmed = [self._of_claim[name] for name in dict.fromkeys(failed.confirms)]
        for draft in confirmed:
            draft.verdict, draft.because = Verdict.CONFIRMED, failed.because
        own = [draft for draft in confirmed if draft.fault.code == failed.fault]
        draft = self._united(own) if own else self._same(failed) or self._new(failed, named)
        draft.verdict, draft.because = Verdict.CONFIRMED, failed.because
        draft.facts = {**draft.facts, **failed.facts}
        draft.remedy = failed.remedy or draft.remedy
        for other in dict.fromkeys(self._of_claim[name] for name in failed.absorbs):
            self._absorb(draft, other)
        _add(draft, failed.evidence)
        draft.explains_claims |= {name for name in failed.explains if name not in draft.claims}
        draft.explains_faults |= {self._faults[code].code for code in failed.explains_faults}

    def _same(self, failed: Failed) -> _Draft | None:
        """What another probe or a log told already, about the same thing."""
        of_fault = (d for d in self.all if d.fault.code == failed.fault)
        return next((d for d in of_fault if d.facts == failed.facts or same_thing(d.facts, failed.facts)), None)

    def _new(self, failed: Failed, named: Iterable[_Draft]) -> _Draft:
        first = min(named, key=lambda draft: draft.position, default=None)
        draft = _Draft(self._faults[failed.fault], dict(failed.facts), first.position if first else self._end)
        self.all.append(draft)
        return draft

    def _united(self, own: Sequence[_Draft]) -> _Draft:
        """One finding of all these claims: they turned out to be the same trouble."""
        first, *others = dict.fromkeys(own)
        for other in others:
            first.facts = {**other.facts, **first.facts}
            first.count += other.count
            self._absorb(first, other)
        return first

    def _absorb(self, draft: _Draft, other: _Draft) -> None:
        """Make what *other* claims, and what follows from it, a part of *draft*."""
        if other is draft:
            return
        draft.claims |= other.claims
        draft.explains_claims = (draft.explains_claims | other.explains_claims) - draft.claims
        draft.explains_faults |= other.explains_faults
        draft.log, draft.last = draft.log or other.log, max(draft.last, other.last)
        draft.position = min(draft.position, other.position)
        draft.first_at = min((at for at in (draft.first_at, other.first_at) if at), default=None)
        draft.last_at = max((at for at in (draft.last_at, other.last_at) if at), default=None)
        _add(draft, other.evidence)
        self._of_claim.update(dict.fromkeys(other.claims, draft))
        self.all.remove(other)

    def refute(self, passed: Passed) -> None:
        for draft in (self._of_claim[name] for name in passed.refutes):
            if draft.verdict is not Verdict.CONFIRMED:
                draft.verdict, draft.because = Verdict.REFUTED, passed.because
                _add(draft, passed.evidence)

    def leave_open(self, unknown: Unknown) -> None:
        for draft in (self._of_claim[name] for name in unknown.about):
            if draft.verdict is Verdict.UNPROVEN:
                draft.because = draft.because or unknown.why

    def suspect_localhost(self) -> None:
        """What a container dialled in itself was meant for another place, as long as nobody knows better."""
        open_ = [d for d in self.all if d.verdict is Verdict.UNPROVEN and localhost.dials_itself(d)]
        dialled = [d for d in open_ if d.contained]
        fault = self._faults.get(localhost.FAULT)
        if not (fault and dialled) or any(d.fault.code == localhost.FAULT for d in self.all):
            return
        first = dialled[0]
        facts = {name: first.facts[name] for name in ("host", "port") if name in first.facts}
        draft = _Draft(fault, facts, first.position, first.last, first.log, first.service)
        draft.first_at, draft.last_at, draft.because = first.first_at, first.last_at, localhost.BECAUSE
        draft.evidence = list(first.evidence)
        draft.explains_claims = {name for d in open_ for name in d.claims}
        self.all.append(draft)

    def fold_outcomes(self) -> None:
        """One finding of an outcome that is told twice, and once with more than the other time."""
        standing = [draft for draft in self.all if draft.verdict is Verdict.UNPROVEN and draft.fault.wrapper]
        for draft, causes in causes_of(standing, confirmed=lambda _: False).items():
            if len(causes) == 1 and causes[0].fault is draft.fault:
                self._united([next(d for d in self.all if d.claims >= causes[0].claims), draft])


def _between(claim: Claim, crash: Claim) -> bool:
    """Whether *crash* is of the same service, after *claim* and before what refutes it."""
    if claim.service and crash.service and claim.service != crash.service:
        return False
    first, at, recovery = (c.origin for c in (claim.evidence[0], crash.evidence[0], claim.refuted_by[0]))
    return first.where == at.where and (first.line or 0) < (at.line or 0) < (recovery.line or 0)


def _add(draft: _Draft, evidence: Iterable[Evidence]) -> None:
    known = {(e.origin, e.text) for e in draft.evidence}
    room = MAX_EVIDENCE - len(draft.evidence)
    draft.evidence += [e for e in evidence if (e.origin, e.text) not in known][: max(room, 0)]


def _findings(drafts: Sequence[_Draft]) -> tuple[Finding, ...]:
    standing = [draft for draft in drafts if draft.verdict is not Verdict.REFUTED]
    for suspect, causes in causes_of(standing, confirmed=lambda d: d.verdict is Verdict.CONFIRMED).items():
        suspect.causes = causes
    ordered = sorted(drafts, key=lambda d: (ORDER[d.role], d.fault.severity.value, d.position, d.fault.code))
    ids: dict[Suspect, str] = {draft: f"f{n}" for n, draft in enumerate(ordered, 1)}
    return tuple(_finding(draft, ids) for draft in ordered)


def _finding(draft: _Draft, ids: Mapping[Suspect, str]) -> Finding:
    count = {"count": str(draft.count)} if draft.count else {}
    return Finding(
        id=ids[draft],
        fault=draft.fault.code,
        title=filled(draft.fault.title, draft.facts),
        severity=draft.fault.severity,
        role=draft.role,
        verdict=draft.verdict,
        because=filled(draft.because or _assumption(draft), draft.facts),
        evidence=tuple(draft.evidence),
        facts={**draft.facts, **count},
        caused_by=tuple(sorted((ids[cause] for cause in draft.causes), key=lambda name: int(name[1:]))),
        first_at=draft.first_at,
        last_at=draft.last_at,
        position=draft.position if draft.count else None,
        remedies=(filled(draft.remedy or draft.fault.remedy, draft.facts),),
    )


def _assumption(draft: _Draft) -> str:
    """What may honestly be said of a claim that nobody answered."""
    if draft.causes:
        titles = [filled(cause.fault.title, cause.facts) for cause in draft.causes]
        return f"Follows from: {', '.join(f'“{title}”' for title in titles)}."
    return ORIGIN_HIDDEN if draft.fault.wrapper else LOG_ALONE
