"""Makes a fault out of one line: what is fixed in it, what differs from time to time, what is rare."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crashcart.diagnosis.error_like import Grade, after_level, grade
from crashcart.diagnosis.sieve import plain
from crashcart.diagnosis.templates import VARIABLE, without_time
from crashcart.model.fault import Fault
from crashcart.model.secret import MASK
from crashcart.tools.framing import unframe

MAX_LEARNED = 300
"""Characters of a message that make a pattern: what is rare stands near its beginning."""
MIN_LETTERS = 4
MAX_KEYWORD_WORDS = 4
MAX_NAME = 50
ALIKE = 0.34
"""Share of words that a harmless line has in common with the learned one, to be a good near miss."""

KLOG_HEAD = re.compile(r"^[EF]\d{4} [\d:.]{8,20}\s{1,12}\d{1,10} [^\s\]]{1,100}\] ")
WORD = re.compile(r"[A-Za-z][A-Za-z']{1,40}")
RUN = re.compile(r"[A-Za-z0-9 _.:,;()=-]+")
META = re.compile(r"[.^$*+?{}\[\]\\|()]")
BEFORE = {
    **dict.fromkeys(("port",), "port"),
    **dict.fromkeys(("host", "server", "hostname", "node", "address"), "host"),
    **dict.fromkeys(("user", "role", "username"), "user"),
    **dict.fromkeys(("database", "db"), "database"),
    **dict.fromkeys(("table",), "table"),
    **dict.fromkeys(("column", "field"), "column"),
    **dict.fromkeys(("relation",), "relation"),
    **dict.fromkeys(("schema",), "schema"),
    **dict.fromkeys(("module", "plugin"), "module"),
    **dict.fromkeys(("package", "dependency"), "package"),
    **dict.fromkeys(("file", "config"), "file"),
    **dict.fromkeys(("line",), "line"),
    **dict.fromkeys(("service", "worker", "queue", "topic"), "service"),
    **dict.fromkeys(("container",), "container"),
    **dict.fromkeys(("variable", "env"), "variable"),
    **dict.fromkeys(("code", "errno"), "code"),
    **dict.fromkeys(("status",), "status"),
    **dict.fromkeys(("version",), "version"),
    **dict.fromkeys(("attempt", "try", "retry"), "attempt"),
}
"""What stands before a value, in words, tells which fact it is."""
VALUES = {
    "url": (r"""[a-z][a-z0-9+.-]{1,20}://[^\s"'<>]{1,500}""", "url"),
    "uuid": (r"[0-9a-f-]{36}", ""),
    "time": (r"[0-9T:.,Z+ -]{10,40}", ""),
    "email": (r"[^\s@]{1,64}@[^\s@]{1,255}", ""),
    "path": (r"""[^\s"'<>]{1,300}""", "path"),
    "hex": (r"[0-9a-fx]{1,64}", ""),
    "mixed": (r"[\w-]{1,200}", ""),
    "number": (r"\d{1,40}", ""),
    "amount": (r"[1-9]\d{0,18}", ""),
}
"""For each kind of value: the bounded pattern, and the fact that it usually is."""
QUOTED = re.compile(r"(?P<open>[\"'`“])(?P<text>.{1,80})(?P<close>[\"'`”])")


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one line teaches."""

    line: str
    """The line itself."""
    pattern: str
    keyword: str
    facts: Mapping[str, str]
    """The groups of the pattern with what stands there in the line."""
    title: str
    name: str
    """In kebab-words, for the file."""
    miss: str
    """A line that resembles it and is harmless, as far as one is known; else the line without its rare words."""
    grave: bool


def lessons(line: str, near: Iterable[str], faults: Mapping[str, Fault]) -> Iterator[Lesson]:
    """What *line*, redacted, teaches: first with its variable parts left open, then word for word.

    *near* are lines of the same log; the rare words are those that the examples of *faults* seldom have. Raises
    ValueError for a line without words.
    """
    text = _told(line)
    if sum(map(str.isalpha, text)) < MIN_LETTERS:
        raise ValueError("it holds no words")
    rarity = _Rarity(faults)
    others = list(near)
    for parts in (_parts(text), [_Part(text[:MAX_LEARNED].rstrip(), None, "")]):
        keyword = rarity.keyword([part.text for part in parts if part.pattern is None])
        if keyword:
            yield _lesson(line, text, parts, keyword, rarity, others)


def _lesson(line: str, text: str, parts: Sequence[_Part], keyword: str, rarity: _Rarity, near: Sequence[str]) -> Lesson:
    pattern, facts = _joined(parts)
    told = "".join(f"{{{part.fact}}}" if part.fact else part.text if part.pattern is None else "…" for part in parts)
    return Lesson(
        line=line,
        pattern=pattern,
        keyword=keyword,
        facts=facts,
        title=_title(told),
        name=_name(rarity.rarest(text, 4)),
        miss=_miss(text, keyword, near),
        grave=grade(unframe(line).message) is Grade.GRAVE,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the line: fixed text, or a value with its pattern."""

    text: str
    pattern: str | None
    fact: str


