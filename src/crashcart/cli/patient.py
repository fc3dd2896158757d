"""The target that the flags and the configuration lead to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from crashcart.model.secret import Secret
from crashcart.tools.redaction import learn

if TYPE_CHECKING:
    from crashcart.cli.options import Options
    from crashcart.model.config import Config
    from crashcart.model.target import Target


def target(options: Options, config: Config) -> Target:
    """What discovery finds in the project. Raises UsageError for what was named and is not there."""
    from crashcart.flows.target import discover

    found = discover(
        options.project,
        config=config,
        commit=options.commit,
        env_file=options.env_file,
        database_url_env=options.database_url_env,
        environ={name: value for name, value in os.environ.items() if not name.startswith("CRASHCART_")},
    )
    for variable in found.variables:
        learn(variable.value)
    return found


def shadow_url(name: str) -> str | None:
    """The URL of the server to replay on, from the variable *name*."""
    url = os.environ.get(name)
    return learn(Secret(url, name)).reveal() if url else None
