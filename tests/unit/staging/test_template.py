"""Filling in names, and laying files."""

from __future__ import annotations

from pathlib import Path

import pytest

from crashcart.staging.template import fill, fill_file, lay, matching


def test_a_name_is_replaced_wherever_it_stands() -> None:
    assert fill("at {{host}}:{{port}}, port {{port}}\n", {"host": "db", "port": "1"}) == "at db:1, port 1\n"


def test_a_value_of_several_lines_repeats_its_line() -> None:
    assert fill("a | {{said}}\nb", {"said": "one\ntwo"}) == "a | one\na | two\nb\n"


def test_an_empty_value_leaves_its_line() -> None:
    assert fill("a{{said}}", {"said": ""}) == "a\n"


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"database\.port"):
        fill("{{database.port}}", {})


def test_a_dotted_file_is_laid_under_its_real_name(tmp_path: Path) -> None:
    (tmp_path / "kept" / "src").mkdir(parents=True)
    (tmp_path / "kept" / "dot.env").write_text("A=1\n")
    (tmp_path / "kept" / "src" / "start").write_text("#!/bin/sh\n")
    laid = lay(tmp_path / "kept", tmp_path / "shop")
    assert laid == [Path(".env"), Path("src/start")]
    assert (tmp_path / "shop" / ".env").read_text() == "A=1\n"
    assert (tmp_path / "shop" / "src" / "start").stat().st_mode & 0o111


def test_a_missing_folder_lays_nothing(tmp_path: Path) -> None:
    assert lay(tmp_path / "nowhere", tmp_path) == []


def test_patterns_cross_slashes() -> None:
    paths = [Path("a/b/c.ts"), Path("a/d.sql"), Path(".env")]
    assert matching(paths, ["*.ts", ".env"]) == [Path("a/b/c.ts"), Path(".env")]


def test_a_file_is_filled_with_unix_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes("é {{a}}\n".encode())
    fill_file(path, {"a": "ü"})
    assert path.read_bytes() == "é ü\n".encode()
