"""What works in a connection string, yet often not as its writer thinks."""

from __future__ import annotations

from crashcart.model.target import DatabaseUrl
from crashcart.tools.database_url import SSL_MODES


def lint(url: DatabaseUrl) -> tuple[str, ...]:
    """Sentences about what works, yet often not as its writer thinks."""
    rules = (_lint_ssl, _lint_pooler, _lint_limits, _lint_hosts)
    return tuple(sentence for rule in rules if (sentence := rule(url)))


def _lint_ssl(url: DatabaseUrl) -> str | None:
    mode = url.parameters.get("sslmode")
    if mode and mode.lower() not in SSL_MODES:
        return f"sslmode={mode[:20]} is not one that libpq knows ({', '.join(SSL_MODES)})"
    if mode == "disable" and "." in url.host and not _is_private(url.host):
        return f"sslmode=disable sends everything in clear text to {url.host}"
    return None


def _is_private(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host.endswith((".local", ".internal", ".lan"))


def _lint_pooler(url: DatabaseUrl) -> str | None:
    if url.parameters.get("pgbouncer") == "true":
        return (
            "pgbouncer=true: meant for a transaction pooler; Prisma's migrations need a direct connection (directUrl)"
        )
    if "pooler" in url.host:
        return f"{url.host} is a pooler: without pgbouncer=true Prisma's prepared statements may collide there"
    return None


def _lint_limits(url: DatabaseUrl) -> str | None:
    timeout = url.parameters.get("connect_timeout")
    if timeout is not None and (not timeout.isdigit() or int(timeout) == 0):
        return f"connect_timeout={timeout[:20]} makes some clients wait for ever"
    if url.parameters.get("connection_limit") == "0":
        return "connection_limit=0 leaves the pool without a single connection"
    return None


def _lint_hosts(url: DatabaseUrl) -> str | None:
    if "," in url.parameters.get("host", ""):
        return f"names several hosts; only the first, {url.host}, is asked here"
    if not url.database:
        return f"names no database: clients take the one called like the user ({url.user or 'of the operating system'})"
    return None
