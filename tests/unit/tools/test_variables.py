from __future__ import annotations

from pathlib import Path

import pytest

from crashcart.model.errors import UsageError
from crashcart.tools import variables
from crashcart.tools.redaction import redact


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_order_of_sources_decides_and_each_keeps_its_origin(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    write(project / ".env", "A=file\nB=file\n\nC=file\nD=file\n")
    write(project / ".env.production", "C=production\n")
    given = write(tmp_path / "given.env", "A=given\n")
    found, problems = variables.read(project, env_file=given, environ={"A": "process", "B": "process"})
    assert {v.name: (v.value.reveal(), str(v.origin)) for v in found} == {
        "A": ("given", f"{given}:1"),
        "B": ("process", "process environment"),
        "C": ("production", ".env.production:1"),
        "D": ("file", ".env:5"),
    }
    assert [v.value.reveal() for v in found.by_name["A"]] == ["given", "process", "file"]
    assert problems == ()


def test_the_last_assignment_of_a_file_wins(tmp_path: Path) -> None:
    write(tmp_path / ".env", "A=1\nA=2\n")
    found, _ = variables.read(tmp_path)
    assert [(v.value.reveal(), v.origin.line) for v in found.by_name["A"]] == [("2", 2), ("1", 1)]


def test_configured_files_replace_the_usual_ones(tmp_path: Path) -> None:
    write(tmp_path / ".env", "A=1\n")
    write(tmp_path / "deploy/app.env", "B=2\nbad line\n")
    found, problems = variables.read(tmp_path, files=["deploy/app.env"])
    assert [v.name for v in found] == ["B"]
    assert problems == ("deploy/app.env:2 is no NAME=value",)


def test_a_file_that_was_asked_for_is_never_silently_replaced_by_another(tmp_path: Path) -> None:
    write(tmp_path / ".env", "DATABASE_URL=postgresql://app:x@another/shop\n")
    for name, what in (("nope", "does not exist"), (".", "is a folder")):
        with pytest.raises(UsageError, match=rf"--env-file: .*{what}") as refused:
            variables.read(tmp_path, env_file=tmp_path / name)
        assert refused.value.advice
    with pytest.raises(UsageError, match=r"\[variables\] files: .*gone.env does not exist"):
        variables.read(tmp_path, files=["gone.env"])


def test_secrets_are_learnt_where_they_are_read(tmp_path: Path) -> None:
    write(tmp_path / ".env", "JWT_SECRET=c4nary-0ne-xyz\nDATABASE_URL=postgresql://app:c4nary-tw0@db/shop\n")
    variables.read(tmp_path, environ={"API_KEY": "c4nary-thr33-abc"})
    shown = redact("c4nary-0ne-xyz c4nary-tw0 c4nary-thr33-abc db shop")
    assert "c4nary" not in shown
    assert "db shop" in shown
