"""Real repositories for the questions to the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from source_shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path / "der laden", tmp_path / "der laden")
    made.root.mkdir()
    made.git("init", "-q")
    return made
