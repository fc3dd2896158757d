"""Targets and claims for probes' tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path

from crashcart import probes
from crashcart.diagnosis.ask import ask
from crashcart.model.evidence import OriginKind
from crashcart.model.finding import Answer, Claim, Failed, Passed, Unknown
from crashcart.model.target import Target
from crashcart.probes import Inquiry
from crashcart.tools import variables
from crashcart.tools.hands import Hands
from crashcart.tools.redaction import evidence

_ids = count(1)


def claim(fault: str, refuted_because: str | None = None, **facts: str) -> Claim:
    """A claim of *fault* as a log's line makes it."""
    line = evidence(OriginKind.LOG, "deploy.log", f"a line about {fault}", line=1)
    return Claim(f"c{next(_ids)}", fault, facts, (line,), refuted_because=refuted_because)


def patient(project: Path, files: Mapping[str, str] | None = None, **environ: str) -> Target:
    """A target in *project* with these files; every ``*.sh`` is a start script, ``compose.yaml`` its compose file."""
    for name, text in (files or {}).items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found, notes = variables.read(project, environ=environ)
    migrations = project / "prisma/migrations"
    return Target(
        name="shop",
        project=project,
        dockerfiles=tuple(project.glob("Dockerfile")),
        compose_files=tuple(project.glob("compose.yaml")),
        scripts=tuple(sorted(project.glob("*.sh"))),
        migrations=migrations if migrations.is_dir() else None,
        variables=found,
        notes=notes,
    )


def answers(
    family: str, target: Target, claims: Iterable[Claim] = (), *, timeout: float = 5, offline: bool = False
) -> tuple[Answer, ...]:
    """What the probes of *family* answer."""
    rooms = [probe for probe in probes.find() if probe.id.startswith(family)]
    return ask(rooms, Inquiry(target, tuple(claims)), Hands(timeout=timeout, offline=offline))


def failures(given: Iterable[Answer]) -> list[Failed]:
    return [a.outcome for a in given if isinstance(a.outcome, Failed)]


def passed(given: Iterable[Answer]) -> list[Passed]:
    return [a.outcome for a in given if isinstance(a.outcome, Passed)]


def unknowns(given: Iterable[Answer]) -> list[Unknown]:
    return [a.outcome for a in given if isinstance(a.outcome, Unknown)]


def texts(given: Iterable[Answer]) -> str:
    """All that these answers say to a reader."""
    words: list[str] = []
    for answer in given:
        outcome = answer.outcome
        words.append(outcome.why if isinstance(outcome, Unknown) else outcome.because)
        if not isinstance(outcome, Unknown):
            words += [f"{e.origin} {e.text} {e.check}" for e in outcome.evidence]
    return "\n".join(words)
