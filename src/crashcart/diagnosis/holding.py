"""Holds a fault to what it promises: its own lines and no others, words that are there, codes that exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import partial

from crashcart.diagnosis.healthy_lines import HEALTHY
from crashcart.diagnosis.sieve import Sieve, plain
from crashcart.diagnosis.wording import PLACE
from crashcart.faults.patterns import Found, compiled
from crashcart.model.fault import Example, Fault, Trace
from crashcart.model.flaw import Flaw

SHOWN = 160
"""Characters of a line that are shown."""
MIN_KEYWORD = 5
RUN = re.compile(r"[A-Za-z0-9 _.:,;()=-]{5}")
"""What the fast scan looks for: an unbroken run in each keyword."""
FIND_ANYTHING = re.compile(r"^\^?\.[*+]|(?<!\\)\.[*+]\??\$?$")


def flaws(fault: Fault, faults: Mapping[str, Fault], sieve: Sieve) -> Iterator[Flaw]:
    """What is wrong with *fault*, one of *faults*; *sieve* holds them all. Raises UsageError without an engine."""
    for n, trace in enumerate(fault.traces, 1):
        yield from _of_trace(fault, trace, f"trace {n}: ", sieve)
    for n, refutation in enumerate(fault.refuted_by, 1):
        yield from _breadth(fault.origin, f"refuted_by {n}: pattern", refutation.pattern, ())
    yield from _codes(fault, faults)
    yield from _places(fault)
    yield from _thefts(fault, faults, sieve)


def _of_trace(fault: Fault, trace: Trace, place: str, sieve: Sieve) -> Iterator[Flaw]:
    flaw = partial(Flaw, fault.origin)
    for example in trace.matches:
        yield from _of_example(fault, trace, example, f"{place}matches", sieve)
    for line in trace.misses:
        if any(_search(pattern, line) for pattern in trace.patterns):
            yield flaw(f"{place}misses", f"{_short(line)} matches", "narrow the pattern, or take the line out")
    for key, lines in (("matches", trace.matches), ("misses", trace.misses)):
        if not lines:
            what = "a line of the log that shows it" if key == "matches" else "a similar line that is harmless"
            yield flaw(f"{place}{key}", "there is none", f"add {what}", warning=True)
    for pattern in trace.patterns:
        yield from _breadth(fault.origin, f"{place}patterns", pattern, HEALTHY)
        if trace.matches and not any(_search(pattern, example.line) for example in trace.matches):
            problem = f"no example shows {_short(pattern)} at work"
            yield flaw(f"{place}patterns", problem, "add one to matches, or take the pattern out", warning=True)
    yield from _keywords(fault, trace, f"{place}keywords")


def _of_example(fault: Fault, trace: Trace, example: Example, key: str, sieve: Sieve) -> Iterator[Flaw]:
    flaw = partial(Flaw, fault.origin, key)
    line = plain(example.line)
    found = [match for pattern in trace.patterns if (match := _search(pattern, line))]
    if not found:
        yield flaw(f"no pattern matches {_short(example.line)}", "widen a pattern, or correct the example")
        return
    if not any(keyword.lower() in (match[0] or "").lower() for match in found for keyword in trace.keywords):
        problem = f"none of the keywords stands in what matches of {_short(example.line)}"
        yield flaw(problem, "add a literal part of the match to keywords")
        return
    told = {match.fault: match.facts for match in sieve.matches(line)}
    if fault.code not in told:
        rival = ", ".join(sorted(told))
        problem = f"{_short(example.line)} is told as {rival}" if rival else f"{_short(example.line)} reports a success"
        yield flaw(problem, "match more of the line: the longest match wins" if rival else "take it out of matches")
        return
    for name, value in example.facts.items():
        if told[fault.code].get(name) != value:
            problem = f"{name} is {told[fault.code].get(name)!r}, not {value!r}, in {_short(example.line)}"
            yield flaw(problem, f"correct the group (?P<{name}>…), or the fact")


def _breadth(origin: str, key: str, pattern: str, healthy: Iterable[str]) -> Iterator[Flaw]:
    if hit := next((line for line in healthy if line.strip() and _search(pattern, line)), None):
        problem = f"{_short(pattern)} matches a healthy line: {_short(hit)}"
        yield Flaw(origin, key, problem, "say more of what is special about the line")
    elif _search(pattern, "", empty=True):
        yield Flaw(origin, key, f"{_short(pattern)} matches an empty line", "leave nothing in it optional as a whole")
    elif FIND_ANYTHING.search(pattern):
        problem = f"{_short(pattern)} takes in the whole line, and so wins over every other fault"
        yield Flaw(origin, key, problem, "leave out .* at its ends: a pattern may match anywhere", warning=True)


def _keywords(fault: Fault, trace: Trace, key: str) -> Iterator[Flaw]:
    flaw = partial(Flaw, fault.origin, key, warning=True)
    for keyword in trace.keywords:
        if any(keyword.lower() in line.lower() for line in HEALTHY):
            yield flaw(f"{_short(keyword)} stands in healthy lines too", "take a longer, rarer part of the line")
        elif len(keyword) < MIN_KEYWORD or not RUN.search(keyword):
            yield flaw(
                f"{_short(keyword)} is found slowly", "take five or more letters, digits or spaces that stand together"
            )
        elif trace.matches and not any(keyword.lower() in plain(e.line).lower() for e in trace.matches):
            yield flaw(f"no example holds {_short(keyword)}", "add one to matches, or take the keyword out")


def _codes(fault: Fault, faults: Mapping[str, Fault]) -> Iterator[Flaw]:
    flaw = partial(Flaw, fault.origin)
    for code in fault.explains:
        if code == fault.code:
            yield flaw("explains", "it explains itself", f"take {code} out")
        elif code not in faults:
            close = get_close_matches(code, faults, 1)
            cure = f"did you mean {close[0]}?" if close else "crashcart explain lists all codes"
            yield flaw("explains", f"no fault is called {_short(code)}", cure)
    taken = {name for other in faults.values() if other is not fault for name in (other.code, *other.aliases)}
    for alias in fault.aliases:
        if alias in taken:
            yield flaw("aliases", f"another fault is called {_short(alias)}", "take another word")


def _places(fault: Fault) -> Iterator[Flaw]:
    patterns = [pattern for trace in fault.traces for pattern in trace.patterns]
    known = {name for pattern in patterns for name in compiled(pattern, built_in=False).groupindex}
    for key, text in (("title", fault.title), ("remedy", fault.remedy), ("check", fault.check or "")):
        for name in sorted(set(PLACE.findall(text)) - known - {"count"}):
            problem = f"{{{name}}} is never filled: no pattern has a group of this name"
            yield Flaw(fault.origin, key, problem, f"add (?P<{name}>…) to a pattern, or take it out", warning=True)


def _thefts(fault: Fault, faults: Mapping[str, Fault], sieve: Sieve) -> Iterator[Flaw]:
    """Examples of other faults that this one would take over."""
    taken = {
        other.code: line for other in faults.values() if other is not fault for line in _taken(fault, other, sieve)
    }
    if taken:
        code, line = next(iter(taken.items()))
        more = f", and lines of {len(taken) - 1} more faults" if len(taken) > 1 else ""
        problem = f"takes over a line of {code}: {_short(line)}{more}"
        cure = f"narrow the pattern; or name the file {code.replace('.', '/')}.toml to replace that fault"
        yield Flaw(fault.origin, "trace", problem, cure)


def _taken(fault: Fault, other: Fault, sieve: Sieve) -> Iterator[str]:
    words = [keyword.lower() for trace in fault.traces for keyword in trace.keywords]
    patterns = [pattern for trace in fault.traces for pattern in trace.patterns]
    for line in (plain(example.line) for trace in other.traces for example in trace.matches):
        near = any(word in line.lower() for word in words) and any(_search(p, line) for p in patterns)
        if near and fault.code in [match.fault for match in sieve.matches(line)]:
            yield line


def _search(pattern: str, line: str, *, empty: bool = False) -> Found | None:
    match = compiled(pattern, built_in=False).search(plain(line))
    return match if match and (empty or match.end() > match.start()) else None


def _short(text: str) -> str:
    return f"“{text if len(text) <= SHOWN else text[:SHOWN] + '…'}”"
