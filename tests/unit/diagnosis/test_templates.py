from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from crashcart.diagnosis import templates
from crashcart.diagnosis.templates import ANY, MAX_TEMPLATES, Template, Templates, same_kind, shape, without_time


def sorted_into(*messages: str) -> list[Template]:
    kept = Templates()
    for message in messages:
        kept.of(message)
    return kept.kept()


def test_values_are_masked_and_codes_are_not() -> None:
    assert (
        shape("seat 42 of 'alice' at 192.0.2.7:5432 lost after 12ms")
        == f"seat {ANY} of {ANY} at {ANY} lost after {ANY}"
    )
    assert (
        shape("open /srv/app/seats.json: request 3f2504e0-4f89-11d3-9a0c-0305e82c3301") == f"open {ANY}: request {ANY}"
    )
    assert shape("error TS2322 in step") == "error TS2322 in step"


def test_lines_that_differ_in_values_are_one_template() -> None:
    (template,) = sorted_into(*(f"seat {n} of user-{n} could not be reserved" for n in range(100)))
    assert (str(template), template.count) == (f"seat {ANY} of {ANY} could not be reserved", 100)


def test_lines_that_differ_in_a_word_or_two_of_many_are_one_template() -> None:
    (template,) = sorted_into(
        "could not load the seat map of alpha from the main store",
        "could not load the seat map of beta from the main store",
    )
    assert str(template) == f"could not load the seat map of {ANY} from the main store"


def test_short_lines_that_say_different_things_stay_apart() -> None:
    assert len(sorted_into("cannot open socket", "cannot bind socket", "cannot open door")) == 3
    assert len(sorted_into("worker failed to start: config invalid", "worker failed to start: disk full")) == 2


def test_the_time_at_the_beginning_tells_nothing() -> None:
    for stamp in ("2026-01-05T10:00:00.123Z ", "[2026-01-05 10:00:00 +0000] ", "Jan  5 10:00:00 ", "10:00:00 "):
        assert without_time(f"{stamp}no seat") == "no seat"
    assert without_time("10 seats") == "10 seats"


def test_templates_of_two_logs_are_compared_by_what_is_fixed_in_both() -> None:
    assert same_kind("no seat for <*> today", "no seat for alpha today")
    assert not same_kind("no seat for <*> today", "no room for <*> today")
    assert not same_kind("<*> <*>", "no seat")
    assert not same_kind("no seat", "no seat left")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=300))
def test_every_line_counts_once_whatever_it_holds(messages: list[str]) -> None:
    kept = Templates()
    for message in messages:
        kept.of(message)
    assert sum(template.count for template in kept.kept()) + kept.given_up == len(messages)
    assert len(kept.kept()) <= MAX_TEMPLATES


def test_memory_is_bounded_where_no_two_lines_are_alike() -> None:
    kept = Templates()
    total = templates.MAX_NEW + 2000
    words = ["".join(chr(97 + (n // 26**k) % 26) for k in range(4)) for n in range(total)]
    for n, word in enumerate(words):
        kept.of(f"{word} {words[-n]} {word}x {words[n // 2]}y cannot")
    assert len(kept.kept()) <= MAX_TEMPLATES
    assert sum(template.count for template in kept.kept()) + kept.given_up == total
