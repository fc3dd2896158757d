"""Whether a line says of itself that something went wrong; what only mentions an error does not."""

from __future__ import annotations

import re
from enum import IntEnum

from crashcart.tools.expressions import lazy

LEAD = 160
"""Characters among which a line's level stands."""
JUDGED = 2000
"""Characters of a line that are judged."""
MAX_WORDS = 2
"""Words before a level: the names of programs and loggers. With more of them it is a sentence about a level."""


class Grade(IntEnum):
    """How much a line says."""

    SAYS_NOTHING = 0
    MENTIONS_FAILURE = 1
    """In words alone: *failed to*, *cannot*."""
    ERROR = 2
    """By its level, or as the head of an exception."""
    GRAVE = 3
    """Something ended: a fatal level, a panic, an uncaught exception, an exit code."""


CARRIED = {"fatal": Grade.GRAVE, "error": Grade.ERROR}
_FATAL = r"FATAL|CRITICAL|CRIT|PANIC|EMERG(?:ENCY)?|FATA|PANI|DPANIC"
_ERROR = r"ERROR|ERR|SEVERE|ALERT|ERRO|EROR"
_CALM = r"TRACE|DEBUG|DEBU|INFO|NOTICE|WARN(?:ING)?|LOG|VERBOSE|SUCCESS|FINE|CONFIG|HINT|DETAIL|STATEMENT|CONTEXT|QUERY"
SHOUTED = lazy(
    rf"(?:^|[\s\[(<|>\"'.-])(?:(?P<grave>{_FATAL})|(?P<error>{_ERROR})|(?P<calm>{_CALM}))(?=[\s\])>|:!,\"]|\[\d|$)"
)
SAID = lazy(
    r"(?:^|[\s\[<|])(?:(?P<grave>fatal|critical|crit|panic|emerg)|(?P<error>error|err|severe|alert)"
    r"|(?P<calm>trace|debug|info|notice|warn(?:ing)?|verbose))(?:[\])>]|:(?=\s|$)|\s{1,8}[|-]\s|\[(?=[\w.:-]{1,20}\]))",
    re.IGNORECASE,
)
KEYED = lazy(
    r"\"?\b(?:level|lvl|severity|levelname|loglevel|log\.level|level_name|log_level|priority|@l)\"?\s{0,2}[=:]\s{0,2}\"?"
    r"(?:(?P<grave>fatal|critical|crit|panic|emerg\w{0,4}|60\b)|(?P<error>err(?:or)?\b|eror|severe|alert|50\b)"
    r"|(?P<calm>[a-z]{1,12}\b|[1-4]0\b))",
    re.IGNORECASE,
)
KLOG = lazy(r"(?:^|\s)(?:(?P<grave>F)|(?P<error>E)|(?P<calm>[IW]))\d{4} \d\d:\d\d:\d\d\.\d{3,9}\s")
TOOL = lazy(
    r"^(?:npm|pnpm|yarn|bun) (?:(?P<error>ERR!|error)|(?P<calm>warn|notice|info|http|verb|sill|timing))(?=\s|$)",
    re.IGNORECASE,
)
PLAIN_WORD = lazy(r"(?<![\w./:@-])[A-Za-z]{2,30}(?![\w./:@-])")
BRACKETS = lazy(r"\[[^\]\n]{0,80}\]|\([^)\n]{0,80}\)|\"[^\"\n]{0,80}\"")
CALENDAR = lazy(r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun|AM|PM|UTC|GMT)\b")


