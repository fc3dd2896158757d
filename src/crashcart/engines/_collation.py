"""The order of names in JavaScript's ``localeCompare``: ICU's root collation, as Node sorts folders."""

from __future__ import annotations

import unicodedata

ASCII = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"
"""Printable ASCII in ICU's order, letters once: case only breaks ties."""

PLACE = {character: place for place, character in enumerate(ASCII)}
LETTERS_BEFORE_Z = {"æ": "ae", "œ": "oe", "ß": "ss", "ø": "o", "đ": "d", "ł": "l"}

Key = tuple[tuple[int, ...], tuple[str, ...], tuple[bool, ...]]


def key(name: str) -> Key:
    """Sorts as ``a.localeCompare(b)`` does: by letter, then by accent, then small before capital.

    Scripts beyond Latin come after it in the order of their code points, which is ICU's for most of them.
    """
    decomposed = unicodedata.normalize("NFD", name)
    letters = [character for character in decomposed if not unicodedata.combining(character)]
    accents = tuple(character for character in decomposed if unicodedata.combining(character))
    folded = "".join(LETTERS_BEFORE_Z.get(character.lower(), character.lower()) for character in letters)
    return tuple(_place(character) for character in folded), accents, tuple(c != c.lower() for c in letters)


def _place(character: str) -> int:
    if character in PLACE:
        return PLACE[character]
    if unicodedata.category(character)[0] in "PS":
        return PLACE["$"]
    digit = unicodedata.digit(character, None)
    return PLACE[str(digit)] if digit is not None else len(ASCII) + ord(character)
