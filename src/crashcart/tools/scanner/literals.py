"""What is looked for in raw bytes so that a word is found however a logger escaped it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate

from crashcart.tools.expressions import lazy

SAFE = lazy(r"[a-z0-9 _.:,;()=-]+")
"""Characters that no JSON encoder escapes. Quotes, backslashes, slashes, angle brackets and ampersands some do."""
OPERATORS = lazy("[<>&']")
SHORTEST = 5
KEPT = 9
"""Letters that are never cut off."""
SPECIAL = 40
"""Bits from which on a piece stands for its word."""
RARE = 60
"""Bits that are rare enough."""
REACH = 8
"""Bytes at the end of a literal by which engines tell candidates from the rest of a text."""
LETTERS = "abcdefghijklmnopqrstuvwxyz0 _.:,;()=-"
"""0 stands for all digits."""
PAIRS = (
    "ea88ec9eaed9b9f8f997bdeddfcbecefffffd"
    "aedebefeceeaffcffddf9fffcfccdcffffffc"
    "9ece9ff8ce8bef7dfbda9fffdfc9fdefffffd"
    "abe98edfaefddeaffdcfbfffdfc8ddddefeec"
    "ac87cbdfeef989eb9777f9cadec7cb9ceeeca"
    "aeee99ffafddff8ffceecfffdfccffefffffe"
    "dffe8edcaffefddffacedfffffeaec9efffdc"
    "afcf8fffbfffefbefdf9cfffdffbefefffffe"
    "bcabbcafffd9979cfb97ecfdfcfdfeffffffd"
    "dffedfffffffffdfffcfdffffffffffffffff"
    "9fffbfeedffffee9ffdfefffffecfdffffffe"
    "aedb7dfd9ffaff8efdcbceefbfcaedcdffedd"
    "adfd8fffaffebea8ff7edfffdffbfeeeffefe"
    "afba999eafedeb8dfea8ccfddfd8ccdeeeffc"
    "cbaadc9f9dca88abf8a8a9bedeeaeddfffefd"
    "8ffeafde9ff8df8afabbdfffcfcbfdefffffe"
    "fffffffffffbffffffff9ffffffffffffffff"
    "9dbc8ecfafc9bb8ffa9abaffbff9dcbefeeeb"
    "cfaf8d9bbfdbbfbcbca7cfdfbfe8eabcefdfc"
    "8e9d6db88ffcee99faa99fddcfc7dccdeedeb"
    "ebcd99dfcffacafbf988fffefffefffffffff"
    "bfff8fffafffffffffffffffffeffffffffff"
    "bfffcffcbffffcbff9dffffffffdeffffffff"
    "efdfdfffcffffffdfffcffffefddfeefffffd"
    "dfefefffefffcddcffcdfffffffadcdeffffd"
    "dfffdfffefffffffffffeffffffdfffffffff"
    "ccccccffffffdfffff9cfffffc36d668dfbf7"
    "897aa9c98dd8aaa8e9999c8edf67eceffafd8"
    "decdddfedffdcefefededfffffdeeffffffff"
    "ddbcceedecfddeebfeccefefff6bebfffffff"
    "dfefffffdffffefffeefffffff67ffcffffff"
    "ffffffffffffffffffffffffffd9fffffffff"
    "fffffeffffffffffffeffffffffbfffffffff"
    "dfeeffffffeeededffddffefffefffffffeff"
    "fffffffffffffffffffffffffffbfdeeeffff"
    "ffffeffeefffffffffffffffffcdfffffff9f"
    "bccccceeceebcdcbfcbddeefff78ffffffffb"
)
"""How rare each pair of letters is in ordinary logs, in bits (hexadecimal): a row for the first letter."""
DIGIT = 3.3
"""Bits by which one digit is rarer than any."""
BITS = {
    first + second: int(PAIRS[i * len(LETTERS) + j], 16)
    for i, first in enumerate(LETTERS)
    for j, second in enumerate(LETTERS)
}
ZEROS = str.maketrans("123456789", "000000000")


@lru_cache(maxsize=16_384)
def literals(word: str) -> frozenset[bytes]:
    """Lower-case byte strings; where *word* stands in a log, escaped or not, one of them stands there.

    As a rule one: the rarest piece of the word that is never escaped. Where that is no rare one, the whole word in
    all spellings.
    """
    lowered = word.lower()
    piece = max(SAFE.findall(lowered), key=rarity, default="")
    if piece == lowered or (len(piece) >= SHORTEST and rarity(piece) >= SPECIAL):
        return frozenset([_cut(piece).encode()])
    forms = (form for text in {word, lowered, word.upper()} for form in _spellings(text))
    return frozenset(form for form in forms if form and b"\0" not in form)


def rarity(text: str) -> float:
    """How seldom *text* stands in a log, in bits."""
    return _sums(text)[-1]


def _sums(text: str) -> list[float]:
    """The rarity of each beginning of *text*, of at least one letter."""
    folded = text.translate(ZEROS)
    bits = (
        BITS[folded[n - 1 : n + 1]] + DIGIT * text[n].isdigit() if n else DIGIT * text[n].isdigit()
        for n in range(len(text))
    )
    return list(accumulate(bits)) or [0.0]


def _cut(piece: str) -> str:
    """*piece* up to where its last bytes are rarest, as long as the whole stays rare: nearly a half faster to scan."""
    sums = _sums(piece)
    ends = range(len(piece), min(KEPT, len(piece)) - 1, -1)
    return piece[: max(ends, key=lambda end: (min(sums[end - 1], RARE), sums[end - 1] - sums[max(0, end - REACH)]))]


def _spellings(text: str) -> Iterable[bytes]:
    """*text* as it is, as JSON encoders write it, and as it stands in JSON within JSON."""
    forms = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    forms |= {form.replace("/", "\\/") for form in forms} | {OPERATORS.sub(_as_code, form) for form in forms}
    forms |= {json.dumps(form)[1:-1] for form in forms}
    return (form.encode("utf-8", "replace").lower() for form in forms)


def _as_code(operator: re.Match[str]) -> str:
    return f"\\u{ord(operator[0]):04x}"
