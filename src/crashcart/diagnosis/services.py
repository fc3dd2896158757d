"""Names of services: the same one is written in several ways in one log."""

from __future__ import annotations

from collections.abc import Mapping

from crashcart.tools.expressions import lazy

REPLICA = lazy(r"[-_.]\d{1,4}$")
POD = lazy(r"-[a-f0-9]{8,10}-[a-z0-9]{5}$|-[a-z0-9]{5}$(?<=[0-9][a-z0-9])|-\d{12,}$")
MANAGERS = frozenset(
    [
        *("systemd", "systemd-networkd", "dockerd", "containerd", "kubelet", "kernel", "docker", "podman", "coolify"),
        *("dockercompose", "docker-compose", "CRON", "cron", "init", "supervisord", "k3s", "runc", "pm2", "PM2"),
    ]
)
"""Who tells of other services, not of itself."""
SEPARATORS = ("-", "_", ".", "/")


def base_name(service: str) -> str:
    """*service* without the number of its replica and the name of its pod, in small letters."""
    name = service.strip("/ ").lower()
    return REPLICA.sub("", POD.sub("", name)) or name


def same_service(one: str, other: str) -> bool:
    """Whether both name one service: ``db`` is ``shop-db-1``, and the host ``db.internal``."""
    first, second = base_name(one), base_name(other)
    return bool(first and second) and (first == second or _part_of(first, second) or _part_of(second, first))


def _part_of(short: str, long: str) -> bool:
    return any(long.endswith(mark + short) or (mark == "." and long.startswith(short + mark)) for mark in SEPARATORS)


def own_service(framed: str | None, facts: Mapping[str, str]) -> str:
    """Whose trouble or run a line tells of that *framed* wrote and that names *facts*; empty where nobody says so."""
    speaker = "" if framed is None or framed in MANAGERS else framed
    return speaker or facts.get("service") or facts.get("container") or ""
