"""Notices faults in logs, and the lines that show some of them to be harmless."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from crashcart.diagnosis import build_steps, runs
from crashcart.diagnosis.classics import classic
from crashcart.diagnosis.continued import CONTINUED, DETAILS, NESTED
from crashcart.diagnosis.doubt import Doubt
from crashcart.diagnosis.gist import Gist, Gists
from crashcart.diagnosis.listening import Act, Heard, Repeat, Repeats, Shape, shape_of
from crashcart.diagnosis.localhost import inside
from crashcart.diagnosis.passed_tests import ALL_PASSED, IN_PASSED, SOON, SPOILED, WORDS, PassedTests
from crashcart.diagnosis.proving import settled, speaks_calmly
from crashcart.diagnosis.seen import MAX_EVIDENCE, NEAR, Excuse, Seen, as_claim, identity, united
from crashcart.diagnosis.services import own_service
from crashcart.diagnosis.sieve import ZEROS, Match, Sieve, plain
from crashcart.diagnosis.suspect import contradict
from crashcart.diagnosis.unexplained import WORDS as ERROR_WORDS
from crashcart.diagnosis.unexplained import Remainder
from crashcart.model.fault import Fault
from crashcart.model.finding import Claim
from crashcart.model.unexplained import Unexplained
from crashcart.tools.framing import Frame, unframe
from crashcart.tools.logs import LogLine, text_of
from crashcart.tools.scanner.lines import Words

MAX_CLAIMS = 100
"""Of one fault in one log; the lines beyond them count for the last."""
REACH = 300
"""Lines after which an earlier line (a shutdown asked for) excuses nothing any more."""
LOOP = 2
"""After so many good starts the same was told again: they prove nothing."""
ALSO = (*WORDS, *CONTINUED, "detail: ", "details: ", *runs.WORDS, *build_steps.WORDS, *ERROR_WORDS)
"""Words beyond those of the rooms: :func:`notice` needs every line that holds one."""
LINES_AFTER = {word: count for word, (count, _) in CONTINUED.items()}
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
    unexplained: tuple[Unexplained, ...] = ()
    """What looks like an error and is no claim, rarest first."""


def notice(lines: Iterable[LogLine], faults: Mapping[str, Fault]) -> Noticed:
    """Every fault that *lines* show. One claim per fault and what identifies it, however many lines repeat it.

    Lines of one log stand together, in order; those may be left out that hold no word of the rooms nor of
    :data:`ALSO`, and are not asked for by :data:`LINES_AFTER`.
    """
    watch = Watch(faults)
    for line in lines:
        watch.read(line)
    return Noticed(watch.claims(), watch.lines_read, watch.unexplained())


class Watch:
    """Reads line by line and keeps only what claims need."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        self._sieve = Sieve(faults, also=ALSO)
        self._doubt = Doubt(faults)
        self._gists = Gists()
        self._bases: dict[str, int] = {}
        self._last: dict[str, int] = {}
        self._seen: dict[tuple[str, str, str, frozenset[tuple[str, str]]], Seen] = {}
        self._by_fault: dict[tuple[str, str], list[Seen]] = {}
        self._excuses: deque[tuple[str, str, Excuse]] = deque(maxlen=100)
        self._tests: dict[str, PassedTests] = defaultdict(PassedTests)
        self._dialled: dict[tuple[str, str], list[Seen]] = defaultdict(list)
        self._runs = runs.Runs()
        self._inside: dict[str, set[str]] = defaultdict(set)
        """The services of each log some line of which was written inside a container."""
        self._steps: dict[str, build_steps.Steps] = defaultdict(build_steps.Steps)
        self._rest = Remainder()
        self._latest: tuple[int, Seen] | None = None
        self._goes_on: tuple[int, Seen, re.Pattern[str]] | None = None
        self._repeats = Repeats()
        self._heard: Heard | None = None
        self._era = 0
        """Counts what changes what lines do that were heard before."""

    @property
    def words(self) -> tuple[str, ...]:
        """Lines that hold none of them need not be given, but for those that :data:`LINES_AFTER` asks for."""
        return self._sieve.words

    @property
    def lines_read(self) -> int:
        """The numbers of the last lines that were given, together."""
        return sum(self._last.values())

    def hear(self, source: str, number: int, raw: bytes, view: str | None = None, words: Words | None = None) -> None:
        """The same as :meth:`read` for the bytes of a line, quicker where others like it came before.

        *words*: those that may stand in it, as far as a scan has found that out.
        """
        key = raw.translate(ZEROS)
        shape = self._repeats.shape(source, key)
        if shape and not self._goes_on:
            repeat = shape.variants.get(shape.digits(raw) if shape.digits else None)
            if repeat and self._again(repeat, (source, number, raw), key):
                return
        line = LogLine(source, number, text_of(raw), view)
        if words is not None and "\\" not in line.text:
            self._sieve.expect(line.text, words)
        heard = self._read_anew(line)
        if shape is None and self._repeats.new(key):
            shape = shape_of(line, raw, heard, self._sieve)
            self._repeats.keep(key, shape)
        if shape and heard:
            self._learn(shape, raw, heard)

    def _read_anew(self, line: LogLine) -> Heard | None:
        """What came of reading *line*."""
        self._heard = None
        self.read(line)
        return self._heard

    def _again(self, repeat: Repeat, place: tuple[str, int, bytes], key: bytes) -> bool:
        """Whether the line was done with."""
        source, number, raw = place
        position = self._bases[source] + number - 1
        if repeat.ended and repeat.era != self._era:
            return False
        if not repeat.known:
            if not self._rest.silent(key):
                return False
            repeat.end(position)
            self._last[source] = number
            return True
        if repeat.era != self._era or repeat.changed(position):
            return False
        if not self._rest.known_again((source, repeat.service), number):
            return False
        for act in repeat.acts:
            act.seen.repeated(position, raw, act.step)
            self._latest = (position, act.seen)
        repeat.end(position)
        self._last[source] = number
        return True

    def _learn(self, shape: Shape, raw: bytes, heard: Heard) -> None:
        """Remember what a line did that was just read, where it will do no more when it comes again."""
        if all(act.seen.complete and not act.excused for act in heard.acts):
            service = heard.gist.frame.service
            shape.learn(raw, Repeat(self._era, bool(heard.matches), tuple(heard.acts), service, heard.ended))

    def read(self, line: LogLine) -> None:
        """Heed one line; lines of one log come in order."""
        self._last[line.source] = line.number
        position = self._bases.setdefault(line.source, SPAN * len(self._bases)) + line.number - 1
        text = plain(line.text)
        if self._goes_on:
            self._continue(position, line, *self._goes_on)
        if self._sieve.suspicious(text):
            self._heed(position, line, text)

    def _heed(self, position: int, line: LogLine, text: str) -> None:
        matches = self._sieve.matches(text)
        refutations = list(self._sieve.refutations(text))
        gist = self._gists.of(line.text, text)
        self._heard = heard = Heard(text, matches, bool(refutations), gist)
        service = own_service(gist.frame.service, {})
        if gist.contained:
            self._inside[line.source].add(service)
        for match, doubted in zip(matches, gist.doubted(matches, text, self._doubt), strict=True):
            if not doubted:
                heard.acts.append(self._claim(position, line, match, gist))
        excuses = [(code, Excuse(said, facts, line, position, service)) for code, said, facts in refutations]
        self._refute(excuses, calm=not heard.acts and speaks_calmly(text, gist))
        if not matches:
            self._detail(position, line, gist.frame)
        if gist.turn:
            heard.ended = self._turn(gist.turn, position, line, gist.turn.service or service)
        self._pass_steps(position, line)
        self._expect_more(position, line)
        self._rest.read(line, known=bool(matches or refutations), frame=gist.frame)
        if gist.tests or "Errors" in text:
            self._follow_tests(position, line, text)

    def _follow_tests(self, position: int, line: LogLine, text: str) -> None:
        begin = self._tests[line.source].ends_well(position, text)
        if begin is not None:
            service = own_service(unframe(line.text).service, {})
            self._excuse_tests(begin, Excuse(ALL_PASSED, {}, line, position, service))
            self._rest.forget(line.source, begin - self._bases[line.source] + 1)
        elif ("failing" in text or "Errors" in text) and SPOILED.search(text):
            self._take_back(position, line.source)

    def _detail(self, position: int, line: LogLine, frame: Frame) -> None:
        """What the server or client adds to the message of the line before is shown with it."""
        at, seen = self._latest or (0, None)
        if seen and 0 < position - at <= NEAR + 1 and len(seen.lines) < MAX_EVIDENCE and DETAILS.match(frame.message):
            seen.lines.append(line)

    def _pass_steps(self, position: int, line: LogLine) -> None:
        steps = self._steps[line.source]
        before = steps.of("")
        passed = steps.passed(line.text)
        self._era += steps.of("") != before
        if not passed:
            return
        refutation, step, itself = passed
        for seen in self._of(line.source):
            if seen.step and (seen.step == step) is itself and seen.recovered is None and seen.last < position:
                seen.recovered = Excuse(refutation, {}, line, position)

    def _expect_more(self, position: int, line: LogLine) -> None:
        """The lines after some words go on with the message that they stand in, or that stands just before them."""
        lowered = line.text.lower()
        for word, (count, pattern) in CONTINUED.items():
            if self._latest and word in lowered and position - self._latest[0] <= NEAR:
                self._goes_on = (position + count, self._latest[1], pattern)

    def _continue(self, position: int, line: LogLine, end: int, seen: Seen, pattern: re.Pattern[str]) -> None:
        match = pattern.search(line.text) if position <= end else None
        for name, value in match.groupdict().items() if match else ():
            if value and name not in seen.facts:
                seen.facts[name] = value
                self._era += 1
                seen.lines = [*seen.lines, line][:MAX_EVIDENCE] if line not in seen.lines else seen.lines
        self._goes_on = None if position >= end else self._goes_on

    def _excuse_tests(self, begin: int, excuse: Excuse) -> None:
        for seen in self._of(excuse.line.source):
            if seen.position >= begin and seen.service == excuse.service:
                seen.recovered = excuse

    def _of(self, source: str) -> Iterator[Seen]:
        return (seen for (log, _), of_fault in self._by_fault.items() if log == source for seen in of_fault)

    def _claim(self, position: int, line: LogLine, match: Match, gist: Gist) -> Act:
        frame = gist.frame
        service = own_service(frame.service, match.facts)
        key = (line.source, service, match.fault, identity(match.facts))
        of_fault = self._by_fault.setdefault((line.source, match.fault), [])
        run = self._runs.of(line.source, service)
        excuse = self._excuse(position, line, match, frame, run)
        seen = self._seen.get(key) or (of_fault[-1] if len(of_fault) >= MAX_CLAIMS else None)
        if seen:
            self._era += seen.again(position, line, match, excuse)
        else:
            seen = Seen(match.fault, dict(match.facts), [line], position, position, line.text, service, excused=excuse)
            seen.column = match.start
            seen.nested = NESTED.match(frame.message) is not None
            self._seen[key] = seen
            of_fault.append(seen)
            if runs.PASSING.search(match.fault):
                self._dialled[(line.source, _family(seen))].append(seen)
                self._era += 1
        seen.mild = frame.level == "warning" and (seen.mild or seen.count == 1)
        dialled = self._answered(seen)
        for other in dialled:
            if other.last < position and not other.recovered:
                other.recovered = Excuse(runs.ANSWERED, {}, line, position, service)
        seen.told_after(run.good_start)
        seen.step = self._steps[line.source].of(line.text)
        seen.contained |= gist.contained
        self._latest = (position, seen)
        runs_ = (run, self._runs.of(line.source, "")) if runs.ENDING.search(match.fault) else ()
        return Act(seen, seen.step, dialled, excuse is not None, run, run.good_start, runs_)

    def _answered(self, answer: Seen) -> list[Seen]:
        """The claims of who was refused for another reason, and so got through to the server before."""
        family = runs.answers(answer.fault)
        if not family or answer.excused:
            return []
        dialled = self._dialled.get((answer.lines[0].source, family), ())
        return [s for s in dialled if s.service == answer.service and not contradict(s.facts, answer.facts)]

    def _excuse(self, position: int, line: LogLine, match: Match, frame: Frame, run: runs.Run) -> Excuse | None:
        if refutation := classic(match, frame.message):
            return Excuse(refutation, {}, line, position)
        if self._tests[line.source].printed(frame.message):
            return Excuse(IN_PASSED, {}, line, position)
        for source, fault, excuse in reversed(self._excuses):
            near = position - excuse.position <= REACH
            if near and (source, fault) == (line.source, match.fault) and excuse.covers(match.facts):
                return excuse
        return self._stopping(position, line, match, run)

    def _stopping(self, position: int, line: LogLine, match: Match, run: runs.Run) -> Excuse | None:
        """An excuse for what is told of a service that was asked to stop."""
        if not runs.ENDING.search(match.fault):
            return None
        if runs.STOP_CODES.search(line.text):
            return Excuse(runs.STOPPED, {}, line, position)
        return run.stopping_at(position) or self._runs.of(line.source, "").stopping_at(position)

    def _refute(self, excuses: Iterable[tuple[str, Excuse]], *, calm: bool) -> None:
        """Heed what one line refutes; what is not told *calm* tells of no success."""
        found = []
        for fault, excuse in excuses:
            if excuse.refutation.earlier:
                self._excuses.append((excuse.line.source, fault, excuse))
                self._era += 1
            elif calm:
                of_fault = self._by_fault.get((excuse.line.source, fault), ())
                found += [(s, excuse) for s in of_fault if s.recovered is None and s.last < excuse.position]
        for seen, excuse in settled([(s, excuse) for s, excuse in found if excuse.covers(s.facts, s.service)]):
            seen.recovered = excuse

    def _turn(self, told: runs.Turn, position: int, line: LogLine, service: str) -> runs.Run:
        run = self._runs.of(line.source, service)
        if told.kind == "asked":
            run.asked = Excuse(runs.ASKED_TO_STOP, {}, line, position, service)
        elif told.kind == "ended":
            run.ended = position
            if runs.crashed(line.text):
                self._unprove_restart(position, line.source, service)
        elif told.kind == "began":
            run.began = position
        else:
            self._start(told, run, Excuse(runs.RECOVERED, {}, line, position, service))
            run.started = position if told.kind == "started" else run.started
            run.asked = None
        return run

    def _start(self, told: runs.Turn, run: runs.Run, excuse: Excuse) -> None:
        """What the service claimed before it started well is over."""
        for seen in self._of(excuse.line.source):
            if seen.recovered is None and seen.last < excuse.position and len(seen.late_in) < LOOP:
                mine = seen.service == excuse.service and (excuse.service or told.server in ("", _family(seen)))
                if not mine or runs.elsewhere(seen.fault, seen.facts, excuse.line.text):
                    continue
                ended, again = run.ended_since(seen.last), run.began_since(seen.last)
                named = bool(excuse.service)
                if refutation := runs.over(seen.fault, told, ended=ended, mild=seen.mild, again=again, named=named):
                    seen.recovered = replace(excuse, refutation=refutation)
                    self._era += 1

    def _unprove_restart(self, position: int, source: str, service: str) -> None:
        """A start that a crash follows proves little: nothing where no end came between, little where it is near."""
        for seen in self._of(source):
            if seen.service not in ("", service) or not (excuse := seen.recovered):
                continue
            soon = excuse.refutation is runs.EARLIER_RUN and position - excuse.position <= runs.FAREWELL
            if soon or excuse.refutation is runs.STARTED_AFTER:
                seen.recovered = None
                self._era += 1

    def _take_back(self, position: int, source: str) -> None:
        for seen in self._of(source):
            if (excuse := seen.recovered) and excuse.refutation is ALL_PASSED:
                seen.recovered = excuse if position - excuse.position > SOON else None

    def unexplained(self) -> tuple[Unexplained, ...]:
        """What looks like an error so far and is no claim, rarest first."""
        return self._rest.found()

    def claims(self) -> tuple[Claim, ...]:
        """What was claimed so far; may be asked again and again while reading."""
        seen = united(seen for of_fault in self._by_fault.values() for seen in of_fault)
        for each in seen:
            each.contained |= inside(each.service, self._inside[each.lines[0].source])
        return tuple(as_claim(f"c{n}", each) for n, each in enumerate(seen, 1))


def _family(seen: Seen) -> str:
    return seen.fault.partition(".")[0]
