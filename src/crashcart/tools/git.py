"""Git's command line, read-only: nothing the repository brings along (hooks, filters, pagers) is ever run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from crashcart.model.errors import UnavailableError
from crashcart.tools.git_command import MAX_OUTPUT, run

SYMLINK, SUBMODULE = "120000", "160000"


@dataclass(frozen=True, slots=True)
class NotARepository:
    """Why there is no repository to read at a path, and what can be done about it."""

    reason: str
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One path of a commit's tree."""

    mode: str
    """Octal, as git writes it: ``100644``, ``100755``, ``120000`` (symbolic link), ``160000`` (submodule)."""
    blob: str


class Tracking(StrEnum):
    TRACKED = "tracked"
    UNTRACKED = "untracked"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """The line that makes git ignore a path."""

    file: str
    line: int
    pattern: str


@dataclass(frozen=True, slots=True)
class Status:
    """What git's index and ignore rules say about a path, whether or not it exists on disk."""

    tracking: Tracking
    rule: IgnoreRule | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A commit that added or removed a path."""

    sha: str
    path: str
    date: datetime
    branches: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        return self.sha[:7]


@dataclass(frozen=True, slots=True)
class Hit:
    """A line of a commit's files."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository's objects, index and ignore rules. All paths are relative to :attr:`root`, with ``/``.

    Every method raises UnavailableError where git is missing, too slow, answers too much, or cannot answer.
    """

    root: Path
    """Top of the working tree; of a bare repository, its own folder."""
    bare: bool
    shallow: bool
    timeout: float = 10.0
    """Seconds for one question."""

    @classmethod
    def open(cls, path: Path, timeout: float = 10.0) -> Repository | NotARepository:
        """The repository that holds *path*. Raises UnavailableError where git is not installed."""
        folder = path if path.is_dir() else path.parent
        flags = ("--is-bare-repository", "--is-shallow-repository", "--is-inside-git-dir", "--absolute-git-dir")
        code, out, err = run(["rev-parse", *flags], folder, timeout)
        if code:
            return _explain(err)
        bare, shallow, inside, git_dir = _text(out).split("\n", 3)
        if bare == "true" or inside == "true":
            return cls(Path(git_dir.removesuffix("\n")), True, shallow == "true", timeout)
        code, out, err = run(["rev-parse", "--show-toplevel"], folder, timeout)
        return _explain(err) if code else cls(Path(_text(out).removesuffix("\n")), False, shallow == "true", timeout)

    def resolve(self, rev: str) -> str | None:
        """The full name of the commit that *rev* means; None where there is none."""
        code, out, _ = self._ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
        return None if code else _text(out).split()[-1]

    def head(self) -> str | None:
        """The commit checked out; None on an unborn branch."""
        return self.resolve("HEAD")

    def tree(self, sha: str, under: str = "") -> dict[str, TreeEntry]:
        """All files of a commit below a folder, by path."""
        out = self._tell("ls-tree", "-r", "-z", "--full-tree", sha, *(["--", under] if under else []))
        return dict(_entries(out))

    def read(self, sha: str, path: str, limit: int = 4 * 1024 * 1024) -> bytes:
        """The bytes of a file in a commit; of a symbolic link, its target. Raises for more than *limit* bytes."""
        return self._tell("cat-file", "blob", f"{sha}:{path}", limit=limit)

    def status_of(self, path: str) -> Status:
        """Whether git tracks or ignores *path*, and by which line of which file."""
        if self.bare:
            raise UnavailableError(f"{self.root} is a bare repository: it has no working tree")
        if self._tell("ls-files", "-z", "--cached", "--", path):
            return Status(Tracking.TRACKED)
        rule = self._ignore_rule(path)
        return Status(Tracking.IGNORED, rule) if rule else Status(Tracking.UNTRACKED)

    def untracked(self, under: str = "") -> frozenset[str]:
        """The files of the working tree that git neither tracks nor ignores."""
        args = ["ls-files", "-z", "--others", "--exclude-standard", *(["--", under] if under else [])]
        return frozenset(_text(part) for part in self._tell(*args).split(b"\0") if part)

    def added_later(self, paths: Sequence[str], after: str) -> tuple[Change, ...]:
        """The commits that add one of *paths* and are not part of *after*'s history, on any branch, newest first."""
        self._require_history()
        return self._changes("A", ["--exclude=refs/stash", "--all", f"^{after}"], paths, branches=True)

    def removed_before(self, paths: Sequence[str], upto: str) -> tuple[Change, ...]:
        """The commits in *upto*'s history that removed one of *paths*, newest first."""
        self._require_history()
        return self._changes("D", [upto], paths)

    def last_commit_of(self, path: str, upto: str = "HEAD") -> str | None:
        """The last commit that changed *path*; None where none did."""
        self._require_history()
        out = self._tell("rev-list", "-1", upto, "--", path)
        return _text(out).strip() or None

    def date(self, sha: str) -> datetime:
        """When a commit was made, in UTC."""
        seconds = _text(self._tell("show", "--no-patch", "--format=%ct", sha)).split()[-1]
        return datetime.fromtimestamp(int(seconds), UTC)

    def grep(self, sha: str, pattern: str, globs: Sequence[str] = (), limit: int = MAX_OUTPUT) -> Iterator[Hit]:
        """The lines of a commit's text files that match a POSIX extended regular expression."""
        paths = [f":(glob)**/{g}" for g in globs]
        args = ["grep", "--no-textconv", "-z", "-n", "-I", "-E", "-e", pattern, sha, "--", *paths]
        code, out, err = run(args, self.root, self.timeout, limit, literal=False)
        if code > 1:
            raise UnavailableError(f"git grep failed: {err}")
        for name, line, text in (row.split(b"\0", 2) for row in out.split(b"\n") if row.count(b"\0") >= 2):
            yield Hit(_text(name).removeprefix(f"{sha}:"), int(line), text.decode("utf-8", "replace"))

    def _changes(
        self, kind: str, revs: list[str], paths: Sequence[str], *, branches: bool = False
    ) -> tuple[Change, ...]:
        shape = ["--format=%x01%H %ct", "--name-only", "--no-renames", f"--diff-filter={kind}", "--max-count=20"]
        out = self._tell("log", "-z", "--no-ext-diff", "--no-textconv", *shape, *revs, "--", *paths)
        return tuple(
            Change(sha, path, date, self._branches_with(sha) if branches else ()) for sha, date, path in _changed(out)
        )

    def _branches_with(self, sha: str) -> tuple[str, ...]:
        places = ("refs/heads", "refs/remotes")
        out = self._tell("for-each-ref", f"--contains={sha}", "--format=%(refname:short)", "--count=5", *places)
        return tuple(_text(out).splitlines())

    def _ignore_rule(self, path: str) -> IgnoreRule | None:
        question = b"./" + os.fsencode(path) + b"\0"
        args = ["check-ignore", "-v", "-z", "--stdin"]
        code, out, err = run(args, self.root, self.timeout, literal=False, given=question)
        if code > 1:
            raise UnavailableError(f"git cannot tell whether {path} is ignored: {err}")
        if code == 1:
            return None
        file, line, pattern, *_ = _text(out).split("\0")
        return None if pattern.startswith("!") else IgnoreRule(file, int(line or 0), pattern)

    def _require_history(self) -> None:
        if self.shallow:
            advice = "git fetch --unshallow"
            raise UnavailableError("the repository is a shallow clone: its history is cut off", advice=advice)

    def _ask(self, *args: str) -> tuple[int, bytes, str]:
        return run(list(args), self.root, self.timeout)

    def _tell(self, *args: str, limit: int = MAX_OUTPUT) -> bytes:
        code, out, err = run(list(args), self.root, self.timeout, limit)
        if code:
            raise UnavailableError(f"git {args[0]} failed: {err or f'exit code {code}'}")
        return out


def _entries(out: bytes) -> Iterator[tuple[str, TreeEntry]]:
    for record in out.split(b"\0"):
        if record:
            head, _, path = record.partition(b"\t")
            mode, _, blob = head.decode("ascii").split()[:3]
            yield _text(path), TreeEntry(mode, blob)


def _changed(out: bytes) -> Iterator[tuple[str, datetime, str]]:
    for commit in _text(out).split("\1")[1:]:
        head, *paths = (part.strip("\n") for part in commit.split("\0"))
        sha, seconds = head.split()
        for path in filter(None, paths):
            yield sha, datetime.fromtimestamp(int(seconds), UTC), path


def _explain(err: str) -> NotARepository:
    if "dubious ownership" in err:
        folder = err.partition("'")[2].partition("'")[0]
        advice = f"git config --global --add safe.directory '{folder}'"
        return NotARepository(f"git refuses to read {folder}: it belongs to another user", advice)
    if "not a git repository" in err.lower():
        return NotARepository("it is not in a git repository")
    return NotARepository(err or "git does not say why")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
