"""One object per line, each by the published schema."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from jsonschema import Draft202012Validator

from crashcart.model.evidence import OriginKind
from crashcart.reports import render
from crashcart.reports.as_json import schema
from sample_case import everything, nothing, refused, seen


def events(text: str) -> list[dict[str, Any]]:
    """The lines, each held against the schema."""
    by_line = Draft202012Validator({**schema(), "oneOf": [{"$ref": "#/$defs/event"}]})
    parsed: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    for line in parsed:
        by_line.validate(line)
    return parsed


def test_findings_have_a_line_each_and_the_rest_comes_last() -> None:
    *told, last = events(render(everything(), "jsonl"))
    whole = json.loads(render(everything(), "json"))
    assert {event["event"] for event in told} == {"finding"}
    assert {event["change"] for event in told} == {"new"}
    assert sorted((event["finding"] for event in told), key=lambda f: str(f["id"])) == whole.pop("findings")
    assert last.pop("event") == "summary"
    assert whole.pop("unexplained") == []
    assert last == whole


def test_a_log_that_is_well_is_one_line() -> None:
    (last,) = events(render(nothing(), "jsonl"))
    assert last["summary"]["exit_code"] == 0


def test_a_line_end_of_any_kind_ends_no_line() -> None:
    text = "one\u2028two\u2029three\x85four\nfive\r\nsix"
    finding = replace(refused(), evidence=(seen(OriginKind.LOG, text, text),), because=text, caused_by=("f2",))
    assert len(events(render(replace(nothing(), findings=(finding,)), "jsonl"))) == 2
