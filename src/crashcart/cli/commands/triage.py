"""``crashcart triage``."""

from __future__ import annotations

import sys

import click

from crashcart.cli.options import ASKS_THE_WORLD, Options, common
from crashcart.model.errors import ExitCode
from crashcart.reports import FORMATS

MAX_CONTEXT = 100


@click.command()
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@click.option(
    "-C",
    "--context",
    type=click.IntRange(0, MAX_CONTEXT),
    default=0,
    metavar="N",
    help="Show N lines before and after each line that is shown.",
)
@click.option("--follow", is_flag=True, help="Go on as the logs grow, and tell each finding when it appears.")
@click.option(
    "--baseline",
    multiple=True,
    metavar="LOG",
    help="The log of a deployment that went well; what it shows too is no cause.",
)
@common(*ASKS_THE_WORLD, formats=FORMATS)
def triage(options: Options, logs: tuple[str, ...], context: int, follow: bool, baseline: tuple[str, ...]) -> ExitCode:
    """Find the faults in logs. Reads only the files named; - is stdin."""
    from crashcart.cli.deliver import deliver
    from crashcart.faults import load as load_faults
    from crashcart.flows import config as configuration
    from crashcart.flows import triage as flow

    config = configuration.load(options.config, options.project)
    faults = load_faults(options.project / config.faults.folder)
    if follow:
        from crashcart.cli import live

        followed = flow.Follow(logs, faults=faults, stdin=sys.stdin.buffer, context=context, baseline=baseline)
        return live.follow(options, config, followed)
    case = flow.triage(logs, faults=faults, stdin=sys.stdin.buffer, context=context, baseline=baseline)
    return deliver(case, options, config)


ROOM = triage
