"""Rung 1: can the connection string be read at all?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crashcart.model.finding import Failed, Outcome, Passed, Unknown
from crashcart.model.target import Target, Variable
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import variable_line
from crashcart.probes.postgres._ladder import ids, standing
from crashcart.tools.database_url import BadUrl, OtherDatabase, parse
from crashcart.tools.database_url_lint import lint
from crashcart.tools.files import read_text
from crashcart.tools.hands import Hands


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:  # noqa: ARG001
    variable = inquiry.target.database_url
    if not variable:
        return
    try:
        url = parse(variable)
    except OtherDatabase as other:
        yield _other(inquiry, variable, other)
    except BadUrl as bad:
        yield _failed(inquiry, variable, bad)
    else:
        notes = "".join(f"; {note}" for note in lint(url))
        yield Passed(f"{variable.name} names {url}{notes}.", (variable_line(variable),))


def _failed(inquiry: Inquiry, variable: Variable, bad: BadUrl) -> Failed:
    claims = (c for c in standing(inquiry, bad.fault) if c.facts.get("variable", variable.name) == variable.name)
    because = f"{bad.sentence} ({variable.origin})."
    return Failed(bad.fault, because, (variable_line(variable),), {"variable": variable.name}, confirms=ids(claims))


def _other(inquiry: Inquiry, variable: Variable, other: OtherDatabase) -> Outcome:
    if wish := _wants_postgres(inquiry.target):
        return _failed(inquiry, variable, BadUrl(other.fault, f"{other.sentence}, while {wish} asks for PostgreSQL"))
    return Unknown(f"{other.sentence}; crashcart asks PostgreSQL only.")


def _wants_postgres(target: Target) -> str | None:
    """The file of the project that says its database is PostgreSQL."""
    folder = target.migrations
    candidates = [folder / "migration_lock.toml", folder.parent / "schema.prisma"] if folder else []
    for path in (*candidates, target.project / "prisma/schema.prisma", target.project / "schema.prisma"):
        try:
            if re.search(r'^\s*provider\s*=\s*"postgres(ql)?"', read_text(path), re.MULTILINE):
                return path.name
        except OSError:
            continue
    return None


ROOM = Probe(
    "postgres.url",
    "Can the database's connection string be read?",
    ask,
    ("db-url.malformed", "db-url.unencoded-password", "env.placeholder-value", "env.missing-variable"),
)
