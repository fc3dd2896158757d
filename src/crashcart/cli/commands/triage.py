"""``crashcart triage``."""

from __future__ import annotations

import sys

import click

from crashcart.cli.options import ASKS_THE_WORLD, Options, common
from crashcart.model.errors import ExitCode
from crashcart.reports import FORMATS


@click.command()
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@common(*ASKS_THE_WORLD, formats=FORMATS)
def triage(options: Options, logs: tuple[str, ...]) -> ExitCode:
    """Find the faults in logs. Reads only the files named; - is stdin."""
    from crashcart.cli.deliver import deliver
    from crashcart.faults import load as load_faults
    from crashcart.flows import config as configuration
    from crashcart.flows import triage as flow

    config = configuration.load(options.config, options.project)
    faults = load_faults(options.project / config.faults.folder)
    case = flow.triage(logs, faults=faults, stdin=sys.stdin.buffer)
    return deliver(case, options, config)


ROOM = triage
