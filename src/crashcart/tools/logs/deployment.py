"""A platform's record of a deployment, or of a container's log: one JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain

from crashcart.tools.expressions import lazy
from crashcart.tools.logs.blocks import plain
from crashcart.tools.logs.streams import BLOCK, Block, Note, Parts

MAX_JSON = 16 * 1024 * 1024
"""Bytes of a document that is unwrapped."""
RECORD = lazy(
    rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*\{\s*"(?:command|output|type|timestamp|hidden|batch|order)"'
    rb'|\{\s*"(?:logs|id|application_id|deployment_uuid)")'
)
"""How the record of one deployment begins, as a platform's API gives it."""


def recognises(head: bytes) -> object:
    return RECORD.match(head)


def blocks(parts: Parts, note: Note, size: int) -> tuple[Iterator[Block], str | None]:
    """The outputs in the order of the record, and the command that prints them; other JSON stays as it is."""
    taken: list[bytes] = []
    read = 0
    for part in parts:
        taken.append(part)
        read += len(part)
        if read > MAX_JSON:
            note(f"a record of more than {MAX_JSON} bytes was read as the text that it is")
            return plain(chain(taken, parts), note, size)
    try:
        outputs, query = _outputs(json.loads(b"".join(taken)), ".")
    except (ValueError, RecursionError):
        return plain(iter(taken), note, size)
    import shlex

    return plain(_pieces(outputs), note, BLOCK)[0], f"jq -r {shlex.quote(query)}"


def _pieces(outputs: list[str]) -> Parts:
    for text in outputs:
        whole = f"{text}\n".encode("utf-8", "replace")
        yield from (whole[at : at + BLOCK] for at in range(0, len(whole), BLOCK))


def _outputs(record: object, query: str) -> tuple[list[str], str]:
    """Raises ValueError for a document that holds no log."""
    if isinstance(record, dict) and isinstance(record.get("logs"), str):
        return _inner(record["logs"], f"{query}logs")
    if isinstance(record, list) and record and all(isinstance(entry, dict) and "output" in entry for entry in record):
        outputs = [entry["output"] for entry in record]
        return [text for text in outputs if isinstance(text, str)], f"{query}[].output // empty"
    raise ValueError("holds no log")


def _inner(logs: str, query: str) -> tuple[list[str], str]:
    try:
        return _outputs(json.loads(logs), f"{query} | fromjson | .")
    except ValueError:
        return [logs], query
