from __future__ import annotations

import random
from pathlib import Path

import pytest
from benchmarks import __main__ as bench
from benchmarks.logs import NOISE, write_log

from crashcart.diagnosis.notice import notice
from crashcart.faults import load
from crashcart.tools.logs import read


def test_it_checks_the_answers_and_prints_ratios(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench.main(["--size", "1", "--dense", "1", "--rounds", "1", "--folder", str(tmp_path)])
    told = capsys.readouterr().out
    assert "checked: the claims are those of a plain loop over all lines" in told
    assert {line[3:8] for line in told.splitlines() if line.startswith("## ")} == {
        "plain",
        "dense",
        ".gz, ",
        ".zst,",
        "start",
    }
    assert not list(tmp_path.iterdir())


def test_its_noise_is_healthy(tmp_path: Path) -> None:
    write_log(tmp_path / "a.log", 300_000, 0, ["unused"], 1)
    assert not notice(read(tmp_path / "a.log"), load()).claims
    rng = random.Random(2)  # noqa: S311 - text, not keys
    assert all("\n" not in line(rng) for line in NOISE)
