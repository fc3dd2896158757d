"""Repositories that are the same everywhere."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crashcart.staging import repository
from crashcart.staging.accident import Commit

FIRST = Commit("First", datetime(2025, 1, 1, tzinfo=UTC), without=("late/*", "never.ts"))
SECOND = Commit("Second", datetime(2025, 1, 2, tzinfo=UTC), files=("late/*",))


def made(folder: Path) -> tuple[str, ...]:
    (folder / "late").mkdir(parents=True)
    for name in ("index.ts", "late/more.ts", "never.ts"):
        (folder / name).write_text(name)
    return repository.make(folder, [Path("index.ts"), Path("late/more.ts"), Path("never.ts")], (FIRST, SECOND))


def tree(folder: Path, commit: str) -> list[str]:
    done = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", commit], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_commits_hold_what_their_patterns_choose(tmp_path: Path) -> None:
    first, second = made(tmp_path)
    assert tree(tmp_path, first) == ["index.ts"]
    assert tree(tmp_path, second) == ["index.ts", "late/more.ts"]


def test_commits_have_the_same_ids_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = made(tmp_path / "a")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text("[core]\n  autocrlf = true\n[user]\n  useConfigOnly = true\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    assert made(tmp_path / "b with a space") == here


def test_a_repository_around_it_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outer = made(tmp_path / "outer")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "outer" / ".git"))
    made(tmp_path / "outer" / "inner")
    monkeypatch.delenv("GIT_DIR")
    assert tree(tmp_path / "outer", "HEAD") == tree(tmp_path / "outer", outer[-1])
