"""``crashcart triage --learn``: a fault of one's own, written from a line of a log, ready to edit."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from crashcart.diagnosis.holding import flaws
from crashcart.diagnosis.learning import Lesson, lessons
from crashcart.diagnosis.sieve import Sieve, plain
from crashcart.faults.reading import read_fault
from crashcart.flows.reading import Reading
from crashcart.model.errors import CrashcartError, UsageError
from crashcart.model.fault import Fault
from crashcart.tools.logs import read
from crashcart.tools.redaction import redact

RAREST = "rarest"
"""What stands for the rarest unexplained line, where no line is named."""
FAMILY = "own"
MAX_NEAR = 2000
"""Lines before the learned one among which a near miss is looked for."""
MAX_SHOWN = 2000
PLACE = re.compile(r"(?:(?P<log>.+):)?(?P<line>[1-9]\d{0,11})")


@dataclass(frozen=True, slots=True)
class Learned:
    """A fault that was written."""

    path: Path
    code: str
    line: str
    """The line that it was made from, redacted."""
    where: str

    @property
    def told(self) -> str:
        """What a person should know and do next."""
        return (
            f"{self.code} written to {self.path}, from {self.where}: edit what it says; "
            "then crashcart faults check, then triage again"
        )


@dataclass(frozen=True, slots=True)
class _Line:
    """The line to learn from."""

    text: str
    where: str
    near: Sequence[str]


def learn(
    where: str, logs: Sequence[str], *, folder: Path, faults: Mapping[str, Fault], stdin: BinaryIO | None = None
) -> Learned:
    """Writes a fault into *folder*, made from the line that *where* names: ``LOG:LINE``, ``LINE``, or ``rarest``.

    Nothing is ever overwritten. Raises UsageError for a line that is not there, that a fault knows already, or that
    nothing can be learned from; CrashcartError where the file cannot be written.
    """
    line = _chosen(where, logs, faults, stdin)
    if known := [match.fault for match in Sieve(faults).matches(plain(line.text))]:
        raise UsageError(f"{line.where}: this line is known: {known[0]}", advice=f"crashcart explain {known[0]}")
    lesson, text = _sound(line, faults)
    path = _save(folder / FAMILY, lesson.name, text)
    return Learned(path, f"{FAMILY}.{path.stem}", lesson.line, line.where)


def _chosen(where: str, logs: Sequence[str], faults: Mapping[str, Fault], stdin: BinaryIO | None) -> _Line:
    place = PLACE.fullmatch(where)
    if where == RAREST or (not place and Path(where).exists()):
        return _rarest(logs if where == RAREST else (where, *logs), faults, stdin)
    if not place:
        raise UsageError(f"--learn {where}: names no line", advice="Write --learn LOG:LINE, such as deploy.log:214.")
    if not place["log"] and len(logs) != 1:
        raise UsageError(f"--learn {where}: of which log?", advice=f"Write --learn LOG:{where}.")
    return _named(place["log"] or logs[0], int(place["line"]), stdin)


def _rarest(logs: Sequence[str], faults: Mapping[str, Fault], stdin: BinaryIO | None) -> _Line:
    unexplained = Reading(logs, stdin).noticed(faults).unexplained
    if not unexplained:
        raise UsageError(
            "--learn: no line looks like an error that no fault knows", advice="Name one: --learn LOG:LINE."
        )
    example = unexplained[0].example
    return _Line(example.text.removesuffix(" …"), str(example.origin), ())


def _named(log: str, number: int, stdin: BinaryIO | None) -> _Line:
    near: deque[str] = deque(maxlen=MAX_NEAR)
    for line in read(stdin if log == "-" and stdin else log, None, []):
        if line.number == number:
            texts = [str(redact(text[:MAX_SHOWN])) for text in near]
            return _Line(redact(line.text[:MAX_SHOWN]), f"{line.source}:{number}", texts)
        near.append(line.text)
    raise UsageError(f"--learn {log}:{number}: the log has no such line", advice="Count from 1, as sed -n 214p does.")


def _sound(line: _Line, faults: Mapping[str, Fault]) -> tuple[Lesson, str]:
    """The lesson whose file passes the check, and its text: with values left open if possible."""
    problem = "it holds no text"
    try:
        for lesson in lessons(line.text, line.near, faults):
            text = _room(lesson, line.where)
            found = _problem(lesson, text, faults)
            if found is None:
                return lesson, text
            problem = found
    except ValueError as error:
        problem = str(error)
    raise UsageError(f"{line.where}: nothing can be learned from this line: {problem}", advice="Choose another line.")


def _problem(lesson: Lesson, text: str, faults: Mapping[str, Fault]) -> str | None:
    """The first error that ``crashcart faults check`` would tell of a file with this *text*."""
    with TemporaryDirectory(prefix="crashcart-") as folder:
        path = Path(folder) / FAMILY / f"{lesson.name}.toml"
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
        try:
            fault = read_fault(path, built_in=False)
        except UsageError as error:
            return str(error).removeprefix(f"{path}: ")
    every = {**faults, fault.code: fault}
    return next((flaw.problem for flaw in flaws(fault, every, Sieve(every)) if not flaw.warning), None)


def _save(folder: Path, name: str, text: str) -> Path:
    """Beside what is there: never over it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for n in count(1):
            path = folder / (f"{name}.toml" if n == 1 else f"{name}-{n}.toml")
            try:
                with path.open("x", encoding="utf-8") as file:
                    file.write(text)
            except FileExistsError:
                continue
            break
    except OSError as error:
        raise CrashcartError(f"{folder}: the fault could not be written: {error.strerror}") from error
    return path


