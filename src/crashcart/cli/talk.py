"""What crashcart says to people on stderr: short, and redacted."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass


@dataclass(slots=True)
class Talk:
    """Talk and progress; data goes to stdout and never through here."""

    quiet: bool = False
    verbose: bool = False

    def say(self, text: str) -> None:
        """Something that a person may want to know."""
        if not self.quiet:
            _stderr(text)

    def error(self, text: str, advice: str | None = None) -> None:
        """Why this command ends here, and what can be done about it."""
        _stderr(f"crashcart: {text}")
        if advice:
            _stderr(f"  {advice}")

    def crash(self, error: BaseException) -> None:
        """An error of crashcart's own; all of it only for those who ask with ``-v``."""
        if self.verbose:
            import traceback

            _stderr("".join(traceback.format_exception(error)).rstrip())
        said = " ".join(str(error).split())[:500]
        self.error(
            f"failed by itself: {type(error).__name__}{f': {said}' if said else ''}",
            None if self.verbose else "this is a bug; -v shows where",
        )


def _stderr(text: str) -> None:
    from crashcart.tools.redaction import redact

    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(
            redact(text).encode("utf-8", "replace").decode(sys.stderr.encoding or "ascii", "replace") + "\n"
        )
        sys.stderr.flush()
