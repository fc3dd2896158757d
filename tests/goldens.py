"""Reports compared with kept ones, after what differs from run to run and from machine to machine is taken out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

_RULES = (
    # The story's own times are all of 2025; any other is of this run.
    (r"\b20(?!25)\d\d-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?UTC|Z|[+-]\d\d:?\d\d)?", "<time>"),
    (r"\[\d+\](?= (?:LOG|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|CONTEXT|STATEMENT):  )", "[<pid>]"),
    (r"([Pp]rocess) \d+", r"\1 <pid>"),
    (r"\b(?:local|embedded) PostgreSQL \d[\w.]*", "<shadow>"),
    (r"PostgreSQL \d[\w.]*(?: \([^)]*\))?", "PostgreSQL <version>"),
    (r'("took_ms": )\d+', r"\g<1>0"),
    (r"\b\d+(?:\.\d+)? (ms|s)\b", r"<n> \1"),
    (r"line: Some\(\d+\)", "line: Some(<n>)"),
    (r'("version": )"[^"]*"', r'\1"<version>"'),
    (r"─{3,}", "───"),
)

# These come in the order in which the server keeps them, which differs between versions.
_DRIFT = re.compile(r"(?:^  ≠ .*\n)+", re.MULTILINE)


def normalise(text: str, names: Mapping[str, str], folder: Path, commits: Sequence[str]) -> str:
    """*text* with ports, paths, commits, times, durations and versions replaced by words."""
    for n, sha in enumerate(commits, 1):
        text = re.sub(rf"\b{sha[:7]}[0-9a-f]{{0,33}}\b", f"<commit {n}>", text)
    text = text.replace(str(folder.resolve()), "<place>").replace(str(folder), "<place>")
    for name in ("database", "closed", "silent"):
        if port := names.get(f"{name}.port"):
            text = re.sub(rf"\b{port}\b", f"<{name} port>", text)
    # Where 5432 is taken, another address is dialled.
    text = text.replace(names["dialled.option"] or "\0", "").replace(names["dialled.host"], "127.0.0.1")
    text = re.sub(rf"\b{names['dialled.port']}\b", "5432", text)
    for pattern, words in _RULES:
        text = re.sub(pattern, words, text)
    return _DRIFT.sub(lambda lines: "".join(sorted(lines[0].splitlines(keepends=True))), text)


def compare(text: str, golden: Path, request: pytest.FixtureRequest) -> None:
    """Fail where *text* is not what *golden* holds; with ``--update-goldens`` write it there instead."""
    if request.config.getoption("update_goldens", default=False):
        golden.write_text(text, encoding="utf-8")
    kept = golden.read_text(encoding="utf-8") if golden.exists() else ""
    if text != kept:
        lines = difflib.unified_diff(kept.splitlines(), text.splitlines(), str(golden), "told now", lineterm="", n=1)
        pytest.fail("\n".join(lines) + "\nIf this is right: pytest tests/accidents --update-goldens", pytrace=False)
