from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crashcart.diagnosis.digits import regards_digits
from crashcart.diagnosis.sieve import Match, Sieve, plain
from crashcart.faults import load
from crashcart.model.fault import Fault, Refutation, Severity, Trace


def fault(code: str, keyword: str, pattern: str, **more: object) -> Fault:
    trace = Trace((keyword,), (pattern,), (), ())
    return Fault(code, code, Severity.P1, "why", "remedy", traces=(trace,), **more)  # type: ignore[arg-type]


def sieve(*faults: Fault) -> Sieve:
    return Sieve({each.code: each for each in faults}, also=["ALSO this"])


def told(of: Sieve, text: str) -> list[tuple[str, Mapping[str, str]]]:
    return [(match.fault, match.facts) for match in of.matches(text)]


def test_of_overlapping_matches_the_longest_wins_and_others_stand_beside_it() -> None:
    asked = sieve(
        fault("a.short", "refused", "refused"),
        fault("a.long", "refused", r"connection refused by (?P<host>\S{1,99})"),
        fault("a.other", "disk full", "disk full"),
    )
    assert told(asked, "Connection REFUSED by db and Disk full") == [("a.long", {"host": "db"}), ("a.other", {})]


def test_the_reason_that_a_longer_match_gives_stands_beside_it() -> None:
    asked = sieve(
        fault("a.order", "cannot order", r"cannot order at \S{1,99}: .{1,200}"),
        fault("a.authority", "authority", "unknown authority", explains=("a.order",)),
        fault("a.disk", "disk full", "disk full"),
    )
    reason = "cannot order at example.com: unknown authority"
    assert [code for code, _ in told(asked, reason)] == ["a.order", "a.authority"]
    assert [code for code, _ in told(asked, "cannot order at example.com: disk full")] == ["a.order"]
    assert [code for code, _ in told(asked, "cannot order at example.com: no unknown authority")] == ["a.order"]
    asked = sieve(
        fault("a.unreachable", "cannot reach", r"cannot reach \S{1,99}: .{1,200}"),
        fault("b.refused", "refused", "refused", explains=("a.unreachable",)),
    )
    assert [code for code, _ in told(asked, "cannot reach example.com: refused")] == ["a.unreachable"]


def test_lines_that_differ_in_digits_alone_tell_each_its_own() -> None:
    asked = sieve(
        fault("a.port", "no answer", r"no answer on port (?P<port>\d{1,5}) *"),
        fault("a.five", "status", r"status 5\d\d"),
        fault("a.p1001", "P1001", "P1001"),
    )
    assert [told(asked, f"no answer on port {n}") for n in (5432, 3306)] == [
        [("a.port", {"port": "5432"})],
        [("a.port", {"port": "3306"})],
    ]
    assert [told(asked, f"status {n}") for n in (200, 502, 300)] == [[], [("a.five", {})], []]
    assert [told(asked, f"P100{n}") for n in (1, 2, 1)] == [[("a.p1001", {})], [], [("a.p1001", {})]]
    assert not told(asked, "no answer on port 5432 PASS ")


def test_words_cut_for_the_search_are_asked_for_in_full() -> None:
    asked = sieve(fault("a.exit", "process exited with code 137", r"exited with code \d{1,3}"))
    assert told(asked, "process exited with code 137")
    assert not told(asked, "process exited with code 138")


def test_a_refutation_is_told_with_what_it_names() -> None:
    back = Refutation(r"connected to (?P<host>\S{1,99})", "It came back.", ("connected to",))
    asked = sieve(fault("a.lost", "lost", "lost", refuted_by=(back,)))
    assert [list(asked.refutations(f"connected to db{n}")) for n in (1, 2)] == [
        [("a.lost", back, {"host": "db1"})],
        [("a.lost", back, {"host": "db2"})],
    ]


def test_own_faults_run_on_their_own_engine_and_hold_any_keyword() -> None:
    asked = sieve(fault("own.a", "é", r"caf(?P<name>é{1,3})", origin="own.toml"))
    assert told(asked, "Café 1") == [("own.a", {"name": "é"})]
    assert told(asked, "\N{GRINNING FACE}  café ") == [("own.a", {"name": "é"})]


def test_any_word_makes_suspicious() -> None:
    asked = sieve(fault("a.a", "refused", "refused"))
    assert asked.suspicious("also THIS")
    assert asked.suspicious("Refused")
    assert not asked.suspicious("fine")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\d{1,3}:[0-9]+ \w \S [^ ] (?:a|b)", False),
        (r"\D\s[a-z.]", False),
        ("P1001", True),
        (r"[45]\d\d", True),
        (r"[^0]", True),
        (r"(a)\1", True),
        (r"a(?!1)", True),
        (r"(?:x|(?P<a>y{1,3}[1-9]))", True),
    ],
)
def test_patterns_that_tell_digits_apart_are_known(pattern: str, expected: bool) -> None:
    assert regards_digits(pattern) is expected


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_digits_do_not_matter_to_patterns_that_do_not_regard_them(data: st.DataObject) -> None:
    patterns = [p for each in load().values() for trace in each.traces for p in trace.patterns]
    lines = [e.line for each in load().values() for trace in each.traces for e in trace.matches]
    pattern, line = data.draw(st.sampled_from(patterns)), data.draw(st.sampled_from(lines))
    digits = data.draw(st.text("0123456789", min_size=20, max_size=20))
    other = "".join(digits[n % 20] if c in "0123456789" else c for n, c in enumerate(line))
    spans = {m and m.span() for m in (re.compile(pattern, re.IGNORECASE).search(text) for text in (line, other))}
    assert regards_digits(pattern) or len(spans) == 1


def test_escapes_of_json_strings_are_undone() -> None:
    assert plain(r'"say \"hi\"\n\/tmp \u001b[31mred\u001b[0m"') == '"say "hi" /tmp red"'
    assert plain(r"C:\new") == r"C:\new"


def test_a_match_ranks_by_length_then_by_what_it_names() -> None:
    matches = [Match("b", 0, 5, {}), Match("a", 0, 5, {}), Match("c", 0, 5, {"x": "y"}), Match("d", 0, 6, {})]
    assert [match.fault for match in sorted(matches, key=lambda match: match.rank)] == ["d", "c", "a", "b"]
