"""``python -m crashcart.staging FOLDER`` runs the database of a kept folder until Ctrl-C."""

from __future__ import annotations

import sys
from pathlib import Path

from crashcart.model.errors import CrashcartError, ExitCode
from crashcart.staging import keeping


def main(arguments: list[str]) -> int:
    """Serve the folder named; gives the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m crashcart.staging FOLDER\n")
        return ExitCode.USAGE
    try:
        keeping.serve(Path(arguments[0]), _say)
    except CrashcartError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return ExitCode.OK


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
