"""Above the ladder: what the app's own, working connection says to the log's complaints about the database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from crashcart.model.finding import Claim, Outcome, Passed, Unknown
from crashcart.model.target import DatabaseUrl, Target
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import endpoint, psql, seen
from crashcart.probes.postgres._ladder import NETWORK_FAULTS, same_place, standing, url_of
from crashcart.tools import compose
from crashcart.tools.database_url import BadUrl, parse
from crashcart.tools.hands import Hands
from crashcart.tools.shell_scripts import dials

PASSING = (
    *NETWORK_FAULTS,
    *("postgres.connection-terminated", "postgres.starting-up", "postgres.crash-recovery"),
    *(
        "postgres.too-many-connections",
        "postgres.no-pg-hba-entry",
        "postgres.ssl-required",
        "postgres.ssl-not-supported",
    ),
)
"""Faults that may have been there when the log was written, and are no more."""
SYSTEM_USERS = frozenset(
    {"root", "postgres", "nobody", "node", "bun", "deno", "www-data", "daemon", "ubuntu", "debian", "runner"}
)
"""Names that a tool takes from the operating system where it is told no database user."""
_USER_VARIABLE = re.compile(r"(?:PG|POSTGRES(?:QL)?_|DB_|DATABASE_)(?:.*_)?USER(?:NAME)?")


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:  # noqa: ARG001
    url = url_of(inquiry)
    if not url:
        return
    for claim in standing(inquiry, *PASSING):
        if same_place(claim, url) and (claim.facts or claim.fault not in NETWORK_FAULTS):
            yield Unknown(
                f"{endpoint(url)} lets the app in now; when the log was written, it may not have.", (claim.id,)
            )
    for claim in standing(inquiry, "postgres.role-missing", "postgres.auth-failed", "postgres.database-missing"):
        yield from _about_name(inquiry, url, claim)


def _about_name(inquiry: Inquiry, url: DatabaseUrl, claim: Claim) -> Iterator[Outcome]:
    kind = "database" if claim.fault == "postgres.database-missing" else "user"
    name, own = claim.facts.get(kind), (url.database if kind == "database" else url.user)
    if not name:
        return
    if name == own:
        yield Unknown(f"The app enters as {own} now; when the log was written, it could not.", (claim.id,))
    elif why := _why_not_the_apps(inquiry.target, url, name, kind):
        yield Unknown(why, (claim.id,))
    else:
        yield _harmless(inquiry, url, claim, kind, name)


def _harmless(inquiry: Inquiry, url: DatabaseUrl, claim: Claim, kind: str, name: str) -> Outcome:
    who = f"the {'database' if kind == 'database' else 'role'} {name}, which nothing of the app names"
    own = f"{url.user} on {url.database}"
    return Passed(
        f"The app logs in as {own} and is answered; somebody else asked for {who}: a health check that names no user"
        " asks as the operating system's.",
        (seen(f"{endpoint(url)} answers {own}", psql(inquiry.target)),),
        refutes=(claim.id,),
    )


def _why_not_the_apps(target: Target, url: DatabaseUrl, name: str, kind: str) -> str | None:
    """Why *name* may after all be one that the app asks for; None where it can only be a stranger's."""
    if name not in SYSTEM_USERS and not (kind == "database" and name == url.user):
        return (
            f"The log speaks of the {kind} {name}; the connection string names another, and who asked cannot be told."
        )
    if place := _named_at(target, name):
        return f"{place} names {name}, so it may be the app that asked."
    if place := _script_without_user(target):
        return f"{place} calls psql without a user, so it may be the start script that asked as {name}."
    return None


def _named_at(target: Target, name: str) -> str | None:
    """The variable or compose setting that names the user or database *name*."""
    for variable in target.variables:
        if _USER_VARIABLE.fullmatch(variable.name) and variable.value.reveal() == name:
            return variable.name
        if variable.name != target.database_url_env and "postgres" in variable.value.reveal()[:20]:
            try:
                other = parse(variable)
            except BadUrl:
                continue
            if name in (other.user, other.database):
                return variable.name
    for path in target.compose_files:
        for service in compose.read(path).services:
            for key, setting in service.environment.items():
                if key.startswith(("POSTGRES_", "PG", "DB_")) and setting.value == name:
                    return f"{path.name}:{setting.line}"
    return None


def _script_without_user(target: Target) -> str | None:
    for path in target.scripts:
        try:
            found = next((d for d in dials(path, target.variables) if d.tool == "psql" and not d.user_given), None)
        except OSError:
            continue
        if found:
            return f"{path.name}:{found.line}"
    return None


ROOM = Probe(
    "postgres.testimony",
    "Do the log's complaints about the database hold for the app's own connection?",
    ask,
    (),
    after=("postgres.query",),
    network=True,
)
