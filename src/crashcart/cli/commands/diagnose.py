"""``crashcart diagnose``."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Any

import click

from crashcart.cli.options import Options, common, shadow
from crashcart.cli.reading import reading
from crashcart.model.errors import ExitCode
from crashcart.reports import FORMATS


@click.command()
@click.argument("logs", nargs=-1, metavar="[LOG]...")
@reading
@shadow
@common(formats=FORMATS)
def diagnose(options: Options, logs: tuple[str, ...], shadow_url_env: str, **how: Any) -> ExitCode:
    """Find what is wrong, prove it, and plan what repairs it. Reads only."""
    from crashcart.cli.deliver import deliver
    from crashcart.cli.patient import shadow_url, target
    from crashcart.cli.progress import bar
    from crashcart.flows import config as configuration
    from crashcart.flows import diagnose as flow

    config = configuration.load(options.config, options.project)
    drawn = bar(quiet=options.talk.quiet)
    with drawn or nullcontext():
        case = flow.diagnose(
            target(options, config),
            logs,
            options.hands,
            faults_folder=options.project / config.faults.folder,
            stdin=sys.stdin.buffer,
            shadow_url=shadow_url(shadow_url_env),
            progress=drawn,
            **how,
        )
    return deliver(case, options, config)


ROOM = diagnose
