"""Which file of the source imported a missing module, and on which line: a container's path led back."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from crashcart.proof.build import Build
from crashcart.proof.file_tree import FileTree
from crashcart.proof.modules import SCRIPTS, output_sources
from crashcart.proof.places import Places

MAX_IMPORTERS = 20
_COMMENT = re.compile(r"^\s*(//|\*|/\*|#)")
_POSITION = re.compile(r"(:\d+){1,2}$|\(\d+,\d+\)$")
_SPECIAL = re.compile(r"[][\\.^$*+?(){}|]")


@dataclass(frozen=True, slots=True)
class Importer:
    """A file of the source that asks for the module."""

    path: str
    line: int | None = None
    """Where it asks; None where the file does not say so in plain words."""
    text: str = ""
    place: str | None = None
    """Its absolute path in the container, if the log names one."""
    build: Build | None = None
    """The build that brings it there."""
    compiled: bool = False
    """Whether the log names what was compiled from it."""
    silent: bool = False
    """Whether the file does not even hold the module's last name: then it is not the file that the log tells of."""


def find(module: str, place: str | None, places: Places, *, python: bool = False) -> tuple[Importer, ...]:
    """Who imports *module*: the file that the log names, else every file that says so.

    A *place* that ends in a slash is the folder of the importing file.
    """
    wanted = _python_import(module) if python else _node_import(module)
    if place and not place.endswith("/"):
        named = list(_named(clean(place), places))[:MAX_IMPORTERS]
        read = [_with_line(importer, module, wanted, places.tree) for importer in named]
        return tuple([i for i in read if i.line] or read)
    pattern = _python_grep(module) if python else _node_grep(module)
    hits = places.tree.grep(pattern, [".py"] if python else SCRIPTS)
    real = (hit for hit in hits if wanted.search(hit.text[:2000]) and not _COMMENT.match(hit.text))
    likely = places.builds[0] if places.builds else None
    return tuple(
        Importer(h.path, h.line, h.text.strip(), build=likely) for h, _ in zip(real, range(MAX_IMPORTERS), strict=False)
    )


def clean(place: str) -> str:
    """A path as a log writes it, without scheme, position and doubled slashes."""
    plain = _POSITION.sub("", place.removeprefix("file://"))
    return posixpath.normpath(plain) if plain else plain


def literal(text: str) -> str:
    """A pattern for exactly this text that git and Python read alike."""
    return _SPECIAL.sub(lambda match: "\\" + match[0], text)


def same_suffix(path: str, paths: Iterable[str]) -> list[str]:
    """Those of *paths* that share the most trailing parts with *path*: at least two, or all that one of them has."""
    name = posixpath.basename(path)
    shared = {p: _shared(path, p) for p in paths if posixpath.basename(p) == name}
    enough = {p: n for p, n in shared.items() if n >= 2 or "/" not in p or "/" not in path.strip("/")}
    most = max(enough.values(), default=0)
    return [p for p, n in enough.items() if n == most]


def _named(place: str, places: Places) -> Iterator[Importer]:
    found = list(_brought(place, places))
    if not found:
        found = [Importer(p, place=_absolute(place)) for p in same_suffix(place, places.tree.paths())]
    if found:
        yield from sorted(found, key=lambda i: not i.path.startswith(places.project))
        return
    for source in output_sources(place):
        for importer in (*_brought(source, places), *(Importer(p) for p in _whole_suffix(source, places))):
            yield Importer(importer.path, place=_absolute(place), build=importer.build, compiled=True)


def _brought(place: str, places: Places) -> Iterator[Importer]:
    for build in places.builds:
        for source in build.sources(place) if place.startswith("/") else ():
            if places.tree.locate(source).held:
                yield Importer(source, place=place, build=build)
    for build in () if place.startswith("/") else places.builds:
        for path in same_suffix(place, places.tree.paths()):
            if build.places(path):
                yield Importer(path, place=build.places(path)[0], build=build)


def _whole_suffix(place: str, places: Places) -> list[str]:
    return same_suffix(place, places.tree.paths())[:5]


def _with_line(importer: Importer, module: str, wanted: re.Pattern[str], tree: FileTree) -> Importer:
    text = tree.read(importer.path)
    for number, line in enumerate((text or "").splitlines(), 1):
        if wanted.search(line[:2000]) and not _COMMENT.match(line):
            return replace(importer, line=number, text=line.strip())
    name = posixpath.splitext(posixpath.basename(module))[0]
    return replace(importer, silent=text is not None and not importer.compiled and name not in text)


def _node_import(module: str) -> re.Pattern[str]:
    return re.compile(f"""['"`]{re.escape(module)}['"`]""")


def _node_grep(module: str) -> str:
    return f"""['"`]{literal(module)}['"`]"""


def _in_folder(path: str, folder: str) -> bool:
    """Whether a file may lie in a folder as the container calls it."""
    own = posixpath.dirname(path)
    return not own or folder.endswith(f"/{own}") or own.endswith(f"/{posixpath.basename(folder)}")


def _python_import(module: str) -> re.Pattern[str]:
    head, _, last = module.rpartition(".")
    parent = re.escape(head.rpartition(".")[2]) if head else ""
    of = rf"\bfrom\s+[.\w]*{parent}\s+import\s+.*\b{re.escape(last)}\b|" if head else ""
    return re.compile(rf"{of}^\s*(from|import)\s+(.*[\s.,])?{re.escape(last)}\b")


def _python_grep(module: str) -> str:
    return rf"(from|import)[[:space:]].*{literal(module.rpartition('.')[2])}"


def _absolute(place: str) -> str | None:
    return place if place.startswith("/") else None


def _shared(one: str, other: str) -> int:
    pairs = zip(reversed(one.strip("/").split("/")), reversed(other.split("/")), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(one.strip("/").count("/"), other.count("/")) + 1)
