"""Lines of one kind: what they share, what differs, how many there were. Bounded in memory and time.

A line is first masked (numbers, addresses, paths and names in quotes are ``<*>``); equal masks are one template at
once. Masks of the same number of words that differ in a few become one template with ``<*>`` there.
"""

from __future__ import annotations

import re
from collections import OrderedDict, defaultdict
from collections.abc import Sequence

from crashcart.tools.expressions import lazy

MAX_SHAPES = 4096
MAX_TEMPLATES = 1000
MAX_ALIKE = 24
"""Templates that a new shape is compared with."""
MAX_NEW = 20_000
"""Shapes after which lines are told apart by their first words alone."""
FIRST_WORDS = 6
MAX_WORDS = 40
SHOWN = 400
"""Characters of a message that make its template."""
ANY = "<*>"

STAMP = lazy(
    r"^[\[(<]?(?:\d{4}[-/]\d\d[-/]\d\d|\d\d?[-/](?:\d\d|[A-Z][a-z]{2})[-/]\d{2,4}|[A-Z][a-z]{2}\s{1,2}\d{1,2})?[T\s,]{0,3}"
    r"\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?\s?(?:Z|UTC|GMT|[AP]M|[+-]\d\d:?\d\d)?[\])>]?[\s:|-]{0,4}"
)
VARIABLE = lazy(
    r"(?P<url>\b[a-z][a-z0-9+.-]{1,20}://[^\s\"'<>]{1,500})"
    r"|(?P<uuid>\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)"
    r"|(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<email>[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64})"
    r"|(?P<quoted>\"[^\"\s]{1,80}\"|(?<!\w)'[^'\s]{1,80}'|`[^`\s]{1,80}`|“[^”\s]{1,80}”)"
    r"|(?P<path>(?<![\w<])(?:[A-Za-z]:\\|\.{0,2}/)[\w.@~+%-]{1,100}(?:[\\/][\w.@~+%-]{0,100}){0,20}(?::\d{1,7}){0,2})"
    r"|(?P<address>\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b|\[[0-9a-f:]{3,39}\](?::\d{1,5})?)"
    r"|(?P<host>\b[A-Za-z][\w-]{0,62}(?:\.[\w-]{1,63}){0,8}:\d{2,5}\b)"
    r"|(?P<hex>\b0x[0-9a-f]{1,32}\b|\b(?=[a-f]{0,31}\d)[0-9a-f]{7,64}\b)"
    r"|(?P<mixed>\b(?=[A-Za-z_-]{0,60}\d)[\w-]{1,200}\b)"
    r"|(?P<number>\d{1,40})",
    re.IGNORECASE,
)
"""What differs from line to line. A word with a digit counts too, such as ``worker-3`` and ``12ms``."""
CODE = lazy(r"[A-Z]{1,6}\d{3,5}|[A-Z]{2,}[A-Z_]*\d?")
"""Codes of errors look like names with numbers, and tell lines apart: ``E0425``, ``TS2322``, ``ORA12514``."""


def without_time(message: str) -> str:
    """*message* without the time at its beginning."""
    return STAMP.sub("", message, count=1).strip() or message.strip()


def shape(message: str) -> str:
    """*message* with ``<*>`` for what differs from line to line."""
    words = VARIABLE.sub(_masked, message[:SHOWN]).split()
    return " ".join(words[:MAX_WORDS])


def _masked(match: re.Match[str]) -> str:
    if match.lastgroup in ("mixed", "number") and CODE.fullmatch(match[0]):
        return match[0]
    return ANY


def same_kind(one: str, other: str) -> bool:
    """Whether two templates, perhaps of two logs, stand for the same lines."""
    if one == other:
        return True
    pairs = list(zip(one.split(), other.split(), strict=False))
    if len(one.split()) != len(other.split()) or any(a != b and ANY not in (a, b) for a, b in pairs):
        return False
    return 2 * sum(a == b for a, b in pairs) > len(pairs)


class Template:
    """Lines of one kind."""

    __slots__ = ("count", "shapes", "words")

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self.shapes: list[str] = []
        self.count = 0

    def __str__(self) -> str:
        return " ".join(self.words)

    def admits(self, words: Sequence[str]) -> bool:
        """Whether *words*, as many as its own, differ in so few that both say the same."""
        differing, left = 0, len(words) // 4
        for own, word in zip(self.words, words, strict=True):
            if own != word or own == ANY:
                differing += own != word and own != ANY
                left -= 1
                if left < 0 or differing > 2:
                    return False
        return True

    @property
    def has_codes(self) -> bool:
        """Whether digits tell it from others."""
        return any(CODE.fullmatch(word) and not word.isalpha() for word in re.findall(r"\w+", str(self)))

    def widen(self, words: Sequence[str]) -> None:
        self.words = [own if own == word else ANY for own, word in zip(self.words, words, strict=True)]


class Templates:
    """Sorts messages into templates; the least recently seen is given up where there are too many."""

    def __init__(self) -> None:
        self._by_shape: OrderedDict[str, Template] = OrderedDict()
        self._alike: dict[tuple[int, str], list[Template]] = defaultdict(list)
        self._all: OrderedDict[int, Template] = OrderedDict()
        self._new = 0
        self.given_up = 0
        """Lines of templates that are not kept any more."""

    def of(self, message: str) -> Template:
        """The template of *message*, which counts one more line."""
        key = shape(message)
        if self._new > MAX_NEW:
            key = " ".join(key.split()[:FIRST_WORDS])
        template = self._by_shape.get(key)
        if template is None:
            template = self._find(key)
            template.shapes.append(key)
            self._by_shape[key] = template
        self._by_shape.move_to_end(key)
        if len(self._by_shape) > MAX_SHAPES:
            old, of = self._by_shape.popitem(last=False)
            of.shapes.remove(old)
        template.count += 1
        self._all.move_to_end(id(template))
        return template

    def again(self, template: Template) -> bool:
        """Count one more line of *template*; false where it is not kept any more."""
        if id(template) not in self._all:
            return False
        template.count += 1
        self._all.move_to_end(id(template))
        return True

    def kept(self) -> list[Template]:
        """All of them that still count a line."""
        return [template for template in self._all.values() if template.count > 0]

    def _find(self, key: str) -> Template:
        self._new += 1
        words = key.split() or [ANY]
        alike = self._alike[len(words), words[0]]
        for template in reversed(alike[-MAX_ALIKE:]):
            if template.admits(words):
                template.widen(words)
                return template
        return self._made(words)

    def _made(self, words: Sequence[str]) -> Template:
        template = Template(words)
        self._alike[len(words), words[0]].append(template)
        self._all[id(template)] = template
        if len(self._all) > MAX_TEMPLATES:
            self._give_up(self._all.popitem(last=False)[1])
        return template

    def _give_up(self, template: Template) -> None:
        self.given_up += max(template.count, 0)
        template.count = 0
        place = (len(template.words), template.words[0])
        self._alike[place].remove(template)
        if not self._alike[place]:
            del self._alike[place]
        for key in template.shapes:
            del self._by_shape[key]
