"""One line of a log: its bytes as text, without what a terminal would obey, and the command that prints it."""

from __future__ import annotations

from typing import NamedTuple

from crashcart.tools.expressions import lazy

MAX_LINE = 8 * 1024 * 1024
"""Bytes of one line that are read; a problem tells where more was left out."""

ESCAPES = lazy(r"\x1b(?:\[[0-?]{0,32}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,2048}(?:\x07|\x1b\\)|[@-Z\\-_])")
CONTROLS: dict[int, str | None] = dict.fromkeys(
    (*range(9), *range(11, 32), *range(127, 160), *range(0x2028, 0x202F), *range(0x2066, 0x206A)), None
)
CONTROLS[ord("\r")] = " "
WIDE = lazy(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
"""A character that UTF-8 writes with several bytes."""


class LogLine(NamedTuple):
    """One line of a log, without what a terminal would obey."""

    source: str
    """The log's name as the person gave it."""
    number: int
    """1-based."""
    text: str
    view: str | None = None
    """The command that prints the log, where it is no plain file; empty where there is none (standard input)."""

    @property
    def check(self) -> str | None:
        """A command that prints this very line."""
        if self.view == "":
            return None
        sed = f"sed -n {self.number}p"
        return f"{self.view} | {sed}" if self.view else f"{sed} {as_argument(self.source)}"


def as_argument(path: str) -> str:
    """*path* as a shell takes it for a file, also where it looks like an option."""
    import shlex

    return shlex.quote(f"./{path}" if path.startswith("-") else path)


def text_of(raw: bytes) -> str:
    """A line's bytes as clean text: UTF-8, else the letters of Western Europe, if nothing in it is UTF-8."""
    try:
        return clean(raw.decode())
    except UnicodeDecodeError:
        if raw.isascii() or WIDE.search(raw):
            return clean(raw.decode("utf-8", "replace"))
        return clean(raw.decode("cp1252", "replace"))


def clean(text: str) -> str:
    """*text* without escape sequences, control characters and the end of a Windows line."""
    if text.isprintable():
        return text
    text = text.lstrip("\ufeff").rstrip("\r\n")
    return (ESCAPES.sub("", text) if "\x1b" in text else text).translate(CONTROLS)
