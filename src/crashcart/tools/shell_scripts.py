"""Start scripts: which addresses they dial, followed through simple variables; nothing is ever run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from crashcart.model.secret import Secret
from crashcart.model.target import DatabaseUrl, Variables
from crashcart.tools.database_url import DEFAULT_PORT, BadUrl, parse
from crashcart.tools.files import read_text
from crashcart.tools.shell_words import commands, is_one_word, logical, options, split_prefix, unquote

_ASSIGNMENT = re.compile(r"\s*(?:(?:export|local|readonly|declare(?: -\w+)*)\s+)?([A-Za-z_]\w*)=(.*)")
_NAME = re.compile(r"\$\{?([A-Za-z_]\w*)")
_REFERENCE = re.compile(r"\$\{([A-Za-z_]\w*)(?:(:?[-=?])([^}]*)|([^}]*))\}|\$([A-Za-z_]\w*)")
_DEV_TCP = re.compile(r"/dev/tcp/([^/\s\"']+)/([^\s\"';)]+)")
_LIBPQ = {"psql": "cdfFhLopPRTUv", "pg_isready": "dhptU", "createdb": "DEhlOpTU", "pg_dump": "dEfFhjnNpStTUZ"}
_WAITERS = r"wait-for(-it)?(\.sh)?|wait-on|dockerize|wait4x|wait-port"
_DEPTH = 8
_MOST = 200
"""Variables followed for one word, lest a script that doubles its text eight times keeps us busy."""
_LONGEST = 4_096


@dataclass(frozen=True, slots=True)
class Word:
    """What a word of a script stands for: a text, a part of a variable's value, or (both None) nobody knows."""

    text: str | None = None
    part_of: str | None = None
    names: tuple[str, ...] = ()
    """The variables it was read from."""


@dataclass(frozen=True, slots=True)
class ScriptDial:
    """One command of a script that dials a host and port."""

    path: Path
    line: int
    text: str
    """The line as it stands."""
    tool: str
    host: str
    port: int
    host_from: str | None = None
    """The variable that the host comes from; None where it is written out."""
    port_from: str | None = None
    port_given: bool = True
    """False where the tool's own default decides the port."""
    user_given: bool = True
    """False where libpq would take the operating system's user."""
    waits: bool = False
    """It is asked again and again: it stands in a loop, or the tool waits by itself."""
    database: str | None = None
    """What the option for the database stands for; None where it is not given or unknown."""


@dataclass(frozen=True, slots=True)
class _Endpoint:
    tool: str
    host: Word
    port: Word | None
    user_given: bool = True
    database: Word = Word()


def dials(path: Path, variables: Variables) -> tuple[ScriptDial, ...]:
    """Every dial in the script *path* whose host and port can be told. Raises OSError where it cannot be read."""
    lines = read_text(path).splitlines()
    reader, depth = _Reader(variables), 0
    found: list[ScriptDial] = []
    for number, text in logical(lines):
        told = (reader.told(endpoint, path, number, lines[number - 1]) for endpoint in reader.endpoints(text))
        begun, ended = _loops(text)
        found.extend(replace(dial, waits=dial.waits or depth + begun > 0) for dial in told if dial)
        depth = max(0, depth + begun - ended)
        reader.note(text)
    return tuple(found)


def _loops(line: str) -> tuple[int, int]:
    """How many loops the line begins and ends."""
    firsts = [command[0] for command in commands(line) if command]
    return sum(word in ("until", "while", "for") for word in firsts), firsts.count("done")


