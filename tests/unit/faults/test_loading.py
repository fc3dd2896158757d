from __future__ import annotations

from pathlib import Path

import pytest

from crashcart import faults
from crashcart.faults import load
from crashcart.model.errors import UsageError
from crashcart.model.fault import Example, Severity

OWN = """
title = "The license server says no"
severity = "P1"
why = "The shop's license server knows no seat for this host."
remedy = "Ask for a seat for {host}."
explains = ["app.startup-failed"]

[[trace]]
keywords = ["no license"]
patterns = ['no license for (?P<host>[a-z]{1,40})']
matches = ["no license for alpha", { line = "no license for beta", facts = { host = "beta" } }]
misses = ["license found"]

[[refuted_by]]
keywords = ["license granted"]
pattern = 'license granted'
because = "It came later."
"""


def room(folder: Path, text: str, name: str = "license/none.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_built_in_rooms_are_read_once() -> None:
    assert load() is load()
    assert load()["postgres.connection-refused"].severity is Severity.P0


def test_a_user_adds_a_fault_by_adding_a_file(tmp_path: Path) -> None:
    faults = load(room(tmp_path, OWN))
    own = faults["license.none"]
    assert own.family == "license"
    assert own.origin == str(tmp_path / "license/none.toml")
    assert own.traces[0].matches == (Example("no license for alpha"), Example("no license for beta", {"host": "beta"}))
    assert own.refuted_by[0].because == "It came later."
    assert "license.none" not in load()


def test_a_user_s_fault_wins_over_the_built_in_one(tmp_path: Path) -> None:
    faults = load(room(tmp_path, OWN, "port/in-use.toml"))
    assert faults["port.in-use"].title == "The license server says no"


def test_no_folder_means_no_own_faults(tmp_path: Path) -> None:
    assert load(tmp_path / "absent") is load()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (("severity = ", "severty = "), "severity"),
        (('"P1"', '"high"'), "severity"),
        (('title = "The', 'titel = "x"\ntitle = "The'), "titel"),
        (("title", "code"), "code"),
        (("keywords = [", "keywords = 3 #["), "keywords"),
        (("keywords", "keyword"), "keywords"),
        (("(?P<host>", "(?P<hsot>"), "patterns"),
        (("[a-z]{1,40})'", "[a-z]{1,40}'"), "patterns"),
        (("[[trace]]", "[trace]"), "trace"),
        (('["license granted"]', "[]"), "keywords"),
        (('facts = { host = "beta" }', "facts = { host = 1 }"), "matches"),
        (('{ line = "no license for beta", facts = { host = "beta" } }', "7"), "matches"),
        (("explains = [", "wrapper = 1\nexplains = ["), "wrapper"),
    ],
)
def test_an_error_names_file_key_and_cure(tmp_path: Path, change: tuple[str, str], key: str) -> None:
    room(tmp_path, OWN.replace(*change, 1))
    with pytest.raises(UsageError) as caught:
        load(tmp_path)
    assert str(tmp_path / "license/none.toml") in str(caught.value)
    assert f"{key}: " in str(caught.value)


@pytest.mark.parametrize("text", ["title = ", "\x00", "a = 1\n" * 60000])
def test_what_is_no_toml_or_too_large_is_a_usage_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"none\.toml"):
        load(room(tmp_path, text))


def test_bytes_that_are_no_text_are_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError):
        load(tmp_path)


def test_rooms_that_were_read_before_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first, again = (dict(faults._built_in.__wrapped__()) for _ in range(2))
    assert first == again == {fault.code: fault for fault in faults._read()}
    assert len(list((tmp_path / "crashcart").glob("rooms-*"))) == 1
