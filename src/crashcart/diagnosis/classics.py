"""Lines that look like trouble and are none: what a server tells of the probes and tools that ask it."""

from __future__ import annotations

import re

from crashcart.diagnosis.sieve import Match
from crashcart.model.fault import Refutation
from crashcart.tools.expressions import lazy

SERVER_LINE = lazy(
    r"^(?:\d{4}-\d\d-\d\d [\d:.,]{8,15} ?(?:[A-Z]{2,5}|[+-]\d\d(?::?\d\d)?)? ?(?:\[[^\]\n]{1,40}\]:?)?[^\n]{0,80}? ?)?"
    r"(?:FATAL|ERROR|LOG|DETAIL):  "
)
"""As the PostgreSQL server writes; its clients put their own words before it."""
PROBE_USER = Refutation(
    pattern="",
    because="Only the server tells it, of somebody who asks as {user}, as a health check does that names no user.",
)
OWN_LEDGER = Refutation(
    pattern="",
    because="A migration tool asks in this way whether its own table is there already, and makes it where it is not.",
)
LEDGERS = lazy(
    r"^(?:\w{1,60}\.)?\W{0,2}(?:schema_migrations?|alembic_version|_prisma_migrations|django_migrations|flyway_schema_history|databasechangelog(?:lock)?"
    r"|knex_migrations(?:_lock)?|sequelizemeta|migrations?|typeorm_metadata|goose_db_version|__efmigrationshistory|ar_internal_metadata"
    r"|pgmigrations|__drizzle_migrations|atlas_schema_revisions|migrations_lock|_sqlx_migrations|__diesel_schema_migrations|schema_version|gorp_migrations)\W{0,2}$",
    re.IGNORECASE,
)


def server_side(message: str) -> bool:
    """Whether the PostgreSQL server itself wrote *message*."""
    return SERVER_LINE.match(message) is not None


MYSQL_PROBE = lazy(
    r"\[(?:Warning|Note)\][^\n]{0,80}Access denied for user '(?:root|healthcheck)'@'(?:localhost|127\.0\.0\.1|::1)'"
    r" \(using password: NO\)"
)


def classic(match: Match, message: str) -> Refutation | None:
    """Why *match* in *message*, out of its frame, is harmless in itself; None where it may be trouble."""
    if match.fault == "mysql.access-denied" and MYSQL_PROBE.search(message):
        return PROBE_USER
    if not server_side(message):
        return None
    if match.fault in ("postgres.role-missing", "postgres.auth-failed") and match.facts.get("user") == "root":
        return PROBE_USER
    if match.fault == "db.relation-missing":
        name = match.facts.get("relation") or match.facts.get("table") or ""
        return OWN_LEDGER if LEDGERS.match(name) else None
    return None
