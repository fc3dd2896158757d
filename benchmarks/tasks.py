"""Parts of the work, each as a process of its own: ``python -m benchmarks.tasks TASK LOG``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

BLOCK = 1 << 20


def scan(log: str) -> None:
    """The lines in which a keyword may stand."""
    from crashcart.diagnosis.notice import Watch
    from crashcart.faults import load
    from crashcart.tools.logs import open_log
    from crashcart.tools.scanner import Scanner

    scanner = Scanner(Watch(load()).words)
    with open_log(log) as opened:
        for hit in scanner.hits(opened):
            sys.stdout.write(f"{hit.number}\n")


def aho_corasick(log: str) -> None:
    """The same by an automaton, block by block."""
    from crashcart.diagnosis.notice import Watch
    from crashcart.faults import load
    from crashcart.tools.scanner.engines import AhoCorasickEngine
    from crashcart.tools.scanner.literals import literals

    find = AhoCorasickEngine(sorted({form for word in Watch(load()).words for form in literals(word)})).finder()
    before = 0
    for data in _blocks(log):
        told = 0
        for end, _ in find(data):
            if end > told:
                told = (data.find(b"\n", end) + 1) or len(data)
                number = before + data.count(b"\n", 0, end) + 1
                sys.stdout.write(f"{number}\n")
        before += data.count(b"\n")


def unpack(log: str) -> None:
    """Nothing but the fastest decompression."""
    buffer = bytearray(BLOCK)
    if log.endswith(".gz"):
        from isal import igzip

        with igzip.open(log, "rb") as file:  # type: ignore[no-untyped-call]
            while file.readinto(buffer):
                pass
    else:
        from backports import zstd

        with zstd.open(log, "rb") as file:
            while file.readinto(buffer):
                pass


def loop(log: str) -> None:
    """Each pattern of each room on each line."""
    import re

    from crashcart.faults import load

    traces = [trace for fault in load().values() for trace in fault.traces]
    patterns = [re.compile(pattern, re.IGNORECASE) for trace in traces for pattern in trace.patterns]
    with Path(log).open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if any(pattern.search(line) for pattern in patterns):
                sys.stdout.write(f"{number}\n")


def _blocks(log: str) -> Iterator[bytes]:
    with Path(log).open("rb") as file:
        while data := file.read(BLOCK):
            yield data + file.readline()


if __name__ == "__main__":
    {"scan": scan, "aho-corasick": aho_corasick, "unpack": unpack, "loop": loop}[sys.argv[1]](sys.argv[2])
