"""Output of commands that are really run; programs that are not here are stood in for by scripts."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from crashcart.model.errors import UnavailableError
from crashcart.staging.accident import Capture
from crashcart.staging.template import fill

_SECONDS = 60


def run(capture: Capture, project: Path, stand_ins: Path, psql: Path | None, names: Mapping[str, str]) -> str:
    """What the command says on both streams, in the order of its lines. Raises UnavailableError where it never ends."""
    path = [stand_ins, *([psql.parent] if psql else []), "/usr/local/bin", "/usr/bin", "/bin"]
    variables = {name: fill(value, names).rstrip("\n") for name, value in capture.variables.items()}
    try:
        done = subprocess.run(
            [fill(part, names).rstrip("\n") for part in capture.command],
            cwd=project / capture.folder,
            env={
                "PATH": os.pathsep.join(map(str, path)),
                "LC_ALL": "C",
                "TZ": "UTC",
                "HOME": str(stand_ins),
                **variables,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"{capture.command[0]} did not end within {_SECONDS} s") from None
    return "\n".join(done.stdout.splitlines()[: capture.keep])


def find_psql(preferred: Path | None = None) -> Path | None:
    """PostgreSQL's own client: beside the server in use, with another server of this machine, or on the path."""
    from crashcart.tools.postgres_server import find_binaries

    folders = [*([preferred] if preferred else []), *(binaries.bin for binaries in find_binaries())]
    beside = (folder / "psql" for folder in folders)
    on_path = shutil.which("psql")
    found = [path for path in (*beside, *([Path(on_path)] if on_path else [])) if os.access(path, os.X_OK)]
    return found[0] if found else None
