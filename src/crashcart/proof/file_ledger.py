"""The four ledgers of a file: working tree, deployed commit, build context, image. The first that lacks it says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from crashcart.proof.build import Build
from crashcart.proof.dockerfile import Unparsable
from crashcart.proof.file_loss import Loss, LossKind, why_not_committed
from crashcart.proof.image import Arrival, Image
from crashcart.proof.places import Places


class Place(StrEnum):
    WORKING_TREE = "working tree"
    COMMIT = "deployed commit"
    CONTEXT = "build context"
    IMAGE = "image (predicted)"


class Held(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_NO_BUILD = "no Dockerfile is known in the deployed source"
_HELD = {True: Held.YES, False: Held.NO, None: Held.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Entry:
    """Whether one place holds the file, and why one may say so."""

    place: Place
    held: Held
    why: str = ""
    loss: Loss | None = None
    """How the file got lost on the way to this place, as far as that is known."""

    def __str__(self) -> str:
        return f"{self.place}: {self.held}{f' — {self.why}' if self.why else ''}"


@dataclass(frozen=True, slots=True)
class FileLedger:
    """What the four places say about one path (relative to the source's root)."""

    path: str
    entries: tuple[Entry, ...]

    @property
    def loss(self) -> Loss | None:
        """How the file got lost, at the first place after the working tree that is known to lack it."""
        return next((e.loss for e in self.entries if e.held is Held.NO and e.loss), None)

    @property
    def unknown(self) -> Entry | None:
        """The first place on the way into the image that cannot be told."""
        return next((e for e in self.entries[1:] if e.held is Held.UNKNOWN), None)

    def held(self, place: Place) -> Held:
        return next(e.held for e in self.entries if e.place is place)

    def __str__(self) -> str:
        return "\n".join([self.path, *(f"  {entry}" for entry in self.entries)])


def ledger(path: str, places: Places, build: Build | None = None) -> FileLedger:
    """The four columns of *path*, with the build it would go through."""
    working_tree, commit = _working_tree(path, places), _commit(path, places)
    source = working_tree if places.commit is None else commit
    context = _context(path, source, build)
    return FileLedger(path, (working_tree, commit, context, _image(path, context, build)))


def _working_tree(path: str, places: Places) -> Entry:
    if places.folder is None:
        return Entry(Place.WORKING_TREE, Held.UNKNOWN, "a bare repository has no working tree")
    located = places.folder.locate(path)
    if located.held is False and (other := places.folder.alike(path)):
        loss = Loss(LossKind.CASE, f"the file is called `{other}`, not `{path}`", other=other)
        return Entry(Place.WORKING_TREE, Held.NO, loss.because, None if places.commit else loss)
    return Entry(Place.WORKING_TREE, _HELD[located.held], located.why)


def _commit(path: str, places: Places) -> Entry:
    if places.commit is None:
        return Entry(Place.COMMIT, Held.UNKNOWN, places.no_commit)
    located = places.commit.locate(path)
    if located.held is not False:
        return Entry(Place.COMMIT, _HELD[located.held], located.why)
    loss = why_not_committed(path, places, places.commit)
    return Entry(Place.COMMIT, Held.NO, located.why or _beyond(loss.because, path, places.commit.sha), loss)


def _beyond(because: str, path: str, sha: str) -> str:
    """What a sentence says beyond the column it stands in."""
    rest = because.removeprefix(f"`{path}` ").replace(f"is not in the deployed commit {sha[:7]}", "").strip(" ;:,")
    return rest.removeprefix("and ").removesuffix(" and").removesuffix(", and").replace(" and;", ";")


def _context(path: str, source: Entry, build: Build | None) -> Entry:
    if build is None:
        return Entry(Place.CONTEXT, Held.UNKNOWN, _NO_BUILD)
    inside = build.inside(path)
    excluded = _excluded(path, inside, build)
    if source.held is Held.YES:
        return excluded or Entry(Place.CONTEXT, Held.YES)
    also = f"; {excluded.why} besides" if excluded and excluded.held is Held.NO else ""
    return Entry(Place.CONTEXT, source.held, f"the build gets what the {source.place} holds{also}")


def _excluded(path: str, inside: str | None, build: Build) -> Entry | None:
    if inside is None:
        because = f"`{path}` lies outside the build context `{build.context}`"
        return Entry(Place.CONTEXT, Held.NO, because, Loss(LossKind.OUTSIDE_CONTEXT, because, file=build.dockerfile))
    ignore = build.ignore
    for problem in filter(None, (ignore.broken, ignore.unsure)):
        return Entry(Place.CONTEXT, Held.UNKNOWN, f"{ignore.name} line {problem[0]}: {problem[1]}")
    rule, older = ignore.excluded_by(inside), ignore.excluded_by_older(inside)
    if rule and older:
        because = f"`{path}` is excluded by {ignore.name} line {rule.line} (`{rule.text}`)"
        loss = Loss(LossKind.EXCLUDED, because, file=ignore.name, line=rule.line)
        return Entry(Place.CONTEXT, Held.NO, because, loss)
    if one := rule or older:
        who = "BuildKit excludes it, older builders do not" if rule else "older builders exclude it, BuildKit does not"
        return Entry(Place.CONTEXT, Held.UNKNOWN, f"{ignore.name} line {one.line} (`{one.text}`): {who}")
    return None


def _image(path: str, context: Entry, build: Build | None) -> Entry:
    if build is None or context.held is not Held.YES:
        return Entry(Place.IMAGE, context.held, _NO_BUILD if build is None else "it is made from the build context")
    if isinstance(build.image, Unparsable):
        return Entry(Place.IMAGE, Held.UNKNOWN, str(build.image))
    inside = build.inside(path) or path
    arrivals = build.image.arrivals(inside)
    if standing := [a for a in arrivals if not a.removed_by]:
        return Entry(Place.IMAGE, Held.YES, "; ".join(_arrived(a, build) for a in standing[:3]))
    for gone in (a for a in arrivals if a.removed_by):
        run = gone.removed_by
        assert run
        return Entry(Place.IMAGE, Held.UNKNOWN, f"{build.dockerfile} line {run.line} (RUN) seems to remove it")
    return _never_arrived(path, inside, build, build.image)


def _never_arrived(path: str, inside: str, build: Build, image: Image) -> Entry:
    if lost := image.earlier(inside):
        last = lost[-1]
        because = (
            f"`{path}` reaches {last.stage} ({build.dockerfile} line {last.copy.line}), "
            f"but no instruction copies it from there into the image"
        )
        kind = Loss(LossKind.LOST_BETWEEN_STAGES, because, file=build.dockerfile, line=last.copy.line)
        return Entry(Place.IMAGE, Held.NO, because, kind)
    if doubts := list(_other_ways(image, build.dockerfile)):
        return Entry(Place.IMAGE, Held.UNKNOWN, f"no COPY brings it, but {doubts[0]} may")
    because = f"no COPY or ADD of {build.dockerfile} brings `{path}` into the image"
    return Entry(Place.IMAGE, Held.NO, because, Loss(LossKind.NOT_COPIED, because, file=build.dockerfile))


def _other_ways(image: Image, name: str) -> Iterator[str]:
    yield from (f"the ADD on {name} line {line}" for line in image.dockerfile.remote)
    for run in image.dockerfile.runs(image.final):
        if any(word in run.text for word in ("git clone", "curl ", "wget ", "--mount=type=bind")):
            yield f"the RUN on {name} line {run.line}"


def _arrived(arrival: Arrival, build: Build) -> str:
    return f"{arrival.path}, by {build.dockerfile} line {arrival.copy.line} (`{arrival.copy.text[:100]}`)"
