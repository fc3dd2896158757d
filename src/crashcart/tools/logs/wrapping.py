"""Text copied from a terminal that broke every line at its width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crashcart.tools.expressions import lazy
from crashcart.tools.logs.blocks import cut
from crashcart.tools.logs.lines import text_of
from crashcart.tools.logs.streams import Block, Note, Parts, peek

NARROWEST, WIDEST = 60, 250
"""Columns of a terminal."""
FEWEST = 3
"""Broken lines that differ in more than numbers, without which a width is chance."""
BEGINS = lazy(
    r"\s{2}|\s?$|\t|\[?\d{4}[-/]\d\d|\[?\d\d:\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:|\{|[\w.-]{1,60} {1,20}\||#\d|at \S|npm "
    r"|> |\$ |[-+*] |\[?[A-Z]{4,8}\]?[: ]|[\w./-]{1,80}: |Caused by|Error|Traceback|File \"|\^"
)
"""How a line begins that goes on no other."""
NUMBER = lazy(r"[0-9a-f]{0,64}\d[0-9a-f]{0,64}")
DRAWN = lazy(r"[|│┃║+┐┘┤*#=_─═-]$|^[|│┃║+┌└├]")
"""Tables, boxes and rules are as wide as one another by themselves."""


def recognises(head: bytes) -> bool:
    return width(head) is not None


def blocks(parts: Parts, note: Note, size: int) -> tuple[Iterator[Block], None]:
    """The lines before they were broken; the number of each is that of its first part."""
    head, parts = peek(parts)
    return _joined(cut(parts, note, size), width(head) or WIDEST), None


def width(head: bytes) -> int | None:
    """The column at which all longer lines of a text are broken; None where it is not sure."""
    lines = [text_of(line) for line in head.split(b"\n")[:-1]]
    widest = max(map(len, lines), default=0)
    if not NARROWEST <= widest <= WIDEST:
        return None
    broken = [index for index in range(len(lines) - 1) if len(lines[index]) == widest]
    going_on = [index for index in broken if _goes_on(lines[index], lines[index + 1])]
    nearly = sum(widest - 20 <= len(line) < widest for line in lines)
    sure = len({NUMBER.sub("0", lines[index]) for index in going_on}) >= FEWEST and len(going_on) * 4 >= len(broken) * 3
    return widest if sure and nearly <= len(going_on) * 2 else None


def _goes_on(line: str, following: str) -> bool:
    """Whether *following* is the rest of *line*, which is as wide as the terminal."""
    if BEGINS.match(following) or DRAWN.search(line) or following[:6] == line[:6]:
        return False
    return len(set(line)) > 8


def _joined(blocks: Iterator[bytes], columns: int) -> Iterator[Block]:
    held: list[bytes] = []
    number = first = 0
    for data in blocks:
        lines: list[bytes] = []
        numbers: list[int] = []
        for raw in data.split(b"\n")[:-1]:
            number += 1
            if held and not _follows(held, raw, columns):
                lines.append(b"".join(held))
                numbers.append(first)
                held = []
            first = first if held else number
            held.append(raw.rstrip(b"\r"))
        if lines:
            yield Block(b"".join(line + b"\n" for line in lines), numbers)
    if held:
        yield Block(b"".join(held) + b"\n", [first])


def _follows(held: Sequence[bytes], raw: bytes, columns: int) -> bool:
    last = text_of(held[-1])
    return len(last) == columns and len(held) < 100 and _goes_on(last, text_of(raw))
