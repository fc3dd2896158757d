"""Which package of a Node project a file belongs to, and what runs the programs installed for it."""

from __future__ import annotations

from pathlib import Path

from crashcart.tools.files import upwards

RUNNERS = {
    "bun.lock": "bunx",
    "bun.lockb": "bunx",
    "pnpm-lock.yaml": "pnpm exec",
    "yarn.lock": "yarn run",
    "package-lock.json": "npx",
    "npm-shrinkwrap.json": "npx",
}
"""By the lock file of the package manager."""


def package_of(folder: Path, project: Path) -> Path:
    """The nearest folder with a ``package.json``, from *folder* up to *project*; *project* where there is none."""
    return next((place for place in upwards(folder, project) if (place / "package.json").is_file()), project)


def runner(package: Path, project: Path) -> str:
    """What runs an installed program in *package*, by the nearest lock file (a workspace has one at its top)."""
    found = (RUNNERS[name] for folder in upwards(package, project) for name in RUNNERS if (folder / name).is_file())
    return next(found, "npx")
