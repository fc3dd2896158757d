"""``crashcart init``."""

from __future__ import annotations

import click
from click.core import ParameterSource

from crashcart.cli.options import Options, common
from crashcart.model.errors import ExitCode

_ORIGINS = {ParameterSource.COMMANDLINE: "flag", ParameterSource.ENVIRONMENT: "environment"}


@click.command()
@click.option("--force", is_flag=True, help="Replace the file that stands there.")
@click.option("--show", is_flag=True, help="Write nothing; print each value that holds, with its origin.")
@common()
def init(options: Options, force: bool, show: bool) -> ExitCode:
    """Write crashcart.toml from what is found in the project."""
    from crashcart.cli.deliver import wants_color, width, write
    from crashcart.cli.patient import target
    from crashcart.flows import config as configuration
    from crashcart.flows import init as flow
    from crashcart.model.config import Config
    from crashcart.reports.settings import render_settings

    path = options.config or options.project / configuration.FILE
    if show:
        config = configuration.load(options.config, options.project)
        settings = flow.settings(target(options, config), config, _given())
        rows = [(s.key, s.value, s.origin) for s in settings]
        write(render_settings(rows, options.format, width=width(), color=wants_color()), options)
        return ExitCode.OK
    flow.write(target(options, Config()), path, force=force)
    options.talk.say(f"crashcart: written to {path}")
    return ExitCode.OK


def _given() -> dict[str, tuple[str | None, str]]:
    ctx = click.get_current_context()
    flags = [p for p in ctx.command.params if isinstance(p, click.Option) and p.envvar and p.name]
    return {flag.opts[-1]: _value(ctx, str(flag.name)) for flag in flags}


def _value(ctx: click.Context, name: str) -> tuple[str | None, str]:
    source = ctx.get_parameter_source(name)
    value = ctx.params[name]
    origin = _ORIGINS.get(source, "default") if source else "default"
    return None if value is None else str(value), origin


ROOM = init
