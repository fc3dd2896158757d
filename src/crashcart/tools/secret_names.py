"""What the name of a value tells about it: to be hidden, to stay readable, or nothing."""

from __future__ import annotations

from enum import Enum, auto
from functools import lru_cache
from itertools import pairwise

from crashcart.tools.expressions import lazy


class Kind(Enum):
    """How secret a value of this name is."""

    SECRET = auto()
    TOKEN = auto()
    """Secret in a setting; in prose the word is common and says little."""
    URL = auto()
    PLAIN = auto()
    READABLE = auto()


_WORDS = lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET = lazy(
    r"passw(?:or)?d|passphrase|passwort|pgpass|requirepass|secret|credential|(?:api|access|private|signing|encryption"
    r"|encrypt|auth|master|session|service|license|account|deploy|webhook|cipher|hmac|aes|rsa|ssh|app)key"
)
_TOKENS = frozenset(
    {"token", "tokens", "jwt", "auth", "authorization", "cookie", "bearer", "salt", "pepper", "otp", "pin"}
)
_SHORT = frozenset({"pwd", "pass", "pw", "pswd"})
_URLS = frozenset({"url", "uri", "dsn", "connection", "string"})
_ABOUT = lazy(
    r"files?|path|dir|length|min|max|expir\w*|in|ttl|age|algorithm|alg|type|names?|count|limit|policy|field|reset|required"
    r"|enabled|header|issuer|audience|provider|mode|method|hint|id|rotation|strength|rounds|cost|version|size|timeout"
)
_READABLE = lazy(
    r"host(name)?|port|user(name)?|login|db|database|dbname|schema|env|environment|mode|level|region|zone|tz|lang|language"
    r"|locale|path|home|pwd|shell|address|addr|domain|bucket|version|commit|sha|ref|revision|branch|tag|debug|timeout"
    r"|enabled|image|dir|directory|folder|file|term|editor|display|platform|arch|release|id|uuid|hash|digest|checksum"
)


@lru_cache(maxsize=4096)
def kind(name: str) -> Kind:
    """What the value of a variable, key or parameter called *name* is."""
    name = name[-200:]
    words = [w.lower() for w in _WORDS.findall(name)]
    if not words:
        return Kind.PLAIN
    if _ABOUT.fullmatch(words[-1]) and len(words) > 1:
        return Kind.READABLE
    if _says_secret(words) or (len(words) > 1 and words[-1] in _SHORT) or _is_key(name, words):
        return Kind.SECRET
    if _TOKENS & set(words) or words[0] in _SHORT - {"pwd"}:
        return Kind.TOKEN
    if words[-1] in _URLS:
        return Kind.URL
    return Kind.READABLE if _READABLE.fullmatch(words[-1]) else Kind.PLAIN


def _says_secret(words: list[str]) -> bool:
    """One word or two neighbours: ``apikey``, ``api_key``; not the end of one and the next, as in ``users_a_key``."""
    pairs = (first + second for first, second in pairwise(words))
    return any(_SECRET.search(word) for word in words) or any(_SECRET.fullmatch(pair) for pair in pairs)


def _is_key(name: str, words: list[str]) -> bool:
    public = {"public", "primary", "foreign", "publishable", "cache", "partition", "sort"} & set(words)
    return name.isupper() and len(words) > 1 and words[-1] in ("key", "keys") and not public
