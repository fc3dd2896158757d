"""Which package of a Node project a file belongs to, and what runs the programs installed for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

RUNNERS = {
    "bun.lock": "bunx",
    "bun.lockb": "bunx",
    "pnpm-lock.yaml": "pnpm exec",
    "yarn.lock": "yarn run",
    "package-lock.json": "npx",
    "npm-shrinkwrap.json": "npx",
}
"""By the lock file of the package manager."""


def package_of(path: Path, project: Path) -> Path:
    """The nearest folder with a ``package.json`` around *path* and inside *project*; *project* where there is none."""
    return next((folder for folder in _around(path, project) if (folder / "package.json").is_file()), project)


def runner(package: Path, project: Path) -> str:
    """What runs an installed program in *package*, by the nearest lock file (a workspace has one at its top)."""
    found = (RUNNERS[name] for folder in _around(package, project) for name in RUNNERS if (folder / name).is_file())
    return next(found, "npx")


def _around(path: Path, project: Path) -> Iterator[Path]:
    return (folder for folder in (path, *path.parents) if folder.is_relative_to(project))
