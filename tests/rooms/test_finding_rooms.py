from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crashcart import rooms


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "wing"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    rooms.find.cache_clear()
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "wing"]:
        del sys.modules[name]


def test_a_file_is_all_it_takes(package: Path) -> None:
    (package / "b.py").write_text("ROOM = 'second'\n")
    (package / "a.py").write_text("ROOM = 'first'\n")
    (package / "_shared.py").write_text("no_room = True\n")
    below = package / "ward"
    below.mkdir()
    (below / "__init__.py").touch()
    (below / "c.py").write_text("ROOM = 'third'\n")
    assert rooms.find("wing", str) == ("first", "second", "third")


@pytest.mark.parametrize("source", ["", "ROOM = 42\n"])
def test_a_room_that_offers_something_else_is_an_error_that_names_it(package: Path, source: str) -> None:
    (package / "a.py").write_text(source)
    with pytest.raises(TypeError, match=r"wing\.a\.ROOM is .*, expected str"):
        rooms.find("wing", str)
