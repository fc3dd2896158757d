"""The words of shell scripts, as far as simple commands go; nothing is ever run."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST_LINE = 10_000
_TOKEN = re.compile(
    r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|\$\([^)]*\)|\$\{[^}]*\}|`[^`]*`|\\.|[^\s"'`;|&<>()\\])+|[;|&()]+|[<>]""", re.DOTALL
)
_SKIPPED = frozenset(
    {"until", "while", "if", "elif", "!", "then", "do", "else", "time", "exec", "env", "command", "nohup", "{"}
)
_WITH_USER = frozenset({"gosu", "su-exec", "sudo"})
_LONG = {"host": "h", "port": "p", "username": "U", "dbname": "d", "command": "c", "file": "f", "timeout": "t"}
_LONG_WITH_VALUE = frozenset({*_LONG, "set", "variable", "output", "pset", "field-separator", "log-file"})


def logical(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Lines with their continuations, each with the number of its first one; no comments, no here-documents."""
    pending, first, end = "", 0, None
    for number, line in enumerate(lines, 1):
        if end is not None:
            end = None if line.strip() == end else end
            continue
        if len(line) > LONGEST_LINE or (not pending and line.lstrip().startswith("#")):
            continue
        first = first if pending else number
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        yield first, pending + line
        here = re.search(r"<<-?\s*[\"']?([A-Za-z_]\w*)", pending + line)
        pending, end = "", here[1] if here else None


def is_one_word(raw: str) -> bool:
    """Whether an assignment's right side is all there is on the line, not the prefix of a command."""
    raw = raw.strip()
    return raw.startswith(("$(", '"$(', "`")) or len(_TOKEN.findall(re.split(r"\s#", raw)[0])) <= 1


def commands(line: str) -> Iterator[list[str]]:
    """The words of each simple command of *line*."""
    command: list[str] = []
    for token in _TOKEN.findall(line):
        if token[0] in ";|&()<>":
            yield command
            command = []
        elif token.startswith("#"):
            break
        else:
            command.append(token)
    yield command


def split_prefix(tokens: list[str]) -> tuple[dict[str, str], list[str]]:
    """Assignments before a command, and the command without words that only lead to it."""
    prefix: dict[str, str] = {}
    while tokens:
        if found := re.fullmatch(r"([A-Za-z_]\w*)=(.*)", tokens[0], re.DOTALL):
            prefix[found[1]] = found[2]
            tokens = tokens[1:]
        elif tokens[0] in _SKIPPED:
            tokens = tokens[1:]
        elif tokens[0] in _WITH_USER or (tokens[0] == "timeout" and len(tokens) > 1):
            tokens = tokens[2:]
        else:
            break
    return prefix, tokens


def options(tokens: list[str], with_value: str) -> tuple[dict[str, str], list[str]]:
    """Options with their values by letter, and what is no option."""
    found: dict[str, str] = {}
    rest: list[str] = []
    queue = list(tokens)
    while queue:
        token = queue.pop(0)
        if token == "--":  # noqa: S105 - the end of the options
            break
        if token.startswith("--"):
            name, given, value = token[2:].partition("=")
            if not given and name in _LONG_WITH_VALUE and with_value and queue:
                value = queue.pop(0)
            found[_LONG.get(name, name)] = value
        elif re.fullmatch(r"-[A-Za-z].*", token, re.DOTALL) and with_value:
            _short(token, with_value, queue, found)
        elif not token.startswith("-"):
            rest.append(token)
    return found, rest


def _short(token: str, with_value: str, queue: list[str], found: dict[str, str]) -> None:
    for n, letter in enumerate(token[1:], 2):
        if letter in with_value:
            found[letter] = token[n:] or (queue.pop(0) if queue else "")
            return
        found[letter] = ""


def unquote(raw: str) -> str:
    """*raw* without its quotes."""
    if len(raw) >= 2 and raw[0] == raw[-1] and raw[0] in "\"'":
        return raw[1:-1]
    return raw.replace('"', "").replace("'", "")
