"""Which matches are no testimony: echoed commands, quoted sources, what a client asked for, mere information."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from crashcart.diagnosis.sieve import Match
from crashcart.model.fault import Fault
from crashcart.tools.expressions import lazy
from crashcart.tools.framing import unframe

BUILD_PREFIX = lazy(r"^(?:#\d{1,4} (?:\d{1,6}\.\d{1,3} )?)")
ECHO = lazy(
    r"""
    \s{0,4}(?:
        \[[^\]\n]{1,80}\]\ (?:RUN|COPY|ADD|ENV|CMD|ENTRYPOINT|FROM|WORKDIR)\b | =>\ (?:CACHED\ )?\[
      | Step\ \d{1,3}/\d{1,3}\ : | >\ \[[^\]\n]{1,80}\]\ (?:RUN|COPY|ADD)\b
      | (?:RUN|COPY|ADD|ENV|CMD|ENTRYPOINT)\ \S | >?\ {0,4}\d{1,5}\ \|(?:\s|$) | \+{1,4}\ \S | \$\ \S
      | >\ (?![^\n"'`]{0,80}?(?:\b(?i:error|err|exception|fatal|panic|warning|warn)[:!\]]
        | \b[A-Z]{3,9}:\ |\b(?:ERROR|FATAL)\b))
        (?:[a-z@._/~$(\[]|[A-Z_]{2,40}=)[^\s:]{0,200}(?:\s|$)
      | \[command\]
      | [^\n]{0,80}?\b(?:STATEMENT|QUERY|CONTEXT):[ ]{2}
      | Executing\ (?:command)?:?[ ] | Running\ (?:command|script):?[ ]
      | [$%\#]\ (?:npm|npx|yarn|pnpm|docker|psql|node|python)
    )""",
    re.VERBOSE,
)
CITED = "> "
"""Stands before each line of a log that somebody quotes, and before the command that a package manager runs."""
GROUP = lazy(r"##\[(?:group|command|debug)\]|\x1b?\[36;1m")
LEAD = 300
"""Characters among which the frame of a line stands."""
QUIET_LEVEL = lazy(
    r"""
    "(?:level|severity|lvl|log\.level|levelname)"\s?:\s?(?:"(?:info|debug|trace|notice|verbose|information)"|(?:10|20|30)\b)
    | \b(?:level|lvl|severity)=["']?(?:info|debug|trace|notice)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
QUIET_WORD = lazy(
    r"^[^\n]{0,80}?(?:(?:^|[\s\[<(|])(?:INFO|DEBUG|TRACE|VERBOSE|NOTICE)(?=[\]>):/|\s]|$)"
    r"|\[(?:info|debug|trace|notice|Note|inf|dbg)\]|: info:)"
)
DEBUG = lazy(
    r"^[^\n]{0,80}?\b(?:DEBUG|TRACE|VERBOSE)\b|(?:level|severity|lvl)\W{1,3}(?:debug|trace|10|20)\b", re.IGNORECASE
)
"""Of no matter at all; what is told as information may at least be an outcome."""
LOUD_WORD = lazy(
    r"\b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|ERR!|Traceback)\b|\b\w{0,60}(?:Error|Exception)\b:|\b(?:Error|error|panic|fatal):"
)
"""A line that is told as information may still quote an error of others."""
REQUEST = lazy(
    r'"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT|PRI) [^"\n]{0,2000}"(?=\s)'
    r'|"(?:GET|POST|HEAD) [^"\n]{0,2000} HTTP/\d'
)
CONDITION = lazy(r"\b(?:if|unless|whether|in case|even when|should) (?:the |an? |your |this )?\W{0,2}$", re.IGNORECASE)
"""Stands right before what is only supposed."""
COMMIT = lazy(
    r"(?:^|[\s\"'(*-])(?:(?:fix|feat|chore|refactor|perf)(?:\([\w./ -]{1,40}\))?!?: |HEAD is now at [0-9a-f]{7,40} "
    r"|commit message:? |Merge (?:pull request|branch) |commit [0-9a-f]{7,40}\b"
    r"|(?:[*-] |\b[0-9a-f]{7,40} )(?:Fix|Handle|Avoid|Prevent|Revert|Do not|Don't)(?:e[sd])? )",
    re.IGNORECASE,
)
"""Stands before the words of a commit or of a list of changes."""
CITES = lazy(
    r"\b(?:users?|customers?|visitors?|persons?|people|somebody|someone|he|she|they|reporter|author)\b[^\n\"]{0,30}?"
    r" (?:said|says|wrote|writes|asked|asks|typed|posted|commented|complained|reported|quot(?:ed|es))(?: that)?:?"
    r" {0,2}[\"'“`«][^\n]{0,200}$",
    re.IGNORECASE,
)
"""Stands before what a person is quoted with."""
EXPECTED = lazy(
    r"[^\n()\[\]]{0,80}[(\[](?:(?:this|which) (?:is|was) )?(?:as )?"
    r"(?:expected(?=[)\],;]| here| in| during| at| when| for now)|ignored|ignoring|harmless|non-?fatal|not an error)\b",
    re.IGNORECASE,
)
"""Stands behind what is of no matter."""
SOURCE = lazy(
    r"""
    (?:\b(?:throw\ new\ \w{1,60}|raise\ \w{1,60}|errors\.New|fmt\.\w{1,20})\(
      | \b\w{1,40}\.(?:Contains|includes|Fatalf?|Errorf?)\( | [=!]={1,2}\ ?)\s{0,4}[frb]?["'`][^"'`\n]{0,200}$
    | ^\s{0,40}(?:\d{1,6}[:-]|[+-])?\s{0,40}(?://|<!--)[^\n]{0,250}$
    | ^(?:[\w.-]{1,60}/){0,10}[\w.-]{1,80}\.(?:md|rst|adoc):\d{1,6}:
    """,
    re.VERBOSE,
)
"""Stands before what a program's source or a manual holds."""
MANUAL = lazy(
    r"^\s{0,8}(?:[-*+]|\d{1,2}\.)\ [`\"“][^`\"”\n]{0,200}$"
    r"|^\s{0,8}[-*+]\ (?:Fix(?:e[sd])?|Handled?|Improved?|Added|Removed|Documented|Updated|Changed) [^\n]{0,250}$"
    r"|\b(?:if|when|whenever) you (?:see|get|encounter|receive|hit)\b[^\n]{0,40}[`\"'“][^`\"\n]{0,80}$"
    r"|\be\.g\. \W{0,2}$",
    re.IGNORECASE,
)
"""Stands before what a manual or a list of changes tells of."""
PROBE = lazy(r"\b(?:(?:Readiness|Liveness|Startup) probe failed|Health ?checks? (?:logs?|output|failed)): ", re.I)
URL = lazy(r"\b(?:https?|wss?)://[^\s\"'<>)\]]{1,2000}")


@dataclass(frozen=True, slots=True)
class Tone:
    """How a message is told."""

    echo: bool
    quiet: bool


def tone(text: str, message: str) -> Tone:
    """How *text* is told, of which *message* stands within its frame."""
    bare = BUILD_PREFIX.sub("", message[:400], count=1)
    named = "level" in text or "everity" in text or "lvl" in text or "LEVEL" in text
    quiet = (named and QUIET_LEVEL.search(text) is not None) or QUIET_WORD.search(bare) is not None
    echo = ECHO.match(bare) is not None or (("##[" in text or "[36;" in text) and GROUP.search(text[:LEAD]) is not None)
    return Tone(echo, quiet and not LOUD_WORD.search(text))


class Doubt:
    """Knows of each fault how it may be told: as its own examples are, as errors are, and outcomes at any level."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        self._faults = faults
        self._tones: dict[str, tuple[bool, bool]] = {}

    def __call__(self, match: Match, text: str, told: Tone) -> bool:
        """Whether *match* in *text* is no testimony."""
        if _asked_for(match, text):
            return True
        if not (told.echo or told.quiet):
            return False
        echo, quiet = self._allowed(match.fault)
        echo = echo or text.endswith(CITED, 0, match.start)
        outcome = self._faults[match.fault].wrapper and not DEBUG.search(text)
        return (told.echo and not echo) or (told.quiet and not quiet and not outcome)

    def _allowed(self, code: str) -> tuple[bool, bool]:
        if code not in self._tones:
            examples = [
                tone(e.line, unframe(e.line).message) for trace in self._faults[code].traces for e in trace.matches
            ]
            self._tones[code] = (any(t.echo for t in examples), any(t.quiet for t in examples))
        return self._tones[code]


def _asked_for(match: Match, text: str) -> bool:
    """Whether the match is what a client asked for, in an address or a commit, supposed, or how a probe failed."""
    if PROBE.search(text) and match.fault.startswith("network."):
        return True
    before = text[max(0, match.start - LEAD) : match.start]
    if CONDITION.search(before) or COMMIT.search(before) or CITES.search(before) or EXPECTED.match(text, match.end):
        return True
    start = text[: match.start] if match.start <= LEAD else ""
    if SOURCE.search(start) or MANUAL.search(start):
        return True
    within = (m for pattern in (REQUEST, URL) for m in pattern.finditer(text))
    return any(m.start() < match.start and match.end <= m.end() for m in within)
