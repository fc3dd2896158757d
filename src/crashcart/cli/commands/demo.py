"""``crashcart demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from crashcart.cli.options import ASKS_THE_WORLD, Options, common
from crashcart.model.errors import ExitCode

if TYPE_CHECKING:
    from crashcart.model.case import Case


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), metavar="DIR", help="Stage it there (default: temporary).")
@click.option("--keep", is_flag=True, help="Keep the folder and its database to play with.")
@common(*ASKS_THE_WORLD, "--project", "--config", "--fail-on")
def demo(options: Options, folder: Path | None, keep: bool) -> ExitCode:
    """Stage a real incident and rescue it, end to end."""
    from crashcart.cli.deliver import wants_color, width, write
    from crashcart.flows import demo as flow
    from crashcart.reports import render
    from crashcart.tools.redaction import mask

    def tell(line: str) -> None:
        click.echo(mask(line), err=options.format != "text", color=wants_color())

    def shown(case: Case, kind: Literal["text", "markdown"]) -> str:
        color = kind == "text" == options.format and wants_color()
        return render(case, kind, width=width(), color=color)

    case = flow.demo(folder, keep, tell, render=shown)
    if options.format != "text" or options.output:
        write(render(case, options.format, width=width()), options)
    return ExitCode.OK


ROOM = demo
