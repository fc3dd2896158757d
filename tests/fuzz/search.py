"""Looks for a log that breaks a promise, until it finds one or as long as the options of libFuzzer say.

``python tests/fuzz/search.py [-runs=N] [FOLDER_OF_SEEDS]``
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
with atheris.instrument_imports(include=["crashcart"]):
    from fuzz.hostile_logs import read_all


def search(content: bytes) -> None:
    """Reads *content* in both ways."""
    read_all(content)
    read_all(content, windowed=True)


if __name__ == "__main__":
    atheris.Setup(sys.argv, search)
    atheris.Fuzz()
