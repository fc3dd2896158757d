"""Works ahead of whoever reads, in a thread of its own, by a bounded number of parts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from crashcart.tools.logs.streams import BLOCK

DEPTH = 3
PATIENCE = 0.1
"""Seconds after which a producer looks whether anybody still reads."""
T = TypeVar("T")

if TYPE_CHECKING:
    from queue import Queue


def batches(parts: Iterator[bytes], size: int = BLOCK) -> Iterator[list[bytes]]:
    """*parts*, some together, for a thread that need not be woken for each."""
    batch: list[bytes] = []
    held = 0
    for part in parts:
        batch.append(part)
        held += len(part)
        if held >= size:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def ahead(items: Iterator[T], depth: int = DEPTH) -> Iterator[T]:
    """*items*, made by a thread while the reader works on earlier ones. Raises what making them raises."""
    from queue import Queue

    queue: Queue[T | _End] = Queue(depth)
    gone = threading.Event()
    threading.Thread(target=_produce, args=(items, queue, gone), daemon=True).start()
    try:
        while not isinstance(item := queue.get(), _End):
            yield item
        if item.error:
            raise item.error
    finally:
        gone.set()


class _End:
    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def _produce(items: Iterator[T], queue: Queue[T | _End], gone: threading.Event) -> None:
    end = _End()
    try:
        for item in items:
            if not _put(queue, item, gone):
                return
    except BaseException as error:  # noqa: BLE001 - the reader raises it
        end = _End(error)
    _put(queue, end, gone)


def _put(queue: Queue[T | _End], item: T | _End, gone: threading.Event) -> bool:
    from queue import Full

    while not gone.is_set():
        try:
            queue.put(item, timeout=PATIENCE)
        except Full:
            continue
        return True
    return False
