"""Notices faults in logs, and the lines that show some of them to be harmless."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from crashcart.diagnosis.causality import canonical_host
from crashcart.diagnosis.passed_tests import ALL_PASSED, SOON, SPOILED, WORDS, PassedTests
from crashcart.diagnosis.sieve import Match, Sieve, plain
from crashcart.diagnosis.wording import filled
from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.fault import Fault, Refutation
from crashcart.model.finding import Claim
from crashcart.tools.framing import unframe
from crashcart.tools.logs import LogLine
from crashcart.tools.redaction import evidence, redact

MAX_EVIDENCE = 3
MAX_CLAIMS = 100
"""Of one fault in one log; the lines beyond them count for the last."""
MAX_SHOWN = 2000
"""Characters of a line that are shown."""
REACH = 300
"""Lines after which an earlier line (a shutdown asked for) excuses nothing any more."""
NEAR = 2
"""Lines over which the parts of one message are spread."""
PASSING = frozenset({"attempt", "line", "reason", "status"})
"""Facts that tell nothing about whether two lines mean the same trouble."""
STACK = "require stack:"
REQUIRED_BY = re.compile(r"(?:^|\s)- (?P<importer>(?:/|file://|[A-Za-z]:\\)[^\n]{1,300}?)\s*$")
"""The first entry of Node's stack of who requires whom: the file that asks."""
ALSO = (*WORDS, STACK)
"""Words beyond those of the rooms: :func:`notice` needs every line that holds one."""
LINES_AFTER = {STACK: 1}
"""How many lines it needs after a line that holds the word, whatever they hold."""
SPAN = 1 << 40
"""Positions that one log has: more than any log has lines."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """What the logs claim."""

    claims: tuple[Claim, ...]
    """In order of appearance."""
    lines_read: int
    """The numbers of the last lines that were given, together."""


def notice(lines: Iterable[LogLine], faults: Mapping[str, Fault]) -> Noticed:
    """Every fault that *lines* show. One claim per fault and what identifies it, however many lines repeat it.

    Lines of one log stand together, in order; those may be left out that hold no word of the rooms nor of
    :data:`ALSO`, and are not asked for by :data:`LINES_AFTER`.
    """
    watch = _Watch(Sieve(faults, also=ALSO))
    bases: dict[str, int] = {}
    last: dict[str, int] = {}
    for line in lines:
        last[line.source] = line.number
        watch.read(bases.setdefault(line.source, SPAN * len(bases)) + line.number - 1, line)
    return Noticed(watch.claims(), sum(last.values()))


@dataclass(slots=True)
class _Seen:
    """A claim in the making."""

    fault: str
    facts: dict[str, str]
    lines: list[LogLine]
    position: int
    last: int
    last_line: LogLine
    count: int = 1
    excused: Excuse | None = None
    """By an earlier line, as long as that holds for every line of the claim."""
    recovered: Excuse | None = None
    """By a later line, as long as nothing comes after that."""

    @property
    def refutation(self) -> Excuse | None:
        return self.recovered or self.excused

    def again(self, position: int, line: LogLine, match: Match, excuse: Excuse | None) -> None:
        self.count += 1
        self.last, self.last_line = position, line
        self.facts = {**match.facts, **self.facts}
        self.recovered = None
        self.excused = self.excused and excuse
        if len(self.lines) < MAX_EVIDENCE:
            self.lines.append(line)

    def absorb(self, other: _Seen) -> None:
        """Take in *other*, which tells of the same trouble."""
        parts = sorted((self, other), key=lambda seen: seen.position)
        last = max(parts, key=lambda seen: seen.last)
        self.facts = {**parts[1].facts, **parts[0].facts}
        self.lines = [line for part in parts for line in part.lines][:MAX_EVIDENCE]
        self.position, self.last, self.count = parts[0].position, last.last, self.count + other.count
        self.last_line = last.last_line
        self.recovered = last.recovered if all(part.refutation for part in parts) else None
        self.excused = self.excused and other.excused


@dataclass(frozen=True, slots=True)
class Excuse:
    """A line that refutes, with what it says."""

    refutation: Refutation
    facts: Mapping[str, str]
    line: LogLine
    position: int

    def covers(self, facts: Mapping[str, str]) -> bool:
        return all(facts.get(name, value) == value for name, value in self.facts.items())


class _Watch:
    """Reads line by line and keeps only what claims need."""

    def __init__(self, sieve: Sieve) -> None:
        self._sieve = sieve
        self._seen: dict[tuple[str, str, frozenset[tuple[str, str]]], _Seen] = {}
        self._by_fault: dict[tuple[str, str], list[_Seen]] = {}
        self._excuses: deque[tuple[str, str, Excuse]] = deque(maxlen=100)
        self._tests: dict[str, PassedTests] = defaultdict(PassedTests)
        self._latest: tuple[int, _Seen] | None = None
        self._stack_of: _Seen | None = None

    def read(self, position: int, line: LogLine) -> None:
        text = plain(line.text)
        if self._stack_of:
            self._join_importer(self._stack_of, line)
        if not self._sieve.suspicious(text):
            return
        for match in self._sieve.matches(text):
            self._claim(position, line, match)
        for fault, refutation, facts in self._sieve.refutations(text):
            self._refute(fault, Excuse(refutation, facts, line, position))
        self._expect_stack(position, line)
        begin = self._tests[line.source].ends_well(position, text)
        if begin is not None:
            self._excuse_tests(begin, Excuse(ALL_PASSED, {}, line, position))
        elif SPOILED.search(text):
            self._take_back(position, line.source)

    def _expect_stack(self, position: int, line: LogLine) -> None:
        """The lines after ``Require stack:`` go on with the message before it."""
        if self._latest and line.text.rstrip().lower().endswith(STACK):
            at, seen = self._latest
            self._stack_of = seen if position - at <= NEAR and seen.lines[0].source == line.source else None

    def _join_importer(self, seen: _Seen, line: LogLine) -> None:
        self._stack_of = None
        if match := REQUIRED_BY.search(line.text):
            seen.facts.setdefault("importer", match["importer"])
            if len(seen.lines) < MAX_EVIDENCE:
                seen.lines.append(line)

    def _excuse_tests(self, begin: int, excuse: Excuse) -> None:
        for (source, _), of_fault in self._by_fault.items():
            for seen in of_fault if source == excuse.line.source else ():
                if seen.position >= begin and unframe(seen.lines[0].text).service == unframe(excuse.line.text).service:
                    seen.recovered = excuse

    def _claim(self, position: int, line: LogLine, match: Match) -> None:
        key = (line.source, match.fault, _identity(match.facts))
        of_fault = self._by_fault.setdefault((line.source, match.fault), [])
        excuse = self._excuse(position, line, match)
        seen = self._seen.get(key) or (of_fault[-1] if len(of_fault) >= MAX_CLAIMS else None)
        if seen:
            seen.again(position, line, match, excuse)
        else:
            seen = _Seen(match.fault, dict(match.facts), [line], position, position, line, excused=excuse)
            self._seen[key] = seen
            of_fault.append(seen)
        if "module" in match.facts:
            self._latest = (position, seen)

    def _excuse(self, position: int, line: LogLine, match: Match) -> Excuse | None:
        for source, fault, excuse in reversed(self._excuses):
            near = position - excuse.position <= REACH
            if near and (source, fault) == (line.source, match.fault) and excuse.covers(match.facts):
                return excuse
        return None

    def _refute(self, fault: str, excuse: Excuse) -> None:
        if excuse.refutation.earlier:
            self._excuses.append((excuse.line.source, fault, excuse))
            return
        for seen in self._by_fault.get((excuse.line.source, fault), ()):
            if seen.recovered is None and seen.last < excuse.position and excuse.covers(seen.facts):
                seen.recovered = excuse

    def _take_back(self, position: int, source: str) -> None:
        for (log, _), of_fault in self._by_fault.items():
            for seen in of_fault if log == source else ():
                if (excuse := seen.recovered) and excuse.refutation is ALL_PASSED:
                    seen.recovered = excuse if position - excuse.position > SOON else None

    def claims(self) -> tuple[Claim, ...]:
        folded = [seen for of_fault in self._by_fault.values() for seen in _fold(of_fault)]
        across = sorted(folded, key=lambda seen: (seen.fault, seen.position))
        merged = [seen for _, group in groupby(across, key=lambda seen: seen.fault) for seen in _join_logs(group)]
        ordered = sorted(merged, key=lambda seen: (seen.position, seen.fault))
        return tuple(_as_claim(f"c{n}", seen) for n, seen in enumerate(ordered, 1))


def _identity(facts: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    told = ((name, canonical_host(value) if name == "host" else value) for name, value in facts.items())
    return frozenset((name, value) for name, value in told if name not in PASSING)


def _fold(seen: Sequence[_Seen]) -> list[_Seen]:
    """One claim where a message is spread over lines, or where a line names less than another."""
    kept: list[_Seen] = []
    for each in sorted(seen, key=lambda s: (-len(_identity(s.facts)), s.position)):
        fitting = [other for other in kept if _belongs(each, other)]
        if fitting:
            min(fitting, key=lambda other: _distance(each, other)).absorb(each)
        else:
            kept.append(each)
    return kept


def _belongs(less: _Seen, more: _Seen) -> bool:
    if _identity(less.facts) <= _identity(more.facts):
        return True
    agree = all(more.facts.get(name, value) == value for name, value in _identity(less.facts))
    return agree and _distance(less, more) <= NEAR


def _distance(one: _Seen, other: _Seen) -> int:
    return max(one.position - other.last, other.position - one.last, 0)


def _join_logs(seen: Iterable[_Seen]) -> Iterator[_Seen]:
    """One claim where several logs tell exactly the same."""
    by_identity: dict[frozenset[tuple[str, str]], _Seen] = {}
    for each in seen:
        known = by_identity.setdefault(_identity(each.facts), each)
        if known is not each:
            known.absorb(each)
    yield from by_identity.values()


def _as_claim(name: str, seen: _Seen) -> Claim:
    excuse = seen.refutation
    facts = {key: str(redact(value)) for key, value in seen.facts.items()}
    return Claim(
        id=name,
        fault=seen.fault,
        facts=facts,
        evidence=tuple(_evidence(line) for line in seen.lines),
        count=seen.count,
        position=seen.position,
        last_position=seen.last,
        first_at=unframe(seen.lines[0].text).at,
        last_at=unframe(seen.last_line.text).at,
        refuted_because=filled(excuse.refutation.because, facts) if excuse else None,
        refuted_by=(_evidence(excuse.line),) if excuse else (),
    )


def _evidence(line: LogLine) -> Evidence:
    shown = line.text if len(line.text) <= MAX_SHOWN else line.text[:MAX_SHOWN] + " …"
    return evidence(OriginKind.LOG, line.source, shown, line=line.number, check=line.check)