class _Reader:
    """Follows the assignments of one script from line to line."""

    def __init__(self, variables: Variables) -> None:
        self._variables = variables
        self._assigned: dict[str, str] = {}
        self._budget = 0

    def note(self, line: str) -> None:
        """Remembers an assignment, if the line is nothing else."""
        found = _ASSIGNMENT.match(line)
        if found and is_one_word(found[2]):
            self._assigned[found[1]] = found[2].strip()

    def endpoints(self, line: str) -> Iterator[_Endpoint]:
        for host, port in _DEV_TCP.findall(line):
            yield _Endpoint("/dev/tcp", self.word(host), self.word(port))
        for command in commands(line):
            yield from self._command(command)

    def told(self, endpoint: _Endpoint, path: Path, line: int, text: str) -> ScriptDial | None:
        """The endpoint as a dial, if both its host and its port are known."""
        host = self._part(endpoint.host, "host")
        port = self._part(endpoint.port, "port") if endpoint.port else str(DEFAULT_PORT)
        if not host or not port or not re.fullmatch(r"\d{1,5}", port):
            return None
        return ScriptDial(
            path, line, text, endpoint.tool, host, int(port),
            next(iter(endpoint.host.names), None),
            next(iter(endpoint.port.names), None) if endpoint.port else None,
            endpoint.port is not None, endpoint.user_given,
            re.fullmatch(_WAITERS, endpoint.tool) is not None, self._part(endpoint.database, "database"),
        )  # fmt: skip

    def _part(self, word: Word, part: str) -> str | None:
        if word.text is not None or not word.part_of:
            return word.text
        url = self._url(word.part_of)
        return str(getattr(url, part)) if url else None

    def _url(self, name: str) -> DatabaseUrl | None:
        variable = self._variables.get(name)
        try:
            return parse(variable) if variable else None
        except BadUrl:
            return None

    def word(self, raw: str, depth: int = 0) -> Word:
        """What *raw* stands for."""
        self._budget = _MOST if depth == 0 else self._budget - 1
        text = unquote(raw.strip())
        if self._budget < 0 or len(text) > _LONGEST:
            return Word()
        if "$(" in text or "`" in text:
            names = [self._root(name) for name in _NAME.findall(text)]
            return Word(part_of=names[0], names=tuple(names)) if names else Word()
        parts, position, words = "", 0, []
        for found in _REFERENCE.finditer(text):
            words.append(self._reference(found, depth))
            if words[-1].text is None:
                return words[-1]
            parts += text[position : found.start()] + words[-1].text
            position = found.end()
        names_of = tuple(name for word in words for name in word.names)
        rest = text[position:]
        known = "$" not in rest and len(parts) <= _LONGEST
        return Word(parts + rest, names=names_of) if known else Word()

    def _reference(self, found: re.Match[str], depth: int) -> Word:
        name = found[1] or found[5]
        if found[4]:
            return Word(part_of=self._root(name), names=(self._root(name),))
        if depth < _DEPTH and name in self._assigned and name not in _NAME.findall(self._assigned[name]):
            return self.word(self._assigned[name], depth + 1)
        if variable := self._variables.get(name):
            return Word(variable.value.reveal(), names=(name,))
        default = found[3] if found[2] and not found[2].endswith("?") else self._own_default(name)
        return self.word(default, depth + 1) if default is not None and depth < _DEPTH else Word()

    def _own_default(self, name: str) -> str | None:
        """The default in ``NAME=${NAME:-default}``."""
        own = re.search(rf"\$\{{{name}:?[-=]([^}}]*)\}}", self._assigned.get(name, ""))
        return own[1] if own else None

    def _root(self, name: str) -> str:
        """The variable from outside that *name* was made from."""
        for _ in range(_DEPTH):
            made_from = _NAME.findall(self._assigned.get(name, ""))
            if not made_from or made_from[0] == name:
                break
            name = made_from[0]
        return name

    def _command(self, tokens: list[str]) -> Iterator[_Endpoint]:
        prefix, tokens = split_prefix(tokens)
        if not tokens:
            return
        tool = unquote(tokens[0]).rpartition("/")[2]
        if tool in _LIBPQ:
            yield from self._libpq(tool, tokens[1:], prefix)
        elif tool in ("nc", "ncat", "netcat"):
            yield from self._netcat(tool, tokens[1:])
        elif re.fullmatch(_WAITERS, tool):
            yield from self._waiter(tool, tokens[1:])

    def _libpq(self, tool: str, tokens: list[str], prefix: Mapping[str, str]) -> Iterator[_Endpoint]:
        given, rest = options(tokens, _LIBPQ[tool])
        target = given.get("d") or (rest[0] if rest and tool == "psql" else "")
        url = self._url_of(self.word(target)) if target else None
        host = self._chosen(given.get("h"), "PGHOST", prefix)
        port = self._chosen(given.get("p"), "PGPORT", prefix)
        user = given.get("U") or prefix.get("PGUSER") or self._variables.get("PGUSER") or self._assigned.get("PGUSER")
        if url and not host:
            names = self.word(target).names
            yield _Endpoint(tool, Word(url.host, names=names), Word(str(url.port), names=names), bool(url.user))
        elif host:
            yield _Endpoint(tool, host, port, bool(user), self.word(target) if target else Word())

    def _url_of(self, word: Word) -> DatabaseUrl | None:
        if word.text is None or not re.match(r"postgres(ql)?://|\w+=", word.text):
            return None
        try:
            return parse(Secret(word.text, "connection string of a script"))
        except BadUrl:
            return None

    def _chosen(self, option: str | None, name: str, prefix: Mapping[str, str]) -> Word | None:
        """An option, else the variable libpq reads in its place."""
        raw = (
            option or prefix.get(name) or (f"${name}" if name in self._assigned or self._variables.get(name) else None)
        )
        return self.word(raw) if raw else None

    def _netcat(self, tool: str, tokens: list[str]) -> Iterator[_Endpoint]:
        _, rest = options(tokens, "wiGqsp")
        if len(rest) >= 2:
            yield _Endpoint(tool, self.word(rest[0]), self.word(rest[1]))

    def _waiter(self, tool: str, tokens: list[str]) -> Iterator[_Endpoint]:
        given, rest = options(tokens, "htpT" if tool.startswith("wait-for") else "")
        if host := given.get("h"):
            yield _Endpoint(tool, self.word(host), self.word(given.get("p", "")))
        for token in rest:
            found = re.fullmatch(r"(?:tcp:(?://)?)?(.+):([^:/]+)", unquote(token))
            if found and not found[1].startswith(("http", "unix", "file")):
                yield _Endpoint(tool, self.word(found[1]), self.word(found[2]))
