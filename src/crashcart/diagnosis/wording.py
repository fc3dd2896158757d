"""Fills a fault's sentences with what is known."""

from __future__ import annotations

from collections.abc import Mapping

from crashcart.tools.expressions import lazy

PLACE = lazy(r"\{([a-z]+)\}")


def filled(sentence: str, facts: Mapping[str, str]) -> str:
    """*sentence* with ``{host}`` replaced by the fact; one that is not known stays readable, as ``HOST``."""
    return PLACE.sub(lambda match: facts.get(match[1]) or match[1].upper(), sentence)