def _told(line: str) -> str:
    """The part of *line* that says something: without carriers, time and level."""
    whole = plain(line)
    message = unframe(line).message
    candidates = [message, *sorted(message.split(": "), key=len, reverse=True)]
    found = next((text for text in candidates if text.strip() and text in whole), whole)
    bare = without_time(KLOG_HEAD.sub("", found, count=1))
    return after_level(bare).strip() or bare


def _parts(text: str) -> list[_Part]:
    """*text* in pieces, no fact twice."""
    text = text[:MAX_LEARNED]
    parts: list[_Part] = []
    used: set[str] = set()
    at = 0
    for match in VARIABLE.finditer(text):
        for part in (_Part(text[at : match.start()], None, ""), *_values(match, text[: match.start()])):
            if part.text:
                parts.append(_Part(part.text, part.pattern, "") if part.fact in used else part)
                used.add(part.fact)
        at = match.end()
    rest = text[at:].rstrip()
    return _trimmed([*parts, _Part(rest, None, "")] if rest else parts)


def _trimmed(parts: list[_Part]) -> list[_Part]:
    """Without values at the ends that tell nothing: a pattern may match anywhere."""
    while len(parts) > 1 and _says_nothing(parts[0]):
        parts = parts[1:]
    while len(parts) > 1 and _says_nothing(parts[-1]):
        parts = parts[:-1]
    return parts


def _says_nothing(part: _Part) -> bool:
    if part.pattern is None:
        return not WORD.search(part.text)
    return not part.fact and not part.text.isdecimal()


def _values(match: re.Match[str], before: str) -> Iterator[_Part]:
    kind, text = match.lastgroup or "", match[0]
    if text.isdecimal():
        # 0 may be the healthy case: "0 errors".
        kind = "number" if text.startswith("0") else "amount"
    said = BEFORE.get((WORD.findall(before.lower()) or [""])[-1], "")
    if kind == "quoted":
        inner = text[1:-1]
        pattern = rf"[^{META.sub(lambda m: chr(92) + m[0], text[-1])}]{{1,200}}"
        yield from (_Part(text[0], None, ""), _Part(inner, pattern, said or "name"), _Part(text[-1], None, ""))
    elif kind in ("address", "host") and not text.startswith("["):
        host, colon, port = text.rpartition(":") if ":" in text else (text, "", "")
        yield _Part(host, r"[\w.-]{1,255}", "host")
        if colon:
            yield from (_Part(":", None, ""), _Part(port, r"\d{1,5}", "port"))
    elif kind in VALUES:
        pattern, fact = VALUES[kind]
        yield _Part(text, pattern, fact or said)
    else:
        yield _Part(text, r"\S{1,200}", "host")


