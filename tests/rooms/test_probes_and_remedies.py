"""What every probe and every remedy promises, whichever they are."""

from __future__ import annotations

from collections import Counter

import pytest

from crashcart import engines, faults, probes, remedies
from crashcart.probes import Probe
from crashcart.remedies import Remedy

PROBES = {probe.id: probe for probe in probes.find()}
REMEDIES = remedies.find()


def test_rooms_are_found_and_named_once() -> None:
    assert len(PROBES) == len(probes.find()) > 0
    assert max(Counter(remedy.id for remedy in REMEDIES).values()) == 1
    assert max(Counter(engine.name for engine in engines.find()).values()) == 1


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
def test_a_probe_names_known_faults_and_known_rungs(probe: Probe) -> None:
    assert probe.question.endswith("?")
    assert set(probe.faults) <= faults.load().keys()
    assert set(probe.after) <= PROBES.keys()


@pytest.mark.parametrize("remedy", REMEDIES, ids=[remedy.id for remedy in REMEDIES])
def test_a_remedy_cures_known_faults(remedy: Remedy) -> None:
    assert remedy.cures
    assert set(remedy.cures) <= faults.load().keys()
