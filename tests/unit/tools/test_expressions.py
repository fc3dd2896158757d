from __future__ import annotations

import marshal
import re
import subprocess
import sys
from pathlib import Path

import pytest

from crashcart.tools import expressions, store

SOURCES: list[tuple[str | bytes, int]] = [
    (r"(?P<host>[\w.-]{1,99}):(?P<port>\d{1,5})(?!\d)", 0),
    (r"(?i:straße|ſ)[à-ü]{2,3}?(a|b)?\1", re.IGNORECASE),
    (rb"^\x1b\[[0-9;]{0,16}m(?P<text>.*)$", re.MULTILINE | re.DOTALL),
    (r"[\w.\-]++(?<!x)$", re.IGNORECASE),
]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(expressions, "_new", {})
    _forget()


def _forget() -> None:
    expressions.compiled.cache_clear()
    expressions._known.cache_clear()


def _same(source: str | bytes, flags: int) -> None:
    mine, own = expressions.compiled(source, flags), re.compile(source, flags)
    assert mine == own
    assert (mine.flags, mine.groups, dict(mine.groupindex)) == (own.flags, own.groups, dict(own.groupindex))


def test_what_is_kept_is_what_python_compiles() -> None:
    for source, flags in SOURCES:
        _same(source, flags)
    expressions.keep()
    _forget()
    assert len(expressions._known()) == len(SOURCES)
    for source, flags in SOURCES:
        _same(source, flags)


def test_nothing_is_compiled_before_it_is_used() -> None:
    bad = expressions.lazy("(")
    assert bad.pattern == "("
    with pytest.raises(re.error):
        bad.search("x")
    good = expressions.lazy(r"b(?P<x>c)", re.IGNORECASE)
    match = good.search("aBC")
    assert match
    assert match["x"] == "C"
    assert good.sub(r"\1", "abc") == "ac"
    assert good.flags == re.compile("", re.IGNORECASE).flags


@pytest.mark.parametrize("raw", [b"", b"nonsense", b"\xe3\x01\x00\x00\x00"])
def test_a_spoilt_cache_is_a_miss(raw: bytes) -> None:
    store.save(expressions._name(), raw)
    for source, flags in SOURCES:
        _same(source, flags)


@pytest.mark.parametrize("code", [b"\xff\0\0\0" * 9, b"\x01\0\0"])
def test_code_that_is_none_is_not_run(code: bytes) -> None:
    source, flags = SOURCES[0]
    store.save(expressions._name(), marshal.dumps({(source, flags): (32, code, 2, {}, (None, None, None))}))
    _same(source, flags)


def test_too_much_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "MAX_KEPT", 10)
    expressions.compiled("abc", 0)
    expressions.keep()
    _forget()
    assert not expressions._known()


def test_the_command_keeps_what_it_translated(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text('2026-11-24T10:00:00Z FATAL:  role "app" does not exist\n')
    done = subprocess.run([sys.executable, "-m", "crashcart", "triage", log], capture_output=True, check=False)
    assert done.returncode == 3
    known = expressions._known()
    assert len(known) > 20
    assert all(expressions.compiled(source, flags) == re.compile(source, flags) for source, flags in known)
