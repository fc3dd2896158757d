"""HTML that holds text from anywhere: every text is redacted and escaped unless an element made here holds it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from crashcart.tools.redaction import joined, redact

_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_VOID = frozenset({"meta", "br", "hr"})


class Markup(str):
    """A text that is HTML already; only this module makes one from what was escaped."""

    __slots__ = ()


Child = str | None | Iterable["Child"]


def element(tag: str, /, *children: Child, **attributes: str | None) -> Markup:
    """An element; ``class_`` and ``http_equiv`` are written as HTML spells them, None is left out."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_safe(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    start = f"<{tag}{told}>"
    return Markup(start if tag in _VOID else f"{start}{together(*children)}</{tag}>")


def together(*children: Child) -> Markup:
    """All *children* one after the other, without an element of their own."""
    return Markup("".join(_child(child) for child in children))


def prose(text: str) -> Markup:
    """*text* with what stands between backticks as code."""
    # Every other part is one that the pattern caught.
    parts = _SPAN.split(" ".join(redact(text).split()))
    return together(element("code", part) if n % 2 else part for n, part in enumerate(parts))


def told(*parts: str) -> Markup:
    """The *parts* in one text; a number behind the name of a file is no secret."""
    return Markup(escape(joined(*parts), quote=True))


def style(css: str) -> Markup:
    """A style sheet of crashcart's own."""
    return Markup(f"<style>{css}</style>")


def page(head: Markup, body: Markup) -> str:
    """A whole document."""
    return f"<!doctype html>\n{element('html', element('head', head), element('body', body), lang='en')}\n"


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    return _safe(child) if isinstance(child, str) else "".join(_child(each) for each in child)


def _safe(text: str) -> str:
    return escape(redact(text), quote=True)
