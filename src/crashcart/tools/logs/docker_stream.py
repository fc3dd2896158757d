"""What Docker's API sends of a container's log: both streams in one, each piece after its stream and its length."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from crashcart.tools.logs.blocks import cut
from crashcart.tools.logs.docker_local import VIEW, Reader
from crashcart.tools.logs.lines import MAX_LINE
from crashcart.tools.logs.streams import Block, Note, Parts

HEADER = struct.Struct(">B3xI")
ENOUGH = 3
"""Pieces by which such a stream is known, if it has so many."""


def recognises(head: bytes) -> bool:
    """Whether *head* is pieces, one after the other, as far as it goes."""
    at = 0
    for _ in range(ENOUGH):
        if at >= len(head) or len(head) - at < HEADER.size:
            break
        stream, size = HEADER.unpack_from(head, at)
        if stream > 2 or head[at + 1 : at + 4] != b"\0\0\0" or not 0 < size <= MAX_LINE:
            return False
        if b"\0" in head[at + HEADER.size : at + HEADER.size + size]:
            return False
        at += HEADER.size + size
    return at > 0


def blocks(parts: Parts, note: Note, size: int) -> tuple[Iterator[Block], str]:
    """The lines of both streams in the order in which they came."""
    return (Block(data, None) for data in cut(_pieces(parts, note), note, size)), VIEW


def _pieces(parts: Parts, note: Note) -> Parts:
    reader = Reader(parts)
    while head := reader.take(HEADER.size):
        stream, size = HEADER.unpack(head) if len(head) == HEADER.size else (0, -1)
        if stream > 2 or not 0 <= size <= MAX_LINE:
            note(f"damaged, or cut off, at byte {reader.taken - len(head)}; the rest was not read")
            return
        piece = reader.take(size)
        yield piece
        if len(piece) < size:
            note("ends within a piece")
