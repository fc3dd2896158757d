from __future__ import annotations

from pathlib import Path

import pytest

from crashcart.flows.faults import Checked, check
from crashcart.model.errors import UsageError

SOUND = """
title = "No seat left on {host}"
severity = "P1"
why = "The seat server counts every process as a guest."
remedy = "Ask for more seats on {host}."
explains = ["app.startup-failed"]

[[trace]]
keywords = ["no seat left"]
patterns = ['no seat left on (?P<host>[a-z]{1,40})']
matches = [{ line = "ERROR no seat left on alpha", facts = { host = "alpha" } }]
misses = ["a seat is left on alpha"]

[[refuted_by]]
keywords = ["seat was freed"]
pattern = 'seat was freed on (?P<host>[a-z]{1,40})'
because = "a later line shows a free seat on {host}"
"""


def checked(folder: Path, *changes: tuple[str, str], name: str = "seats/none.toml") -> Checked:
    text = SOUND
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return check(folder)


def keys(found: Checked, *, warning: bool = False) -> list[str]:
    return [flaw.key for flaw in found.flaws if flaw.warning is warning]


def test_a_sound_fault_has_no_flaw(tmp_path: Path) -> None:
    found = checked(tmp_path)
    assert found.flaws == ()
    assert found.sound
    assert [fault.code for fault in found.faults] == ["seats.none"]
    assert not found.replaced


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        (("ERROR no seat left", "ERROR no chair left"), "trace 1: matches", "no pattern matches"),
        (('host = "alpha"', 'host = "beta"'), "trace 1: matches", "not 'beta'"),
        (('keywords = ["no seat left"]', 'keywords = ["no chair left"]'), "trace 1: matches", "none of the keywords"),
        (('"a seat is left on alpha"', '"no seat left on beta"'), "trace 1: misses", "matches"),
        (("'no seat left on (?P<host>[a-z]{1,40})'", "'.{0,300}(?P<host>)'"), "trace 1: patterns", "healthy"),
        (
            ("'no seat left on (?P<host>[a-z]{1,40})'", "'(?P<host>no seat left on)?'"),
            "trace 1: patterns",
            "empty line",
        ),
        (('"app.startup-failed"', '"app.startup-faild"'), "explains", "no fault is called"),
        (('"app.startup-failed"', '"seats.none"'), "explains", "itself"),
        (("severity", 'aliases = ["port.in-use"]\nseverity'), "aliases", "another fault"),
        (("'seat was freed on (?P<host>[a-z]{1,40})'", "'x?'"), "refuted_by 1: pattern", "empty line"),
        (("ERROR no seat left on alpha", "✓ no seat left on alpha"), "trace 1: matches", "success"),
    ],
)
def test_what_does_not_work_is_an_error_with_key_and_cure(
    tmp_path: Path, change: tuple[str, str], key: str, words: str
) -> None:
    found = checked(tmp_path, change)
    assert not found.sound
    (flaw, *_) = [flaw for flaw in found.flaws if flaw.key == key and words in flaw.problem]
    assert flaw.file == str(tmp_path / "seats/none.toml")
    assert flaw.cure


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        (('["no seat left"]', '["no seat left", "started"]'), "trace 1: keywords", "healthy"),
        (('["no seat left"]', '["no seat left", "seat"]'), "trace 1: keywords", "slowly"),
        (('["no seat left"]', '["no seat left", "no cushion left"]'), "trace 1: keywords", "no example"),
        (("misses = [", "misses = [] #"), "trace 1: misses", "none"),
        (('title = "No seat left on {host}"', 'title = "No seat left on {port}"'), "title", "{port}"),
        (
            ("'no seat left on (?P<host>[a-z]{1,40})'", "'no seat left on (?P<host>[a-z]{1,40}).*'"),
            "trace 1: patterns",
            "whole",
        ),
        (("patterns = [", "patterns = ['no cushion left', "), "trace 1: patterns", "no example"),
    ],
)
def test_what_works_badly_is_a_warning(tmp_path: Path, change: tuple[str, str], key: str, words: str) -> None:
    found = checked(tmp_path, change)
    assert found.sound
    assert [flaw.key for flaw in found.flaws if words in flaw.problem] == [key]


def test_all_files_are_told_of_not_only_the_first(tmp_path: Path) -> None:
    checked(tmp_path, ("severity", "severty"))
    checked(tmp_path, ("P1", "P7"), name="seats/other.toml")
    found = checked(tmp_path, name="seats/third.toml")
    assert {flaw.file for flaw in found.flaws} >= {str(tmp_path / f"seats/{name}.toml") for name in ("none", "other")}
    assert [fault.code for fault in found.faults] == ["seats.third"]


def test_a_fault_that_takes_over_the_lines_of_built_in_ones_is_told_once(tmp_path: Path) -> None:
    found = checked(
        tmp_path,
        ('["no seat left"]', '["no seat left", "connection"]'),
        ("patterns = [", "patterns = ['.{0,300}connection.{0,300}', "),
    )
    stolen = [flaw for flaw in found.flaws if flaw.key == "trace"]
    assert len(stolen) == 1
    assert "more faults" in stolen[0].problem


def test_own_examples_that_another_fault_takes_are_told(tmp_path: Path) -> None:
    line = "connect ECONNREFUSED 192.0.2.7:5432, no seat left on alpha"
    found = checked(
        tmp_path,
        ("ERROR no seat left on alpha", line),
        ("on (?P<host>[a-z]{1,40})'", "'"),
        ("'no seat left", "'no seat"),
    )
    assert not found.sound


def test_a_built_in_fault_may_be_replaced_and_that_is_said(tmp_path: Path) -> None:
    found = checked(tmp_path, name="port/in-use.toml")
    assert found.sound
    assert found.replaced == {"port.in-use"}


def test_two_files_with_one_code_are_told(tmp_path: Path) -> None:
    checked(tmp_path)
    found = checked(tmp_path, ("title", 'code = "seats.none"\ntitle'), name="flat.toml")
    assert keys(found) == ["code"]


def test_a_fault_that_nothing_can_notice_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(SOUND.partition("[[trace]]")[0].replace("{host}", "it"))
    assert keys(check(tmp_path)) == ["trace"]


def test_no_folder_is_no_fault_where_none_was_named(tmp_path: Path) -> None:
    assert check(tmp_path / "absent", optional=True).faults == ()
    with pytest.raises(UsageError, match="no such folder"):
        check(tmp_path / "absent")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is no folder"):
        check(tmp_path / "file", optional=True)
