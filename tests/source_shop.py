"""A real git repository for the questions to the source, and the claims that raise them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crashcart.model.evidence import OriginKind
from crashcart.model.finding import Claim, Outcome
from crashcart.model.target import Commit, Target
from crashcart.probes import Inquiry, Probe
from crashcart.tools.hands import Hands
from crashcart.tools.redaction import evidence


@dataclass(frozen=True)
class Shop:
    """A git repository that a test fills, deploys and asks about."""

    root: Path
    project: Path

    def git(self, *args: str) -> str:
        options = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
        command = ["git", *options, "-C", str(self.root), *args]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, path: str, text: str = "export {}\n") -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def commit(self, *paths: str) -> str:
        self.git("add", "--all", "--", *(paths or (".",)))
        self.git("commit", "-q", "-m", "work")
        return self.git("rev-parse", "HEAD")

    def target(self, sha: str | None, *, git: bool = True) -> Target:
        return Target(
            name="shop",
            project=self.project,
            root=self.root if git else None,
            commit=Commit(sha, "head") if sha else None,
            dockerfiles=tuple(sorted(self.project.rglob("Dockerfile*"))),
            context=self.project,
        )

    def ask(self, probe: Probe, sha: str | None, claims: Sequence[Claim], *, git: bool = True) -> list[Outcome]:
        return list(probe.ask(Inquiry(self.target(sha, git=git), tuple(claims)), Hands()))


def run(check: str, folder: Path) -> str:
    """What a check command prints in *folder*."""
    done = subprocess.run(["sh", "-c", check], cwd=folder, capture_output=True, text=True, check=False, env=os.environ)
    return done.stdout + done.stderr


def missing(module: str, importer: str | None = None, fault: str = "node.module-not-found", name: str = "c1") -> Claim:
    facts = {"module": module} | ({"importer": importer} if importer else {})
    line = f"error: Cannot find module '{module}' from '{importer}'"
    return Claim(name, fault, facts, (evidence(OriginKind.LOG, "deploy.log", line, line=7),))
