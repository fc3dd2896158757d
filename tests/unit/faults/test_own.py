from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crashcart.diagnosis.notice import notice
from crashcart.faults import load
from crashcart.faults import own as own_module
from crashcart.faults.patterns import BadPatternError, compiled
from crashcart.faults.reading import MAX_ITEMS, FaultFileError, read_fault
from crashcart.model.errors import UsageError
from crashcart.model.fault import Fault
from crashcart.tools.logs import LogLine

ROOM = """
title = "No seat left on {host}"
severity = "P1"
why = "The seat server counts every process as a guest."
remedy = "Ask for more seats."

[[trace]]
keywords = ["no seat left"]
patterns = ['no seat left on (?P<host>[a-z]{1,40})']
matches = ["no seat left on alpha"]
misses = ["a seat is left on alpha"]
"""


def write(folder: Path, name: str, text: str = ROOM) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("seats/none-left.toml", ROOM, "seats.none-left"),
        ("none-left.toml", ROOM, "own.none-left"),
        ("anything you like.toml", f'code = "seats.none-left"\n{ROOM}', "seats.none-left"),
    ],
)
def test_a_file_makes_a_fault_that_is_noticed(tmp_path: Path, name: str, text: str, code: str) -> None:
    write(tmp_path, name, text)
    claims = notice([LogLine("a.log", 1, "ERROR no seat left on alpha")], load(tmp_path)).claims
    assert [(claim.fault, claim.facts["host"]) for claim in claims] == [(code, "alpha")]


def test_two_files_with_one_code_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "seats/none.toml")
    write(tmp_path, "x.toml", f'code = "seats.none"\n{ROOM}')
    with pytest.raises(UsageError, match=r"x\.toml|none\.toml"):
        load(tmp_path)


def test_a_flat_file_without_a_proper_code_is_told_so(tmp_path: Path) -> None:
    write(tmp_path, "My Fault.toml")
    with pytest.raises(FaultFileError, match="code") as caught:
        load(tmp_path)
    assert caught.value.advice
    assert "code = " in caught.value.advice


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_module, "MAX_FILES", 2)
    for n in range(3):
        write(tmp_path, f"a{n}.toml")
    with pytest.raises(UsageError, match="3 fault files"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (('title = "No', 'title = "\\u001b[2J No'), "title"),
        (('title = "No', 'title = "\\u202eNo'), "title"),
        (('title = "No seat', 'title = """No\nseat'), ""),
        (('title = "No seat left on {host}"', 'title = "No\\nseat"'), "title"),
        (('why = "', f'why = "{"x" * 5000}'), "why"),
        (('["no seat left"]', str(["no seat left"] * (MAX_ITEMS + 1))), "keywords"),
        (('"no seat left on alpha"', '"no seat left on alpha\\u0007"'), "matches"),
        (("(?P<host>[a-z]{1,40})", "(?=alpha)"), "patterns"),
        (("(?P<host>[a-z]{1,40})", "(?P<host>a)\\1"), "patterns"),
        (("[a-z]{1,40}", "(?:a{1,1000}){1,1000}"), "patterns"),
        (("[a-z]{1,40}", "a" * 3000), "patterns"),
        (("[a-z]{1,40}", "[a-z"), "patterns"),
        (('severity = "P1"', f"severity = {'[' * 5000}"), ""),
        (('severity = "P1"', f"severity = {'9' * 5000}"), ""),
    ],
)
def test_what_would_harm_is_refused_with_its_place_and_a_cure(
    tmp_path: Path, change: tuple[str, str], key: str
) -> None:
    path = write(tmp_path, "seats/none.toml", ROOM.replace(*change, 1))
    with pytest.raises(FaultFileError) as caught:
        load(tmp_path)
    assert str(path) in str(caught.value)
    assert caught.value.key.endswith(key)
    assert caught.value.advice
    assert "\x1b" not in str(caught.value)


def test_a_folder_or_a_pipe_in_place_of_a_file_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "seats/none.toml").mkdir(parents=True)
    with pytest.raises(FaultFileError, match="is no file"):
        load(tmp_path)


def test_a_pattern_that_would_backtrack_for_ever_answers_at_once(tmp_path: Path) -> None:
    write(tmp_path, "seats/none.toml", ROOM.replace("[a-z]{1,40}", "(?:a+)+b").replace("on alpha", "on aab"))
    fault = load(tmp_path)["seats.none"]
    line = f"no seat left on {'a' * 16_000}"
    before = time.process_time()
    assert compiled(fault.traces[0].patterns[0], built_in=False).search(line) is None
    assert notice([LogLine("a.log", 1, line)], {fault.code: fault}).claims == ()
    # Where a backtracking engine would not end before the sun does.
    assert time.process_time() - before < 60


def test_groups_are_found_by_name_and_place_without_regard_to_case() -> None:
    found = compiled("no seat on (?P<host>[a-zé]{1,9})", built_in=False).search("é: NO SEAT on béta")
    assert found
    assert found.groupdict() == {"host": "béta"}
    assert (found.start(), found.end(), found["host"]) == (3, 18, "béta")
    assert (found.start("host"), found.start(1)) == (14, 14)


def test_broken_characters_are_no_obstacle() -> None:
    assert compiled("seat", built_in=False).search("\udcff seat \ud800")
    with pytest.raises(BadPatternError):
        compiled("\udcff", built_in=False)


@pytest.mark.parametrize("pattern", ["(?=a)", "(?!a)", "(?<=a)b", "(a)\\1", "a++", "a{1,2000}", "(", "[a", "\\Z", "*"])
def test_what_the_engine_refuses_comes_with_a_cure(pattern: str) -> None:
    with pytest.raises(BadPatternError) as caught:
        compiled(pattern, built_in=False)
    assert len(caught.value.cure) > len("correct it")


VALUES = st.recursive(
    st.one_of(st.text(max_size=40), st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "code",
        "title",
        "severity",
        "why",
        "remedy",
        "explains",
        "aliases",
        "wrapper",
        "check",
        "trace",
        "refuted_by",
        "x",
    ]
)


def toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, str):
        body = "".join(f"\\U{ord(letter):08x}" for letter in value if not 0xD800 <= ord(letter) < 0xE000)
        return f'"{body}"'
    return str(value)


def read(folder: Path, raw: bytes) -> Fault | FaultFileError:
    path = folder / "seats" / "none.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(raw)
    try:
        return read_fault(path, built_in=False)
    except FaultFileError as error:
        return error


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_fault_or_a_clear_error(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    assert isinstance(read(tmp_path_factory.getbasetemp(), raw), FaultFileError)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(KEYS, VALUES, max_size=6),
    st.dictionaries(st.sampled_from(["keywords", "patterns", "matches"]), VALUES),
)
def test_any_values_are_a_fault_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, top: dict[str, object], trace: dict[str, object]
) -> None:
    text = "\n".join(f"{key} = {toml(value)}" for key, value in top.items())
    if "trace" not in top:
        text += "\n[[trace]]\n" + "\n".join(f"{key} = {toml(value)}" for key, value in trace.items())
    found = read(tmp_path_factory.getbasetemp(), text.encode())
    if isinstance(found, FaultFileError):
        assert found.advice
        assert found.problem
    else:
        assert found.code == "seats.none"
        assert found.title.isprintable()


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_pattern_is_compiled_or_refused(pattern: str, line: str) -> None:
    try:
        found = compiled(pattern, built_in=False).search(line)
    except BadPatternError:
        return
    assert found is None or 0 <= found.start() <= found.end() <= len(line)
