"""Lines of a page: as wide as they may be on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crashcart.reports.page import Page, cells, wrapped


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.integers(4, 40), st.integers(4, 40))
def test_no_line_is_wider_than_it_may_be_and_no_word_is_lost(text: str, width: int, rest: int) -> None:
    first, *others = wrapped(text, width, rest)
    assert cells(first) <= width
    assert all(cells(line) <= rest for line in others)
    assert "".join("".join([first, *others]).split()) == "".join(text.split())


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("✗ ok", 4), ("数据库", 6), ("e\u0301", 1), ("a\u200bb", 2)])
def test_a_letter_may_take_none_one_or_two_columns(text: str, columns: int) -> None:
    assert cells(text) == columns


def test_an_item_hangs_and_is_painted_line_by_line() -> None:
    page = Page(width=40, color=True)
    page.item("remedy:", "one two three four five six seven eight nine ten", indent=2, style="bold red")
    assert page.result().splitlines() == [
        "  \x1b[1;31mremedy: one two three four five six\x1b[0m",
        "      \x1b[1;31mseven eight nine ten\x1b[0m",
    ]


def test_what_is_to_be_copied_stays_whole() -> None:
    page = Page(width=40)
    page.verbatim("$ ", "x" * 100, indent=4)
    page.verbatim("a\tb \n\n c", indent=2)
    assert page.result().splitlines() == ["    $ " + "x" * 100, "  a   b", "", "   c"]
