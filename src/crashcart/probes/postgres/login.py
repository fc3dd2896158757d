"""Rung 5: does the server let this user in from here, with this password?"""

from __future__ import annotations

from collections.abc import Iterable

from crashcart.model.finding import Failed, Outcome, Passed, Unknown
from crashcart.model.target import DatabaseUrl
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import endpoint, psql, seen
from crashcart.probes.postgres._ladder import about, failed, ids, knock_at, standing, url_of
from crashcart.tools.hands import Hands
from crashcart.tools.postgres import kind_of
from crashcart.tools.postgres_wire import Came, Knock
from crashcart.tools.redaction import redact

ABOUT_TLS = ("postgres.ssl-required", "postgres.no-pg-hba-entry")


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:
    url = url_of(inquiry)
    if not url:
        return
    came = knock_at(url, hands)
    if came.came is Came.READY or kind_of(came) in ("database", "permission"):
        yield _let_in(inquiry, url, came, hands)
    else:
        yield _refused(inquiry, url, came, hands)


def _let_in(inquiry: Inquiry, url: DatabaseUrl, came: Knock, hands: Hands) -> Outcome:
    if came.tls and about(inquiry, url, *ABOUT_TLS):
        plain = knock_at(url, hands, mode="disable")
        if kind_of(plain) == "hba":
            because = (
                f"{endpoint(url)} lets {url.user} in over TLS only; the log shows a client that came in clear text"
            )
            return _with_claims(failed(inquiry, url, plain, "postgres.ssl-required", because), inquiry, url)
    return Passed(
        f"The server lets {url.user} in.",
        (seen(f"{came.came} as {url.user} at {endpoint(url)}", psql(inquiry.target)),),
    )


def _with_claims(found: Failed, inquiry: Inquiry, url: DatabaseUrl) -> Failed:
    return Failed(
        found.fault, found.because, found.evidence, found.facts, confirms=about(inquiry, url, *ABOUT_TLS)
    )  # fmt: skip


def _refused(inquiry: Inquiry, url: DatabaseUrl, came: Knock, hands: Hands) -> Outcome:
    user = url.user or ""
    match kind_of(came):
        case "password":
            return _password(inquiry, url, came, user)
        case "role":
            because = f"The server has no role {user} that may log in"
            return failed(inquiry, url, came, "postgres.role-missing", because, user=user)
        case "hba":
            return _no_rule(inquiry, url, came, hands)
        case "too-many-connections":
            return failed(inquiry, url, came, "postgres.too-many-connections", "The server has no connection left")
        case "starting-up":
            return failed(inquiry, url, came, "postgres.starting-up", "The server takes no connections yet")
        case _:
            text = redact(came.text or came.came)
            return Unknown(f"{endpoint(url)} did not let {user} in, for a reason crashcart does not know: {text}")


def _enters(came: Knock) -> bool:
    """Whether a rule of the server was met, whatever came of the password and the database."""
    return came.came is Came.READY or kind_of(came) in ("password", "database", "permission")


def _password(inquiry: Inquiry, url: DatabaseUrl, came: Knock, user: str) -> Outcome:
    if came.came is Came.NO_PASSWORD:
        because = f"The server wants a password of {user}, and {inquiry.target.database_url_env} has none"
        return failed(inquiry, url, came, "postgres.scram-no-password", because, user=user)
    # PostgreSQL hides from clients whether the role exists; its own log tells.
    missing = ids(c for c in standing(inquiry, "postgres.role-missing") if c.facts.get("user") == user)
    fault = "postgres.role-missing" if missing else "postgres.auth-failed"
    because = f"The server rejects {user} with the password of {inquiry.target.database_url_env}"
    found = failed(inquiry, url, came, fault, because, user=user)
    rejected = about(inquiry, url, "postgres.auth-failed", user=user)
    return Failed(
        fault, found.because, found.evidence, found.facts, confirms=tuple(dict.fromkeys((*missing, *rejected)))
    )  # fmt: skip


def _no_rule(inquiry: Inquiry, url: DatabaseUrl, came: Knock, hands: Hands) -> Outcome:
    if not came.tls and _enters(knock_at(url, hands, mode="require")):
        because = f"The server lets {url.user} in over TLS only, and the connection string asks for clear text"
        return _with_claims(failed(inquiry, url, came, "postgres.ssl-required", because), inquiry, url)
    because = f"No line of the server's pg_hba.conf lets {url.user} into {url.database} from here"
    return failed(inquiry, url, came, "postgres.no-pg-hba-entry", because, user=url.user or "")


ROOM = Probe(
    "postgres.login",
    "Does the server let the app's user in?",
    ask,
    (
        *("postgres.auth-failed", "postgres.role-missing", "postgres.no-pg-hba-entry", "postgres.ssl-required"),
        *("postgres.scram-no-password", "postgres.too-many-connections", "postgres.starting-up"),
    ),
    after=("postgres.startup",),
    network=True,
)
