"""Prints a log as it is read: ``python3 -m crashcart.tools.logs FILE``."""

from __future__ import annotations

import sys

from crashcart.model.errors import CrashcartError
from crashcart.tools.logs import open_logs


def main(arguments: list[str]) -> int:
    """Writes the lines to standard output, what went wrong to standard error."""
    problems: list[str] = []
    try:
        for name in arguments or ["-"]:
            for log in open_logs(name, problems=problems):
                for block in log.blocks():
                    sys.stdout.buffer.write(block.data)
        sys.stdout.flush()
    except CrashcartError as error:
        problems.append(str(error))
    except BrokenPipeError:
        sys.stderr.close()
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201 - it is its own small program
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
