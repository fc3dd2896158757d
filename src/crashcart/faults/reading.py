"""A fault's TOML file as a value, with errors that say what to change."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn, TypeVar

from crashcart.faults.patterns import BadPatternError, compiled
from crashcart.model.errors import UsageError
from crashcart.model.fault import Example, Fault, Refutation, Severity, Trace

FACTS = frozenset(
    [
        *("host", "port", "user", "database", "url", "variable", "service", "container"),
        *("module", "importer", "file", "line", "path", "package", "version"),
        *("migration", "table", "column", "schema", "relation", "lock", "name"),
        *("code", "status", "reason", "attempt"),
    ]
)
"""The names that a pattern's groups may have."""

MAX_BYTES = 256 * 1024
MAX_ITEMS = 200
"""Entries of one list: keywords, patterns, examples, codes."""
MAX_TEXT = 4000
"""Characters of one text."""
CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}\.[a-z0-9][a-z0-9-]{0,99}")
OBEYED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Characters that a terminal would obey, or that nobody sees."""


T = TypeVar("T")


class FaultFileError(UsageError):
    """A fault's file is malformed; says where, and what to write."""

    def __init__(self, path: Path, key: str, problem: str, cure: str) -> None:
        super().__init__(": ".join(part for part in (str(path), key, problem) if part), advice=cure)
        self.key = key
        self.problem = problem


class Table:
    """One table of a fault file; knows where it stands, so that an error can name it."""

    def __init__(self, values: Mapping[str, object], path: Path, place: str = "") -> None:
        self._values = values
        self._path = path
        self._place = place
        self._seen: set[str] = set()

    def wrong(self, key: str, problem: str, cure: str) -> NoReturn:
        """Raises FaultFileError."""
        raise FaultFileError(self._path, f"{self._place}{key}", problem, cure)

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, "is no text", f'write {key} = "…"')
        return self.bounded(key, value).strip()

    def optional(self, key: str) -> str | None:
        self._seen.add(key)
        return self.text(key) if key in self._values else None

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        value = self._take(key, None if required else [])
        if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
            self.wrong(key, "is no list of texts", f"write {key} = ['…']")
        if required and not value:
            self.wrong(key, "is empty", "give it at least one text")
        return tuple(self.bounded(key, text) for text in self._few(key, value))

    def flag(self, key: str) -> bool:
        value = self._take(key, False)
        if not isinstance(value, bool):
            self.wrong(key, "is neither true nor false", "write one of them, without quotes")
        return value

    def items(self, key: str) -> list[object]:
        value = self._take(key, [])
        if not isinstance(value, list):
            self.wrong(key, "is no list", f"write {key} = […]")
        return self._few(key, value)

    def bounded(self, key: str, text: str) -> str:
        """*text*. Raises FaultFileError where it is too long, or holds what a terminal would obey."""
        if len(text) > MAX_TEXT:
            self.wrong(key, f"a text of {len(text)} characters", f"keep it to {MAX_TEXT}")
        if found := OBEYED.search(text):
            self.wrong(key, f"holds the control character U+{ord(found[0]):04X}", "take it out")
        return text

    def _few(self, key: str, items: list[T]) -> list[T]:
        if len(items) > MAX_ITEMS:
            self.wrong(key, f"a list of {len(items)}", f"keep it to {MAX_ITEMS}, or write two faults")
        return items

    def tables(self, key: str) -> Iterator[Table]:
        for n, item in enumerate(self.items(key), 1):
            if not isinstance(item, dict):
                self.wrong(key, "is no table", f"write it as [[{key}]], its keys below")
            yield Table(item, self._path, f"{key} {n}: ")

    def finish(self) -> None:
        """Complains about keys that nobody asked for: most are slips of the pen."""
        for key in sorted(self._values.keys() - self._seen):
            known = sorted(self._seen)
            close = get_close_matches(key, known, 1)
            cure = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
            self.wrong(key[:80], "no such key", cure)

    def _take(self, key: str, default: object) -> object:
        self._seen.add(key)
        value = self._values.get(key, default)
        if value is None:
            self.wrong(key, "missing", f"add {key}")
        return value


