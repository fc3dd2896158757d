"""Findings told as they come, while the logs are followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crashcart.cli.deliver import deliver, put, wants_color, weighed, width
from crashcart.model.errors import ExitCode
from crashcart.reports.live import render_change
from crashcart.reports.view import View

if TYPE_CHECKING:
    from crashcart.cli.options import Options
    from crashcart.flows.follow import Changes
    from crashcart.flows.triage import Follow
    from crashcart.model.case import Case
    from crashcart.model.config import Config

STREAMS = ("text", "jsonl")
"""Formats whose parts can stand on stdout one after the other; of the others only the whole report does."""


def follow(options: Options, config: Config, flow: Follow) -> ExitCode:
    """Tell what changes until the logs end, the time is up or a person has enough; then the whole report."""
    ended = None
    try:
        for changes in flow.following.changes(options.hands.deadline):
            if not _tell(options, config, flow.case(), changes):
                break
    except KeyboardInterrupt:
        ended = ExitCode.INTERRUPTED
        options.talk.error("interrupted; the report tells what was read until then")
    return deliver(flow.report(), options, config, ended=ended, streamed=True)


def _tell(options: Options, config: Config, case: Case, changes: Changes) -> bool:
    """False where nobody reads it any more."""
    held, _, code = weighed(case, options, config)
    view = View(case, code, held)
    live = options.format if options.format in STREAMS else "text"
    on_stdout = options.format in STREAMS
    color = on_stdout and wants_color()
    told = "".join(render_change(view, f, change, live, width=width(), color=color) for change, f in changes)
    if on_stdout:
        return put(told)
    options.talk.say(told.rstrip("\n"))
    return True
