"""Claims in the making: what a log tells of one trouble, and which of its lines show that to be harmless."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from crashcart.diagnosis.sieve import Match, plain
from crashcart.diagnosis.suspect import canonical_host
from crashcart.diagnosis.wording import filled
from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.fault import Refutation
from crashcart.model.finding import Claim
from crashcart.tools.framing import unframe
from crashcart.tools.logs import LogLine, text_of
from crashcart.tools.redaction import evidence, redact_part

MAX_EVIDENCE = 3
MAX_SHOWN = 2000
"""Characters of a line that are shown."""
NEAR = 2
"""Lines over which the parts of one message are spread."""
ZEROS = str.maketrans("123456789", "000000000")
PASSING_FACTS = frozenset({"attempt", "line", "reason", "status"})
"""Facts that tell nothing about whether two lines mean the same trouble."""


@dataclass(frozen=True, slots=True)
class Excuse:
    """A line that refutes, with what it says."""

    refutation: Refutation
    facts: Mapping[str, str]
    line: LogLine
    position: int
    service: str = ""

    def covers(self, facts: Mapping[str, str], service: str = "") -> bool:
        """Whether it speaks of what *facts* name, and of the same service where both are known."""
        own = not (self.service and service) or self.service == service
        return own and all(facts.get(name, value) == value for name, value in self.facts.items())


@dataclass(slots=True)
class Seen:
    """A claim in the making."""

    fault: str
    facts: dict[str, str]
    lines: list[LogLine]
    position: int
    last: int
    last_text: str | bytes
    """Of the line that told it last, as far as it was read: the text or its bytes."""
    service: str = ""
    step: str = ""
    """The step of an image build in which it was told last."""
    count: int = 1
    mild: bool = False
    """All its lines are warnings."""
    nested: bool = False
    """Its first line stands within the message of another trouble (``Caused by:``)."""
    column: int = 0
    contained: bool = False
    """Its lines show that they were written inside a container."""
    excused: Excuse | None = None
    """By an earlier line, as long as that holds for every line of the claim."""
    recovered: Excuse | None = None
    """By a later line, as long as nothing comes after that."""
    late_in: tuple[int, ...] = ()
    """Positions of the good starts after which it was told."""

    @property
    def refutation(self) -> Excuse | None:
        return self.recovered or self.excused

    @property
    def identity(self) -> frozenset[tuple[str, str]]:
        return identity(self.facts)

    def again(self, position: int, line: LogLine, match: Match, excuse: Excuse | None) -> bool:
        """One more line tells it; whether that names something new."""
        self.count += 1
        self.last, self.last_text = position, line.text
        known = len(self.facts)
        for name, value in match.facts.items():
            self.facts.setdefault(name, value)
        self.recovered = None
        self.excused = self.excused and excuse
        self._make_room(line)
        if len(self.lines) < MAX_EVIDENCE:
            self.lines.append(line)
        return len(self.facts) > known

    @property
    def complete(self) -> bool:
        """Whether no further line need be kept as evidence."""
        return len(self.lines) >= MAX_EVIDENCE

    def repeated(self, position: int, raw: bytes, step: str) -> None:
        """One more line tells it that adds nothing to what is known."""
        self.count += 1
        self.last, self.last_text, self.step = position, raw, step
        self.recovered = None

    def _make_room(self, line: LogLine) -> None:
        """Where *line* says it in other words, those that stand there twice need not."""
        if len(self.lines) < MAX_EVIDENCE:
            return
        worded = [_wording(known) for known in self.lines]
        if len(set(worded)) < len(worded) and _wording(line) not in worded:
            del self.lines[max(n for n, words in enumerate(worded) if words in worded[:n])]

    def told_after(self, start: int | None) -> None:
        """Remember the good start of the run in which it was told."""
        if start is not None and start not in self.late_in[-1:]:
            self.late_in = (*self.late_in[-1:], start)

    def copy(self) -> Seen:
        return replace(self, facts=dict(self.facts), lines=list(self.lines))

    def absorb(self, other: Seen) -> None:
        """Take in *other*, which tells of the same trouble."""
        parts = sorted((self, other), key=lambda seen: seen.position)
        last = max(parts, key=lambda seen: seen.last)
        self.recovered = last.recovered if all(part.refutation for part in parts) else None
        self.facts = {**parts[1].facts, **parts[0].facts}
        self.lines = _telling(parts)
        self.position, self.last, self.count = parts[0].position, last.last, self.count + other.count
        self.last_text, self.nested, self.column = last.last_text, parts[0].nested, parts[0].column
        self.excused = self.excused and other.excused
        self.contained = self.contained or other.contained


def _wording(line: LogLine) -> str:
    return line.text[:MAX_SHOWN].translate(ZEROS)


def _telling(parts: Sequence[Seen]) -> list[LogLine]:
    """The lines that are shown of *parts*, in order: the first of each, for they name different things."""
    first, rest = [part.lines[0] for part in parts], [line for part in parts for line in part.lines[1:]]
    return sorted([*first, *rest][:MAX_EVIDENCE], key=lambda line: line.number)


def identity(facts: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """What of *facts* tells one trouble from another."""
    told = ((name, canonical_host(value) if name == "host" else value) for name, value in facts.items())
    return frozenset((name, value) for name, value in told if name not in PASSING_FACTS)


def united(seen: Iterable[Seen]) -> list[Seen]:
    """*seen* with one for each trouble, in order of appearance; the given ones stay as they are."""
    ordered = sorted((each.copy() for each in seen), key=lambda s: (s.fault, s.lines[0].source, s.position))
    by_log = (list(group) for _, group in groupby(ordered, key=lambda s: (s.fault, s.lines[0].source)))
    folded = sorted((each for group in by_log for each in _fold(group)), key=lambda s: (s.fault, s.position))
    joined = [each for _, group in groupby(folded, key=lambda s: s.fault) for each in _join(group)]
    return sorted(joined, key=lambda s: (s.position, s.fault))


def _fold(seen: Sequence[Seen]) -> list[Seen]:
    """One where a message is spread over lines, or where a line names less than another."""
    kept: list[Seen] = []
    for each in sorted(seen, key=lambda s: (-len(s.identity), s.position)):
        fitting = [other for other in kept if other.service == each.service and _belongs(each, other)]
        if fitting:
            min(fitting, key=lambda other: _distance(each, other)).absorb(each)
        else:
            kept.append(each)
    return kept


def _belongs(less: Seen, more: Seen) -> bool:
    if less.identity <= more.identity:
        return True
    agree = all(more.facts.get(name, value) == value for name, value in less.identity)
    return agree and _distance(less, more) <= NEAR


def _distance(one: Seen, other: Seen) -> int:
    return max(one.position - other.last, other.position - one.last, 0)


def _join(seen: Iterable[Seen]) -> Iterator[Seen]:
    """One where several logs or services tell exactly the same; what names nothing is each service's own."""
    kept: dict[object, Seen] = {}
    for each in seen:
        key = (each.identity, each.refutation is None, "" if each.identity else each.service)
        known = kept.setdefault(key, each)
        if known is not each:
            known.absorb(each)
    yield from kept.values()


def as_claim(name: str, seen: Seen) -> Claim:
    """*seen* as a claim, redacted."""
    excuse = seen.refutation
    texts = [plain(line.text[:MAX_SHOWN]) for line in seen.lines]
    facts = {key: str(redact_part(value, *texts)) for key, value in seen.facts.items()}
    return Claim(
        id=name,
        fault=seen.fault,
        facts=facts,
        evidence=tuple(_evidence(line) for line in seen.lines),
        count=seen.count,
        position=seen.position,
        last_position=seen.last,
        first_at=unframe(seen.lines[0].text).at,
        last_at=unframe(_read(seen.last_text)).at,
        service=seen.service,
        nested=seen.nested,
        column=seen.column,
        contained=seen.contained,
        refuted_because=filled(excuse.refutation.because, facts) if excuse else None,
        refuted_by=(_evidence(excuse.line),) if excuse else (),
    )


def _read(text: str | bytes) -> str:
    return text_of(text) if isinstance(text, bytes) else text


def _evidence(line: LogLine) -> Evidence:
    shown = line.text if len(line.text) <= MAX_SHOWN else line.text[:MAX_SHOWN] + " …"
    return evidence(OriginKind.LOG, line.source, shown, line=line.number, check=line.check)
