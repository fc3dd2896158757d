"""One postgres process: how it is started, and how it ends with this one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from crashcart.model.secret import Secret
from crashcart.tools.postgres_binaries import NOBODY, Binaries

FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "64MB",
    "shared_buffers": "16MB",
    "max_connections": "20",
    "max_worker_processes": "0",
    "max_logical_replication_workers": "0",
    "max_parallel_workers": "0",
    "jit": "off",
    "dynamic_shared_memory_type": "mmap",
    "restart_after_crash": "off",
}

# The kernel ends a server when the *thread* that started it ends, so all are started by one that stays.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="postgres-starter")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens, and for whom."""

    sockets: Path
    port: int
    tcp: bool
    password: Secret | None
    data: Path


def owner() -> int | None:
    """The uid of the servers, where it is not this process's own."""
    return NOBODY if os.geteuid() == 0 else None


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def spawn(
    binaries: Binaries, place: Place, settings: Mapping[str, str], output: IO[bytes], home: Path
) -> subprocess.Popen[bytes]:
    """Start the server of *place*; what it says goes to *output*."""
    wanted = {
        "listen_addresses": "127.0.0.1" if place.tcp else "",
        "unix_socket_directories": str(place.sockets),
        "port": str(place.port),
        **({"io_method": "sync"} if binaries.major >= 18 else {}),
        **settings,
    }
    options = [part for name, value in wanted.items() for part in ("-c", f"{name}={value}")]
    uid = owner()
    groups: list[int] | None = None if uid is None else []
    return _starter.submit(
        subprocess.Popen,
        [str(binaries.bin / "postgres"), "-D", str(place.data), *options],
        user=uid, group=uid, extra_groups=groups,
        preexec_fn=_die_with_parent(),
        stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        cwd="/", env=environment(home), start_new_session=True,
    ).result()  # fmt: skip


def environment(home: Path) -> dict[str, str]:
    """All that a server learns of this process's environment."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": str(home)}


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux, the call by which a server is ended together with this process, however that ends."""
    if sys.platform != "linux":
        return None
    import ctypes
    import signal

    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def bind() -> None:
        prctl(1, signal.SIGQUIT)
        if os.getppid() != parent:
            os._exit(1)

    return bind
