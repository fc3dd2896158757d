"""A page of text: wrapped at a width, with hanging indents, in colour or without any escape."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.text import Text

from crashcart.tools.redaction import joined

_LINES = 40
"""More lines of one piece of evidence than these help nobody at a terminal."""
_CHARACTERS = 600


class Page:
    """Collects lines; every part of a text is redacted by itself as it comes in.

    Composed of several parts, the name of a log or of a column does not make a secret of what is said about it.
    """

    def __init__(self, *, width: int = 80, color: bool = False) -> None:
        self._width = max(40, width)
        self._file = StringIO()
        self._console = Console(
            file=self._file,
            width=self._width,
            force_terminal=color,
            no_color=not color,
            color_system="standard" if color else None,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            _environ={},
        )

    def result(self) -> str:
        """All lines, none with blanks at its end."""
        return "\n".join(line.rstrip() for line in self._file.getvalue().strip("\n").split("\n")) + "\n"

    def blank(self) -> None:
        if not self._file.getvalue().endswith("\n\n"):
            self._console.print()

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
        self._hang(f"{head} ", parts, indent, hanging, "", style)

    def verbatim(self, *parts: str, indent: int = 0, style: str = "") -> None:
        """Lines that are not wrapped, so that they can be copied."""
        for line in shortened(joined(*parts)):
            self._print(Text(" " * indent) + Text(line.expandtabs(4), style=style))

    def _hang(
        self, head: str, parts: Sequence[str], indent: int, hanging: int, style: str, head_style: str = ""
    ) -> None:
        for n, paragraph in enumerate(_paragraphs(joined(*parts))):
            whole = Text(head if n == 0 else "", style=head_style) + Text(paragraph, style=style)
            start = indent if n == 0 else hanging
            first, *rest = whole.wrap(self._console, self._width - start) or [Text("")]
            self._print(Text(" " * start) + first)
            for line in rest:
                line.rstrip()
            for line in Text(" ").join(rest).wrap(self._console, self._width - hanging) if rest else ():
                self._print(Text(" " * hanging) + line)

    def _print(self, line: Text) -> None:
        line.rstrip()
        self._console.print(line, soft_wrap=True)


def shortened(text: str) -> list[str]:
    """The lines of *text*, the first of them where there are many, the beginnings of the long ones."""
    lines = text.rstrip().split("\n")
    shown = [line if len(line) <= _CHARACTERS else f"{line[:_CHARACTERS]} …" for line in lines[:_LINES]]
    return [*shown, f"… {len(lines) - _LINES} more lines"] if len(lines) > _LINES else shown


def _paragraphs(text: str) -> list[str]:
    """*text* without the line ends of its source; blank lines part paragraphs."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip())]
