"""What a Dockerfile makes of a build context: where each file ends up, predicted without building."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crashcart.proof.dockerfile import Copy, Dockerfile, Run, Stage

MAX_ARRIVALS, MAX_GUESSES = 50, 200
NEVER = r"(?!)"
"""A pattern that matches nothing."""

_REMOVES = re.compile(r"\b(rm|mv|unlink|rmdir)\b|-delete\b")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file of the build context in a stage."""

    path: str
    """Absolute in the container."""
    stage: Stage
    copy: Copy
    """The instruction that put it there."""
    removed_by: Run | None = None
    """A later RUN whose words name the file or a folder above it together with a removal."""


@dataclass(frozen=True, slots=True)
class Image:
    """The prediction for one target stage."""

    dockerfile: Dockerfile
    target: str | None = None

    @property
    def final(self) -> Stage:
        return self.dockerfile.target(self.target)

    def arrivals(self, path: str) -> tuple[Arrival, ...]:
        """Where a file of the context (relative path) lies in the image."""
        return self._stages(path)[self.final.index]

    def earlier(self, path: str) -> tuple[Arrival, ...]:
        """The same for every stage that is not the final one: what has arrived there may be lost between stages."""
        return tuple(a for n, found in enumerate(self._stages(path)) if n != self.final.index for a in found)

    def sources(self, place: str) -> tuple[str, ...]:
        """The paths of the context that would end up at *place*, shortest first; they need not exist."""
        place = posixpath.normpath(place)
        guesses = sorted(set(self._guesses(place, self.final, set())), key=len)
        return tuple(g for g in guesses if any(a.path == place for a in self.arrivals(g)))

    def _stages(self, path: str) -> list[tuple[Arrival, ...]]:
        done: list[tuple[Arrival, ...]] = []
        for stage in self.dockerfile.stages:
            found = list(done[stage.base]) if isinstance(stage.base, int) else []
            for step in stage.steps:
                if isinstance(step, Run):
                    found = [_after(step, arrival) for arrival in found]
                else:
                    found += (Arrival(place, stage, step) for place in _brought(path, step, done))
            done.append(tuple({arrival.path: arrival for arrival in found[:MAX_ARRIVALS]}.values()))
        return done

    def _guesses(self, place: str, stage: Stage, seen: set[tuple[str, int]]) -> Iterator[str]:
        if (place, stage.index) in seen or len(seen) > MAX_GUESSES:
            return
        seen.add((place, stage.index))
        for step in reversed(stage.steps):
            if isinstance(step, Copy):
                for guess in _undo(place, step):
                    if step.stage is None:
                        yield guess
                    elif isinstance(step.stage, int):
                        yield from self._guesses("/" + guess, self.dockerfile.stages[step.stage], seen)
        if isinstance(stage.base, int):
            yield from self._guesses(place, self.dockerfile.stages[stage.base], seen)


def _brought(path: str, copy: Copy, done: Sequence[tuple[Arrival, ...]]) -> Iterator[str]:
    inside = [path] if copy.stage is None else []
    if isinstance(copy.stage, int):
        inside = [arrival.path.lstrip("/") for arrival in done[copy.stage]]
    for source in copy.sources:
        for place in inside:
            if (target := _landing(place, source, copy)) is not None:
                yield target


def _landing(path: str, source: str, copy: Copy) -> str | None:
    """Where a COPY puts the file *path* because of one of its sources."""
    wanted = _parts(source)
    parts = path.split("/")
    depth = len(wanted)
    if depth > len(parts) or not all(_glob(w, p) for w, p in zip(wanted, parts, strict=False)):
        return None
    if any(_excluded(pattern, parts[depth:] or parts[-1:]) for pattern in copy.excludes):
        return None
    if copy.parents:
        return posixpath.join(copy.target, path)
    if depth < len(parts):
        return posixpath.join(copy.target, *parts[depth:])
    return posixpath.join(copy.target, parts[-1]) if copy.into else copy.target


def _undo(place: str, copy: Copy) -> Iterator[str]:
    rest = "" if place == copy.target else posixpath.relpath(place, copy.target)
    if rest.startswith(".."):
        return
    for source in copy.sources:
        start = "/".join(_parts(source))
        if copy.parents:
            yield rest
        elif not rest:
            yield start
        elif any(c in start for c in "*?["):
            yield posixpath.join(posixpath.dirname(start), rest)
        else:
            yield posixpath.join(start, rest)
            if posixpath.basename(start) == rest:
                yield start


def _parts(source: str) -> list[str]:
    clean = posixpath.normpath("/" + source.lstrip("/")).strip("/")
    return clean.split("/") if clean else []


def _glob(pattern: str, name: str) -> bool:
    """Go's filepath.Match for one part of a path, without its escapes."""
    if not any(c in pattern for c in "*?["):
        return pattern == name
    pieces = re.split(r"(\*+|\?|\[[^\]]+\])", pattern[:200])
    if len(pieces) > 9:
        return False
    try:
        return re.fullmatch("".join(_piece(p) for p in pieces), name) is not None
    except re.error:
        return False


def _piece(piece: str) -> str:
    if piece.startswith("*"):
        return ".*"
    if piece == "?":
        return "."
    if len(piece) > 2 and piece.startswith("["):
        return piece if re.fullmatch(r"\[\^?(\w-\w|[\w.])+\]", piece) else NEVER
    return re.escape(piece)


def _excluded(pattern: str, below: list[str]) -> bool:
    wanted = _parts(pattern)
    if wanted[:1] == ["**"]:
        return any(_excluded("/".join(wanted[1:]), below[n:]) for n in range(len(below)))
    return len(wanted) <= len(below) and all(_glob(w, p) for w, p in zip(wanted, below, strict=False))


def _after(run: Run, arrival: Arrival) -> Arrival:
    if arrival.removed_by or not _REMOVES.search(run.text):
        return arrival
    words = (w.strip("\"';&|()").removesuffix("*") for w in run.text.split())
    named = {posixpath.normpath(posixpath.join(run.folder, w)) for w in words if w and w[0] not in "-$"}
    above = {arrival.path, *(str(p) for p in _ancestors(arrival.path))}
    return Arrival(arrival.path, arrival.stage, arrival.copy, run) if named & above else arrival


def _ancestors(path: str) -> Iterator[str]:
    while (path := posixpath.dirname(path)) != "/":
        yield path
