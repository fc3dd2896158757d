"""Tells the encoding of a log by its first bytes, and whether it is text at all."""

from __future__ import annotations

import codecs

from crashcart.model.errors import UnavailableError
from crashcart.tools.expressions import lazy
from crashcart.tools.logs.streams import Parts

LOOK = 8192
"""Bytes that must do to know the encoding."""
FEW = 8
"""Control characters that even a short text may hold."""
BINARY = bytes(set(range(32)) - set(b"\t\n\r\x1b\b\f"))
HOLE = lazy(rb"(?:\A|(?<=\n))\0{64,}")
"""What is left where a log was truncated while it was written to."""
BOMS = (
    (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32-le"), (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"),
)  # fmt: skip


def encoding(head: bytes, name: str) -> str:
    """``utf-8`` also for every encoding that shares its line ends. Raises UnavailableError for what is no text."""
    head = HOLE.sub(b"", head[:LOOK]) or b" "
    marked = next((found for bom, found in BOMS if head.startswith(bom)), None)
    found = marked or _by_zeros(head)
    if not found and _is_binary(head):
        raise UnavailableError(f"{name}: binary, not a log", advice="Give the log as text, packed or not.")
    return found or "utf-8"


def _by_zeros(head: bytes) -> str | None:
    """Where every second byte, or three of four, is zero."""
    for width, letter, found in ((4, 0, "utf-32-le"), (4, 3, "utf-32-be"), (2, 0, "utf-16-le"), (2, 1, "utf-16-be")):
        letters = head[letter::width]
        zeros = b"".join(head[at::width] for at in range(width) if at != letter)
        if letters and zeros.count(0) > len(zeros) * 0.7 and letters.count(0) < len(letters) * 0.1:
            return None if _is_binary(letters) else found
    return None


def _is_binary(head: bytes) -> bool:
    """Many control characters; in a short file, or beside bytes that no UTF-8 text holds, fewer are many."""
    controls = len(head) - len(head.translate(None, BINARY))
    strange = head.decode("utf-8", "replace").count("\N{REPLACEMENT CHARACTER}") if controls else 0
    return controls > FEW + len(head) * 0.04 or (controls + strange) * 4 > len(head)


def as_utf8(parts: Parts, encoding: str) -> Parts:
    """The same text in UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for part in parts:
        yield decoder.decode(part).encode()
    yield decoder.decode(b"", final=True).encode()
