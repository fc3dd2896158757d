"""``crashcart faults``."""

from __future__ import annotations

from pathlib import Path

import click

from crashcart.cli.options import ASKS_THE_WORLD, Options, common
from crashcart.model.errors import ExitCode


@click.group(invoke_without_command=False)
def faults() -> None:
    """Look after your own faults, the files below .crashcart/faults."""


@faults.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[FOLDER]")
@common(*ASKS_THE_WORLD, "--fail-on")
def check(options: Options, folder: Path | None) -> ExitCode:
    """Check your own faults: form, examples, breadth, collisions. Exits with 2 where one does not work."""
    from crashcart.cli.deliver import wants_color, width, write
    from crashcart.flows import config as configuration
    from crashcart.flows import faults as flow
    from crashcart.reports.fault_check import FaultCheck, render_fault_check

    configured = options.project / configuration.load(options.config, options.project).faults.folder
    found = flow.check(folder or configured, optional=folder is None)
    code = ExitCode.OK if found.sound else ExitCode.USAGE
    report = FaultCheck(str(found.folder), found.faults, found.replaced, found.flaws, int(code))
    color = not options.output and wants_color()
    write(render_fault_check(report, options.format, width=width(), color=color), options)
    return code


ROOM = faults
