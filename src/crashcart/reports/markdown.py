"""Markdown that holds text from anywhere and lets none of it act as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from crashcart.tools.redaction import joined, redact

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#])")
_WORD = re.compile(r"(?<=[A-Za-z0-9])\\_(?=[A-Za-z0-9])")
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_CELL = 500


def prose(text: str) -> str:
    """*text* on one line, shown as it is; what it puts between backticks becomes a code span that it cannot leave."""
    line = " ".join(redact(text).split())
    # Every other part is one that the pattern caught.
    parts = [code(part) if n % 2 else _plain(part) for n, part in enumerate(_SPAN.split(line))]
    return re.sub(r"^([-+]|\d+[.)])(?=\s)", r"\\\1", "".join(parts))


def _plain(text: str) -> str:
    return _WORD.sub("_", _SPECIAL.sub(r"\\\1", text))


def code(*parts: str) -> str:
    """*parts* on one line, in a code span that they cannot end."""
    line = " ".join(joined(*parts).split())
    if not line:
        return ""
    line = line if len(line) <= _CELL else f"{line[:_CELL]} …"
    ticks = "`" * (_longest_run(line) + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def fence(text: str, language: str = "") -> str:
    """*text* verbatim, in a fenced block that it cannot end."""
    body = redact(text).rstrip("\n")
    marks = "`" * max(3, _longest_run(body) + 1)
    return f"{marks}{language}\n{body}\n{marks}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; a bar inside a cell stays inside it."""
    lines = [head, ["---"] * len(head), *([_cell(c) for c in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
