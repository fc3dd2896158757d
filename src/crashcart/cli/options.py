"""The flags that all commands share, and the variables that stand in for them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from crashcart.cli.talk import Talk
from crashcart.model.fault import Severity
from crashcart.reports import FORMATS, PLAIN_FORMATS, Format
from crashcart.tools.clock import Deadline
from crashcart.tools.hands import Hands

LATER_FORMATS = ("junit", "sarif")
MAX_SECONDS = 86_400.0
ASKS_THE_WORLD = "--commit", "--env-file", "--database-url-env", "--timeout", "--offline"
"""Flags that mean nothing to a command which asks no target."""
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Options:
    """What the person asked for, whichever command it is."""

    project: Path
    config: Path | None
    commit: str | None
    env_file: Path | None
    database_url_env: str | None
    format: Format
    output: Path | None
    fail_on: Severity | None
    """None: never fail because of findings."""
    offline: bool
    hands: Hands
    talk: Talk


class _Format(click.ParamType[str]):
    name = "format"

    def __init__(self, formats: Sequence[str]) -> None:
        self._formats = formats

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text, known = str(value).lower(), ", ".join(self._formats)
        if text in LATER_FORMATS:
            self.fail(f"{text} is not there yet; this version writes {known}.", param, ctx)
        if text not in self._formats:
            what = f"{text} is for reports on logs and targets; this command writes" if text in FORMATS else ""
            self.fail(f"{what} {known}." if what else f"{value!r} is none of {known}.", param, ctx)
        return text


class _Seconds(click.ParamType[float]):
    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds <= MAX_SECONDS:
            self.fail(f"{value!r} is no number of seconds above 0 and up to {MAX_SECONDS:g}.", param, ctx)
        return seconds


class _Level(click.ParamType[str]):
    name = "level"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        levels = {level.lower(): level for level in (*(str(s) for s in Severity), "never")}
        if str(value).lower() not in levels:
            self.fail(f"{value!r} is none of {', '.join(levels.values())}.", param, ctx)
        return levels[str(value).lower()]


class _Output(click.ParamType[Path]):
    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(value)
        if path.is_dir():
            self.fail(f"{path} is a folder; name a file in it.", param, ctx)
        if not path.parent.is_dir():
            self.fail(f"the folder {path.parent} does not exist.", param, ctx)
        return path


def _option(*names: str, **how: Any) -> Callable[[F], F]:
    """A flag with its variable: ``--env-file`` and ``CRASHCART_ENV_FILE``."""
    variable = names[-1].strip("-").replace("-", "_").upper()
    return click.option(*names, envvar=f"CRASHCART_{variable}", show_envvar=True, **how)


def _flag(*names: str, **how: Any) -> tuple[str, Callable[[bool], Callable[[F], F]]]:
    """One of the shared flags by its name, to be made with or without a line in the help."""
    return names[-1], lambda hidden: _option(*names, hidden=hidden, **how)


_SHADOW = "Variable with the URL of a server to replay migrations on (default: one of its own)."
_DIRECTORY = click.Path(path_type=Path)
_FLAGS = (
    _flag("--project", type=_DIRECTORY, default=".", metavar="DIR", help="The app's folder (default: here)."),
    _flag("--config", type=_DIRECTORY, metavar="FILE", help="Default: crashcart.toml in the project."),
    _flag("--commit", metavar="REV", help="The deployed commit (default: what the platform says, else HEAD)."),
    _flag("--env-file", type=_DIRECTORY, metavar="FILE", help="The app's variables, before all other sources."),
    _flag("--database-url-env", metavar="NAME", help="Variable with the database URL (default: DATABASE_URL)."),
    _flag("--output", type=_Output(), metavar="FILE", help="Write the report there instead of to stdout."),
    _flag(
        "--fail-on",
        type=_Level(),
        default="P1",
        metavar="P0|P1|P2|P3|never",
        help="Exit with 3 from this severity on (default: P1).",
    ),
    _flag("--timeout", type=_Seconds(), default=5, metavar="SECONDS", help="For one probe (default: 5)."),
    _flag("--deadline", type=_Seconds(), default=300, metavar="SECONDS", help="For everything (default: 300)."),
    _flag("--offline", is_flag=True, help="No network, no database."),
    _flag("--quiet", is_flag=True, help="Nothing on stderr but errors."),
    _flag("-v", "--verbose", is_flag=True, help="Say more, and show where crashcart itself failed."),
)


def common(*meaningless: str, formats: Sequence[str] = PLAIN_FORMATS) -> Callable[[F], F]:
    """Gives a command that writes *formats* the shared flags as one ``options``, and ends it at its deadline.

    Flags that are *meaningless* to it are taken all the same, so that every command may be called alike; its help is
    silent about them.
    """

    def decorate(command: F) -> F:
        wrapped: Any = _option(
            "--format", type=_Format(formats), default="text", metavar="|".join(formats), help="Default: text."
        )(_prepared(command))
        for name, made in reversed(_FLAGS):
            wrapped = made(name in meaningless)(wrapped)
        return wrapped  # type: ignore[no-any-return]

    return decorate


def _prepared(command: F) -> F:
    @functools.wraps(command)
    def wrapped(**given: Any) -> Any:
        talk, watchdog = click.get_current_context().obj
        talk.quiet |= given.pop("quiet")
        talk.verbose |= given.pop("verbose")
        deadline = given.pop("deadline")
        if given.get("follow") and _is_default("deadline"):
            deadline = math.inf
        else:
            watchdog.watch(deadline)
        hands = Hands(given.pop("timeout"), Deadline(deadline), given["offline"])
        fail_on = given.pop("fail_on")
        threshold = None if fail_on == "never" else Severity(fail_on)
        shared = {name: given.pop(name) for name in Options.__slots__ if name in given}
        try:
            return command(Options(**shared, fail_on=threshold, hands=hands, talk=talk), **given)
        except KeyboardInterrupt as stopped:
            raise watchdog.reason from stopped

    return wrapped  # type: ignore[return-value]


def _is_default(name: str) -> bool:
    source = click.get_current_context().get_parameter_source(name)
    return source is click.core.ParameterSource.DEFAULT


def shadow(command: F) -> F:
    """Adds the flag that names where to replay migrations instead of on a server of crashcart's own."""
    return _option("--shadow-url-env", default="CRASHCART_SHADOW_URL", metavar="NAME", help=_SHADOW)(command)
