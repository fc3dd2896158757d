"""Unpacks gzip, Zstandard, xz and bzip2 part by part: members one after the other, damaged ones as far as they go."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple, Protocol, cast

from crashcart.tools.logs.streams import Note, Parts

UNPACKED = 128 * 1024
"""Bytes that are unpacked at once, so that a bomb stays small."""
LOSS = 16
"""What part of the text before it may be lost at most, where one is damaged: a small one is unpacked in small steps."""
MAX_LZMA = 128 * 1024 * 1024
"""Bytes of memory that an xz stream may ask for."""


class Member(Protocol):
    """One member of a compressed stream, as the standard library's decompressors have it."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class Codec(NamedTuple):
    """How one kind of compression is known, unpacked and shown."""

    magic: bytes
    member: Callable[[], Member]
    command: str


def codec(head: bytes) -> Codec | None:
    """The compression of what begins with *head*."""
    found = next((each for each in CODECS if head.startswith(each.magic)), None)
    return None if found and found.magic == b"BZh" and not (head[3:4].isdigit() and head[4:10] in BZIP_NEXT) else found


def unpack(parts: Parts, kind: Codec, note: Note) -> Parts:
    """What *parts* hold, as far as it can be unpacked; *note* takes why it ends before its time."""
    member, size, total = kind.member(), 1024, 0
    waiting = b""
    while True:
        if member.eof:
            waiting = (member.unused_data + waiting).lstrip(b"\0") or next(parts, b"").lstrip(b"\0")
            if not waiting and (waiting := _past_padding(parts)) == b"":
                return
            member = kind.member()
        if member.needs_input and not waiting and not (waiting := next(parts, b"")):
            note("it ends too early")
            return
        try:
            data, waiting = member.decompress(waiting, size), b""
        except Exception as error:  # noqa: BLE001 - every library has errors of its own, and none an ancestor but this
            note(str(error) or type(error).__name__)
            return
        total += len(data)
        size = max(1024, min(UNPACKED, total // LOSS))
        if data:
            yield data


def _past_padding(parts: Parts) -> bytes:
    return next((part for each in parts if (part := each.lstrip(b"\0"))), b"")


def _gzip() -> Member:
    try:
        from isal import igzip_lib
    except ImportError:
        return _Zlib()
    return cast(Member, igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_GZIP))


class _Zlib:
    """zlib's decompressor with the interface of the others."""

    def __init__(self) -> None:
        import zlib

        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._member.eof

    @property
    def needs_input(self) -> bool:
        return not self._member.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._member.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._member.decompress(self._member.unconsumed_tail + data, max_length)


def _zstd() -> Member:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return cast(Member, zstd.ZstdDecompressor())


def _xz() -> Member:
    import lzma

    return lzma.LZMADecompressor(memlimit=MAX_LZMA)


def _bzip2() -> Member:
    import bz2

    return bz2.BZ2Decompressor()


BZIP_NEXT = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
CODECS = (
    Codec(b"\x1f\x8b", _gzip, "zcat"),
    Codec(b"\x28\xb5\x2f\xfd", _zstd, "zstdcat"),
    Codec(b"\xfd7zXZ\0", _xz, "xzcat"),
    Codec(b"BZh", _bzip2, "bzcat"),
)
