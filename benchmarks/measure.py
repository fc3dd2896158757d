"""Whole processes, measured by the system: wall time, CPU time, memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[1]
SLOW = 15.0
"""Seconds of a run that is not repeated."""


@dataclass(frozen=True)
class Run:
    """One process, from its start to its end."""

    wall: float
    cpu: float
    memory: float
    """MB, at most."""
    code: int


@dataclass(frozen=True)
class Command:
    """What to run. *limit*: seconds after which it has lost."""

    name: str
    words: Sequence[str]
    good: tuple[int, ...] = (0, 1, 3)
    environment: Mapping[str, str] | None = None


def run(command: Command, output: Path) -> Run:
    """Its output goes to a file: some programs stop early when nobody reads it."""
    start = time.perf_counter()
    with output.open("wb") as out, Path(f"{output}.err").open("wb") as err:
        env = {**os.environ, **(command.environment or {})}
        process = subprocess.Popen(command.words, stdout=out, stderr=err, env=env, cwd=PROJECT)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, process.returncode)


@dataclass
class Result:
    """The runs of one command, beside those of the first command in the same rounds."""

    name: str
    runs: list[Run]
    wall: list[float]
    """Ratios to the first command's, one for each round."""
    cpu: list[float]
    failed: str = ""

    def told(self) -> str:
        if self.failed:
            return f"{'–':>8} {'–':>8} {'–':>8} {'–':>7}  {self.name}: {self.failed}"
        wall, cpu = statistics.median(self.wall), statistics.median(self.cpu)
        seconds = statistics.median(each.wall for each in self.runs)
        memory = max(each.memory for each in self.runs)
        note = "" if len(self.runs) > 1 else " (one run)"
        return f"{wall:8.2f} {cpu:8.2f} {seconds:8.3f} {memory:7.0f}  {self.name}{note}"


HEAD = f"{'wall ×':>8} {'CPU ×':>8} {'seconds':>8} {'MB':>7}"


def compare(commands: Sequence[Command], rounds: int, folder: Path) -> list[Result]:
    """Each command in every round; the first one is what the others are compared with, and runs twice (A/A)."""
    first = commands[0]
    run(first, folder / "out-0")
    results = [
        Result(f"{first.name}, again" if n == 1 else c.name, [], [], []) for n, c in enumerate([first, *commands])
    ]
    for _ in range(rounds):
        own: Run | None = None
        for n, (command, result) in enumerate(zip([first, *commands], results, strict=True)):
            if result.failed or (result.runs and result.runs[-1].wall > SLOW):
                continue
            done = run(command, folder / f"out-{max(0, n - 1)}")
            if done.code not in command.good:
                result.failed = _reason(folder / f"out-{max(0, n - 1)}.err", done.code)
                continue
            own = own or done
            result.runs.append(done)
            result.wall.append(done.wall / own.wall)
            result.cpu.append(done.cpu / own.cpu)
    return results


def _reason(path: Path, code: int) -> str:
    said = path.read_text(errors="replace").strip().splitlines()
    return f"exit code {code}: {said[0][:100] if said else ''}"
