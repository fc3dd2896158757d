"""Env files, in what Compose and the dotenv libraries have in common; bad lines are told, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

LONGEST = 1_000_000
"""Bytes of an env file that are read; what is larger is none."""

_NAME = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.\-]*)[ \t]*(=)?[ \t]*")
_QUOTED = {
    "'": re.compile(r"'([^']*)'"),
    '"': re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL),
    "`": re.compile(r"`([^`]*)`"),
}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}
_REFERENCE = re.compile(r"(?<!\\)\$\{([A-Za-z_]\w*)(?:(:?-)([^}]*))?\}|(?<!\\)\$([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One assignment of an env file."""

    name: str
    value: str
    line: int
    """1-based line on which it begins."""
    raw: str = ""
    """That line as it stands."""


def read(path: Path, shown: str, known: Mapping[str, str]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Entries and problems of the env file *path*, called *shown* in the problems; *known* serves interpolation."""
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        return (), (f"{shown} cannot be read: {error.strerror}",)
    if len(data) > LONGEST:
        return (), (f"{shown} is larger than {LONGEST} bytes and was not read",)
    text, problem = _decode(data)
    if text is None:
        return (), (f"{shown} {problem}",)
    entries, problems = parse(text, known)
    return entries, tuple(f"{shown} {p}" for p in (problem,) if p) + tuple(f"{shown}:{p}" for p in problems)


def _decode(data: bytes) -> tuple[str | None, str | None]:
    """The text, and what is odd about its encoding."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), "is UTF-16, which no env file reader understands"
    if b"\0" in data:
        return None, "is binary, not an env file"
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        return data.decode("latin-1"), f"is not UTF-8 (byte {error.start}); it was read as Latin-1"


def parse(text: str, known: Mapping[str, str]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Entries and problems (``LINE what is wrong``, without values)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    entries: list[Entry] = []
    problems: list[str] = []
    values = dict(known)
    for entry, literal, problem in _assignments(lines, problems):
        value = entry.value if literal else _interpolate(entry.value, values)
        values.setdefault(entry.name, value)
        entries.append(replace(entry, value=value))
        if problem:
            problems.append(problem)
    return tuple(entries), tuple(problems)


def _assignments(text: str, problems: list[str]) -> Iterator[tuple[Entry, bool, str | None]]:
    position, line = 0, 1
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        raw = text[position:end]
        found = _NAME.match(raw)
        if raw.strip() and not raw.lstrip().startswith("#") and (not found or not found[2]):
            problems.append(f"{line} is no NAME=value")
        elif found and found[2]:
            value, literal, stop, problem = _value(text, position + found.end(), end)
            yield Entry(found[1], value, line, raw), literal, f"{line} {problem}" if problem else None
            line += text.count("\n", position, stop)
            end = text.find("\n", stop)
            end = len(text) if end < 0 else end
        position, line = end + 1, line + 1


def _value(text: str, start: int, end: int) -> tuple[str, bool, int, str | None]:
    """The value that begins at *start*, whether it is literal, where it ends, and what is odd about it."""
    quote = text[start : start + 1]
    if quote not in _QUOTED:
        return _unquoted(text[start:end]), False, end, None
    found = _QUOTED[quote].match(text, start)
    if not found:
        return _unquoted(text[start:end]), True, end, f"has an opening {quote} without a closing one"
    behind = text.find("\n", found.end())
    rest = text[found.end() : behind if behind >= 0 else len(text)].strip()
    problem = f"goes on after its closing {quote}" if rest and not rest.startswith("#") else None
    if quote != '"':
        return found[1], True, found.end(), problem
    return re.sub(r"\\(.)", _unescape, found[1], flags=re.DOTALL), False, found.end(), problem


def _unescape(found: re.Match[str]) -> str:
    # An escaped dollar keeps its backslash until interpolation has passed it by.
    return found[0] if found[1] == "$" else _ESCAPES.get(found[1], found[0])


def _unquoted(raw: str) -> str:
    return "" if raw.startswith("#") else re.split(r"\s#", raw, maxsplit=1)[0].strip()


def _interpolate(value: str, known: Mapping[str, str]) -> str:
    """*value* with what is known put in; a reference that leads nowhere stays as it stands."""
    return _REFERENCE.sub(lambda m: _referred(m, known), value).replace("\\$", "$")


def _referred(found: re.Match[str], known: Mapping[str, str]) -> str:
    name = found[1] or found[4]
    value = known.get(name)
    if found[2] and (value is None or (found[2] == ":-" and not value)):
        return str(found[3])
    return found[0] if value is None else value
