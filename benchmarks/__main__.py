"""``make bench``: triage of generated logs against what a user would pick instead: ratios, not seconds."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks import rivals
from benchmarks.logs import write_log
from benchmarks.measure import HEAD, Command, Result, compare, run
from crashcart.diagnosis.notice import notice
from crashcart.faults import load
from crashcart.tools.logs import read

SMALL = 64
KINDS = 60
"""Kinds of trouble in the dense log: a deployment that repeats itself has few."""


def main(arguments: list[str] | None = None) -> None:
    asked = _arguments(arguments)
    folder = Path(tempfile.mkdtemp(prefix="crashcart-bench-", dir=asked.folder))
    try:
        _measure(folder, asked.size, asked.dense, asked.rounds)
    finally:
        shutil.rmtree(folder)


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("benchmarks", description=__doc__)
    parser.add_argument("--size", type=int, default=2000, help="MB of the long log (default: 2000)")
    parser.add_argument("--dense", type=int, default=64, help="MB of the log with 10 %% errors (default: 64)")
    parser.add_argument("--rounds", type=int, default=3, help="paired runs (default: 3)")
    parser.add_argument("--folder", help="where the logs are made (default: the system's temporary folder)")
    return parser.parse_args(given)


def _measure(folder: Path, size: int, dense: int, rounds: int) -> None:
    traces = [trace for fault in load().values() for trace in fault.traces]
    examples = [e.line for trace in traces for e in trace.matches if "\n" not in e.line]
    rivals.write_words(folder)
    _say(*rivals.versions(), f"{os.cpu_count()} cores, {len(load())} faults", "")
    sparse, many, small = (folder / name for name in ("sparse.log", "dense.log", "small.log"))
    write_log(sparse, size * 10**6, 0.0001, examples, 1)
    write_log(many, dense * 10**6, 0.1, random.Random(4).sample(examples, KINDS), 2)  # noqa: S311 - text, not keys
    write_log(small, min(size, SMALL) * 10**6, 0.0001, examples, 3)
    _check(small if size > SMALL else sparse, folder)
    _table(f"plain, {size} MB, 0.01 % errors", sparse, [*rivals.on_plain(sparse, folder)], rounds, folder)
    _table(f"dense, {dense} MB, 10 % errors", many, [*rivals.on_plain(many, folder)], rounds, folder)
    for packed in _packed(sparse):
        _table(f"{packed.suffix}, {size} MB", packed, [*rivals.on_packed(packed)], rounds, folder)
    _loop(small, folder)
    _start_up(small, rounds, folder)


def _check(log: Path, folder: Path) -> None:
    """Nothing counts unless the answers are right: the plain loop's, and no line of the rivals is missing."""
    noticed = notice(read(log), load())
    claims = sorted((c.fault, c.count, str(c.facts)) for c in noticed.claims)
    assert rivals.answers(log) == (noticed.lines_read, claims), "the scan loses something"
    there, _ = rivals.installed(rivals.on_plain(log, folder))
    lines = {c.name: _lines(c, folder / "check") for c in there if "keywords" in c.name}
    scanned = lines.pop("only the scan for keywords")
    for name, found in lines.items():
        missing = len(found - scanned)
        _say(f"checked: of {len(found)} lines of {name!r} {missing} are missing from the scan's {len(scanned)}")
        assert not missing, name
    _say("checked: the claims are those of a plain loop over all lines", "")


def _lines(command: Command, output: Path) -> set[int]:
    assert run(command, output).code in command.good, output.with_name("check.err").read_text()
    return {int(line.split(b":")[0]) for line in output.read_bytes().splitlines()}


def _table(title: str, log: Path, others: list[Command], rounds: int, folder: Path) -> None:
    there, missing = rivals.installed(iter([rivals.own(log), *others]))
    results = compare(there, rounds, folder)
    _say(f"## {title}", "", HEAD, *(result.told() for result in results))
    _say(*(f"{'not installed':>35}  {name}" for name in missing), f"A/A spread: {_spread(results[1]):.0%}", "")


def _spread(result: Result) -> float:
    return max(abs(ratio - 1) for ratio in result.wall) if len(result.wall) > 1 else 0.0


def _packed(log: Path) -> list[Path]:
    from backports import zstd
    from isal import igzip

    made = []
    for name, opened in (("gz", igzip.open), ("zst", zstd.open)):
        path = log.with_suffix(f".{name}")
        with log.open("rb") as source, opened(path, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        made.append(path)
    return made


def _loop(log: Path, folder: Path) -> None:
    """How the plain loop fares, on a piece that it can finish."""
    piece = folder / "piece.log"
    with log.open("rb") as source:
        piece.write_bytes(source.read(20_000))
    loop = run(Command("loop", [*rivals.ASK, "loop", str(piece)]), folder / "loop")
    _say(f"a loop of Python's re over {piece.stat().st_size / 1e3:.0f} KB: {loop.wall:.1f} s", "")


def _start_up(log: Path, rounds: int, folder: Path) -> None:
    """What a short run costs beyond the interpreter itself."""
    bare = Command("python -c pass", [sys.executable, "-c", "pass"])
    helped = Command("crashcart --help", [sys.executable, "-m", "crashcart", "--help"])
    _say(f"## start-up, and a log of {log.stat().st_size / 1e6:.0f} MB", "")
    for command in (helped, rivals.own(log)):
        pairs = [(run(bare, folder / "a"), run(command, folder / "b")) for _ in range(max(3, 2 * rounds))]
        wall = statistics.median(b.wall - a.wall for a, b in pairs) * 1000
        cpu = statistics.median(b.cpu - a.cpu for a, b in pairs) * 1000
        _say(f"{wall:8.0f} ms wall, {cpu:.0f} ms CPU above python -c pass: {command.name}")


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