def _joined(parts: Sequence[_Part]) -> tuple[str, dict[str, str]]:
    pattern = ""
    facts = {}
    for part in parts:
        if part.pattern is None:
            pattern += _literal(part.text)
        elif part.fact:
            pattern += f"(?P<{part.fact}>{part.pattern})"
            facts[part.fact] = part.text
        else:
            pattern += part.pattern
    return pattern, facts


def _literal(text: str) -> str:
    """*text* as a pattern; blanks may be more or fewer, and what was masked may be anything."""
    pieces = [re.sub(r"\s{2,}|\t", lambda _: r"\s{1,20}", META.sub(r"\\\g<0>", piece)) for piece in text.split(MASK)]
    return r"\S{1,200}".join(pieces)


class _Rarity:
    """How rare a word is among all that the examples of known faults say."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        lines = [
            line
            for fault in faults.values()
            for trace in fault.traces
            for line in (*(e.line for e in trace.matches), *trace.misses)
        ]
        self._total = len(lines) + 1
        self._counts = Counter(word for line in lines for word in {word.lower() for word in WORD.findall(line)})

    def of(self, word: str) -> float:
        return math.log(self._total / (1 + self._counts[word.lower()])) + 0.01

    def keyword(self, fixed: Iterable[str]) -> str:
        """The rarest few words that stand together in one of the *fixed* texts; empty where there is no text."""
        runs = [run for text in fixed for piece in text.split(MASK) for run in RUN.findall(piece)]
        best = max((window for run in runs for window in _windows(run)), key=self._worth, default="")
        whole = [text.strip() for text in fixed if MASK not in text and len(text.strip()) >= 3]
        return best if len(best) >= 5 else max(whole, key=len, default="")

    def rarest(self, text: str, count: int) -> list[str]:
        """The rarest words of *text*, in their order."""
        words = list(dict.fromkeys(word.lower() for word in WORD.findall(text.replace(MASK, " ")[:MAX_LEARNED])))
        chosen = set(sorted(words, key=lambda word: -self.of(word) * min(len(word), 8))[:count])
        return [word for word in words if word in chosen]

    def _worth(self, window: str) -> tuple[bool, float, int]:
        return len(window) >= 5, sum(self.of(word) for word in WORD.findall(window)), len(window)


def _windows(run: str) -> Iterator[str]:
    """Few neighbouring words of *run*, with what stands between them."""
    starts = [match.start() for match in re.finditer(r"\S+", run)]
    ends = [match.end() for match in re.finditer(r"\S+", run)]
    for n, start in enumerate(starts):
        for end in ends[n : n + MAX_KEYWORD_WORDS]:
            yield run[start:end]


def _title(told: str) -> str:
    whole, masked, _ = told.partition(MASK)
    if masked and len(whole.split()) > MAX_KEYWORD_WORDS:
        told = whole.rpartition(" ")[0]
    text = " ".join(told.replace(MASK, "…").split())[:100].strip(" .:,;-")
    if re.match(r"[a-z]+(?:[ ,:]|$)", text):
        text = text[:1].upper() + text[1:]
    return text or "A line of the log"


def _name(words: Sequence[str]) -> str:
    slug = "-".join(re.sub(r"[^a-z0-9]", "", word) for word in words)
    return re.sub(r"-{2,}", "-", slug)[:MAX_NAME].strip("-") or "unnamed"


def _miss(text: str, keyword: str, near: Sequence[str]) -> str:
    own = _words(text)
    rated = [(_likeness(own, _words(line)), line) for line in near if keyword.lower() not in plain(line).lower()]
    calm = [(share, line) for share, line in rated if share >= ALIKE and not grade(unframe(line).message)]
    if calm:
        return max(calm, key=lambda pair: pair[0])[1]
    left = re.sub(re.escape(keyword), " ", text, flags=re.IGNORECASE)
    return " ".join(f"{left} is well".split())


def _words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text)}


def _likeness(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0
