"""What is reckoned once and read many times: files of this user alone, where any doubt is a miss."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from contextlib import suppress

from crashcart import __version__

MAX_BYTES = 64 * 1024 * 1024
KEPT = 8
"""Files of one kind; older ones are removed."""
HASH = 32


def key(kind: str, *parts: bytes | str) -> str:
    """A name for what follows from *parts* with this crashcart, this Python and this machine."""
    digest = hashlib.sha256()
    for part in (__version__, sys.version, os.uname().machine, *parts):
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return f"{kind}-{digest.hexdigest()[:40]}"


def load(name: str) -> bytes | None:
    """What was stored under *name*; None where there is nothing, or nothing to be trusted."""
    with suppress(OSError):
        folder = _folder()
        return _checked(_read(os.path.join(folder, name))) if folder else None  # noqa: PTH118 - pathlib costs 8 ms
    return None


def save(name: str, payload: bytes) -> None:
    """Keep *payload* under *name*, all or nothing. What hinders that hinders nothing else."""
    with suppress(OSError):
        if folder := _folder():
            temporary = os.path.join(folder, f".{name}.{os.getpid()}")  # noqa: PTH118
            _write(temporary, hashlib.sha256(payload).digest() + payload)
            os.replace(temporary, os.path.join(folder, name))  # noqa: PTH105, PTH118
            _prune(folder, name.partition("-")[0])


def _folder() -> str | None:
    """The cache of this user, made where it is missing; none where somebody else could write to it."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # noqa: PTH117
        base = os.path.join(os.environ.get("HOME", ""), ".cache")  # noqa: PTH118
    if not os.path.isabs(base):  # noqa: PTH117
        return None
    folder = os.path.join(base, "crashcart")  # noqa: PTH118
    if not os.path.isdir(folder):  # noqa: PTH112
        os.makedirs(folder, 0o700, exist_ok=True)  # noqa: PTH103
    return folder if _own(os.lstat(folder)) and stat.S_ISDIR(os.lstat(folder).st_mode) else None


def _own(state: os.stat_result) -> bool:
    return state.st_uid == os.geteuid() and not state.st_mode & 0o022


def _read(path: str) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode) or not _own(state) or state.st_size > MAX_BYTES:
            return b""
        with open(handle, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(handle)


def _checked(raw: bytes) -> bytes | None:
    payload = raw[HASH:]
    return payload if payload and hashlib.sha256(payload).digest() == raw[:HASH] else None


def _write(path: str, raw: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "wb", closefd=False) as file:
            file.write(raw)
    except OSError:
        os.unlink(path)  # noqa: PTH108
        raise
    finally:
        os.close(handle)


def _prune(folder: str, kind: str) -> None:
    with os.scandir(folder) as entries:
        files = [(entry.stat(follow_symlinks=False).st_mtime, entry.path) for entry in entries if _of(entry.name, kind)]
    for _, path in sorted(files)[:-KEPT]:
        os.unlink(path)  # noqa: PTH108


def _of(name: str, kind: str) -> bool:
    return name.lstrip(".").startswith(f"{kind}-")
