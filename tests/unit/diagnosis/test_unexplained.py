from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from crashcart.diagnosis.notice import notice
from crashcart.diagnosis.unexplained import MAX_STREAMS, MAX_TOLD, Remainder
from crashcart.faults import load
from crashcart.model.unexplained import Unexplained
from crashcart.tools.logs import LogLine

KNOWN = 'psycopg.OperationalError: connection to server at "192.0.2.7", port 5432 failed: Connection refused'


def log(*texts: str, name: str = "app.log") -> list[LogLine]:
    return [LogLine(name, n, text) for n, text in enumerate(texts, 1)]


def told(*texts: str) -> tuple[Unexplained, ...]:
    return notice(log(*texts), load()).unexplained


def templates(*texts: str) -> list[tuple[str, int]]:
    return [(str(lines.template), lines.count) for lines in told(*texts)]


def test_what_no_fault_knows_is_told_with_its_first_and_last_line() -> None:
    (lines,) = told(
        "2026-01-05T10:00:00Z ERROR seat 1 has no cushion",
        "2026-01-05T10:00:01Z INFO all seats counted",
        "2026-01-05T10:00:02Z ERROR seat 2 has no cushion",
    )
    assert lines.count == 2
    assert lines.lines == (1, 3)
    assert lines.example.text == "2026-01-05T10:00:00Z ERROR seat 1 has no cushion"
    assert (lines.example.origin.where, lines.example.origin.line, lines.last.line) == ("app.log", 1, 3)
    assert lines.first_at
    assert lines.last_at
    assert (lines.last_at - lines.first_at).seconds == 2
    assert not lines.grave


def test_the_rarest_come_first_and_of_those_the_gravest() -> None:
    found = templates(
        *("ERROR seat without cushion",) * 3,
        "ERROR cushion without seat",
        "FATAL flux without capacitor",
    )
    assert found == [
        ("FATAL flux without capacitor", 1),
        ("ERROR cushion without seat", 1),
        ("ERROR seat without cushion", 3),
    ]


def test_what_a_fault_knows_is_not_told_again() -> None:
    assert told(KNOWN) == ()


def test_a_stack_trace_is_one_line_that_names_the_exception() -> None:
    found = templates(
        "ERROR in request 7",
        "Traceback (most recent call last):",
        '  File "/app/errors.py", line 3, in raise_error',
        '    raise SeatError("cannot")',
        "shop.errors.SeatError: cannot sit",
    )
    assert found == [("shop.errors.SeatError: cannot sit", 1)]


def test_a_stack_trace_with_a_level_before_each_line_belongs_to_its_message() -> None:
    assert not told(
        "2026-01-02T10:00:00Z ERROR Error: connect ECONNREFUSED 192.0.2.5:5432",
        "2026-01-02T10:00:00Z ERROR     at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1494:16)",
        "2026-01-02T10:00:00Z ERROR   errno: -111,",
    )


def test_a_level_that_is_a_number_is_read_with_and_without_a_space() -> None:
    spaced, close = (
        '{"level": 50, "msg": "payment provider said no"}',
        '{"level":50,"msg":"payment provider said no"}',
    )
    assert len(told(spaced)) == len(told(close)) == 1


def test_what_belongs_to_the_message_of_a_known_fault_is_explained_by_it() -> None:
    assert not told("ERROR cannot serve", "java.lang.RuntimeException: cannot sit", f"Caused by: {KNOWN}")
    assert not told("Traceback (most recent call last):", '  File "/app/errors.py", line 3, in f', KNOWN)
    assert not told(KNOWN, "    at shop.errors.Failure.failed(Failure.java:3)", "Caused by: shop.SeatError: cannot sit")
    assert not told("Failed to seat the guests.", KNOWN)
    assert not told("ERROR shop: the database said:", "", KNOWN)
    assert not told("[main] ERROR shop - cannot serve", "org.shop.SeatException: FATAL: none", f"Caused by: {KNOWN}")


def test_what_stands_far_from_a_known_fault_or_has_a_level_of_its_own_is_not() -> None:
    assert templates(KNOWN, *("working",) * 5, "failed to sit") == [("failed to sit", 1)]
    assert templates(KNOWN, "2026-01-05 10:00:00 ERROR shop: cannot sit") == [("ERROR shop: cannot sit", 1)]


def test_services_of_one_log_have_messages_of_their_own() -> None:
    found = templates(f"api-1  | {KNOWN}", "web-1  | failed to sit", "api-1  | failed to run after that")
    assert found == [("failed to sit", 1)]


