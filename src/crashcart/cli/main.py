"""The process: commands found by name, every ending with its exit code, no secret in any message."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import NoReturn

import click

from crashcart import __version__
from crashcart.cli import commands
from crashcart.cli.talk import Talk
from crashcart.cli.watchdog import Watchdog, heed_termination, interrupt_again
from crashcart.model.errors import CrashcartError, ExitCode

FOLDER = commands.__path__[0]


class Commands(click.Group):
    """The commands of the folder ``commands``, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        return sorted(
            name.removesuffix(".py")
            for name in os.listdir(FOLDER)  # noqa: PTH208 - pathlib is slow
            if name[0] not in "_." and name[-3:] == ".py"
        )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"{commands.__name__}.{cmd_name}").ROOM
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What each command does, out of its file: to import them all takes longer than everything else."""
        names = self.list_commands(ctx)
        room = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            formatter.write_dl([(name, _about(name).get_short_help_str(room)) for name in names])


def _about(name: str) -> click.Command:
    """A stand-in for a command, with the beginning of its help."""
    with open(os.path.join(FOLDER, f"{name}.py"), encoding="utf-8") as file:  # noqa: PTH118, PTH123 - pathlib is slow
        told = file.read().partition(f"\ndef {name}(")[2].split('"""', 2)
    return click.Command(name, help=told[1] if len(told) > 1 else None)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="crashcart %(version)s")
@click.option("--quiet", is_flag=True, help="Nothing on stderr but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say more, and show where crashcart itself failed.")
@click.pass_obj
def crashcart(obj: tuple[Talk, Watchdog] | None, quiet: bool, verbose: bool) -> None:
    """Find out why a deployment failed, prove which errors are real, plan what repairs them.

    Exit codes: 0 nothing at or above the threshold, 1 crashcart itself failed, 2 usage or configuration,
    3 findings at or above the threshold, 4 something required could not be checked, 124 timeout, 130 interrupted.
    """
    if obj:
        obj[0].quiet, obj[0].verbose = quiet, verbose


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code."""
    talk = Talk()
    watchdog = Watchdog(talk)
    _guard(talk)
    heed_termination()
    code = run(sys.argv[1:] if arguments is None else arguments, talk, watchdog)
    code = max(code, _flush())
    watchdog.ending(code)
    if translator := sys.modules.get("crashcart.tools.expressions"):
        translator.keep()
    sys.exit(int(code))


def run(arguments: Sequence[str], talk: Talk, watchdog: Watchdog) -> ExitCode:
    """The exit code of one command; whatever goes wrong becomes one message."""
    try:
        code = crashcart.main(list(arguments), "crashcart", standalone_mode=False, obj=(talk, watchdog))
        return ExitCode(code) if code else ExitCode.OK
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.ClickException as error:
        talk.error(error.format_message(), _advice(error))
        return ExitCode.USAGE
    except CrashcartError as error:
        talk.error(str(error), error.advice)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        reason = watchdog.reason
        talk.error(str(reason))
        return reason.exit_code
    except Exception as error:  # noqa: BLE001 - the last one to hear of it
        talk.crash(error)
        return ExitCode.CRASHED


def _advice(error: click.ClickException) -> str | None:
    context = getattr(error, "ctx", None)
    if isinstance(error, click.NoSuchOption) and context and context.parent is None:
        return f"flags stand behind the command: crashcart COMMAND {error.option_name} …; try: crashcart --help"
    return f"try: {context.command_path} --help" if context else None


def _guard(talk: Talk) -> None:
    """What nobody caught, in any thread, is told redacted too."""

    def told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        del kind, trace
        talk.crash(error)

    def dropped(found: sys.UnraisableHookArgs) -> None:
        if isinstance(found.exc_value, KeyboardInterrupt):
            interrupt_again()
        elif found.exc_value:
            talk.crash(found.exc_value)

    sys.excepthook = told
    sys.unraisablehook = dropped
    import threading

    threading.excepthook = lambda found: talk.crash(found.exc_value) if found.exc_value else None


def _flush() -> ExitCode:
    """Whether all that was printed also arrived; a reader who left early needed no more."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return ExitCode.CRASHED
    return ExitCode.OK
