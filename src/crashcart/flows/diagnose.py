"""``crashcart diagnose``: what the logs claim, held against the world."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, cast

from crashcart import probes, remedies
from crashcart.diagnosis import migrations as migration_answers
from crashcart.diagnosis.ask import ask
from crashcart.diagnosis.judge import judge
from crashcart.diagnosis.notice import Noticed
from crashcart.diagnosis.planning import plan
from crashcart.faults import load
from crashcart.flows import migrations
from crashcart.flows.context import KeptInput, in_context
from crashcart.flows.reading import Progress, Reading, bounds
from crashcart.model.case import Case
from crashcart.model.finding import Answer, Claim, Unknown
from crashcart.model.migration import MigrationsReport
from crashcart.model.target import Target
from crashcart.probes import Inquiry
from crashcart.remedies import Patient
from crashcart.tools.clock import Stopwatch, now
from crashcart.tools.hands import Hands
from crashcart.tools.logs.window import Window

REQUIRED = ("postgres.", "migrations.")
"""Families of questions that a diagnosis cannot do without."""


def diagnose(
    target: Target,
    logs: Sequence[str],
    hands: Hands,
    *,
    faults_folder: Path | None = None,
    stdin: BinaryIO | None = None,
    shadow_url: str | None = None,
    context: int = 0,
    window: Window | None = None,
    progress: Progress | None = None,
) -> Case:
    """Everything that is wrong with *target*, as far as it can be proven from here. Only reads.

    *logs* are files, ``-`` is standard input; without any, the target alone is asked. Their lines get the *context*
    lines before and after them; those outside of the *window* do not count. Raises UsageError for a log that is not
    there.
    """
    started, watch = now(), Stopwatch()
    rooms = load(faults_folder)
    kept = KeptInput(stdin) if stdin and context and "-" in logs else None
    source = cast(BinaryIO, kept) if kept else stdin
    reading = Reading(logs, source, window=window, progress=progress, deadline=hands.deadline) if logs else None
    noticed = reading.noticed(rooms) if reading else Noticed((), 0)
    inquiry = Inquiry(target, noticed.claims)
    with ThreadPoolExecutor(1, thread_name_prefix="ladder") as beside:
        asking = beside.submit(ask, probes.find(), inquiry, hands)
        # Here and not in the thread: the shadow server dies with the thread that started it.
        report = migrations.report(target, hands, shadow_url=shadow_url)
        told = (*asking.result(), *_told(report, target, noticed.claims))
    answers = told if hands.offline else tuple(_required(answer) for answer in told)
    proven = report if isinstance(report, MigrationsReport) else None
    findings = judge(noticed.claims, answers, rooms)
    case = Case(
        command="diagnose",
        target=target,
        started_at=started,
        took_ms=watch.ms,
        findings=findings,
        answers=answers,
        migrations=proven,
        plan=plan(remedies.find(), Patient(target, findings, proven)),
        logs=reading.names if reading else (),
        errors=(
            *target.notes,
            *target.unread,
            *(reading.problems if reading else ()),
            *(proven.unknown if proven else ()),
        ),
        unchecked=(*_hidden(target), *(reading.unread if reading else _unasked(answers))),
        unexplained=noticed.unexplained,
        facts={**bounds(window), "lines_read": str(noticed.lines_read)},
    )
    return in_context(case, logs, context, kept)


def _told(report: MigrationsReport | Unknown, target: Target, claims: Sequence[Claim]) -> Sequence[Answer]:
    if isinstance(report, MigrationsReport):
        return migration_answers.answers(report, claims, target)
    return (migration_answers.unanswered(report.why, claims),) if target.engine else ()


def _required(answer: Answer) -> Answer:
    """Whoever asks for a diagnosis asks for the database and the migrations: silence about them is no all-clear."""
    if isinstance(answer.outcome, Unknown) and answer.probe.startswith(REQUIRED):
        return answer._replace(outcome=answer.outcome._replace(required=True))
    return answer


def _hidden(target: Target) -> Sequence[str]:
    """Sources that could not be read matter most where the database's address may be what they hold."""
    return target.unread if target.database_url is None else ()


def _unasked(answers: Sequence[Answer]) -> Sequence[str]:
    if answers:
        return ()
    return ("nothing here could be asked: no log was named, and neither a database nor migrations were found",)
