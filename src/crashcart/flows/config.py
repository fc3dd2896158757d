"""Reads ``crashcart.toml``, and says what to change where it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from crashcart.model.config import App, Build, Config, Database, FaultsConfig, Ignore, Source, VariablesConfig
from crashcart.model.errors import UsageError
from crashcart.model.finding import Finding

FILE = "crashcart.toml"
MAX_BYTES = 1024 * 1024
LATER = ("platform", "verify", "watch")
"""Sections of commands that read them themselves."""


def load(path: Path | None, project: Path) -> Config:
    """The configuration in *path*, else in the project's ``crashcart.toml``, else none.

    Raises UsageError that names file and key, and what to write there.
    """
    file = path or project / FILE
    if path is None and not file.exists():
        return Config()
    return _config(_File(file), _tables(file))


def ignored(findings: Iterable[Finding], config: Config, today: date) -> tuple[dict[str, Ignore], tuple[str, ...]]:
    """What a person chose not to hear about, by id of the finding; and the choices whose last day is over."""
    chosen = {ignore.fault: ignore for ignore in config.faults.ignore if not _over(ignore, today)}
    expired = [ignore for ignore in config.faults.ignore if _over(ignore, today)]
    found = tuple(findings)
    notes = [
        f"{ignore.fault} counts again: it was to be ignored until {ignore.until} ({ignore.reason})"
        for ignore in expired
        if any(f.fault == ignore.fault for f in found)
    ]
    return {f.id: chosen[f.fault] for f in found if f.fault in chosen}, tuple(notes)


def _over(ignore: Ignore, today: date) -> bool:
    return ignore.until is not None and ignore.until < today


class _File(NamedTuple):
    path: Path

    def wrong(self, key: str, problem: str, cure: str) -> NoReturn:
        raise UsageError(f"{self.path}: {key}: {problem}", advice=cure)

    def known(self, place: str, given: Iterable[str], keys: Iterable[str]) -> None:
        from difflib import get_close_matches

        keys = sorted(keys)
        for key in given:
            if key not in keys:
                close = get_close_matches(key, keys, 1)
                cure = f"did you mean {close[0]}?" if close else f"known here: {', '.join(keys)}"
                self.wrong(f"{place}{key}", "unknown key", cure)


def _tables(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        with file.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1)
        if len(text) > MAX_BYTES:
            raise UsageError(f"{file}: larger than {MAX_BYTES} bytes", advice="is this the right file?")
        return tomllib.loads(text.decode())
    except FileNotFoundError:
        raise UsageError(
            f"{file}: no such file", advice="name an existing file, or let crashcart init write one"
        ) from None
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", advice="name a file that can be read") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file}: not UTF-8", advice="save it as UTF-8, as TOML asks") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file}: not TOML: {error}", advice="correct that line; texts stand in quotes") from None


Reader = Callable[[_File, str, Any], Any]


def _text(file: _File, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        file.wrong(key, f"expected a text, found {value!r}", f'write {key.rpartition(" ")[2]} = "…"')
    return value


def _texts(file: _File, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        file.wrong(key, f"expected a list of texts, found {value!r}", f'write {key.rpartition(" ")[2]} = ["…"]')
    return tuple(_text(file, key, item) for item in value)


def _pairs(file: _File, key: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        file.wrong(key, "expected a table of texts", 'write expect = { NODE_ENV = "production" }')
    return dict(value)


def _ignores(file: _File, key: str, value: Any) -> tuple[Ignore, ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        file.wrong(
            key, "expected a list of tables", 'write ignore = [{ fault = "…", reason = "…", until = 2030-01-31 }]'
        )
    return tuple(_ignore(file, f"{key}[{n}] ", item) for n, item in enumerate(value, 1))


def _ignore(file: _File, place: str, table: Mapping[str, Any]) -> Ignore:
    file.known(place, table, ("fault", "reason", "until"))
    for key in ("fault", "reason"):
        if key not in table:
            file.wrong(f"{place}{key}", "missing", f'add {key} = "…": what is ignored needs a name and a reason')
    fault, reason = (_text(file, f"{place}{key}", table[key]) for key in ("fault", "reason"))
    return Ignore(fault, reason, _date(file, f"{place}until", table["until"]) if "until" in table else None)


def _date(file: _File, key: str, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        file.wrong(key, f"{value!r} is no date", "write until = 2030-01-31")


SECTIONS: Mapping[str, tuple[Callable[..., Any], Mapping[str, Reader]]] = {
    "app": (App, {"name": _text, "environment": _text}),
    "source": (Source, {"root": _text, "commit": _text}),
    "build": (Build, {"dockerfile": _text, "context": _text, "image": _text}),
    "database": (Database, {"url_env": _text, "schema": _text, "migrations": _text}),
    "variables": (VariablesConfig, {"required": _texts, "expect": _pairs, "files": _texts}),
    "faults": (FaultsConfig, {"folder": _text, "ignore": _ignores}),
}


def _config(file: _File, tables: Mapping[str, Any]) -> Config:
    file.known("", tables, (*SECTIONS, *LATER))
    sections = {name: _section(file, name, tables.get(name, {})) for name in SECTIONS}
    return Config(**sections, path=file.path)


def _section(file: _File, name: str, values: Any) -> Any:
    make, readers = SECTIONS[name]
    if not isinstance(values, dict):
        file.wrong(name, "expected a section", f"write [{name}] on a line of its own, and its keys below")
    file.known(f"[{name}] ", values, readers)
    return make(**{key: readers[key](file, f"[{name}] {key}", value) for key, value in values.items()})
