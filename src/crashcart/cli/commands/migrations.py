"""``crashcart migrations``."""

from __future__ import annotations

import click

from crashcart.cli.options import Options, common, shadow
from crashcart.model.errors import ExitCode
from crashcart.reports import FORMATS


@click.command()
@shadow
@common(formats=FORMATS)
def migrations(options: Options, shadow_url_env: str) -> ExitCode:
    """Prove the state of each migration, statement by statement. Reads only."""
    from crashcart.cli.deliver import deliver
    from crashcart.cli.patient import shadow_url, target
    from crashcart.faults import load as load_faults
    from crashcart.flows import config as configuration
    from crashcart.flows import migrations as flow

    config = configuration.load(options.config, options.project)
    faults = load_faults(options.project / config.faults.folder)
    case = flow.migrations(target(options, config), options.hands, faults=faults, shadow_url=shadow_url(shadow_url_env))
    return deliver(case, options, config)


ROOM = migrations
