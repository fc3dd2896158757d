"""A log that was saved as a web page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crashcart.tools.expressions import lazy
from crashcart.tools.logs.blocks import cut
from crashcart.tools.logs.streams import Block, Note, Parts

BEGINS = lazy(rb"(?:\xef\xbb\xbf)?\s{0,200}<(?:!doctype html|html|pre)\b", re.IGNORECASE)
TAG = lazy(r"<(?:/?[A-Za-z!][^<>]{0,2000})>")


def recognises(head: bytes) -> object:
    return BEGINS.match(head)


def blocks(parts: Parts, note: Note, size: int) -> tuple[Iterator[Block], None]:
    """The page's lines without its tags, with the characters that stand for others turned back."""
    return (Block(_text(data), None) for data in cut(parts, note, size)), None


def _text(data: bytes) -> bytes:
    import html

    lines = data.decode("utf-8", "surrogateescape").split("\n")
    shown = (html.unescape(TAG.sub("", line)).replace("\n", " ") for line in lines)
    return "\n".join(shown).encode("utf-8", "surrogateescape")
