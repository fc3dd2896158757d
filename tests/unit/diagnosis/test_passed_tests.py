"""Test runs in logs that are cut off before they tell their totals."""

from __future__ import annotations

from crashcart.diagnosis.notice import notice
from crashcart.faults import load
from crashcart.tools.logs import LogLine

CONSOLE = (
    "  ● Console",
    "",
    "    console.error node_modules/dom/console.js:29",
    "      Error: connect ECONNREFUSED 127.0.0.1:5432",
)


def standing(*texts: str) -> list[str]:
    lines = [LogLine("ci.log", n, text) for n, text in enumerate(texts, 1)]
    return [claim.fault for claim in notice(lines, load()).claims if not claim.refuted_because]


def test_what_a_passed_file_printed_is_no_trouble_though_the_totals_are_missing() -> None:
    assert standing("> jest", " PASS  test/pool.spec.js", *CONSOLE) == []
    assert standing("FAIL test/other.spec.js", "PASS test/pool.spec.js (13.3s)", *CONSOLE) == []


def test_what_a_failed_file_printed_is() -> None:
    assert standing("PASS test/other.spec.js", "FAIL test/pool.spec.js", *CONSOLE) == ["postgres.connection-refused"]


def test_what_is_told_after_the_block_is() -> None:
    after = "Error: connect ECONNREFUSED 127.0.0.1:6379"
    assert standing("PASS test/pool.spec.js", *CONSOLE, after) == ["redis.connection-refused"]
