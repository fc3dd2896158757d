"""What holds for every log, however odd."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from itertools import islice

from crashcart.model.errors import UnavailableError, UsageError
from crashcart.tools.framing import readings, unframe
from crashcart.tools.logs import MAX_LINE, open_logs, text_of
from crashcart.tools.logs.streams import BLOCK
from crashcart.tools.logs.window import Window, within

LARGEST = BLOCK + 2 * MAX_LINE
WINDOW = Window(datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
LINES = 20
"""Lines of each block that are taken out of their frames."""


def read_all(content: bytes, *, windowed: bool = False) -> tuple[list[bytes], list[str]]:
    """All that is read of *content*, and the problems; raises AssertionError where reading breaks its promises."""
    problems: list[str] = []
    blocks: list[bytes] = []
    try:
        for log in open_logs(io.BytesIO(content), "hostile", problems):
            for data, numbers in (within(log, WINDOW) if windowed else log).blocks():
                count = data.count(b"\n")
                assert data.endswith(b"\n")
                assert len(data) <= LARGEST
                assert numbers is None or (len(numbers) == count and min(numbers[0], numbers[count - 1]) >= 1)
                blocks.append(data)
    except (UsageError, UnavailableError) as error:
        problems.append(str(error))
    for data in blocks:
        for raw in islice(data.split(b"\n"), LINES):
            text = text_of(raw)
            assert "\n" not in text
            assert "\x1b" not in text or not text.isprintable()
            assert unframe(text).message is not None
            assert readings(text)[0] == text
    assert all("\x1b" not in problem for problem in problems)
    return blocks, problems
