from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crashcart.tools import dotenv


def values(text: str, **known: str) -> dict[str, str]:
    return {entry.name: entry.value for entry in dotenv.parse(text, known)[0]}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=plain", "plain"),
        ("export A = spaced out  ", "spaced out"),
        ("A=", ""),
        ("A= # only a comment", ""),
        ("A=a#b # comment", "a#b"),
        ("A='single $X # kept'", "single $X # kept"),
        ('A="double \\"q\\" \\n end" # c', 'double "q" \n end'),
        ("A=`back'tick\"`", "back'tick\""),
        ('A="two\nlines"', "two\nlines"),
        ("A=${X}/y", "ex/y"),
        ("A=$X", "ex"),
        ("A=${NONE:-fall back}", "fall back"),
        ("A=${EMPTY:-full}", "full"),
        ("A=${EMPTY-full}", ""),
        ("A=pa$$word$NONE", "pa$$word$NONE"),
        ('A="\\$X"', "$X"),
        ("A=x=y=z", "x=y=z"),
        ("A=windows\r", "windows"),
    ],
)
def test_reads_the_common_dialect(line: str, value: str) -> None:
    assert values(line, X="ex", EMPTY="") == {"A": value}


def test_lines_are_counted_over_quoted_ones() -> None:
    entries, problems = dotenv.parse('# head\nA="x\ny"\n\nB=1\nnonsense here\nC="open\nD=2\n', {})
    assert [(e.name, e.line) for e in entries] == [("A", 2), ("B", 5), ("C", 7), ("D", 8)]
    assert problems == ("6 is no NAME=value", '7 has an opening " without a closing one')


def test_an_earlier_line_serves_a_later_one() -> None:
    assert values("HOST=db\nURL=postgresql://${HOST}/x")["URL"] == "postgresql://db/x"


@pytest.mark.parametrize(
    ("data", "entries", "says"),
    [
        (b"\xef\xbb\xbfA=1\n", 1, None),
        ("A=1\n".encode("utf-16"), 1, "UTF-16"),
        (b"\x7fELF\0\0\0", 0, "binary"),
        (b"A=caf\xe9\n", 1, "not UTF-8"),
        (b"A=1\n" * 300_000, 0, "larger"),
    ],
)
def test_odd_files_are_told(tmp_path: Path, data: bytes, entries: int, says: str | None) -> None:
    (tmp_path / ".env").write_bytes(data)
    found, problems = dotenv.read(tmp_path / ".env", ".env", {})
    assert len(found) == entries
    assert not problems if says is None else says in problems[0]


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    dotenv.parse(text, {"A": "x"})
