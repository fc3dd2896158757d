"""Asks the probes, lower rungs first: what a broken rung carries is not asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter

from crashcart.model.finding import Answer, Outcome, Passed, Unknown
from crashcart.probes import Inquiry, Probe
from crashcart.tools.clock import Stopwatch
from crashcart.tools.hands import Hands
from crashcart.tools.redaction import redact

WORKERS = 8
"""Probes wait for the network, so more of them than cores may be under way."""

Answers = dict[str, tuple[Answer, ...]]


def ask(probes: Iterable[Probe], inquiry: Inquiry, hands: Hands) -> tuple[Answer, ...]:
    """Every answer, in the order of the probes' ids. A probe that breaks, or that time ran out for, answers Unknown."""
    by_id = {probe.id: probe for probe in probes}
    answers = _climb(by_id, inquiry, hands)
    return tuple(answer for id_ in sorted(answers) for answer in answers[id_])


def _climb(probes: Mapping[str, Probe], inquiry: Inquiry, hands: Hands) -> Answers:
    ladder = TopologicalSorter({p.id: [below for below in p.after if below in probes] for p in probes.values()})
    ladder.prepare()
    answers: Answers = {}
    running: dict[Future[tuple[Answer, ...]], str] = {}
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="probe")
    try:
        while ladder.is_active():
            for id_ in ladder.get_ready():
                below = {rung: answers[rung] for rung in probes[id_].after if rung in answers}
                running[pool.submit(_answer, probes[id_], below, inquiry, hands)] = id_
            done, _ = wait(running, timeout=hands.deadline.left, return_when=FIRST_COMPLETED)
            if not done:
                break
            for future in done:
                id_ = running.pop(future)
                answers[id_] = future.result()
                ladder.done(id_)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return answers | {id_: (_untold(probes[id_], "the time was up"),) for id_ in probes.keys() - answers.keys()}


def _answer(probe: Probe, below: Answers, inquiry: Inquiry, hands: Hands) -> tuple[Answer, ...]:
    if any(not answers for answers in below.values()):
        return ()
    if broken := [id_ for id_, answers in below.items() if not _passed(answers)]:
        return (_untold(probe, f"not asked: {broken[0]} did not pass"),)
    if probe.network and hands.offline:
        return (_untold(probe, "not asked: --offline"),)
    watch = Stopwatch()
    return tuple(Answer(probe.id, probe.question, outcome, watch.ms) for outcome in _outcomes(probe, inquiry, hands))


def _outcomes(probe: Probe, inquiry: Inquiry, hands: Hands) -> Sequence[Outcome]:
    try:
        return tuple(probe.ask(inquiry, hands))
    except Exception as error:  # noqa: BLE001 - a broken probe says nothing about the patient
        return (Unknown(redact(f"the probe itself broke: {type(error).__name__}: {error}")),)


def _passed(answers: Sequence[Answer]) -> bool:
    return all(isinstance(answer.outcome, Passed) for answer in answers)


def _untold(probe: Probe, why: str) -> Answer:
    return Answer(probe.id, probe.question, Unknown(why))
