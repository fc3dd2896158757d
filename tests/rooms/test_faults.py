"""What every fault room promises: its own lines, no others, and words that are there."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crashcart.diagnosis.sieve import Sieve, plain
from crashcart.faults import BUILT_IN, load
from crashcart.faults.reading import FACTS
from crashcart.model.fault import Example, Fault, Refutation, Trace

FAULTS = load()
SIEVE = Sieve(FAULTS)
PREFIXES = ("", "api-1  | ", "2026-01-05T10:00:00.000Z ", "#12 3.456 ")


def traces() -> Iterator[tuple[Fault, Trace]]:
    for fault in FAULTS.values():
        for trace in fault.traces:
            yield fault, trace


def examples() -> Iterator[object]:
    for fault, trace in traces():
        for n, example in enumerate(trace.matches, 1):
            yield pytest.param(fault, example, id=f"{fault.code}-{n}")


def refutations() -> Iterator[tuple[Fault, Refutation]]:
    for fault in FAULTS.values():
        for refutation in fault.refuted_by:
            yield fault, refutation


def patterns() -> Iterator[tuple[str, str]]:
    for fault, trace in traces():
        yield from ((fault.code, pattern) for pattern in trace.patterns)
    yield from ((fault.code, refutation.pattern) for fault, refutation in refutations())


@pytest.mark.parametrize(("fault", "example"), list(examples()))
def test_an_example_is_noticed_as_this_fault_and_no_other(fault: Fault, example: Example) -> None:
    for prefix in PREFIXES:
        found = SIEVE.matches(plain(prefix + example.line))
        matches = [match for match in found if fault.code not in FAULTS[match.fault].explains]
        assert [match.fault for match in matches] == [fault.code], "beside it stands only the reason that it gives"
        assert {name: matches[0].facts.get(name) for name in example.facts} == dict(example.facts)


@pytest.mark.parametrize("fault", list(FAULTS.values()), ids=list(FAULTS))
def test_a_near_miss_is_not_this_fault(fault: Fault) -> None:
    for trace in fault.traces:
        for line in trace.misses:
            assert fault.code not in [match.fault for match in SIEVE.matches(plain(line))], line


@pytest.mark.parametrize("fault", list(FAULTS.values()), ids=list(FAULTS))
def test_a_room_is_complete(fault: Fault) -> None:
    assert all(trace.matches and trace.misses for trace in fault.traces), "each trace has examples and near misses"
    assert fault.code not in fault.explains
    assert set(fault.explains) <= FAULTS.keys()
    assert fault.title[0].isupper() or fault.title[0].isdigit() or "." not in fault.title
    assert not fault.title.endswith(".")
    assert len(fault.why.split()) >= 8
    assert fault.remedy.endswith((".", "?"))


@pytest.mark.parametrize("fault", list(FAULTS.values()), ids=list(FAULTS))
def test_each_pattern_is_shown_at_work(fault: Fault) -> None:
    for trace in fault.traces:
        lines = [plain(example.line) for example in trace.matches]
        used = [p for p in trace.patterns if any(re.search(p, line, re.IGNORECASE) for line in lines)]
        assert len(used) * 2 >= len(trace.patterns), f"{fault.code}: most patterns have no example"


def test_the_file_says_where_it_stands() -> None:
    files = {f"{path.parent.name}.{path.stem}" for path in Path(BUILT_IN).glob("*/*.toml")}
    assert files == FAULTS.keys()


def test_no_alias_means_two_faults() -> None:
    aliases = [alias for fault in FAULTS.values() for alias in fault.aliases]
    assert len(aliases) == len(set(aliases))


@pytest.mark.parametrize(("code", "pattern"), sorted(set(patterns())))
def test_a_pattern_names_known_facts(code: str, pattern: str) -> None:
    assert re.compile(pattern).groupindex.keys() <= FACTS, code


@pytest.mark.parametrize(("fault", "trace"), list(traces()), ids=lambda value: getattr(value, "code", ""))
def test_each_example_holds_a_keyword_where_it_matches(fault: Fault, trace: Trace) -> None:
    for example in trace.matches:
        line = plain(example.line)
        spans = [m for p in trace.patterns if (m := re.search(p, line, re.IGNORECASE))]
        assert any(keyword.lower() in m[0].lower() for m in spans for keyword in trace.keywords), example.line
    assert all(len(keyword) >= 4 for keyword in trace.keywords)


HOSTILE = """
import re, sys
from crashcart.faults import load
part, parts = map(int, sys.argv[1:])
faults = {code: fault for n, (code, fault) in enumerate(sorted(load().items())) if n % parts == part}
seeds = ["a", " ", "0", '"', "(", "ERROR: ", "connection to server at ", "x:", "./", "\\t", "[error] ", "no "]
seeds += [keyword for f in faults.values() for t in f.traces for keyword in t.keywords]
patterns = {p for f in faults.values() for t in f.traces for p in t.patterns}
patterns |= {r.pattern for f in faults.values() for r in f.refuted_by}
own = [(p, k) for f in faults.values() for t in f.traces for p in t.patterns for k in t.keywords]
compiled = {p: re.compile(p, re.IGNORECASE) for p in patterns}
for p in sorted(patterns):
    for seed in seeds[:12]:
        compiled[p].search((seed * 20000)[:20000])
for p, k in own:
    for line in (k * 2000, (k + " ") * 2000, k + " " * 20000, k + "a" * 20000, "a" * 10000 + k + "0" * 10000):
        compiled[p].search(line[:20000])
"""


PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_no_pattern_backtracks_without_end(part: int) -> None:
    """Every pattern over long hostile lines, in a process that can be ended where a thread could not."""
    subprocess.run([sys.executable, "-c", HOSTILE, str(part), str(PARTS)], check=True, timeout=240)
