"""What became of a module that a log calls missing: its file in the four ledgers, or its package in the manifests."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crashcart.model.errors import UnavailableError
from crashcart.proof import importers, modules, packages
from crashcart.proof.file_ledger import FileLedger, ledger
from crashcart.proof.file_loss import LossKind
from crashcart.proof.importers import Importer
from crashcart.proof.packages import Declaration
from crashcart.proof.places import Places

MAX_NAME, MAX_DEPTH = 400, 40


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A module that means a file of the source."""

    ledger: FileLedger
    importer: Importer | None = None
    instead: str | None = None
    """A file elsewhere in the source that the import seems to mean."""


@dataclass(frozen=True, slots=True)
class BuildOutput:
    """A module that a build step makes, which cannot be predicted from the source."""

    place: str
    source: str | None
    """The file it is made from, where the source holds one."""
    importer: Importer | None = None
    because: str = ""
    """What shows that it is made and not written, where something does."""


@dataclass(frozen=True, slots=True)
class MissingPackage:
    """A module that a package offers."""

    declaration: Declaration
    importer: Importer | None = None


@dataclass(frozen=True, slots=True)
class Untraceable:
    """Why the module cannot be led back to the source."""

    why: str


Trace = MissingFile | BuildOutput | MissingPackage | Untraceable


def trace_node(module: str, place: str | None, places: Places) -> Trace:
    """Follows a specifier of Node, Bun or TypeScript, imported by the file that the log calls *place*."""
    if len(module) > MAX_NAME or module.count("/") > MAX_DEPTH:
        return Untraceable(f"`{module[:60]}…` is too long to be a module of the source")
    module = module.removeprefix("file://")
    if module.startswith("/"):
        return _absolute(module, places)
    if modules.is_builtin(module):
        return Untraceable(
            f"`{module}` belongs to the runtime itself: another version of it runs than the code expects"
        )
    found = importers.find(module, place, places)
    if not found:
        return Untraceable(_no_importer(module, place, places))
    if all(importer.silent for importer in found):
        return Untraceable(_silent(module, found[0], places))
    traces = [_imported(module, importer, places) for importer in found]
    return next((t for t in traces if isinstance(t, MissingFile) and t.ledger.loss), traces[0])


def trace_python(module: str, place: str | None, places: Places) -> Trace:
    """Follows a dotted module of Python, imported by the file that the log calls *place*."""
    found = importers.find(module, place, places, python=True)
    importer = found[0] if found else None
    trees = [places.tree, *([places.folder] if places.folder else [])]
    roots = modules.python_roots(module, importer.path if importer else None, places.project, *trees)
    if not roots:
        return MissingPackage(packages.python_package(module, places.project, places.tree), importer)
    candidates = tuple(f for root in roots for f in modules.python_files(module, root))
    return _file(candidates, importer, places)


def _imported(module: str, importer: Importer, places: Places) -> Trace:
    if module.startswith("#"):
        return Untraceable(f"`{module}` is mapped by `imports` of package.json, which is not followed")
    if not modules.is_relative(module):
        bases = modules.alias_bases(module, importer.path, places.tree)
        if not bases:
            return _package(modules.package_of(module), importer, places)
    else:
        bases = _relative_bases(module, importer)
    candidates = _plausible(bases, places)
    if not candidates:
        return Untraceable(f"`{module}` leads out of the source when imported from `{importer.path}`")
    trace = _file(candidates, importer, places)
    if (loss := trace.ledger.loss) and loss.kind is LossKind.IGNORED and modules.is_made(trace.ledger.path):
        return BuildOutput(trace.ledger.path, None, importer, loss.because)
    if _runs_output(trace, importer, places):
        place = posixpath.join(posixpath.dirname(importer.place or ""), module)
        return BuildOutput(posixpath.normpath(place), trace.ledger.path, importer)
    if loss and loss.kind is LossKind.NOWHERE and modules.is_relative(module):
        return MissingFile(trace.ledger, importer, _elsewhere(module, importer, places))
    return trace


def _relative_bases(module: str, importer: Importer) -> tuple[str, ...]:
    own = modules.join(posixpath.dirname(importer.path), module)
    moved: tuple[str, ...] = ()
    if importer.place and importer.build and not importer.compiled:
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(importer.place), module))
        moved = importer.build.sources(wanted)
    return (*([own] if own else []), *moved)


