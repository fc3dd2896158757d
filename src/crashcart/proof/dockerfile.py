"""A Dockerfile as a value: its stages, what each COPY brings where, and the line of every step."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockerfile import Command

MAX_CHARACTERS = 1024 * 1024
_KNOWN = {
    *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
    *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
}
_VARIABLE = re.compile(r"\\\$|\$(?:\{(\w+)(?::?([-+])([^}]*))?\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Copy:
    """A COPY or ADD of files, its paths made absolute."""

    line: int
    text: str
    sources: tuple[str, ...]
    """Relative to the build context, or absolute in the stage they come from; may hold wildcards."""
    target: str
    """Absolute in the container."""
    into: bool
    """Whether the target is known to be a folder."""
    stage: int | str | None = None
    """The stage it copies from, an image by name, or None for the build context."""
    excludes: tuple[str, ...] = ()
    parents: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A RUN: what it makes or removes can only be guessed from its words."""

    line: int
    text: str
    folder: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One FROM and what follows it."""

    index: int
    name: str | None
    base: int | str
    """The stage it builds upon, or an image by name."""
    line: int
    steps: tuple[Copy | Run, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/"
    """The last WORKDIR; ``/`` where none is set, which is a guess when the base is an image."""

    def __str__(self) -> str:
        return f"stage {self.name or self.index}"


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """All stages in order; the last one is the image unless a target is named."""

    name: str
    stages: tuple[Stage, ...]
    remote: tuple[int, ...] = ()
    """Lines of ADD instructions that fetch something: what they bring cannot be predicted."""

    def target(self, name: str | None = None) -> Stage:
        """The stage that becomes the image. Raises KeyError for a name that no stage has."""
        if name is None:
            return self.stages[-1]
        found = _reference(name, self.stages)
        if not isinstance(found, int):
            raise KeyError(name)
        return self.stages[found]

    def runs(self, stage: Stage) -> tuple[Run, ...]:
        """Every RUN that made the stage, its bases' first."""
        below = self.runs(self.stages[stage.base]) if isinstance(stage.base, int) else ()
        return (*below, *(s for s in stage.steps if isinstance(s, Run)))


@dataclass(frozen=True, slots=True)
class Unparsable:
    """Why Docker would refuse the file."""

    name: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = self.name if self.line is None else f"{self.name} line {self.line}"
        return f"{where} does not parse: {self.message}"


def parse(text: str, name: str = "Dockerfile") -> Dockerfile | Unparsable:
    """The Dockerfile as BuildKit's parser reads it."""
    import dockerfile

    # The parser dies of lone surrogates and stops at a NUL.
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    if "\0" in text or len(text) > MAX_CHARACTERS:
        return Unparsable(name, "it is no text file" if "\0" in text else "it is too long to be one")
    try:
        commands = dockerfile.parse_string(text)
    except ValueError as error:
        return Unparsable(name, str(error), _line_of_error(text))
    if problem := _problem(commands):
        return Unparsable(name, problem[1], problem[0])
    return _Reader(name).read(commands)


def substitute(text: str, values: Mapping[str, str]) -> str:
    """*text* with ``$NAME``, ``${NAME}``, ``${NAME:-word}`` and ``${NAME:+word}`` replaced; an unset name is empty."""

    def value(match: re.Match[str]) -> str:
        braced, operator, word, plain = match.groups()
        if match[0] == r"\$":
            return "$"
        found = values.get(braced or plain, "")
        if operator == "-":
            return found or substitute(word, values)
        if operator == "+":
            return substitute(word, values) if found else ""
        return found

    return _VARIABLE.sub(value, text)


def _line_of_error(text: str) -> int | None:
    import dockerfile

    lines = text.splitlines()[:2000]
    for good in range(len(lines) - 1, 0, -1):
        try:
            dockerfile.parse_string("\n".join(lines[:good]))
        except ValueError:
            continue
        return good + 1
    return None


