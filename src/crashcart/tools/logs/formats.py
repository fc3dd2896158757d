"""The kinds of logs that are more than lines as they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from crashcart.tools.logs import deployment, docker_local, docker_stream, journal, web_page, wrapping
from crashcart.tools.logs.blocks import plain
from crashcart.tools.logs.records import DOCKER_JSON, KUBERNETES
from crashcart.tools.logs.streams import Block, Note, Parts


class Format(NamedTuple):
    """How one kind of log is known and read."""

    recognises: Callable[[bytes], object]
    """Takes the log's first bytes."""
    blocks: Callable[[Parts, Note, int], tuple[Iterator[Block], str | None]]
    """Takes the log, and the bytes that a block should have; gives its lines, and the command that prints them from
    the log where they are not the log's own."""
    binary: bool = False


PLAIN = Format(len, plain)
FORMATS = (
    Format(docker_local.recognises, docker_local.blocks, binary=True),
    Format(docker_stream.recognises, docker_stream.blocks, binary=True),
    Format(journal.recognises_export, journal.export_blocks, binary=True),
    Format(DOCKER_JSON.recognises, DOCKER_JSON.blocks),
    Format(KUBERNETES.recognises, KUBERNETES.blocks),
    Format(deployment.recognises, deployment.blocks),
    Format(journal.recognises_json, journal.json_blocks),
    Format(web_page.recognises, web_page.blocks),
    Format(wrapping.recognises, wrapping.blocks),
)


def recognised(head: bytes, *, binary: bool = False) -> Format | None:
    """The kind of the log that begins with *head*, if it is none of plain lines."""
    return next((each for each in FORMATS if each.binary == binary and each.recognises(head)), None)
