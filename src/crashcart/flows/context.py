"""The lines around what was noticed, read a second time where they were asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from crashcart.model.case import Case
from crashcart.model.errors import CrashcartError
from crashcart.model.evidence import Evidence, Nearby, OriginKind
from crashcart.tools.logs import Log, LogLine, open_logs, text_of
from crashcart.tools.redaction import redact

MAX_SHOWN = 2000
"""Characters of a line that are shown."""
TELLING = 100
"""Characters by which a line is known again."""
MAX_KEPT = 512 * 1024 * 1024
"""Bytes of standard input that are kept on disk to be read again."""


class KeptInput:
    """Standard input that can be read again: what goes through is kept in a temporary file, as far as there is room."""

    def __init__(self, stream: BinaryIO) -> None:
        from tempfile import NamedTemporaryFile

        self._stream = stream
        self._kept = NamedTemporaryFile(prefix="crashcart-")  # noqa: SIM115 - gone with this object
        self._room = MAX_KEPT

    def fileno(self) -> int:
        return self._stream.fileno()

    def read(self, size: int = -1) -> bytes:
        return self._keep(self._stream.read(size))

    def read1(self, size: int = -1) -> bytes:
        read1 = getattr(self._stream, "read1", self._stream.read)
        return self._keep(read1(size) or b"")

    def again(self) -> BinaryIO:
        """What was kept, from its beginning."""
        self._kept.flush()
        return Path(self._kept.name).open("rb")

    def close(self) -> None:
        """Forget what was kept."""
        self._kept.close()

    def _keep(self, part: bytes) -> bytes:
        # Whoever still reads when the report is written reads on for nobody.
        with suppress(ValueError):
            self._room -= self._kept.write(part[: self._room])
        return part


def with_context(case: Case, paths: Iterable[str], count: int, stdin: KeptInput | None = None) -> Case:
    """*case* whose lines have the *count* lines before and after them beside them, redacted.

    A log that changed or went away since, and what was not kept of standard input, leaves its lines alone.
    """
    evidence = [*(e for f in case.findings for e in f.evidence), *(u.example for u in case.unexplained)]
    wanted = _wanted(evidence, count)
    found: dict[tuple[str, int], Nearby] = {}
    for path in paths:
        if path != "-":
            found |= _read(path, path, wanted)
        elif stdin:
            with stdin.again() as kept:
                found |= _read(kept, "stdin", wanted)
    return replace(
        case,
        findings=tuple(
            replace(f, evidence=tuple(_surrounded(e, found, count) for e in f.evidence)) for f in case.findings
        ),
        unexplained=tuple(replace(u, example=_surrounded(u.example, found, count)) for u in case.unexplained),
    )


def in_context(case: Case, paths: Iterable[str], count: int, stdin: KeptInput | None) -> Case:
    """*case* with its context where any was asked for; what was kept for it is forgotten then."""
    try:
        return with_context(case, paths, count, stdin) if count else case
    finally:
        if stdin:
            stdin.close()


def _wanted(evidence: Iterable[Evidence], count: int) -> dict[str, set[int]]:
    wanted: dict[str, set[int]] = {}
    for origin in (e.origin for e in evidence if e.origin.kind is OriginKind.LOG):
        if origin.line:
            wanted.setdefault(origin.where, set()).update(range(origin.line - count, origin.line + count + 1))
    return wanted


def _read(source: str | BinaryIO, name: str, wanted: Mapping[str, set[int]]) -> dict[tuple[str, int], Nearby]:
    found: dict[tuple[str, int], Nearby] = {}
    try:
        for log in open_logs(source, name):
            where = str(redact(log.name))
            for line in _lines(log, wanted.get(where, set())):
                found[where, line.number] = Nearby(line.number, redact(line.text[:MAX_SHOWN]))
    except CrashcartError:
        return found
    return found


def _lines(log: Log, wanted: set[int]) -> Iterator[LogLine]:
    """The *wanted* lines of *log*; the others are only counted."""
    after, last = 0, max(wanted, default=0)
    for data, numbers in log.blocks():
        known = range(after + 1, after + data.count(b"\n") + 1) if numbers is None else numbers
        after = known[len(known) - 1]
        inside = {n for n in wanted if known[0] <= n <= after}
        raws = data.split(b"\n") if inside else []
        for index in (i for i in range(len(known)) if inside and known[i] in inside):
            yield LogLine(log.name, known[index], text_of(raws[index]))
        if after >= last and log.raw:
            return


def _surrounded(evidence: Evidence, found: Mapping[tuple[str, int], Nearby], count: int) -> Evidence:
    where, line = evidence.origin.where, evidence.origin.line
    hit = found.get((where, line or 0))
    if evidence.origin.kind is not OriginKind.LOG or line is None or not hit or not _same(evidence, hit):
        return evidence
    around = (found.get((where, n)) for n in range(line - count, line + count + 1))
    return evidence._replace(context=tuple(near for near in around if near))


def _same(evidence: Evidence, hit: Nearby) -> bool:
    """Whether the line still says what it said."""
    return evidence.text[:TELLING].strip() == hit.text[:TELLING].strip()
