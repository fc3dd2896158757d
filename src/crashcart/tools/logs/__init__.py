"""Reads logs of any kind and size to clean lines, in bounded memory."""

from __future__ import annotations

from crashcart.tools.logs.lines import MAX_LINE, LogLine, clean, text_of
from crashcart.tools.logs.log import Log
from crashcart.tools.logs.opening import open_log, open_logs, read
from crashcart.tools.logs.streams import Block

__all__ = ["MAX_LINE", "Block", "Log", "LogLine", "clean", "open_log", "open_logs", "read", "text_of"]
