"""A page of text: wrapped at a width, with hanging indents, in colour or without any escape."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from crashcart.tools.redaction import joined

_LINES = 40
"""More lines of one piece of evidence than these help nobody at a terminal."""
_CHARACTERS = 600
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}


class Page:
    """Collects lines; every part of a text is redacted by itself as it comes in.

    Composed of several parts, the name of a log or of a column does not make a secret of what is said about it.
    """

    def __init__(self, *, width: int = 80, color: bool = False) -> None:
        self._width = max(40, width)
        self._color = color
        self._lines: list[str] = []

    def result(self) -> str:
        """All lines, none with blanks at its end."""
        return "\n".join(self._lines).strip("\n") + "\n"

    def blank(self) -> None:
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def heading(self, title: str) -> None:
        """A title over a rule of its length, readable without colour."""
        self.blank()
        self.text(title, style="bold")
        self.text("─" * min(len(title), self._width), style="dim")

    def text(self, *parts: str, indent: int = 0, style: str = "") -> None:
        """A paragraph."""
        self._hang("", parts, indent, indent, style)

    def item(self, head: str, *parts: str, indent: int = 0, style: str = "") -> None:
        """A marked paragraph; what follows the first line stands under its text, not under the mark."""
        hanging = indent + min(len(head) + 1, 4)
        self._hang(f"{head} ", parts, indent, hanging, style)

    def verbatim(self, *parts: str, indent: int = 0, style: str = "") -> None:
        """Lines that are not wrapped, so that they can be copied."""
        for line in shortened(joined(*parts)):
            self._lines.append(" " * indent + self._painted(line.expandtabs(4).rstrip(), style) if line.strip() else "")

    def _hang(self, head: str, parts: Sequence[str], indent: int, hanging: int, style: str) -> None:
        for n, paragraph in enumerate(_paragraphs(joined(*parts))):
            start, mark = (indent, head) if n == 0 else (hanging, "")
            first, *rest = wrapped(mark + paragraph, self._width - start, self._width - hanging)
            self._lines.append(" " * start + self._painted(first, style) if first else "")
            self._lines += [" " * hanging + self._painted(line, style) for line in rest]

    def _painted(self, text: str, style: str) -> str:
        codes = ";".join(_CODES[word] for word in style.split())
        return f"\x1b[{codes}m{text}\x1b[0m" if self._color and codes and text else text


def wrapped(text: str, width: int, rest: int) -> list[str]:
    """*text* as lines of at most *width* columns, all but the first of at most *rest*; broken at blanks if possible."""
    lines = [""]
    for word in _pieces(text, max(1, min(width, rest))):
        room = width if len(lines) == 1 else rest
        if not lines[-1] or cells(lines[-1]) + 1 + cells(word) <= room:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
        else:
            lines.append(word)
    return lines


def _pieces(text: str, width: int) -> Iterator[str]:
    """The words of *text*, those cut that are wider than *width*."""
    for word in text.split():
        piece, used = "", 0
        for letter in word if cells(word) > width else ():
            if used + cells(letter) > width:
                yield piece
                piece, used = "", 0
            piece, used = piece + letter, used + cells(letter)
        yield piece or word


def cells(text: str) -> int:
    """How many columns of a terminal *text* takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def shortened(text: str) -> list[str]:
    """The lines of *text*, the first of them where there are many, the beginnings of the long ones."""
    lines = text.rstrip().split("\n")
    shown = [line if len(line) <= _CHARACTERS else f"{line[:_CHARACTERS]} …" for line in lines[:_LINES]]
    return [*shown, f"… {len(lines) - _LINES} more lines"] if len(lines) > _LINES else shown


def _paragraphs(text: str) -> list[str]:
    """*text* without the line ends of its source; blank lines part paragraphs."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip())]