def read_fault(path: Path, *, built_in: bool, flat: bool = False) -> Fault:
    """The fault in *path*. Raises FaultFileError. Patterns of built-in rooms are left to the tests.

    A *flat* file stands in no folder of its family: its code is what it says, else ``own.`` and the file's name.
    """
    table = Table(_toml(path), path)
    fault = Fault(
        code=_code(table, path, flat=flat),
        title=_line(table, "title"),
        severity=_severity(table),
        why=table.text("why"),
        remedy=table.text("remedy"),
        explains=table.texts("explains"),
        traces=tuple(_trace(t, check=not built_in) for t in table.tables("trace")),
        refuted_by=tuple(_refutation(t, check=not built_in) for t in table.tables("refuted_by")),
        check=table.optional("check"),
        aliases=table.texts("aliases"),
        wrapper=table.flag("wrapper"),
        origin="built-in" if built_in else str(path),
    )
    table.finish()
    return fault


def _code(table: Table, path: Path, *, flat: bool) -> str:
    expected = f"{'own' if flat else path.parent.name}.{path.stem}"
    code = table.text("code", expected)
    if code != expected and not flat:
        table.wrong("code", f"folder and name of the file say {expected}", "use the same, or move the file")
    if not CODE.fullmatch(code):
        cure = 'write code = "family.kebab-words"' if flat else "rename folder and file"
        table.wrong("code", f"{code[:200]} is no code, which is family.kebab-words in small letters", cure)
    return code


def _line(table: Table, key: str) -> str:
    text = table.text(key)
    if "\n" in text:
        table.wrong(key, "has several lines", "write it on one")
    return text


def _toml(path: Path) -> Mapping[str, object]:
    try:
        if not path.is_file():
            raise FaultFileError(path, "", "is no file", "put a file there, or take it away")
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise FaultFileError(
                path, "", f"larger than {MAX_BYTES // 1024} KiB", "a fault takes a few lines: write several files"
            )
        return tomllib.loads(raw.decode("utf-8"))
    # Python's limits on numbers and on nesting are no TOMLDecodeError.
    except (OSError, ValueError, RecursionError) as error:
        cure = "correct that line; texts stand in quotes, patterns in 'single ones'"
        raise FaultFileError(path, "", f"not readable as TOML: {str(error)[:300]}", cure) from error


def _severity(table: Table) -> Severity:
    word = table.text("severity")
    if word not in Severity.__members__:
        table.wrong(
            "severity", f"{word[:80]} is none", "use P0 (down), P1 (next deployment fails), P2 (broken), P3 (to know)"
        )
    return Severity(word)


def _trace(table: Table, *, check: bool) -> Trace:
    trace = Trace(
        keywords=table.texts("keywords", required=True),
        patterns=table.texts("patterns", required=True),
        matches=tuple(_example(item, table) for item in table.items("matches")),
        misses=table.texts("misses"),
    )
    table.finish()
    if check:
        for pattern in trace.patterns:
            _check_pattern(pattern, table, "patterns")
    return trace


def _example(item: object, table: Table) -> Example:
    if isinstance(item, str):
        return Example(table.bounded("matches", item))
    if not isinstance(item, dict) or not isinstance(item.get("line"), str):
        table.wrong("matches", "holds what is no example", 'write a text, or { line = "…", facts = { host = "db" } }')
    facts = item.get("facts", {})
    if not isinstance(facts, dict) or not all(isinstance(value, str) for value in facts.values()):
        table.wrong("matches", "facts are texts by name", 'write them as { host = "db", port = "5432" }')
    return Example(table.bounded("matches", item["line"]), facts)


def _refutation(table: Table, *, check: bool) -> Refutation:
    refutation = Refutation(
        pattern=table.text("pattern"),
        because=table.text("because"),
        keywords=table.texts("keywords", required=True),
        earlier=table.flag("earlier"),
    )
    table.finish()
    if check:
        _check_pattern(refutation.pattern, table, "pattern")
    return refutation


def _check_pattern(pattern: str, table: Table, key: str) -> None:
    try:
        groups = compiled(pattern, built_in=False).groupindex
    except BadPatternError as error:
        table.wrong(key, f"{pattern[:200]!r} is no regular expression here: {error}", error.cure)
    for name in sorted(groups.keys() - FACTS):
        table.wrong(key, f"a group may not be called {name}", f"known names: {', '.join(sorted(FACTS))}")
