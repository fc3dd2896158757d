"""``crashcart triage``."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from crashcart.cli.options import ASKS_THE_WORLD, Options, common
from crashcart.model.errors import ExitCode, UsageError
from crashcart.reports import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from crashcart.model.config import Config
    from crashcart.tools.logs.window import Window

MAX_CONTEXT = 100


@click.command()
@click.argument("logs", nargs=-1, metavar="LOG...")
@click.option(
    "-C",
    "--context",
    type=click.IntRange(0, MAX_CONTEXT),
    default=0,
    metavar="N",
    help="Show N lines before and after each line that is shown.",
)
@click.option("--follow", is_flag=True, help="Go on as the logs grow, and tell each finding when it appears.")
@click.option("--since", metavar="TIME", help="Only what was written since then: 15m, 10:00, 2026-11-23T10:00:00Z.")
@click.option("--until", metavar="TIME", help="Only what was written until then.")
@click.option(
    "--baseline",
    multiple=True,
    metavar="LOG",
    help="The log of a deployment that went well; what it shows too is no cause.",
)
@click.option(
    "--learn",
    is_flag=False,
    flag_value="rarest",
    metavar="[LOG:]LINE",
    help="Write a fault of your own from that line (default: the rarest unexplained one).",
)
@common(*ASKS_THE_WORLD, formats=FORMATS)
def triage(
    options: Options,
    logs: tuple[str, ...],
    follow: bool,
    since: str | None,
    until: str | None,
    learn: str | None,
    **how: Any,
) -> ExitCode:
    """Find the faults in logs. Reads only the files named; - is stdin."""
    from crashcart.flows import config as configuration

    config = configuration.load(options.config, options.project)
    if learn is not None:
        return _learn(options, logs, learn, options.project / config.faults.folder)
    if not logs:
        raise click.MissingParameter(param_hint="'LOG...'", param_type="argument")
    return (_follow if follow else _read)(options, config, logs, {**how, "window": _window(since, until)})


def _read(options: Options, config: Config, logs: tuple[str, ...], how: dict[str, Any]) -> ExitCode:
    from crashcart.cli.deliver import deliver
    from crashcart.cli.progress import bar
    from crashcart.faults import load
    from crashcart.flows.triage import triage as read

    drawn = bar(quiet=options.talk.quiet)
    with drawn or nullcontext():
        faults = load(options.project / config.faults.folder)
        case = read(logs, faults=faults, stdin=sys.stdin.buffer, progress=drawn, **how)
    return deliver(case, options, config)


def _follow(options: Options, config: Config, logs: tuple[str, ...], how: dict[str, Any]) -> ExitCode:
    from crashcart.cli.live import follow
    from crashcart.faults import load
    from crashcart.flows.triage import Follow

    faults = load(options.project / config.faults.folder)
    return follow(options, config, Follow(logs, faults=faults, stdin=sys.stdin.buffer, **how))


def _learn(options: Options, logs: tuple[str, ...], where: str, folder: Path) -> ExitCode:
    from crashcart.cli.deliver import write
    from crashcart.faults import load
    from crashcart.flows.learn import learn

    learned = learn(where, logs, folder=folder, faults=load(folder), stdin=sys.stdin.buffer)
    options.talk.say(f"crashcart: {learned.told}")
    write(f"{learned.path}\n", options)
    return ExitCode.OK


def _window(since: str | None, until: str | None) -> Window | None:
    """Raises UsageError for what is no time."""
    if since is None and until is None:
        return None
    from crashcart.tools.clock import now
    from crashcart.tools.logs.window import Window, moment

    here = now().astimezone()
    bounds = []
    for name, text in (("--since", since), ("--until", until)):
        try:
            bounds.append(moment(text, here) if text is not None else None)
        except UsageError as error:
            raise UsageError(f"{name}: {error}", advice=error.advice) from error
    return Window(*bounds)


ROOM = triage
