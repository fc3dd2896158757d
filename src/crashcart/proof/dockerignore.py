"""Which paths of a build context reach the builder: ``.dockerignore`` by Docker's rules, which are not git's."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docker.utils.build import Pattern

MAX_LINES = 10_000


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern of an ignore file."""

    line: int
    text: str
    pattern: Pattern

    @property
    def keeps(self) -> bool:
        """Whether it is an exception (``!pattern``)."""
        return bool(self.pattern.exclusion)

    def matches(self, path: str) -> bool:
        """Docker's own match, with the case that docker-py drops and the negated class that it spells otherwise."""
        from docker.utils.fnmatch import fnmatchcase

        return bool(fnmatchcase(path, self.pattern.cleaned_pattern.replace("[^", "[!")))


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The rules of one ignore file; all paths are relative to the build context."""

    name: str
    rules: tuple[Rule, ...] = ()
    broken: tuple[int, str] | None = None
    """Line and message of a pattern with which every build fails."""
    unsure: tuple[int, str] | None = None
    """Line and message of a pattern that cannot be judged here."""

    def excluded_by(self, path: str) -> Rule | None:
        """The rule that keeps *path* out of the context with today's BuildKit; None where it gets in."""
        parent: Sequence[bool] = ()
        decided = None
        for step in _upto(path):
            parent, decided = self._judge(step, parent)
        return decided

    def excluded_by_older(self, path: str) -> Rule | None:
        """The same for the legacy builder and engines before 23, which do not search directories that are out."""
        for step in _upto(path):
            decided = self._last_match(step)
            if decided and (step == path or not self._exception_below(step)):
                return decided
        return None

    def _judge(self, path: str, parent: Sequence[bool]) -> tuple[Sequence[bool], Rule | None]:
        matched: list[bool] = []
        decided: Rule | None = None
        for n, rule in enumerate(self.rules):
            inherited = bool(parent) and parent[n]
            # BuildKit asks a pattern only where its answer could change the outcome so far.
            match = inherited or (rule.keeps == (decided is not None) and rule.matches(path))
            matched.append(match)
            if match:
                decided = None if rule.keeps else rule
        return matched, decided

    def _last_match(self, path: str) -> Rule | None:
        parents = path.split("/")[:-1]
        decided = None
        for rule in self.rules:
            depth = len(rule.pattern.dirs)
            above = bool(parents) and depth <= len(parents) and rule.matches("/".join(parents[:depth]))
            if above or rule.matches(path):
                decided = None if rule.keeps else rule
        return decided

    def _exception_below(self, folder: str) -> bool:
        return any(rule.keeps and rule.pattern.cleaned_pattern.startswith(folder) for rule in self.rules)


def parse(text: str, name: str = ".dockerignore") -> IgnoreFile:
    """The rules of an ignore file's text; what Docker refuses or this cannot judge is kept with its line."""
    from docker.utils.build import Pattern

    rules: list[Rule] = []
    for line, pattern in _patterns(text):
        if problem := _broken(pattern):
            return IgnoreFile(name, broken=(line, problem))
        if problem := _unsure(pattern):
            return IgnoreFile(name, unsure=(line, problem))
        rule = Rule(line, pattern, Pattern(_cleaned(pattern)))
        if rule.pattern.dirs and rule.pattern.dirs[0] != ".." and ".." not in _cleaned(pattern).split("/"):
            rules.append(rule)
    return IgnoreFile(name, tuple(rules))


def _patterns(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n")[:MAX_LINES], 1):
        if not line.startswith("#") and (pattern := line.strip()):
            yield number, pattern


def _cleaned(pattern: str) -> str:
    mark = "!" if pattern.startswith("!") else ""
    return mark + posixpath.normpath(pattern.removeprefix("!").strip()).lstrip("/")


def _broken(pattern: str) -> str | None:
    if pattern == "!":
        return 'illegal exclusion pattern: "!"'
    without_classes = _outside_classes(pattern)
    return f"syntax error in pattern: {pattern}" if without_classes is None else None


def _outside_classes(pattern: str) -> str | None:
    outside, rest = "", pattern.replace("\\[", "").replace("\\]", "")
    while "[" in rest:
        before, _, rest = rest.partition("[")
        inside, closed, rest = rest.removeprefix("^").partition("]")
        if not closed or not inside:
            return None
        outside += before
    return outside + rest


def _unsure(pattern: str) -> str | None:
    parts = pattern.split("/")
    if "\\" in pattern or not _plain_classes(pattern):
        return f"the pattern {pattern} is written in a way that builders read differently"
    if max(part.count("*") for part in parts) > 3 or sum("**" in part for part in parts) > 4 or len(pattern) > 500:
        return f"the pattern {pattern[:60]} is too intricate"
    return None


def _plain_classes(pattern: str) -> bool:
    ranges = re.findall(r"\[\^?([^\]]*)\]", pattern)
    return all(
        re.fullmatch(r"(\w-\w|[\w.])+", r) and all(a <= b for a, b in re.findall(r"(\w)-(\w)", r)) for r in ranges
    )


def _upto(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[: n + 1]) for n in range(len(parts)))