def _problem(commands: Sequence[Command]) -> tuple[int, str] | None:
    if unnamed := [c for c in commands if not c.cmd]:
        return unnamed[0].start_line, "an instruction without a name"
    for command in commands:
        if command.cmd.upper() not in _KNOWN:
            return command.start_line, f"unknown instruction: {command.cmd[:40]}"
        if command.cmd.upper() == "FROM" and not command.value:
            return command.start_line, "FROM requires either one or three arguments"
        if command.cmd.upper() in {"COPY", "ADD"} and len(command.value) < 2:
            return command.start_line, f"{command.cmd.upper()} requires at least two arguments"
    if not any(c.cmd.upper() == "FROM" for c in commands):
        return 1, "no build stage: there is no FROM"
    first = next(c for c in commands if c.cmd.upper() not in {"ARG"})
    return None if first.cmd.upper() == "FROM" else (first.start_line, "no build stage in current context")


def _reference(name: str, stages: Sequence[Stage]) -> int | str:
    for stage in reversed(stages):
        if stage.name and stage.name.lower() == name.lower():
            return stage.index
    return int(name) if name.isdigit() and int(name) < len(stages) else name


class _Reader:
    """Walks the commands once, with the variables and the folder as they stand at each."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.stages: list[Stage] = []
        self.remote: list[int] = []
        self.arguments: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.environment: dict[str, str] = {}
        self.folder = "/"
        self.steps: list[Copy | Run] = []

    def read(self, commands: Sequence[Command]) -> Dockerfile:
        for command in commands:
            handler = getattr(self, f"_{command.cmd.lower()}", None)
            if handler:
                handler(command)
        self._close()
        return Dockerfile(self.name, tuple(self.stages), tuple(self.remote))

    def _close(self) -> None:
        if self.stages:
            last = self.stages[-1]
            self.stages[-1] = Stage(
                *(last.index, last.name, last.base, last.line),
                steps=tuple(self.steps),
                environment=self.environment,
                folder=self.folder,
            )

    def _from(self, command: Command) -> None:
        self._close()
        image, *rest = command.value
        base = _reference(substitute(image, self.arguments), self.stages)
        parent = self.stages[base] if isinstance(base, int) else None
        name = rest[1] if len(rest) == 2 else None
        self.environment = dict(parent.environment) if parent else {}
        self.values, self.folder = dict(self.environment), parent.folder if parent else "/"
        self.steps = []
        self.stages.append(Stage(len(self.stages), name, base, command.start_line))

    def _arg(self, command: Command) -> None:
        for item in command.value:
            name, given, value = item.partition("=")
            value = substitute(value.strip("\"'"), self.values) if given else self.arguments.get(name, "")
            if not self.stages:
                self.arguments[name] = value
            elif name not in self.environment:
                self.values[name] = value

    def _env(self, command: Command) -> None:
        pairs = zip(command.value[::2], command.value[1::2], strict=False)
        made = {name: substitute(value.strip("\"'"), self.values) for name, value in pairs}
        self.environment |= made
        self.values |= made

    def _workdir(self, command: Command) -> None:
        self.folder = self._absolute(substitute(" ".join(command.value), self.values))

    def _run(self, command: Command) -> None:
        text = " ".join([*command.value, *(h.content for h in command.heredocs)])
        self.steps.append(Run(command.start_line, text, self.folder))

    def _copy(self, command: Command) -> None:
        flags = dict(flag.removeprefix("--").partition("=")[::2] for flag in command.flags)
        excludes = tuple(f.partition("=")[2] for f in command.flags if f.startswith("--exclude="))
        words = [substitute(w if command.json else w.strip("\"'"), self.values) for w in command.value]
        sources = tuple(w for w in words[:-1] if not _inline(w))
        stage = _reference(substitute(flags["from"], self.values), self.stages[:-1]) if "from" in flags else None
        if sources:
            into, target = self._folder(words[-1], len(words) > 2), self._absolute(words[-1])
            parents = flags.get("parents", "false") in {"", "true"}
            text = " ".join(command.original.split())
            self.steps.append(Copy(command.start_line, text, sources, target, into, stage, excludes, parents))

    def _add(self, command: Command) -> None:
        if any(re.match(r"(https?|git|ssh|ftp)://|git@", word) for word in command.value[:-1]):
            self.remote.append(command.start_line)
        else:
            self._copy(command)

    def _absolute(self, path: str) -> str:
        return posixpath.normpath("/" + posixpath.join(self.folder, path).lstrip("/"))

    def _folder(self, written: str, several: bool) -> bool:
        here = self._absolute(written).rstrip("/")
        return several or written.endswith(("/", "/.")) or written == "." or f"{self.folder}/".startswith(f"{here}/")


def _inline(word: str) -> bool:
    return word.startswith("<<")
