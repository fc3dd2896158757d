"""A fault's TOML file as a value, with errors that say what to change."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

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
CODE = re.compile(r"[a-z0-9][a-z0-9_-]*\.[a-z0-9][a-z0-9-]*")


class Table:
    """One table of a fault file; knows where it stands, so that an error can name it."""

    def __init__(self, values: Mapping[str, object], path: Path, place: str = "") -> None:
        self._values = values
        self._path = path
        self._place = place
        self._seen: set[str] = set()

    def wrong(self, key: str, cure: str) -> NoReturn:
        """Raises UsageError that names file and key."""
        raise UsageError(f"{self._path}: {self._place}{key}: {cure}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, "give it a text, such as " + f'{key} = "…"')
        return value.strip()

    def optional(self, key: str) -> str | None:
        self._seen.add(key)
        return self.text(key) if key in self._values else None

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        value = self._take(key, None if required else [])
        if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
            self.wrong(key, f"give it a list of texts, such as {key} = ['…']")
        if required and not value:
            self.wrong(key, "give it at least one text")
        return tuple(value)

    def flag(self, key: str) -> bool:
        value = self._take(key, False)
        if not isinstance(value, bool):
            self.wrong(key, "write true or false")
        return value

    def items(self, key: str) -> list[object]:
        value = self._take(key, [])
        if not isinstance(value, list):
            self.wrong(key, "give it a list")
        return value

    def tables(self, key: str) -> Iterator[Table]:
        for n, item in enumerate(self.items(key), 1):
            if not isinstance(item, dict):
                self.wrong(key, f"write it as [[{key}]]")
            yield Table(item, self._path, f"{key} {n}: ")

    def finish(self) -> None:
        """Complains about keys that nobody asked for: most are slips of the pen."""
        for key in self._values.keys() - self._seen:
            self.wrong(key, f"no such key; known here: {', '.join(sorted(self._seen))}")

    def _take(self, key: str, default: object) -> object:
        self._seen.add(key)
        value = self._values.get(key, default)
        if value is None:
            self.wrong(key, "missing")
        return value


def read_fault(path: Path, *, built_in: bool) -> Fault:
    """The fault in *path*. Raises UsageError when it is malformed. Patterns of built-in rooms are left to the tests."""
    table = Table(_toml(path), path)
    expected = f"{path.parent.name}.{path.stem}"
    code = table.text("code", expected)
    if code != expected or not CODE.fullmatch(code):
        table.wrong("code", f"the file's folder and name say {expected}; use the same, as family.kebab-words")
    fault = Fault(
        code=code,
        title=table.text("title"),
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


def _toml(path: Path) -> Mapping[str, object]:
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_BYTES:
            raise UsageError(f"{path}: larger than {MAX_BYTES // 1024} KiB; a fault file is a few lines")
        return tomllib.loads(raw.decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: not readable as TOML: {error}") from error


def _severity(table: Table) -> Severity:
    word = table.text("severity")
    if word not in Severity.__members__:
        table.wrong("severity", f"{word} is none; use P0 (down), P1 (next deployment fails), P2 (broken), P3 (to know)")
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
        return Example(item)
    if not isinstance(item, dict) or not isinstance(item.get("line"), str):
        table.wrong("matches", 'write a text, or { line = "…", facts = { host = "db" } }')
    facts = item.get("facts", {})
    if not isinstance(facts, dict) or not all(isinstance(value, str) for value in facts.values()):
        table.wrong("matches", 'facts are texts by name, such as { host = "db" }')
    return Example(item["line"], facts)


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
        groups = re.compile(pattern).groupindex
    except re.error as error:
        table.wrong(key, f"{pattern!r} is no regular expression: {error}")
    for name in groups.keys() - FACTS:
        table.wrong(key, f"a group may not be called {name}; known names: {', '.join(sorted(FACTS))}")