def test_a_tool_that_repeats_its_head_tells_one_message() -> None:
    found = told("npm error code EFLUX", "npm error path /srv/app", "npm error the flux failed to flow")
    assert [lines.count for lines in found] == [1]


def test_the_level_of_a_json_record_counts() -> None:
    found = templates('{"level":50,"msg":"no cushion"}', '{"level":30,"msg":"cannot complain"}')
    assert found == [("no cushion", 1)]


def test_the_mark_of_a_stream_is_no_level() -> None:
    assert templates("[err] 2026-01-05 10:00:00 INFO failed cushions: counting", "[err] failed to sit") == [
        ("failed to sit", 1)
    ]


def test_what_tests_that_passed_brought_about_is_taken_back() -> None:
    rest = Remainder()
    for line in log("failed to sit", "working", "failed to stand", name="a.log"):
        rest.read(line, known=False)
    rest.forget("a.log", 2)
    assert [str(lines.template) for lines in rest.found()] == ["failed to sit"]
    rest.forget("b.log", 1)
    assert len(rest.found()) == 1
    rest.forget("a.log", 1)
    assert rest.found() == ()


def test_what_is_taken_back_once_is_not_taken_back_again() -> None:
    rest = Remainder()
    rest.read(LogLine("a.log", 1, "ERROR cannot sit"), known=False)
    rest.read(LogLine("a.log", 2, f"Caused by: {KNOWN}"), known=True)
    rest.forget("a.log", 1)
    rest.read(LogLine("a.log", 9, "ERROR cannot sit"), known=False)
    assert [lines.count for lines in rest.found()] == [1]


def test_a_message_with_the_whole_head_before_each_line_is_one() -> None:
    head = "2026-01-05 10:00:00.123456 [error] <0.7.0> "
    assert [lines.count for lines in told(f"{head}no seat", f"{head}no cushion", f"{head}no guest")] == [1]


def test_secrets_stay_inside() -> None:
    (lines,) = told("ERROR cannot sit with password=hunter2-correct-horse")
    assert "hunter2" not in lines.example.text
    assert "hunter2" not in lines.template


def test_asking_changes_nothing() -> None:
    rest = Remainder()
    rest.read(LogLine("a.log", 1, "failed to sit"), known=False)
    assert [lines.template for lines in rest.found()] == [lines.template for lines in rest.found()]
    rest.read(LogLine("a.log", 2, KNOWN), known=True)
    assert rest.found() == ()


LINES = st.one_of(
    st.text(max_size=120),
    st.sampled_from(
        [
            KNOWN,
            "ERROR cannot sit",
            "Traceback (most recent call last):",
            "    at f (a.js:1:2)",
            "Caused by: x.SeatError: y",
            "npm ERR! code 1",
            "[ERROR] failed",
            '{"level":50,"msg":"failed to {"}',
        ]
    ),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(LINES, st.booleans()), max_size=60), st.integers(1, 60))
def test_any_lines_are_taken_and_counts_stay_true(lines: list[tuple[str, bool]], begin: int) -> None:
    rest = Remainder()
    for n, (text, known) in enumerate(lines, 1):
        rest.read(LogLine("a.log", n, text), known=known)
    for found in rest.found():
        assert 1 <= found.count <= len(lines)
        assert found.example.origin.line
        assert found.last.line
        assert found.example.origin.line <= found.last.line <= len(lines)
    rest.forget("a.log", begin)
    assert all(found.count >= 1 for found in rest.found())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(LINES, st.booleans()), max_size=40))
def test_lines_of_one_shape_give_what_they_give_when_each_is_judged(lines: list[tuple[str, bool]]) -> None:
    quick, slow = Remainder(), Remainder()
    for n, (text, known) in enumerate([*lines, *lines, *lines], 1):
        line = LogLine("a.log", 3 * n, text)
        quick.read(line, known=known)
        slow.read(line, known=known)
        slow._settled.clear()
    assert [(u.template, u.count, u.last, u.grave) for u in quick.found()] == [
        (u.template, u.count, u.last, u.grave) for u in slow.found()
    ]


def test_memory_is_bounded_however_many_services_and_kinds_there_are() -> None:
    rest = Remainder()
    for n in range(3000):
        word = f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}"
        rest.read(LogLine(f"{word}.log", 1, f"{word} failed to {word} {word[::-1]}"), known=False)
    assert len(rest.found()) == MAX_TOLD
    assert len(rest._open) <= MAX_STREAMS
