"""``crashcart migrations``: the proven state of each migration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from crashcart import engines
from crashcart.diagnosis.judge import judge
from crashcart.diagnosis.migrations import answers, unanswered
from crashcart.engines import Engine
from crashcart.faults import load
from crashcart.model.case import Case
from crashcart.model.errors import UnavailableError
from crashcart.model.fault import Fault
from crashcart.model.finding import Answer, Unknown
from crashcart.model.migration import MigrationsReport
from crashcart.model.target import Target
from crashcart.proof.migrations import prove
from crashcart.tools import database_url, postgres, postgres_server
from crashcart.tools.clock import Stopwatch, now
from crashcart.tools.hands import Hands
from crashcart.tools.redaction import redact

if TYPE_CHECKING:
    import psycopg

    from crashcart.tools.scratch_database import Databases


def migrations(
    target: Target, hands: Hands, *, faults: Mapping[str, Fault] | None = None, shadow_url: str | None = None
) -> Case:
    """What is proven about every migration, and what may follow. Only reads."""
    started, watch = now(), Stopwatch()
    found = report(target, hands, shadow_url=shadow_url)
    told = _answers(found, target, watch)
    return Case(
        command="migrations",
        target=target,
        started_at=started,
        took_ms=watch.ms,
        findings=judge((), told, load() if faults is None else faults),
        answers=told,
        migrations=found if isinstance(found, MigrationsReport) else None,
        errors=(found.why,) if isinstance(found, Unknown) else found.unknown,
    )


def report(target: Target, hands: Hands, *, shadow_url: str | None = None) -> MigrationsReport | Unknown:
    """The proven state of the target's migrations, or why nothing can be told of them."""
    import psycopg

    engine = next((engine for engine in engines.find() if engine.name == target.engine), None)
    if engine is None or target.migrations is None:
        return Unknown(f"no migrations of a tool that crashcart knows were found in {target.name}")
    if hands.offline:
        return Unknown("not asked: --offline")
    try:
        return _proven(target, hands, engine, shadow_url)
    except database_url.BadUrl as error:
        return Unknown(f"the database cannot be asked: {error.sentence}")
    except postgres.ConnectFailure as error:
        return Unknown(f"{_place(target)} cannot be asked: {error.message}")
    except psycopg.Error as error:
        return Unknown(redact(f"{_place(target)} did not answer to the end: {str(error).strip()}"))
    except OSError as error:
        return Unknown(redact(f"the migrations cannot be read: {error}"))


def _proven(target: Target, hands: Hands, engine: Engine, shadow_url: str | None) -> MigrationsReport | Unknown:
    variable = target.database_url
    if variable is None:
        return Unknown(f"{target.database_url_env} is set nowhere, so that the database cannot be asked")
    url = database_url.parse(variable)
    schema = target.database_schema or engine.schema(url.parameters)
    with postgres.connect(url, timeout=hands.patience) as live, _shadow(live, shadow_url) as shadow:
        return prove(target, live, engine=engine, shadow=shadow, deadline=hands.deadline, schema=schema)


def _place(target: Target) -> str:
    try:
        url = database_url.parse(target.database_url) if target.database_url else None
    except database_url.BadUrl:
        url = None
    return f"the database at {url.host}:{url.port}" if url else "the database"


@contextmanager
def _shadow(live: psycopg.Connection[Any], url: str | None) -> Iterator[Databases | None]:
    """A server to replay on, of the same major version where there is one; None where there is none at all."""
    with ExitStack() as stack:
        try:
            major = live.info.server_version // 10_000
            server = stack.enter_context(postgres_server.shadow(url, prefer_major=major))
        except UnavailableError:
            server = None
        yield server


def _answers(found: MigrationsReport | Unknown, target: Target, watch: Stopwatch) -> tuple[Answer, ...]:
    """The command was asked for exactly this, so that it cannot end well without an answer."""
    if isinstance(found, Unknown):
        return (unanswered(found.why, required=True),)
    return answers(found, (), target, watch.ms, required=True)
