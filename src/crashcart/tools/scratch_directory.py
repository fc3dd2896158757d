"""Directories for one process each: private, locked while in use, swept up later where the process was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PREFIX = "crashcart-pg-"
_MEMORY = Path("/dev/shm")  # noqa: S108 -- made with mkdtemp, and much quicker than a disk
_ROOMY = 512 << 20


@dataclass(frozen=True, slots=True)
class ScratchDirectory:
    """A directory that this process alone uses."""

    path: Path
    lock: int
    """A descriptor; the kernel lets go of the lock when the process ends, however it ends."""

    @classmethod
    def new(cls) -> ScratchDirectory:
        """A new one, after sweeping up those of processes that were killed."""
        _sweep()
        while True:
            path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_place()))
            if os.geteuid() == 0:
                path.chmod(0o711)
            lock = _locked(path)
            if lock is not None:
                return cls(path, lock)

    def remove(self) -> None:
        """Delete it with all it holds. Harmless when repeated."""
        if self.path.exists():
            shutil.rmtree(self.path, ignore_errors=True)
            with suppress(OSError):
                os.close(self.lock)


def _place() -> Path:
    """Memory where there is plenty; else ``/tmp`` rather than a longer path: a socket's may have 107 bytes."""
    with suppress(OSError):
        room = os.statvfs(_MEMORY)
        if room.f_bavail * room.f_frsize >= _ROOMY and os.access(_MEMORY, os.W_OK):
            return _MEMORY
    return Path("/tmp")  # noqa: S108 -- only as the parent for mkdtemp


def _locked(path: Path) -> int | None:
    """The lock of *path*; None where a sweep was quicker."""
    file = path / "lock"
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), file.stat()):
            return descriptor
    os.close(descriptor)
    return None


def _sweep() -> None:
    for path in _abandoned():
        shutil.rmtree(path, ignore_errors=True)


def _abandoned() -> Iterator[Path]:
    """Directories of this user whose lock nobody holds; the lock is held while the caller deletes one."""
    for path in (*_MEMORY.glob(PREFIX + "*"), *Path("/tmp").glob(PREFIX + "*")):  # noqa: S108
        with suppress(OSError):
            if path.lstat().st_uid != os.geteuid() or not (path / "lock").exists():
                continue
            lock = _locked(path)
            if lock is not None:
                yield path
                os.close(lock)
