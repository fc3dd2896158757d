"""Finds the lines of a log that hold any of many words, at the speed at which the log can be read."""

from __future__ import annotations

from crashcart.tools.scanner.lines import WINDOW
from crashcart.tools.scanner.scan import Hit, Scannable, Scanner

__all__ = ["WINDOW", "Hit", "Scannable", "Scanner"]
