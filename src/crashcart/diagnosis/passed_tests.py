"""Test runs inside a log: what a run prints that ends well was provoked by its tests."""

from __future__ import annotations

from crashcart.model.fault import Refutation
from crashcart.tools.expressions import lazy

ALL_PASSED = Refutation(
    pattern="",
    because="It stands within a test run in which every test passed, so the tests brought it about themselves.",
)
IN_PASSED = Refutation(
    pattern="", because="A test file printed it in which every test passed, so its tests brought it about themselves."
)
WORDS = (
    *(
        "● console",
        "console.error",
        "console.warn",
        "console.log",
        "stderr | ",
        "stdout | ",
        "test session starts",
        "=== RUN",
        " jest",
        "/jest",
    ),
    *("vitest", "mocha", "pytest", "PASS ", "FAIL ", "test suites:", "test files", "tests:", "tests  ", " passing ("),
    *(" failing", " passed in ", " passed, ", " failed in ", "errors  ", "--- pass:", "--- fail:", "test result:"),
    *(
        " tests",
        "phpunit ",
        "ok (1 test",
        " t e s t s",
        "tests run:",
        "with seed ",
        " examples, ",
        "tap version",
        "# fail ",
    ),
)
"""A line that begins or ends a test run holds one of them. Words of four letters would slow the search by a tenth."""
BEGIN = lazy(
    r"(?:^|[|\]Z] |\d )\s{0,8}(?:console\.(?:error|warn|log)(?: \S{1,200})?\s*$|std(?:err|out) \| \S"
    r"|={3,} test session starts|[>$] [^\n]{0,80}\b(?:jest|vitest|mocha|pytest)\b|RUN {1,3}v\d|(?:PASS|FAIL) {1,3}\S"
    r"|=== RUN |running \d{1,6} tests?\b|PHPUnit \d|\[INFO\] {1,4}T E S T S|Randomized with seed|TAP version \d)"
)
HEAD = lazy(r"^[^\n]{0,60}?(?:^|[|\]Z] |\d )\s{0,4}(?P<how>PASS|FAIL) {1,3}\S")
"""Stands over what a test file printed, and tells how it went."""
CONSOLE = lazy(r"(?:^|\s)● Console\s*$")
SUITES = lazy(r"\bTest (?:Suites:|Files) {1,9}(?P<rest>\d[^\n]{0,120})")
TESTS = lazy(
    r"\bTests(?::| ) {0,9}(?P<jest>\d{1,7} [a-z][^\n]{0,120})"
    r"|(?:^|\s)(?P<mocha>\d{1,7} (?:passing|failing))\b"
    r"|={3,} (?P<pytest>\d{1,7} [a-z][^\n]{0,160}) in \d[^\n]{0,40}s\b"
)
WELL = lazy(
    r"--- PASS: |\btest result: ok\. |\bOK \(\d{1,6} tests?\b|\bTests run: \d{1,6}, Failures: 0, Errors: 0\b"
    r"(?!.{0,40}Time elapsed)"
    r"|\b\d{1,6} examples?, 0 failures\b|^# fail 0\b"
)
ILL = lazy(
    r"--- FAIL: |\btest result: FAILED|\bFAILURES!|\bTests run: [^\n]{0,20}(?:Failures|Errors): [1-9]"
    r"|\b\d{1,6} examples?, [1-9]\d{0,5} failures?\b|^# fail [1-9]"
)
BAD = lazy(r"\b[1-9]\d{0,6} (?:failed|failing|errors?)\b")
GOOD = lazy(r"\b[1-9]\d{0,6} (?:passed|passing)\b")
MARKS = (
    "● Console",
    *("console.", "std", "===", "jest", "vitest", "mocha", "pytest", "RUN ", "PASS", "FAIL", "Test", "passing"),
    *("failing", "result:", "running ", "OK (", "T E S T", "seed", "examples", "TAP ", "# fail", "PHPUnit"),
)
"""Any line that :class:`PassedTests` heeds holds one of them."""
SPOILED = lazy(r"^[^\n]{0,60}?(?:\b[1-9]\d{0,6} failing\b|\bErrors {1,4}[1-9]\d{0,6} errors?\b)")
"""Stands a few lines after the count of passed tests, and takes the good end back."""
FAILING = lazy(r"failing|Errors")
SOON = 5
"""Lines after the end that may still take it back."""


def concerns_tests(text: str) -> bool:
    """Whether *text* may begin a test run, or tell how it went: with other digits it would too."""
    marked = any(word in text for word in MARKS)
    return marked and any(pattern.search(text) for pattern in (BEGIN, CONSOLE, ILL, WELL, SUITES, TESTS, FAILING))


class PassedTests:
    """Follows one log."""

    def __init__(self) -> None:
        self._begin: int | None = None
        self._suite_failed = False
        self._passed = False
        self._console = False

    def printed(self, message: str) -> bool:
        """Whether *message* is of what a test file printed that passed: such a block is set in."""
        self._console = self._console and message[:2].isspace()
        return self._console

    def _open(self, text: str) -> None:
        """Follow the blocks of what test files printed."""
        if head := HEAD.match(text):
            self._passed, self._console = head["how"] == "PASS", False
        elif CONSOLE.search(text):
            self._console = self._passed
        elif SUITES.search(text):
            self._passed = self._console = False

    def ends_well(self, position: int, text: str) -> int | None:
        """Where the test run began of which this line says that it passed; None for any other line."""
        if not any(word in text for word in MARKS):
            return None
        self._open(text)
        if self._begin is None:
            self._begin = position if BEGIN.search(text) else None
        if ILL.search(text) or WELL.search(text):
            begin, self._begin = self._begin, None
            return None if ILL.search(text) else begin
        if suites := SUITES.search(text):
            self._suite_failed = BAD.search(suites["rest"]) is not None
            return None
        if not (tests := TESTS.search(text)):
            return None
        begin, self._begin = self._begin, None
        told = tests[tests.lastgroup or 0]
        well = GOOD.search(told) and not BAD.search(told) and not self._suite_failed
        self._suite_failed = False
        return begin if well else None
