"""A case as text for people, as JSON for programs, as Markdown for the record, as a page to hand on."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Literal, get_args

from crashcart.model.case import Case, exit_code
from crashcart.model.config import Ignore
from crashcart.model.errors import ExitCode
from crashcart.model.fault import Severity

Format = Literal["text", "json", "jsonl", "markdown", "html", "github"]
FORMATS: tuple[Format, ...] = get_args(Format)
PLAIN_FORMATS: tuple[Format, ...] = ("text", "json", "markdown")
"""Those of what is no case: a fault explained, settings."""


def render(
    case: Case,
    format: Format = "text",  # noqa: A002 - the flag's own name
    *,
    code: ExitCode | None = None,
    ignored: Mapping[str, Ignore] | None = None,
    width: int = 80,
    color: bool = False,
    streamed: bool = False,
) -> str:
    """*case* in one of the formats, redacted, with a final line end.

    *code* is what the process will exit with (default: with the threshold P1); *ignored* holds by finding what a
    person chose not to hear about; *width* and *color* only matter to text. Where the findings were *streamed*, JSON
    Lines end with what is left to tell.
    """
    from crashcart.reports.view import View

    view = View(case, exit_code(case, Severity.P1) if code is None else code, ignored or {})
    if streamed and format == "jsonl":
        from crashcart.reports.as_jsonl import last_lines

        return last_lines(view)
    how = {"width": width, "color": color} if format == "text" else {}
    written: str = getattr(import_module(f"{__name__}.as_{format}"), f"as_{format}")(view, **how)
    return written
