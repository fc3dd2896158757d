"""How a target's image is built: its Dockerfiles and ignore files as they stand in the deployed commit."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crashcart.model.target import Target
from crashcart.proof import dockerfile, dockerignore
from crashcart.proof.dockerfile import Unparsable
from crashcart.proof.dockerignore import IgnoreFile
from crashcart.proof.file_tree import FileTree
from crashcart.proof.image import Image
from crashcart.tools import compose


@dataclass(frozen=True, slots=True)
class Build:
    """One Dockerfile with one build context; all its paths are relative to the root of the source."""

    dockerfile: str
    context: str
    """Empty for the root itself."""
    image: Image | Unparsable
    ignore: IgnoreFile

    def inside(self, path: str) -> str | None:
        """A path of the source relative to the context; None for what lies outside of it."""
        if not self.context:
            return path
        return path.removeprefix(f"{self.context}/") if path.startswith(f"{self.context}/") else None

    def outside(self, path: str) -> str:
        """A path of the context relative to the source."""
        return posixpath.join(self.context, path)

    def sources(self, place: str) -> tuple[str, ...]:
        """The paths of the source that would end up at an absolute path of the container."""
        if isinstance(self.image, Unparsable):
            return ()
        return tuple(self.outside(path) for path in self.image.sources(place))

    def places(self, path: str) -> tuple[str, ...]:
        """Where a file of the source ends up in the container."""
        inside = self.inside(path)
        if inside is None or isinstance(self.image, Unparsable):
            return ()
        return tuple(arrival.path for arrival in self.image.arrivals(inside))

    def reads(self, path: str) -> bool:
        """Whether a file of the source reaches any stage of the build."""
        inside = self.inside(path)
        if inside is None or isinstance(self.image, Unparsable) or self.ignore.excluded_by(inside):
            return False
        return bool(self.image.arrivals(inside) or self.image.earlier(inside))


def builds(target: Target, root: Path, tree: FileTree) -> tuple[Build, ...]:
    """Every Dockerfile of the target with each context it may be built with, the likeliest first."""
    found = dict.fromkeys(_pairs(target, root.resolve()))
    return tuple(build for file, context in found if (build := _build(file, context, tree)))


def _pairs(target: Target, root: Path) -> Iterator[tuple[str, str]]:
    composed = [s.build for path in target.compose_files for s in compose.read(path).services if s.build]
    for file in target.dockerfiles:
        name = _relative(file, root)
        named = [build.context for build in composed if build.dockerfile.resolve() == file.resolve()]
        for context in (*named, target.context, file.parent, target.project, root):
            folder = _relative(context, root) if context else None
            if name is not None and folder is not None:
                yield name, folder


def _build(name: str, context: str, tree: FileTree) -> Build | None:
    text = tree.read(name)
    if text is None:
        return None
    parsed = dockerfile.parse(text, name)
    image = parsed if isinstance(parsed, Unparsable) else Image(parsed)
    return Build(name, context, image, _ignore_file(name, context, tree))


def _ignore_file(name: str, context: str, tree: FileTree) -> IgnoreFile:
    for path in (f"{name}.dockerignore", posixpath.join(context, ".dockerignore")):
        if (text := tree.read(path)) is not None:
            return dockerignore.parse(text, path)
    return IgnoreFile(posixpath.join(context, ".dockerignore"))


def _relative(path: Path, root: Path) -> str | None:
    real = path.resolve()
    if not real.is_relative_to(root):
        return None
    return "" if real == root else real.relative_to(root).as_posix()