def _room(lesson: Lesson, where: str) -> str:
    facts = ", ".join(f"{name} = {_quoted(value)}" for name, value in lesson.facts.items())
    example = f"{{ line = {_quoted(lesson.line)}, facts = {{ {facts} }} }}" if facts else _quoted(lesson.line)
    return ROOM.format(
        where=_comment(where),
        title=_quoted(lesson.title),
        severity="P1" if lesson.grave else "P2",
        keyword=_quoted(lesson.keyword),
        pattern=_quoted(lesson.pattern),
        example=example,
        miss=_quoted(lesson.miss),
    )


def _quoted(text: str) -> str:
    """*text* as TOML: plain where that is possible, so that patterns stay readable."""
    return f"'{text}'" if "'" not in text and text.isprintable() else json.dumps(text, ensure_ascii=False)


def _comment(text: str) -> str:
    return re.sub(r"\s+", " ", redact(text)).strip()


ROOM = """\
# A fault of this project, learned from {where}.
# Its code is the folder and the file's name; rename both as you like. Edit what stands here, then run:
#   crashcart faults check

# What is wrong, in one line; {{host}} and the like are filled with what a pattern's group of this name found.
title = {title}
# P0 the app is down, P1 the next deployment will fail, P2 something is broken, P3 worth knowing.
severity = "{severity}"
# What brings this about, in the words you would use to a colleague.
why = "Not described yet: say here what brings this about."
# What helps.
remedy = "Not described yet: say here what helps."
# Codes of the faults that this one brings about, such as "app.startup-failed"; crashcart explain lists them all.
explains = []
# true: it only says that something failed, and is no cause where anything explains it.
wrapper = false
# A command by which a person can see it; leave it out if there is none.
# check = "pg_isready -h {{host}}"

[[trace]]
# Literal texts, rare ones: a line that holds none of them is not looked at. Case does not matter.
keywords = [{keyword}]
# Regular expressions (RE2: no look-arounds). They match anywhere in the line, without regard to case; a named group is
# a fact. Known names: host port user database url variable service container module importer file line path package
# version migration table column schema relation lock name code status reason attempt
patterns = [
  {pattern},
]
# Lines that it must know, and what it must find in them.
matches = [
  {example},
]
# Lines that look alike and are harmless: put such a line of your log here.
misses = [
  {miss},
]

# A later line that shows it to be harmless, such as a retry that succeeds:
# [[refuted_by]]
# keywords = ["connection restored"]
# pattern = 'connection restored'
# because = "a later line shows that the connection came back"
"""
