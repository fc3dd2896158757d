"""Zip and tar archives of logs: each member is a log; nothing of them is ever written under a name of theirs."""

from __future__ import annotations

import io
import re
import shlex
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import BinaryIO, NamedTuple, Self, TypeVar, cast

from crashcart.model.errors import UnavailableError
from crashcart.tools.logs.streams import BLOCK, Joined, Note, Parts, parts_of

MAX_MEMBERS = 10_000
MAX_ZIP = 1 << 30
"""Bytes of a zip archive that comes through a pipe: it is kept in a file without a name, for its list stands last."""
MAX_HEADER = 1 << 20
"""Bytes of a tar archive's header that are believed."""
TAR_BLOCK = 512
T = TypeVar("T")


class Member(NamedTuple):
    """One file of an archive."""

    name: str
    parts: Parts


class Archive(NamedTuple):
    """How one kind of archive is read and shown."""

    members: Callable[[Parts, BinaryIO | None, Note], Iterator[Member]]
    """Takes the archive's bytes, or the file itself where it is one. Raises UnavailableError where it is damaged."""
    view: Callable[[str | None, str, str], str]
    """The command that prints a member: takes what prints the archive, or its name, and the member's name."""


def recognised(head: bytes) -> Archive | None:
    """The kind of archive that begins with *head*."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return ZIP
    try:
        tarfile.TarInfo.frombuf(head[:TAR_BLOCK], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return None
    return TAR


def _unzip(parts: Parts, file: BinaryIO | None, note: Note) -> Iterator[Member]:
    with ExitStack() as opened:
        file = file or _keep(parts, cast(BinaryIO, opened.enter_context(tempfile.TemporaryFile())))
        archive = opened.enter_context(zipfile.ZipFile(file))
        for info in _first(archive.infolist(), note):
            if not info.is_dir():
                yield Member(info.filename, _zipped(archive, info))


def _zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Parts:
    with archive.open(info) as stream:
        yield from parts_of(cast(BinaryIO, stream))


def _keep(parts: Parts, file: BinaryIO) -> BinaryIO:
    """*file* with all *parts*."""
    for part in parts:
        file.write(part)
        if file.tell() > MAX_ZIP:
            raise UnavailableError(
                f"a zip archive of more than {MAX_ZIP} bytes through a pipe", advice="Name the file."
            )
    return file


def _untar(parts: Parts, _file: BinaryIO | None, note: Note) -> Iterator[Member]:
    stream = io.BufferedReader(cast(io.RawIOBase, Joined(parts)), BLOCK)
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header, errorlevel=1) as archive:
        for info in _first(archive, note):
            if info.isreg() and (member := archive.extractfile(info)):
                yield Member(info.name, parts_of(cast(BinaryIO, member)))


class _Header(tarfile.TarInfo):
    """A header that cannot make the library read more than a little for a name."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        header = super().frombuf(buf, encoding, errors)
        if header.type in NAMING and not 0 <= header.size <= MAX_HEADER:
            raise tarfile.HeaderError("its list of names is too long")
        return header


def _first(members: Iterable[T], note: Note) -> Iterator[T]:
    for number, member in enumerate(members):
        if number == MAX_MEMBERS:
            note(f"an archive of more than {MAX_MEMBERS} files; the others were not read")
            return
        yield member


def _unzip_view(view: str | None, name: str, member: str) -> str:
    literal = re.sub(r"([\[\]*?\\])", r"\\\1", member)
    return "" if view is not None else f"unzip -p {shlex.quote(name)} {shlex.quote(literal)}"


def _tar_view(view: str | None, name: str, member: str) -> str:
    tar = f"tar -xOf {'-' if view else shlex.quote(name)} -- {shlex.quote(member)}"
    return f"{view} | {tar}" if view else tar


NAMING = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
ZIP = Archive(_unzip, _unzip_view)
TAR = Archive(_untar, _tar_view)
