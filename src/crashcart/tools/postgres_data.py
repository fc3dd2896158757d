"""Fresh data directories, copied from one that initdb made the first time."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from crashcart.model.errors import UnavailableError
from crashcart.tools.postgres_binaries import Binaries, cache_directory, own_directory

_INITDB_SECONDS = 120


def new_data(binaries: Binaries, data: Path, owner: int | None) -> None:
    """Make *data* a data directory that belongs to the uid *owner*; one that is there already stays as it is."""
    if (data / "PG_VERSION").exists():
        return
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    template = _template(binaries)
    if template and template.is_dir():
        shutil.copytree(template, data, dirs_exist_ok=True)
        data.chmod(0o700)
        _give(data, owner)
        return
    _give(data, owner)
    _initdb(binaries, data, owner)
    if template:
        _keep(data, template)


def _template(binaries: Binaries) -> Path | None:
    """Where the first data directory of these very binaries is kept; None where no place can be trusted."""
    seen = (binaries.bin / "postgres").stat()
    name = f"{binaries.version}-{seen.st_size:x}-{seen.st_mtime_ns:x}"
    try:
        own_directory(cache_directory(), 0o755)
        template = own_directory(cache_directory() / "data", 0o700) / name
        return own_directory(template, 0o700) if template.exists() else template
    except (UnavailableError, OSError):
        return None


def _initdb(binaries: Binaries, data: Path, owner: int | None) -> None:
    options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--wal-segsize=1"]
    if binaries.major >= 18:
        options.append("--no-data-checksums")
    groups: list[int] | None = None if owner is None else []
    done = subprocess.run(
        [binaries.bin / "initdb", *options, "-D", data],
        user=owner, group=owner, extra_groups=groups,
        cwd="/", env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": str(data)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
        timeout=_INITDB_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        raise UnavailableError(f"{binaries} cannot make a data directory: {done.stderr.strip()[-1000:]}")


def _keep(data: Path, template: Path) -> None:
    """Keep a copy of *data* for next time; nothing is lost where that fails."""
    staged = Path(tempfile.mkdtemp(dir=template.parent))
    with suppress(OSError, shutil.Error):
        shutil.copytree(data, staged, dirs_exist_ok=True)
        staged.rename(template)
    shutil.rmtree(staged, ignore_errors=True)


def _give(data: Path, owner: int | None) -> None:
    if owner is None:
        return
    for path in (data, *data.rglob("*")):
        os.chown(path, owner, owner, follow_symlinks=False)
