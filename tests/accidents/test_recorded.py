"""Logs of real failures and of healthy runs: the causes that are reported are those that a person labelled."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from crashcart.faults import load
from crashcart.flows.triage import triage
from crashcart.model.finding import Finding, Role

FOLDER = Path(__file__).parents[2] / "accidents" / "recorded"
RECORDED = sorted(FOLDER.glob("*/*.toml"))


class Label:
    """What a person says of one recording."""

    def __init__(self, path: Path) -> None:
        table = tomllib.loads(path.read_text("utf-8"))
        self.log = path.with_suffix(".log")
        self.healthy: bool = table.pop("healthy", False)
        self.causes = {entry["fault"]: set(entry["lines"]) for entry in table.pop("cause", [])}
        self.consequences = {entry["fault"]: set(entry["lines"]) for entry in table.pop("consequence", [])}
        self.benign = {entry["fault"] for entry in table.pop("benign", [])}
        self.made = [table.pop(key) for key in ("title", "ran", "how")]
        assert not table, f"{path.name}: no such keys: {', '.join(table)}"

    def findings(self) -> tuple[Finding, ...]:
        return triage([str(self.log)]).findings


def lines(findings: tuple[Finding, ...], fault: str) -> set[int | None]:
    return {e.origin.line for f in findings if f.fault == fault for e in f.evidence}


@pytest.mark.parametrize("path", RECORDED, ids=[f"{path.parent.name}/{path.stem}" for path in RECORDED])
def test_the_causes_are_those_labelled(path: Path) -> None:
    label = Label(path)
    findings = label.findings()
    of_role = {role: {f.fault for f in findings if f.role is role} for role in Role}
    assert of_role[Role.CAUSE] == set(label.causes)
    assert set(label.consequences) <= of_role[Role.CONSEQUENCE]
    if label.healthy:
        assert not of_role[Role.CONSEQUENCE]
    assert not label.benign & (of_role[Role.CAUSE] | of_role[Role.CONSEQUENCE])
    for fault, at in (label.causes | label.consequences).items():
        assert lines(findings, fault) & at, fault


@pytest.mark.parametrize("path", RECORDED, ids=[f"{path.parent.name}/{path.stem}" for path in RECORDED])
def test_a_label_is_whole(path: Path) -> None:
    label = Label(path)
    assert all(isinstance(text, str) and text.strip() for text in label.made)
    assert label.healthy != bool(label.causes)
    count = len(label.log.read_bytes().splitlines())
    assert all(1 <= line <= count for at in (label.causes | label.consequences).values() for line in at)
    assert label.causes.keys() | label.consequences.keys() | label.benign <= load().keys()
