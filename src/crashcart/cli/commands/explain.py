"""``crashcart explain``."""

from __future__ import annotations

import click

from crashcart.cli.options import ASKS_THE_WORLD, Options, common
from crashcart.model.errors import ExitCode


@click.command()
@click.argument("fault", required=False)
@common(*ASKS_THE_WORLD, "--fail-on")
def explain(options: Options, fault: str | None) -> ExitCode:
    """Explain a fault in plain words; without one, list them all."""
    from crashcart.cli.deliver import wants_color, width, write
    from crashcart.faults import load as load_faults
    from crashcart.flows import config as configuration
    from crashcart.flows.explain import explained_by, find
    from crashcart.reports.faults import Explained, render_fault, render_faults

    config = configuration.load(options.config, options.project)
    faults = load_faults(options.project / config.faults.folder)
    color = not options.output and wants_color()
    if fault is None:
        every = [Explained(f, explained_by(f, faults)) for f in faults.values()]
        write(render_faults(every, options.format, width=width(), color=color), options)
    else:
        found = find(fault, faults)
        explained = Explained(found, explained_by(found, faults))
        write(render_fault(explained, options.format, width=width(), color=color), options)
    return ExitCode.OK


ROOM = explain
