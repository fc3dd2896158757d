"""``crashcart triage``."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from crashcart.cli.options import ASKS_THE_WORLD, Options, common
from crashcart.cli.reading import reading
from crashcart.model.errors import ExitCode
from crashcart.reports import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from crashcart.model.config import Config


@click.command()
@click.argument("logs", nargs=-1, metavar="LOG...")
@reading
@click.option("--follow", is_flag=True, help="Go on as the logs grow, and tell each finding when it appears.")
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
    return (_follow if follow else _read)(options, config, logs, how)


def _read(options: Options, config: Config, logs: tuple[str, ...], how: dict[str, Any]) -> ExitCode:
    from crashcart.cli.deliver import deliver
    from crashcart.cli.progress import bar
    from crashcart.faults import load
    from crashcart.flows.triage import triage as read

    drawn = bar(quiet=options.talk.quiet)
    with drawn or nullcontext():
        faults = load(options.project / config.faults.folder)
        deadline = options.hands.deadline
        case = read(logs, faults=faults, stdin=sys.stdin.buffer, progress=drawn, deadline=deadline, **how)
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


ROOM = triage
