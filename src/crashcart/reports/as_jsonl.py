"""The report for programs that read streams: JSON Lines, one object per finding, the rest of the document last."""

from __future__ import annotations

import json
from typing import Any

from crashcart.model.change import Change
from crashcart.model.finding import Finding
from crashcart.reports.as_json import SCHEMA_VERSION, content, finding_object, head, redacted
from crashcart.reports.view import View

BY_LINE = ("findings", "unexplained")
"""What gets a line each."""
LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}
"""What some readers of lines take for the end of one."""


def as_jsonl(view: View) -> str:
    """The findings as they began, the lines that no fault explains, at last the document without them."""
    return "".join(finding_line(view, finding, "new") for finding in view.story) + last_lines(view)


def finding_line(view: View, finding: Finding, change: Change) -> str:
    """What happened to *finding*."""
    return _line("finding", {"change": change, "finding": finding_object(view, finding)})


def last_lines(view: View) -> str:
    """What a stream ends with when its findings are told: the unexplained lines, and the rest of the document."""
    told = content(view)
    unexplained = [_line("unexplained", {"unexplained": each}) for each in told.get("unexplained", ())]
    rest = {name: value for name, value in told.items() if name not in BY_LINE}
    return "".join((*unexplained, _line("summary", head(view.case.command) | rest)))


def _line(event: str, told: dict[str, Any]) -> str:
    line = {"schema_version": SCHEMA_VERSION, "event": event} | told
    return json.dumps(redacted(line), ensure_ascii=False).translate(LINE_ENDS) + "\n"
