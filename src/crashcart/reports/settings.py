"""Settings with their origins: as text, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from crashcart.reports.as_json import document
from crashcart.reports.markdown import code, prose, table
from crashcart.reports.page import Page

Row = tuple[str, str | None, str]
"""Key, value (None where there is none), origin."""


def render_settings(rows: Sequence[Row], format: str, *, width: int = 80, color: bool = False) -> str:  # noqa: A002
    """Every setting on a line."""
    if format == "json":
        return _json(rows)
    if format == "markdown":
        cells = [(code(key), code(value or "") or "not set", prose(origin)) for key, value, origin in rows]
        return table(("setting", "value", "from"), cells) + "\n"
    page = Page(width=width, color=color)
    for key, value, origin in rows:
        page.item(key, value or "not set", f" ({origin})", style="bold")
    return page.result()


def _json(rows: Sequence[Row]) -> str:
    settings = [{"key": key, "value": value, "origin": origin} for key, value, origin in rows]
    return document("init", {"settings": settings})
