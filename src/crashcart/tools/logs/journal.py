"""What journalctl writes: its export format, and messages that its JSON holds as numbers."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

from crashcart.tools.expressions import lazy
from crashcart.tools.logs.blocks import cut
from crashcart.tools.logs.lines import MAX_LINE
from crashcart.tools.logs.streams import BLOCK, Block, Joined, Note, Parts

MAX_FIELD = 4096
"""Bytes of a field that is no message."""
WANTED = frozenset(
    (b"__REALTIME_TIMESTAMP", b"PRIORITY", b"_HOSTNAME", b"_SYSTEMD_UNIT", b"SYSLOG_IDENTIFIER", b"_COMM", b"_PID")
)
NUMBERS = lazy(rb'("MESSAGE"\s?:\s?)\[([\d, ]{1,4000000})\]')


def recognises_export(head: bytes) -> bool:
    return head.startswith((b"__CURSOR=", b"__REALTIME_TIMESTAMP="))


def recognises_json(head: bytes) -> bool:
    return head.startswith(b"{") and b'"__REALTIME_TIMESTAMP"' in head.split(b"\n", 1)[0]


def json_blocks(parts: Parts, note: Note, size: int) -> tuple[Iterator[Block], None]:
    """The lines, with a message that is written as its bytes' numbers (one with colours, say) as text."""
    return (Block(NUMBERS.sub(_text, data), None) for data in cut(parts, note, size)), None


def _text(match: re.Match[bytes]) -> bytes:
    try:
        message = bytes(map(int, match[2].split(b",")))
    except ValueError:
        return match[0]
    return match[1] + json.dumps(message.decode("utf-8", "replace")).encode()


def export_blocks(parts: Parts, note: Note, _size: int) -> tuple[Iterator[Block], None]:
    """Each line of each message as journalctl prints it; its number is that of the line in the export."""
    return _blocks(_Export(parts, note)), None


def _blocks(export: _Export) -> Iterator[Block]:
    lines: list[bytes] = []
    numbers: list[int] = []
    size = 0
    for number, line in export.lines():
        lines.append(line + b"\n")
        numbers.append(number)
        size += len(line)
        if size >= BLOCK:
            yield Block(b"".join(lines), numbers)
            lines, numbers, size = [], [], 0
    if lines:
        yield Block(b"".join(lines), numbers)


class _Export:
    """The fields of entries, one after the other."""

    def __init__(self, parts: Parts, note: Note) -> None:
        self._stream = io.BufferedReader(cast(io.RawIOBase, Joined(parts)), BLOCK)
        self._note = note
        self._number = 0
        """Line ends that were read."""

    def lines(self) -> Iterator[tuple[int, bytes]]:
        fields: dict[bytes, bytes] = {}
        message, at = b"", 0
        while name := self._field():
            key, start, value = name
            if key == b"MESSAGE":
                message, at = value, start
            elif key in WANTED:
                fields[key] = value[:MAX_FIELD]
            elif not key:
                yield from _told(fields, message, at)
                fields, message, at = {}, b"", 0
        yield from _told(fields, message, at)

    def _field(self) -> tuple[bytes, int, bytes] | None:
        """Name, number of the value's first line, and value; a nameless one ends an entry; None at the end."""
        line = self._line()
        if not line:
            return None
        key, equals, value = line.partition(b"=")
        if equals or line == b"\n":
            return key.strip(), self._number, value.removesuffix(b"\n")
        return key.strip(), *self._binary()

    def _line(self) -> bytes:
        line = self._stream.readline(MAX_LINE)
        while len(line) == MAX_LINE and not line.endswith(b"\n"):
            rest = self._stream.readline(MAX_LINE)
            self._note(f"a field of more than {MAX_LINE} bytes was not read whole")
            if len(rest) < MAX_LINE or rest.endswith(b"\n"):
                break
        self._number += bool(line)
        return line

    def _binary(self) -> tuple[int, bytes]:
        """A value with its length before it, which may hold line ends."""
        head = self._stream.read(8)
        start = self._number + head.count(b"\n") + 1
        left = int.from_bytes(head, "little") + 1
        value = self._stream.read(min(left, MAX_LINE))
        self._number += head.count(b"\n") + value.count(b"\n")
        left -= len(value)
        while left > 0 and (part := self._stream.read(min(left, BLOCK))):
            left -= len(part)
            self._number += part.count(b"\n")
        if left > 0:
            self._note("ends within a field")
        return start, value.removesuffix(b"\n")


def _told(fields: dict[bytes, bytes], message: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    head = _head(fields)
    for number, line in enumerate(io.BytesIO(message), at):
        yield number, head + line.removesuffix(b"\n")


def _head(fields: dict[bytes, bytes]) -> bytes:
    """Priority, time, host, unit and process, as syslog has them."""
    micros = fields.get(b"__REALTIME_TIMESTAMP", b"")
    unit = fields.get(b"_SYSTEMD_UNIT", b"").removesuffix(b".service")
    name = fields.get(b"SYSLOG_IDENTIFIER") or unit or fields.get(b"_COMM") or b"unknown"
    priority = fields.get(b"PRIORITY", b"")
    before = b"<%b>" % priority if priority.isdigit() and len(priority) == 1 else b""
    host = fields.get(b"_HOSTNAME") or b"localhost"
    return before + b"%b %b %b[%b]: " % (_time(micros), host, name, fields.get(b"_PID", b"0"))


def _time(micros: bytes) -> bytes:
    try:
        seconds, fraction = divmod(int(micros), 1_000_000)
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:06d}Z".encode()
    except (ValueError, OverflowError, OSError):
        return b"1970-01-01T00:00:00Z"
