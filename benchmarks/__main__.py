"""``make bench``: triage of a generated log against grep, a plain loop of ``re`` and ``wc -l``: ratios, not seconds."""

from __future__ import annotations

import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from crashcart import faults

ROUNDS = 5
LINES = 400_000
ERRORS = 0.0001
NOISE = (
    '192.0.2.{b} - - [23/Nov/2026:18:00:{s:02}] "GET /api/items/{n} HTTP/1.1" 200 {n} "-" "curl/8.5"',
    "2026-11-23 18:00:{s:02}.{n:06} UTC [{n}] LOG:  checkpoint complete: wrote {n} buffers",
    '{{"level":"info","time":{n},"msg":"request completed","status":200,"path":"/items/{n}"}}',
    "#{b} {s}.{b} added {n} packages in {s}s",
)


def write_log(path: Path, examples: list[str]) -> None:
    """A log of ordinary noise in which one line of ten thousand is an example of a fault; the same at every run."""
    rng = random.Random(1)  # noqa: S311 - a generator of text, not of keys
    with path.open("w") as file:
        for _ in range(LINES):
            line = rng.choice(NOISE).format(b=rng.randrange(256), s=rng.randrange(60), n=rng.randrange(10**6))
            file.write((rng.choice(examples) if rng.random() < ERRORS else line) + "\n")


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def command(*words: str) -> Callable[[], object]:
    return lambda: subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def plain_loop(log: Path, patterns: list[re.Pattern[str]]) -> Callable[[], object]:
    def run() -> None:
        with log.open() as file:
            for line in file:
                for pattern in patterns:
                    pattern.search(line)

    return run


def contenders(log: Path, folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    traces = [trace for fault in faults.load().values() for trace in fault.traces]
    keywords = folder / "keywords"
    keywords.write_text("\n".join(sorted({word for trace in traces for word in trace.keywords})) + "\n")
    sample = folder / "sample.log"
    with log.open() as file:
        sample.write_text("".join(line for _, line in zip(range(LINES // 100), file, strict=False)))
    crashcart = [sys.executable, "-m", "crashcart", "triage", "--format", "json", "--fail-on", "never", str(log)]
    yield "crashcart triage", command(*crashcart)
    yield "grep -i -F -f keywords (lines only, no causes)", command("grep", "-i", "-F", "-f", str(keywords), str(log))
    yield "wc -l", command("wc", "-l", str(log))
    patterns = [re.compile(pattern) for trace in traces for pattern in trace.patterns]
    yield "loop of re (one hundredth of the log)", plain_loop(sample, patterns)


def main() -> None:
    examples = [e.line for fault in faults.load().values() for trace in fault.traces for e in trace.matches]
    folder = Path(tempfile.mkdtemp(prefix="crashcart-bench-"))
    try:
        log = folder / "deploy.log"
        write_log(log, [line for line in examples if "\n" not in line])
        rivals = dict(contenders(log, folder))
        times = {name: [seconds(run) for _ in range(ROUNDS)] for name, run in rivals.items()}
        medians = {name: statistics.median(taken) for name, taken in times.items()}
        medians["loop of re (whole log, reckoned)"] = 100 * medians.pop("loop of re (one hundredth of the log)")
        own = medians["crashcart triage"]
        sys.stdout.write(f"{log.stat().st_size / 1e6:.0f} MB, {LINES} lines, {ERRORS:.2%} errors, median of {ROUNDS}\n")
        for name, taken in sorted(medians.items(), key=lambda item: item[1]):
            sys.stdout.write(f"{taken / own:9.4f} x  {name}\n")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
