"""What a user would pick instead, and what nobody can beat."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.measure import Command
from crashcart.diagnosis.notice import Watch
from crashcart.faults import load
from crashcart.flows.reading import Reading

C_LOCALE: Mapping[str, str] = {"LC_ALL": "C"}
ASK = [sys.executable, "-m", "benchmarks.tasks"]


def own(log: Path) -> Command:
    words = [sys.executable, "-m", "crashcart", "triage", "--format", "json", "--fail-on", "never", str(log)]
    return Command("crashcart triage", words, good=(0,))


def write_words(folder: Path) -> None:
    """The keywords and patterns of all rooms, one a line, as grep's users keep them."""
    traces = [trace for fault in load().values() for trace in fault.traces]
    _write(folder / "keywords", {word.lower() for word in Watch(load()).words})
    _write(folder / "patterns", {pattern for trace in traces for pattern in trace.patterns if "\n" not in pattern})


def _write(path: Path, words: set[str]) -> None:
    path.write_text("".join(f"{word}\n" for word in sorted(words)))


def on_plain(log: Path, folder: Path) -> Iterator[Command]:
    keywords, patterns = str(folder / "keywords"), str(folder / "patterns")
    yield Command("wc -l (limit)", ["wc", "-l", str(log)])
    yield Command("only the scan for keywords", [*ASK, "scan", str(log)], good=(0,))
    yield Command("rg -F -i, keywords: lines only", ["rg", "-a", "-n", "-i", "-F", "-f", keywords, str(log)])
    yield Command("rg -F, keywords as written: fewer lines", ["rg", "-a", "-n", "-F", "-f", keywords, str(log)])
    yield Command("ugrep -F -i, keywords: lines only", ["ugrep", "-a", "-n", "-i", "-F", "-f", keywords, str(log)])
    yield Command(
        "grep -F -i, keywords: lines only",
        ["grep", "-a", "-n", "-i", "-F", "-f", keywords, str(log)],
        environment=C_LOCALE,
    )
    yield Command("ahocorasick-rs, keywords: lines only", [*ASK, "aho-corasick", str(log)], good=(0,))
    big = ["--regex-size-limit", "4G", "--dfa-size-limit", "4G"]
    yield Command(
        "rg, patterns: lines only",
        ["timeout", "60", "rg", "--no-unicode", *big, "-a", "-n", "-i", "-f", patterns, str(log)],
    )


def on_packed(log: Path) -> Iterator[Command]:
    yield Command("bare decompression (limit)", [*ASK, "unpack", str(log)], good=(0,))


def installed(commands: Iterator[Command]) -> tuple[list[Command], list[str]]:
    """Those whose programs there are, and the names of those missing."""
    there: list[Command] = []
    missing: list[str] = []
    for command in commands:
        program = command.words[2] if command.words[0] == "timeout" else command.words[0]
        (there.append(command) if shutil.which(program) else missing.append(program))
    return there, sorted(set(missing))


def versions() -> Iterator[str]:
    for program in ("rg", "ugrep", "grep", "wc"):
        if shutil.which(program):
            told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
            yield told.splitlines()[0]
    from importlib.metadata import PackageNotFoundError, version

    for package in ("crashcart", "hyperscan", "stringzilla", "ahocorasick-rs", "isal", "backports.zstd"):
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package}: not installed"


def answers(log: Path) -> tuple[int, object]:
    """Lines read and claims, as the product tells them."""
    noticed = Reading([str(log)]).noticed(load())
    return noticed.lines_read, sorted((c.fault, c.count, str(c.facts)) for c in noticed.claims)
