"""How the services of a log start, stop and start again: which lines tell that, and what they say of others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from crashcart.diagnosis.seen import Excuse
from crashcart.model.fault import Refutation
from crashcart.tools.expressions import lazy

RECOVERED = Refutation(
    pattern="", because="It was told only until it succeeded: later the same service says that all is well."
)
EARLIER_RUN = Refutation(
    pattern="", because="It is of an earlier run: after it the same service started again, and well."
)
STARTED_AFTER = Refutation(
    pattern="", because="It is of an earlier try: after it the same service started again, and did not end since."
)
ONLY_WARNED = Refutation(
    pattern="", because="It was told as a warning only, and after it the same service started well."
)
STILL_BUILT = Refutation(pattern="", because="The build in which it was told went on and ended well.")
ANSWERED = Refutation(
    pattern="", because="It was told only until the server answered: later it did, with another error."
)
ASKED_TO_STOP = Refutation(
    pattern="", earlier=True, because="The service had been asked to stop just before, so this is how it ended."
)
STOPPED = Refutation(pattern="", because="The exit code is that of a process that was asked to stop.")

STARTED = lazy(
    r"""
    \b(?:listening|running|started|serving|available|live|up)\ (?:and\ \w{1,20}\ )?(?:up\ )?(?:on|at|via)\b
        (?:\W{0,3}(?:the\ )?(?:tcp\ )?(?:ports?\b|address|https?:|localhost|\[|:\d|\*|\d{1,3}(?:\.\d{1,3}){3}
            |\d{2,5}(?![\d:./-]))
            |\ [\w.-]{1,80}:\d{2,5}\b(?![:.]))
    | \bapplication\ startup\ complete\b | \bnest\ application\ successfully\ started | \bstarted\ server\ on\b
    | \b(?:web\ ?)?server\ (?:has\ )?(?:is\ )?(?:started|running|listening|ready|up)\b(?!\s{0,3}process)
    | \bstarted\ \w{1,80}\ in\ \d{1,6}(?:\.\d{1,6})?\ seconds
    | (?:^|[\s✓▲])ready\ (?:in|on|at|-)\  | \bcelery@\S{1,100}\ ready\.
    | \bready\ to\ (?:accept|handle|serve)\ (?:connections|requests) | \bready\ for\ connections
    | \b(?:api|app|application|service|worker|bot|server|backend|frontend)\ (?:is\ )?(?:now\ )?(?:ready|online)\b
    | \bservice\ started\b | ^started\ ?\{ | ^\s*ContainersReady\s+True\b
    | \bstarted\ streaming\ WAL\ from\ primary\b
    | \bwaiting\ for\ connections\b | \bserver\ startup\ complete\b | \[kafkaserver\ id=\d{1,9}\]\ started
    """,
    re.IGNORECASE | re.VERBOSE,
)
START_WORDS = (
    *("listening", "running on", "running at", "running up", "running via", "startup complete", "successfully started"),
    *("started server", "started on", "started at", "server started", "server has started", "server is running"),
    *("server running", "server is ready", "server ready", "server is up", "server up", " seconds (", "ready in "),
    *("ready on ", "ready at ", "ready - ", "ready to accept", "ready to handle", "ready to serve", "for connections"),
    *(" is ready", " ready.", "serving at", "serving on", "serving http", "available at", "available on", "live at"),
    *("is now ready", "is online", "is now online", "app ready", "api ready", "worker ready", "service ready"),
    *("application ready", "] started", "live on http", "up on port", "up at http"),
    *("service started", "started streaming", "started {", "started{", "containersready"),
)
NOT_YET = lazy(
    r"""
    \[INFO\]\ Listening\ at: | LOG:\ \ listening\ on | entered\ RUNNING | \?\s{0,4}$
    | \b(?:not|until|when|once|if|whether|waiting\ for|wait\ for|fail\w{0,4}|could\ ?n.t|cannot|unable|never|please
        |already|another|still|old|previous\w{0,2}|remains
        |make\ sure|ensure|check|verify|be|is\ (?:the|your|it|a|there)|are\ you|should|unhealthy
      |(?:migration|transaction|job|task|backup|build|deploy\w{0,6}|query|test|redo|step|script)s?)\b
      [^\n]{0,80}?\b(?:listening|ready|running|online|started|start|listen|available|up)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Says that something listens before it can serve, or that it does not, or asks whether it does."""
ASIDE = lazy(
    r"""
    (?<![\w/-])(?:prometheus|metrics?|debug(?:ger)?|inspector|admin\w{0,9}|health[\s_-]?(?:checks?|z)?|actuator|\w{0,20}exporter
        |pprof|profil(?:er|ing)|telemetry|management|monitoring|livereload|hmr)\b
        [^\n.;]{0,60}?\b(?:listening|running|started|serving|available|live|ready|up)\b
    | (?::\d{2,5}|\bon)/(?:metrics|health\w{0,5}|debug|admin|pprof|livez|readyz)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What an app opens beside its own port, often before anything else is up."""
OWN_START = lazy(r"\b(?:started|ready|startup complete|online)\b", re.IGNORECASE)
"""Says more than that something listens."""
BEGAN = lazy(
    r"\brestart(?:ing|ed)\b(?!\s{0,3}(?:policy|loop|failed|count))|\bStarted server process \[\d"
    r"|\bBooting worker with pid|\bStarted container\b",
    re.IGNORECASE,
)
BEGAN_WORDS = ("restarting", "restarted", "started server process", "booting worker", "started container")
CRASHED = lazy(
    r"\b(?:code|status)\b:?[ =]?(?!(?:0|130|143)\b)\d{1,3}\b|\bfailed to boot|core dumped"
    r"|process (?:crashed|terminated)|npm (?:error|ERR!)|^Node\.js v\d",
    re.IGNORECASE,
)
"""An end that is none that was meant."""
PORT = lazy(r"(?:\bports?\b\W{0,5}(?:\(s\):? ?)?|:|\bon )(?P<port>\d{2,5})\b(?![:.-])", re.IGNORECASE)
SERVERS = (
    ("postgres", lazy(r"database system is ready to accept|started streaming WAL", re.IGNORECASE)),
    ("mysql", lazy(r"(?:mysqld|mariadbd?)\S{0,20}: ready for connections", re.IGNORECASE)),
    ("redis", lazy(r"[*#] (?:The server is now )?ready to accept connections", re.IGNORECASE)),
    ("mongodb", lazy(r"\bwaiting for connections\b", re.IGNORECASE)),
    ("rabbitmq", lazy(r"\bserver startup complete\b", re.IGNORECASE)),
    ("kafka", lazy(r"\[kafkaserver", re.IGNORECASE)),
)
MIGRATED = lazy(
    r"migrations? (?:have been |were )?(?:successfully )?applied\b|no (?:pending )?migrations? to (?:apply|run)"
    r"|database (?:schema )?is (?:already )?(?:up[ -]to[ -]date|in sync)"
    r"|migrations? (?:ran|completed?|done|finished) successfully",
    re.IGNORECASE,
)
MIGRATED_WORDS = (
    *("migrations have been", "migration applied", "migrations applied", "successfully applied", "pending migration"),
    *("migrations to ", "up to date", "up-to-date", "finished successfully", "completed successfully"),
)

BUILT = lazy(
    r"✓ (?:Compiled successfully|built in \d|Generating static pages \()|\bcompiled successfully in \d"
    r"|Finalizing page optimization"
    r"|\bbuild (?:completed|succeeded|successful|finished)\b(?! with)|\bBUILD SUCCESS|✨ +Done in|Build complete[.!]",
    re.IGNORECASE,
)
BUILT_WORDS = (
    *("compiled successfully", "built in ", "generating static pages", "page optimization", "build completed"),
    *("build succeeded", "build successful", "build finished", "build success", "done in ", "build complete"),
)

ASKED = lazy(
    r"""
    \b(?:received|got|caught|on|handling|by)\ (?:a\ |an\ |the\ )?(?:signal:?\ )?
        (?:SIGTERM|SIGINT|SIGQUIT|SIGWINCH|shutdown\ signal|signal\ (?:15|2)\b|term\ signal|terminat
        |term\b|int\b|quit\b)
    | \bSIG(?:TERM|INT|QUIT)\b(?:\ \(\d{1,3}\))?[^\n]{0,12}\b(?:received|signal|caught)
    | \bsignal\ (?:15|2)\ \(?SIG(?:TERM|INT)
    | received\ (?:fast|smart|immediate)\ shutdown\ request | gracefully\ (?:stopping|shutting)
    | (?:starting|initiating|performing|begin\w{0,4})\ (?:a\ )?graceful\ shutdown | user\ requested\ shutdown
    | scheduling\ shutdown | npm\ (?:error|ERR!)\ signal\ SIG(?:TERM|INT) | warm\ shutdown
    """,
    re.IGNORECASE | re.VERBOSE,
)
ASKED_WORDS = (
    *("sigterm", "sigint", "sigquit", "sigwinch", "shutdown", "gracefully", "signal: ", "signal 15", "signal 2"),
)
ENDED = lazy(
    r"""
    (?:^|\s)(?P<service>[\w.-]{1,100})\ exited\ with\ code\ \d{1,3}\b | ^Node\.js\ v\d
    | \bexit(?:ed)?(?:\ with)?\ (?:code|status):?\ ?\d{1,3}\b | \bworker\ failed\ to\ boot
    | database\ system\ is\ shut\ down
    | \bbye\ bye\b | \bnpm\ (?:error|ERR!)\ (?:command\ sh|code\ ELIFECYCLE|Lifecycle)
    | \bprocess\ (?:exited|terminated|crashed) | Shutting\ down:\ Master | core\ dumped | Finished\ server\ process
    """,
    re.IGNORECASE | re.VERBOSE,
)
ENDED_WORDS = (
    *("exited with", "exit code", "exit status", "node.js v", "failed to boot", "is shut down", "bye bye"),
    *(
        "command sh -c",
        "elifecycle",
        "process exited",
        "process terminated",
        "process crashed",
        "down: master",
        "core dumped",
    ),
    *("finished server process",),
)
WORDS = tuple(dict.fromkeys((*BEGAN_WORDS, *START_WORDS, *MIGRATED_WORDS, *BUILT_WORDS, *ASKED_WORDS, *ENDED_WORDS)))
"""A line that tells how a run goes holds one of them."""
FAREWELL = 100
"""Lines that a service may need to stop when it is asked to."""
LAST_WORDS = 12
"""Lines that may still tell of an end after the first that did."""
STOP_CODES = lazy(r"\b(?:exited|exit)\b[^\n]{0,30}?\b(?:code|status)\b:?[ =]?(?:143|130|0)\b", re.IGNORECASE)

PASSING = lazy(
    r"refused|timeout|unreachable|starting-up|loading|unresolved|waiting-for|unavailable|connection-|crash-recovery"
    r"|no-available-server|unhealthy|bad-gateway|upstream-|too-many-connections|recovering|not-ready|leader"
)
"""Codes of troubles that pass by themselves."""
BLOCKING = lazy(
    r"module-not-found|import-error|circular-import|syntax-error|esm-cjs|class-not-found|worker-boot-failed|startup-failed"
    r"|process-crashed|\.panic$|port\.in-use|worker-exited|not-executable|exec-format|startup-aborted|crash-loop"
)
"""Codes of troubles with which nothing starts: where it started later, they are of another run."""
BUILD_FAILED = lazy(r"^(?:build|deps|npm|pnpm|yarn|docker\.build)\.")
"""Codes of troubles of a build: another build must succeed, whatever runs."""
BUILDING = lazy(r"^(?:node\.module|typescript|deps|npm)|^build\.(?!step-failed)|^node\.case")
"""Codes of what a bundler or compiler tells, as warnings too."""
ENDING = lazy(r"process-crashed|worker-exited|terminated|connection-(?:lost|closed|reset)|npm\.internal|uncaught")
"""Codes of what is told while a service stops."""


ANSWER = lazy(
    r"\.(?:auth-failed|access-denied|permission|privilege|\w+-missing|no-pg-hba|scram|ssl-|read-only|not-writable|noauth)"
)
"""Codes of what a server says itself."""
ANSWERING = frozenset({"postgres", "mysql", "mongodb", "redis", "rabbitmq", "kafka"})
MIGRATION = lazy(
    r"^(?:migration|alembic|flyway|liquibase|gomigrate|django|rails|knex|typeorm|drizzle)\.|^prisma\.(?:failed|migration|schema-not)"
    r"|relation-missing|schema-drift|not-applied"
)
"""Codes of troubles that only migrations end: a start script may go on with the app though they failed."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a line tells of a run."""

    kind: str
    """``began`` (to start), ``started``, ``migrated``, ``built``, ``asked`` (to stop) or ``ended``."""
    server: str = ""
    """The family of faults of the server that started, where it is one."""
    service: str = ""
    """Whose run, where the message itself says so."""
    own: bool = False
    """It says that the program itself has started, not only that something listens."""
    again: bool = False
    """It says that this is not the first start."""


STEMS = (
    *("listen", "running", "start", "ready", "serving", "available", "live ", " up", "online", "connections"),
    *("migration", "applied", "up to date", "up-to-date", "successfully", "sigterm", "sigint", "sigquit", "sigwinch"),
    *("shut", "graceful", "signal", "exit", "node.js v", "boot", "bye bye", "command sh", "elifecycle", "process "),
    *("core dumped", "containersready", "built in", "page optim", "static pages", "build ", "done in "),
)


def may_turn(lowered: str) -> bool:
    """Whether a line, in small letters, may tell of a run: quick, and never no where :func:`turn` says something."""
    return any(stem in lowered for stem in STEMS)


def turn(message: str, level: str | None = None) -> Turn | None:
    """What *message*, told at *level*, tells of the run of its service; None for most."""
    lowered = message.lower()
    if any(word in lowered for word in ASKED_WORDS) and ASKED.search(message):
        return Turn("asked")
    if any(word in lowered for word in ENDED_WORDS) and (ended := ENDED.search(message)):
        return Turn("ended", service=ended["service"] or "")
    if level in ("fatal", "error", "warning"):
        return None
    again = any(word in lowered for word in BEGAN_WORDS) and BEGAN.search(message) is not None
    if any(word in lowered for word in START_WORDS) and _starts(message):
        server = next((family for family, pattern in SERVERS if pattern.search(message)), "")
        return Turn("started", server, own=OWN_START.search(message) is not None, again=again)
    if any(word in lowered for word in MIGRATED_WORDS) and MIGRATED.search(message):
        return Turn("migrated")
    if any(word in lowered for word in BUILT_WORDS) and BUILT.search(message):
        return Turn("built")
    return Turn("began") if again else None


def _starts(message: str) -> bool:
    return bool(STARTED.search(message)) and not NOT_YET.search(message) and not ASIDE.search(message)


def crashed(text: str) -> bool:
    """Whether the end that *text* tells of is one that nobody wanted."""
    return CRASHED.search(text) is not None


def elsewhere(fault: str, facts: Mapping[str, str], text: str) -> bool:
    """Whether *text* names other ports than the one that was not to be had."""
    ports = {match["port"] for match in PORT.finditer(text)}
    return fault == "port.in-use" and bool(ports) and facts.get("port", "") not in {"", *ports}


@dataclass(slots=True)
class Run:
    """The latest run of one service."""

    started: int | None = None
    ended: int | None = None
    began: int | None = None
    asked: Excuse | None = None

    @property
    def good_start(self) -> int | None:
        """Where the run that is under way started well; None where it has not, or has ended."""
        over = self.started is not None and self.ended is not None and self.ended > self.started
        return None if over else self.started

    def stopping_at(self, position: int) -> Excuse | None:
        """The request to stop that explains how it ends at *position*."""
        if not self.asked or position - self.asked.position > FAREWELL:
            return None
        over = self.ended is not None and self.ended > self.asked.position
        return None if over and position - (self.ended or 0) > LAST_WORDS else self.asked

    def ended_since(self, position: int) -> bool:
        return self.ended is not None and self.ended >= position

    def began_since(self, position: int) -> bool:
        return self.began is not None and self.began > position


def over(
    fault: str, told: Turn, *, ended: bool, mild: bool, again: bool = False, named: bool = False
) -> Refutation | None:
    """Why *fault* is over, as *told* of its service after it; None where it is not.

    The service had *ended* in between or not, had begun *again* or not, is *named* by both lines or not; it told of
    the fault in warnings only (*mild*) or not.
    """
    if told.kind == "built":
        return STILL_BUILT if BUILDING.search(fault) else None
    if MIGRATION.search(fault):
        return RECOVERED if told.kind == "migrated" else None
    if told.kind == "started" and BUILD_FAILED.search(fault):
        return None
    if told.kind == "started" and ended:
        return EARLIER_RUN
    if told.kind == "started" and BLOCKING.search(fault) and (again or told.again or (named and told.own)):
        return STARTED_AFTER
    if PASSING.search(fault):
        return RECOVERED
    return ONLY_WARNED if mild and told.kind == "started" else None


def answers(fault: str) -> str:
    """The family of faults of the server that must have answered where *fault* is told; empty where none must."""
    family = fault.partition(".")[0]
    return family if family in ANSWERING and ANSWER.search(fault) else ""


@dataclass(slots=True)
class Runs:
    """The runs of all services of all logs."""

    _of: dict[tuple[str, str], Run] = field(default_factory=dict)

    def of(self, source: str, service: str) -> Run:
        if len(self._of) > MAX_SERVICES:
            return Run()
        return self._of.setdefault((source, service), Run())


MAX_SERVICES = 10_000
