from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event

from crashcart.diagnosis.ask import ask
from crashcart.model.evidence import OriginKind
from crashcart.model.finding import Failed, Outcome, Passed, Unknown
from crashcart.model.target import Target
from crashcart.probes import Inquiry, Probe
from crashcart.tools.clock import Deadline
from crashcart.tools.hands import Hands
from crashcart.tools.redaction import evidence

SEEN = (evidence(OriginKind.PROBE, "test", "seen"),)
INQUIRY = Inquiry(Target("shop", Path("/")))


def probe(
    id_: str,
    answer: Callable[[], Iterable[Outcome]],
    *after: str,
    network: bool = False,
) -> Probe:
    return Probe(id_, f"{id_}?", lambda *_: answer(), (), after, network)


def passes() -> Iterable[Outcome]:
    return (Passed("well", SEEN),)


def fails() -> Iterable[Outcome]:
    return (Failed("postgres.connection-refused", "refused", SEEN),)


def breaks() -> Iterable[Outcome]:
    raise RuntimeError("postgresql://app:hunter2hunter2@db/shop fell over")


def outcomes(*probes: Probe, hands: Hands | None = None) -> dict[str, Outcome]:
    return {answer.probe: answer.outcome for answer in ask(probes, INQUIRY, hands or Hands())}


def test_rungs_above_a_broken_one_are_not_asked() -> None:
    told = outcomes(probe("c", passes, "b"), probe("b", fails, "a"), probe("a", passes))
    assert isinstance(told["a"], Passed)
    assert isinstance(told["b"], Failed)
    assert told["c"] == Unknown("not asked: b did not pass")


def test_a_rung_that_was_not_asked_carries_nothing_either() -> None:
    told = outcomes(probe("a", fails), probe("b", passes, "a"), probe("c", passes, "b"))
    assert told["c"] == Unknown("not asked: b did not pass")


def test_a_question_that_does_not_arise_leaves_no_answer_above_it() -> None:
    assert outcomes(probe("a", lambda: ()), probe("b", passes, "a"), probe("c", passes, "b")) == {}


def test_a_broken_probe_is_unknown_and_keeps_its_secret() -> None:
    told = outcomes(probe("a", breaks))["a"]
    assert isinstance(told, Unknown)
    assert "the probe itself broke: RuntimeError" in told.why
    assert "hunter2" not in told.why


def test_offline_leaves_the_network_alone() -> None:
    told = outcomes(probe("near", passes), probe("far", breaks, network=True), hands=Hands(offline=True))
    assert isinstance(told["near"], Passed)
    assert told["far"] == Unknown("not asked: --offline")


def test_the_deadline_ends_the_waiting() -> None:
    never = Event()

    def hangs() -> Iterable[Outcome]:
        never.wait(60)
        return ()

    told = outcomes(probe("slow", hangs), probe("quick", passes), hands=Hands(deadline=Deadline(0.3)))
    never.set()
    assert told["slow"] == Unknown("the time was up")
    assert isinstance(told["quick"], Passed)


def test_answers_come_in_the_order_of_ids() -> None:
    assert [a.probe for a in ask([probe("b", passes), probe("a", fails)], INQUIRY, Hands())] == ["a", "b"]
