from __future__ import annotations

import os
from pathlib import Path

import pytest

from crashcart.tools import store


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "crashcart"


def test_what_was_saved_is_loaded_and_only_this_user_may_read_it(cache: Path) -> None:
    assert store.load("words-1") is None
    store.save("words-1", b"payload")
    assert store.load("words-1") == b"payload"
    assert cache.stat().st_mode & 0o777 == 0o700
    assert (cache / "words-1").stat().st_mode & 0o777 == 0o600


def test_the_key_tells_its_parts_apart() -> None:
    assert (
        len({store.key("a", "b", "c"), store.key("a", "bc"), store.key("a", "c", "b"), store.key("b", "b", "c")}) == 4
    )


@pytest.mark.parametrize("damage", [b"", b"x", b"x" * 40])
def test_a_damaged_file_is_a_miss(cache: Path, damage: bytes) -> None:
    store.save("words-1", b"payload")
    (cache / "words-1").write_bytes(damage)
    assert store.load("words-1") is None


def test_a_changed_byte_is_a_miss(cache: Path) -> None:
    store.save("words-1", b"payload")
    raw = (cache / "words-1").read_bytes()
    (cache / "words-1").write_bytes(raw[:-1] + b"!")
    assert store.load("words-1") is None


def test_what_others_may_write_is_not_trusted(cache: Path) -> None:
    store.save("words-1", b"payload")
    (cache / "words-1").chmod(0o666)
    assert store.load("words-1") is None
    store.save("words-2", b"payload")
    cache.chmod(0o777)
    assert store.load("words-2") is None
    store.save("words-3", b"payload")
    assert not (cache / "words-3").exists()


def test_a_link_or_a_pipe_is_not_followed(cache: Path, tmp_path: Path) -> None:
    store.save("words-1", b"payload")
    (cache / "words-1").rename(tmp_path / "elsewhere")
    (cache / "words-1").symlink_to(tmp_path / "elsewhere")
    assert store.load("words-1") is None
    os.mkfifo(cache / "words-2")
    assert store.load("words-2") is None


def test_where_nothing_can_be_kept_nothing_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    store.save("words-1", b"payload")
    assert (tmp_path / "home" / ".cache" / "crashcart" / "words-1").exists()
    monkeypatch.setenv("HOME", "")
    store.save("words-1", b"payload")
    assert store.load("words-1") is None
    assert not Path("relative").exists()


def test_old_files_of_a_kind_go(cache: Path) -> None:
    for n in range(store.KEPT + 5):
        store.save(f"words-{n}", b"payload")
    store.save("rooms-1", b"payload")
    assert len(list(cache.glob("words-*"))) == store.KEPT
    assert store.load("rooms-1") == b"payload"