def _any(*alternatives: str, before: str = "", flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return lazy(f"{before}(?:{'|'.join(alternatives)})", flags)


_ALONE = r"(?<![\w./@$-])"
EXCEPTION = lazy(
    r"^\W{0,12}(?:Uncaught |Unhandled |Caused by: |\[cause\]: |Exception in thread \"[^\"]{0,100}\" |PHP )?"
    r"(?:[A-Za-z_$][\w$]{0,80}(?:\.|::|\\)){0,12}(?:(?:[A-Z][\w$]{0,80})?(?:Error|Exception|Failure)"
    r"|(?<=errors\.)[A-Z]\w{1,80}|(?<=exceptions\.)[A-Z]\w{1,80})(?: \[[A-Z_0-9]{1,60}\])?(?::(?=\s|$)| \(|$)"
)
CRASHED = _any(
    r"panic: |fatal error(?::| in) |(?:PHP )?Fatal error(?::| in)|goroutine \d{1,9} \[running\]",
    r"thread '[^']{1,100}' (?:\(\d{1,10}\) )?panicked at",
    r"Segmentation fault|segfault at|core dumped|stack overflow|\*\*\* stack smashing",
    r"[Uu]nhandled [Ee]xception|[Uu]nhandled(?:Promise)?\s?[Rr]ejection|uncaughtException",
    r"Uncaught [A-Z]\w{0,60}(?:Error|Exception)|[Uu]ncaught [Ee]xception|Exception in thread",
    r"Traceback \(most recent call last\)|terminate called after throwing",
    before=r"(?:^|[\s:\]])",
    flags=0,
)
ENDED = _any(
    r"\b(?:exit(?:ed|ing|s)?|returned|terminated|finished|completed|failed|died)\b[^\n]{0,60}?"
    r"\b(?:code|status|value|exit)(?: of)?[:=\s]{1,3}\"?(?:[1-9]\d{0,5}|-\d{1,6})\b",
    r"\bexited \([1-9]\d{0,2}\)|\bnon-?zero (?:exit|code|status)",
    r"\bkilled by signal\b|\bsignal: (?:killed|aborted|segmentation)",
    r"\bERR!|^npm error\b|^E: |\bcommand failed\b|\bbuild failed\b",
)
FAILURE = _any(
    r"failed (?:to|with|due|because|while|during|on|in|at|after)\b|(?:has|have) failed|failed[:!.,]|\w failed[.!]?$",
    r"can(?:not|'t|’t| not) |could(?: not|n't|n’t) |unable to |not able to ",
    r"failure(?: in| while| during|:)",
    r"(?:an?|following|unexpected|internal|unknown|unrecoverable|fatal|critical) (?:\w{1,20} )?error\b"
    r"(?! (?:handl|page|log|messag|boundar|report))",
    r"error (?:while|when|during|in|occurred|from|code|number|response from)\b",
    r"error (?!handling|reporting|logging|tracking|monitoring|recording|mapping|formatting)[a-z]{2,16}ing\b",
    r"error(?:\[[\w-]{1,20}\]|\s[A-Z]{2,10}\d{2,6}|\s\d{3,6})?:(?=\s|$)",
    r"(?:with [1-9]\d{0,6}|with|following|found [1-9]\d{0,6}) errors?(?=[:.\s]|$)",
    r"errors? (?:occurred|encountered|(?:were |was )?found)",
    r"(?:aborted|aborting|panicked)\b",
    before=_ALONE,
)
DENIED = _any(
    r"(?<![\w.])(?:0|no|zero|nothing|none|without(?: any)?|any|free of|not an?) (?:\w{1,20} )?"
    r"(?:errors?|failures?|failed|exceptions?|problems?)\b",
    r"(?<!\w)(?:errors?|failures?|failed|exceptions?|err|error_?count|exit ?code|code|status)\"?\s?[=:]\s?\"?"
    r"(?:0\b|null\b|nil\b|none\b|<nil>|false\b|\[\]|\{\}|\"\"|-(?=[\s,]|$)|no(?=[\s,;.]{0,3}$))",
    r"\b(?:if|when|unless|in case|whether|once|until) (?:\S{1,30} ){0,5}?"
    r"(?:fails?|failed|errors?|exception|cannot|unable)\b",
    r"\b(?:should|might|may|would|could) (?:\w{1,12} )?(?:fail|error|cause)\b",
    r"\bexit(?:ed)?(?: with)?(?: code| status)?[:=\s(]{1,3}0\b|\bon[ -]error\b",
    r"\b(?:ignor(?:ed|ing|es?)|non-?fatal|not fatal|harmless|as expected|expected (?:error|failure)|not an error)\b",
    r"\bcan safely be\b|\bfix(?:e[sd])? (?:\w{1,20} )?(?:error|fail|exception|panic|crash)\w{0,10}",
    r"\b(?:recovered|resolved|fixed|handled|caught|suppressed|cleared)\b(?! (?:panic|exception))",
)
TESTED = _any(
    r"[✓✔✅√☑]",
    r"^\s{0,12}(?:ok \d|PASS(?:ED)?\b|--- (?:PASS|RUN|FAIL|SKIP)|=== |test .{1,200} \.\.\. |\d{1,6}\) |[●○×✕]|it\()",
    r"\b(?:PASSED|XFAIL|SKIPPED)\b|::test_\w|^\s{0,12}(?:\S{1,30} )?should (?:\w{1,20} ){1,3}",
    flags=0,
)
WRITTEN = _any(
    r"^\s{0,40}(?:[>|+$#%]{1,3} |\d{1,6} ?[|:] |\d{1,6}[-+] |\^|~|//|/\*|\* |--)",
    r"^\s{0,40}(?:throw |raise |return |except |catch\b|\} ?catch|if |else\b|for |while |def |func |fn )",
    r"^\s{0,40}(?:class |import |from \S{1,80} import|const |let |var |await |try\b|assert |print|echo )",
    r"^\s{0,40}[\w.]{1,100}\([^\n]{0,300}[,(){\[]$",
    r"^\s{0,40}(?:(?:RUN|CMD|COPY|ADD|ENTRYPOINT|HEALTHCHECK) (?!failed)|exit \d|console\.|logger\.|log\.)",
    r"#\d{1,4} (?:\[[^\]\n]{1,60}\] |sha256:|DONE|CACHED|transferring|extracting)|^Step \d{1,4}/\d{1,4} :|-->",
    r"\bSELECT\b.{1,400}\bFROM\b|\bINSERT INTO\b",
    flags=0,
)
"""Text that a person wrote and a tool repeats: code, commands, statements."""
FETCHED = _any(
    r"(?:Get|Hit|Ign):\d|Selecting |Unpacking |Preparing |Setting up |Processing |Collecting |Download(?:ing|ed) ",
    r"Installing |Building |Compiling |Fetching |Using |Requirement already|Successfully |added \d",
    r"created? |modified: |inflating:|adding: |copying |Removing ",
    before=r"^\W{0,4}",
)
ACCESS = lazy(r"\"?(?:GET|POST|PUT|HEAD|PATCH|DELETE|OPTIONS) /[^\s\"]{0,2000}\"?(?: HTTP/[\d.]{1,4}\"?)? [1-5]\d\d\b")
USAGE = lazy(r"^\s{0,20}(?:-{1,2}[\w-]{1,40}[,=\s]|usage:|options:)", re.IGNORECASE)


def grade(message: str, carried: str | None = None) -> Grade:
    """What *message* (a line without what its carriers put around it) says of itself.

    *carried* is the level that a record around it tells: ``fatal``, ``error``, or a calmer one.
    """
    text = message[:JUDGED]
    level = level_of(text)
    if level is None and carried:
        level = CARRIED.get(carried, Grade.SAYS_NOTHING)
        if level is Grade.SAYS_NOTHING:
            # A supervisor calls calm what it read from stdout: only what has the form of an error outdoes that.
            return Grade.SAYS_NOTHING if TESTED.search(text) or WRITTEN.search(text) else _by_shape(text)
    if level is Grade.SAYS_NOTHING or TESTED.search(text) or ACCESS.search(text):
        return Grade.SAYS_NOTHING
    if level is not None:
        return Grade.SAYS_NOTHING if _takes_back(text) else max(level, _by_shape(text))
    if WRITTEN.search(text) or FETCHED.search(text) or USAGE.search(text):
        return Grade.SAYS_NOTHING
    return _by_shape(text) or _in_prose(text)


def level_of(text: str) -> Grade | None:
    """The level that *text* is marked with; SAYS_NOTHING for one below an error, None where it has none."""
    if (keyed := KEYED.search(text[:JUDGED])) and not _in_words(text[: keyed.start()]):
        return Grade.SAYS_NOTHING if _is_setting(text, keyed) else _level(keyed)
    mark = _mark(text[:LEAD])
    return _level(mark) if mark else None


def after_level(text: str) -> str:
    """*text* from behind its level on; all of it where no level is marked."""
    mark = _mark(text[:LEAD])
    return text[mark.end(mark.lastgroup or 0) :].lstrip(' \t])>|:,!-"') if mark else text


def _mark(lead: str) -> re.Match[str] | None:
    """Where a level stands at the beginning of a line."""
    if certain := KLOG.search(lead) or TOOL.search(lead):
        return certain
    found = [match for match in (SHOUTED.search(lead), SAID.search(lead)) if match]
    marked = [match for match in found if not _in_words(lead[: match.start()])]
    return min(marked, key=lambda match: match.start(match.lastgroup or 0), default=None)


def _level(match: re.Match[str]) -> Grade:
    return {"grave": Grade.GRAVE, "error": Grade.ERROR}.get(match.lastgroup or "", Grade.SAYS_NOTHING)


def _is_setting(text: str, keyed: re.Match[str]) -> bool:
    """Whether the line sets a level (``LOG_LEVEL=error``), and says nothing with it."""
    rest = text[keyed.end() :].strip("\"' ")
    return not rest and not text.startswith("{") and "msg" not in text and "message" not in text


def _in_words(before: str) -> bool:
    """Whether a sentence stands before, not only a time and names."""
    if before.startswith("{"):
        return False
    bare = CALENDAR.sub(" ", BRACKETS.sub(" ", before))
    return len(PLAIN_WORD.findall(bare)) > MAX_WORDS


def _by_shape(text: str) -> Grade:
    if CRASHED.search(text) or (ENDED.search(text) and not DENIED.search(text)):
        return Grade.GRAVE
    return Grade.ERROR if EXCEPTION.search(text) else Grade.SAYS_NOTHING


def _in_prose(text: str) -> Grade:
    if FAILURE.search(text) and not DENIED.search(text):
        return Grade.MENTIONS_FAILURE
    return Grade.SAYS_NOTHING


def _takes_back(text: str) -> bool:
    """Whether the text denies what its level says, and tells no failure besides."""
    return DENIED.search(text) is not None and not FAILURE.search(DENIED.sub(" ", text))
