"""Every accident, staged for real, told as its golden reports say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crashcart.model.errors import UnavailableError
from crashcart.staging.accident import load
from crashcart.staging.stage import Staged, stage
from goldens import compare, normalise
from servers import missing

ACCIDENTS = sorted(path.parent for path in Path(__file__).parents[2].glob("accidents/*/accident.toml"))


@pytest.fixture(params=ACCIDENTS, ids=lambda folder: folder.name)
def staged(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Staged]:
    """One accident that has happened."""
    try:
        with stage(load(request.param), tmp_path / "place") as accident:
            yield accident
    except UnavailableError as error:
        missing("postgres", str(error))


# As wide as it takes to wrap nothing: where lines end must not depend on the length of a version or a path.
KEPT = ("PATH", "HOME", "PYTHONPATH", "TMPDIR")
PROGRAM = "import crashcart.cli.deliver as d; d.MAX_WIDTH = 2000; from crashcart.cli.main import main; main()"


def run(staged: Staged, *options: str) -> subprocess.CompletedProcess[str]:
    """crashcart as a person runs it in the project's folder, without anything of this process's environment."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *staged.command, *options],
        cwd=staged.project,
        env={name: os.environ[name] for name in KEPT if name in os.environ} | {"LC_ALL": "C.UTF-8", "COLUMNS": "2000"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_reports_are_as_expected(staged: Staged, request: pytest.FixtureRequest) -> None:
    accident = staged.accident
    told, data = run(staged), run(staged, "--format", "json")
    assert (told.returncode, data.returncode) == (accident.exit_code, accident.exit_code), told.stderr + data.stderr
    document = json.loads(data.stdout)
    found = [{key: finding[key] for key in ("fault", "verdict", "role")} for finding in document["findings"]]
    missed = [each for each in accident.must_find if not any(each.items() <= finding.items() for finding in found)]
    assert missed == []
    document.get("drift", []).sort(key=lambda drift: drift["object"])
    written = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    for text, name in ((told.stdout, "expected.txt"), (written, "expected.json")):
        compare(normalise(text, staged.names, staged.folder, staged.commits), accident.folder / name, request)


def test_there_are_enough_of_both_kinds() -> None:
    codes = [load(folder).exit_code for folder in ACCIDENTS]
    assert len(codes) >= 8
    assert codes.count(0) >= 2
