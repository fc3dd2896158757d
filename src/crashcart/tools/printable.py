"""Text that a terminal only shows and never obeys."""

from __future__ import annotations

import re

from crashcart.tools.expressions import lazy

_SEQUENCE = r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b[\]PX^_][^\x07\x1b\x9c\n]{0,1024}(?:\x07|\x1b\\|\x9c)"
_INVISIBLE = "\u200b\u200e\u200f\u061c\u2060-\u2064\ufeff\U000e0000-\U000e007f"
_OBEYED = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
_UNPRINTABLE = lazy(rf"{_SEQUENCE}|\r(?=\n)|[{_INVISIBLE}]|(?P<obeyed>[{_OBEYED}])|(?P<broken>[\ud800-\udfff])")


def _shown(match: re.Match[str]) -> str:
    if match["broken"]:
        return "\ufffd"
    if not (found := match["obeyed"]):
        return ""
    code = ord(found)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"\\u{code:04x}"


def printable(text: str) -> str:
    """*text* without terminal sequences and invisible characters; other control characters are made visible."""
    return text if text.isascii() and text.isprintable() else _UNPRINTABLE.sub(_shown, text)
