"""What happened in order of time: which trouble began first, how long each lasted, what stood around its lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.fault import Severity
from crashcart.model.finding import Finding, Verdict
from crashcart.model.unexplained import Unexplained
from crashcart.tools.framing import unframe

LATER = 1 << 62
"""The place of what no log tells: behind what the logs tell."""


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """*findings* as they began; what is only worth knowing stands behind the trouble.

    One whose lines tell no time began when its neighbours did: the trouble told before it in the same log, else behind
    it, else in the log before.
    """
    found = tuple(findings)
    times = _times(found)
    return tuple(sorted(found, key=lambda f: (f.severity is Severity.P3, times.get(f.id, 0.0), _read(f))))


def _times(findings: Iterable[Finding]) -> Mapping[str, float]:
    """By id, when each began, in seconds since 1970; empty where none tells it."""
    read = sorted(findings, key=_read)
    known = {f.id: start.timestamp() for f in read if (start := began(f))}
    for _, log in groupby(read, key=lambda f: f.evidence[0].origin.where):
        _carry(known, [f.id for f in log])
    _carry(known, [f.id for f in read])
    return known


def _carry(known: dict[str, float], names: Sequence[str]) -> None:
    """Give those of *names* that have no time the one before them, the first ones the one behind them."""
    for line in (names, names[::-1]):
        last = None
        for name in line:
            last = known.get(name, last)
            if last is not None:
                known[name] = last


def _read(finding: Finding) -> int:
    return LATER if finding.position is None else finding.position


def foremost(causes: Iterable[Finding]) -> Finding | None:
    """Of *causes* in their order the one to begin with: the worst, of those the proven, of those the first."""
    return min(causes, key=lambda f: (f.severity, f.verdict is not Verdict.CONFIRMED), default=None)


def began(finding: Finding) -> datetime | None:
    """When the first line was written, as far as it tells with its offset from UTC."""
    return finding.first_at or _told(finding.evidence[:1])


def ended(finding: Finding) -> datetime | None:
    """When the last line was written; None where it does not tell."""
    if finding.last_at:
        return finding.last_at
    return began(finding) if finding.facts.get("count", "1") in ("", "0", "1") else None


def when(finding: Finding, day: date | None = None) -> str:
    """The first and the last time of *finding*, in UTC, without the date where that is *day*.

    As the first line's clock showed it where that tells no zone; empty where it tells nothing.
    """
    return _span(began(finding), ended(finding), day) or _by_its_clock(finding)


def _span(start: datetime | None, end: datetime | None, day: date | None = None) -> str:
    if start is None:
        return ""
    first = _moment(start, day)
    if end is None:
        return f"since {first} UTC"
    last = _moment(end, start.astimezone(UTC).date())
    return f"{first} – {last} UTC" if end > start else f"{first} UTC"


def _by_its_clock(finding: Finding) -> str:
    first = finding.evidence[0]
    wall = unframe(first.text).wall if first.origin.kind is OriginKind.LOG else None
    return f"{'since' if often(finding) else 'at'} {wall:%Y-%m-%d %H:%M:%S} by its clock" if wall else ""


def _moment(moment: datetime, day: date | None) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc:%H:%M:%S}" if utc.date() == day else f"{utc:%Y-%m-%d %H:%M:%S}"


def often(finding: Finding) -> str:
    """On how many lines, where these are several."""
    count = finding.facts.get("count", "1")
    return f"on {count} lines" if count not in ("", "0", "1") else ""


def seen(finding: Finding, cause: Finding | None = None) -> str:
    """How often and when, in short; the day is left out where it is the one on which *cause* began."""
    start = began(cause) if cause else None
    day = start.astimezone(UTC).date() if start else None
    return ", ".join(part for part in (often(finding), when(finding, day)) if part)


def repeated(lines: Unexplained) -> str:
    """How often and when lines were seen that no fault explains."""
    often = f"on {lines.count} lines" if lines.count > 1 else ""
    return ", ".join(part for part in (often, _span(lines.first_at, lines.last_at)) if part)


def _told(evidence: Sequence[Evidence]) -> datetime | None:
    logged = (e.text for e in evidence if e.origin.kind is OriginKind.LOG)
    return next((moment for text in logged if (moment := unframe(text).at)), None)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a log that stand together, those that were noticed marked."""

    where: str
    lines: tuple[tuple[int, str, bool], ...]
    """Number, text, whether it was noticed."""

    @property
    def first_hit(self) -> int:
        return next((number for number, _, hit in self.lines if hit), self.lines[0][0])

    def rows(self) -> Iterator[tuple[str, str, bool]]:
        """The mark and the number as they stand before each line, its text, whether it was noticed."""
        digits = len(str(self.lines[-1][0]))
        for number, text, hit in self.lines:
            yield f"{'>' if hit else ' '} {number:{digits}} │ ", text, hit


def excerpts(evidence: Iterable[Evidence]) -> Iterator[Excerpt | Evidence]:
    """*evidence* with its context; what overlaps in a log is one excerpt. Without context it is given as it is."""
    for where, group in groupby(evidence, key=lambda e: e.origin.where if e.context else None):
        if where is None:
            yield from group
        else:
            yield from _joined(where, list(group))


def _joined(where: str, evidence: Sequence[Evidence]) -> Iterator[Excerpt]:
    hits = {e.origin.line for e in evidence}
    texts = {near.line: near.text for e in evidence for near in e.context}
    run: list[tuple[int, str, bool]] = []
    for number in sorted(texts):
        if run and number > run[-1][0] + 1:
            yield Excerpt(where, tuple(run))
            run = []
        run.append((number, texts[number], number in hits))
    if run:
        yield Excerpt(where, tuple(run))