def _package(name: str, importer: Importer, places: Places) -> Trace:
    """A package of the same repository is a file that can get lost; any other one has to be declared."""
    pattern = f'"name"[[:space:]]*:[[:space:]]*"{importers.literal(name)}"'
    manifests = [hit.path for hit in places.tree.grep(pattern, ["package.json"]) if "node_modules/" not in hit.path]
    if len(manifests) == 1:
        own = _file((manifests[0],), importer, places)
        if own.ledger.loss and not _runs_output(own, importer, places):
            return own
    return MissingPackage(packages.node_package(name, importer.path, places.tree, importer.build), importer)


def _runs_output(trace: MissingFile, importer: Importer, places: Places) -> bool:
    """Whether the source holds the file and the app runs what was compiled from it, so that no COPY need bring it."""
    kind = trace.ledger.loss.kind if trace.ledger.loss else None
    build = importer.build or next(iter(places.builds), None)
    if kind is None:
        return importer.compiled and _held(trace.ledger.path, places)
    if kind is LossKind.LOST_BETWEEN_STAGES:
        return importer.compiled or (build is not None and not build.places(importer.path))
    return kind is LossKind.NOT_COPIED and build is not None and not build.reads(importer.path)


def _absolute(module: str, places: Places) -> Trace:
    place = importers.clean(module)
    bases = [source for build in places.builds for source in build.sources(place)]
    candidates = _plausible(bases, places) or tuple(importers.same_suffix(place, places.tree.paths()))
    known = next((c for c in candidates if _held(c, places)), None)
    if known is None and modules.is_made(place):
        sources = (
            s for made in modules.output_sources(place) for s in importers.same_suffix(made, places.tree.paths())
        )
        return BuildOutput(place, next(sources, None))
    if not candidates:
        return Untraceable(
            f"no instruction of a known Dockerfile brings anything to {place}, nor does the source hold it"
        )
    return _file(candidates, None, places)


def _plausible(bases: Iterable[str], places: Places) -> tuple[str, ...]:
    """The files that the bases may mean, without those below something that is itself a file."""
    possible = [base for base in bases if not any(_held(above, places) for above in _ancestors(base))]
    return tuple(dict.fromkeys(f for base in possible for f in modules.node_files(base)))


def _file(candidates: tuple[str, ...], importer: Importer | None, places: Places) -> MissingFile:
    path = _likeliest(candidates, places)
    build = importer.build if importer and importer.build else (places.builds[0] if places.builds else None)
    return MissingFile(ledger(path, places, build), importer)


def _likeliest(candidates: tuple[str, ...], places: Places) -> str:
    """The candidate that exists in the first place that knows one of them."""
    trees = [places.tree, *([places.folder] if places.folder else [])]
    for tree in trees:
        if found := next((c for c in candidates if tree.locate(c).held is not False), None):
            return found
    for tree in trees:
        if found := next((c for c in candidates if tree.alike(c)), None):
            return found
    return next(_in_history(candidates, places), candidates[0])


def _in_history(candidates: tuple[str, ...], places: Places) -> Iterator[str]:
    if places.commit:
        repository, sha = places.commit.repository, places.commit.sha
        try:
            yield from (change.path for change in repository.added_later(candidates, sha))
            yield from (change.path for change in repository.removed_before(candidates, sha))
        except UnavailableError:
            return


def _elsewhere(module: str, importer: Importer, places: Places) -> str | None:
    """The one file whose path ends as the specifier does: the steps before it are wrong."""
    tail = module.lstrip("./")
    if not tail:
        return None
    wanted = modules.node_files(tail)
    found = {p for p in places.tree.paths() if any(p == w or p.endswith(f"/{w}") for w in wanted)}
    if len(found) != 1 or ("/" not in tail and not _on_the_way(next(iter(found)), importer.path)):
        return None
    return found.pop()


def _on_the_way(path: str, importer: str) -> bool:
    folder = posixpath.dirname(path)
    return not folder or importer.startswith(f"{folder}/")


def _no_importer(module: str, place: str | None, places: Places) -> str:
    if place:
        return f"`{place}`, which asks for `{module}`, cannot be led back to a file of the source"
    sha = f"commit {places.commit.sha[:7]}" if places.commit else "the folder"
    return f"the log does not say who asks for `{module}`, and no script of {sha} does so in plain words"


def _silent(module: str, importer: Importer, places: Places) -> str:
    where = f"commit {places.commit.sha[:7]}" if places.commit else "the folder"
    return f"`{importer.path}` of {where} does not ask for `{module}`: the log tells of another state of the source"


def _held(path: str, places: Places) -> bool:
    return places.tree.locate(path).held is True


def _ancestors(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path
