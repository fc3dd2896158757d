from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crashcart.tools.scanner import Hit, Scanner, pieces
from crashcart.tools.scanner.engines import AhoCorasickEngine, Engine, TrieEngine, engine
from crashcart.tools.scanner.hyperscan_engine import HyperscanEngine
from crashcart.tools.scanner.lines import ESCAPES, WINDOW
from crashcart.tools.scanner.literals import literals

ENGINES: Sequence[Callable[..., Engine]] = (HyperscanEngine, AhoCorasickEngine, TrieEngine, engine)
WORDS = ("Connection refused", "P1001", 'relation "users" does not exist', "require stack:", "<none>", "née", "x")


OPEN: list[BinaryIO] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


class Log:
    """A log in memory or on disk."""

    def __init__(self, data: bytes, folder: Path | None = None, block: int = 1000) -> None:
        self.data, self._block = data, block
        self._file: BinaryIO | None = None
        if folder:
            path = folder / "a.log"
            path.write_bytes(data)
            self.open(path)

    def open(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        OPEN.append(self._file)

    @property
    def raw(self) -> BinaryIO | None:
        return self._file

    def blocks(self) -> Iterator[tuple[bytes, Sequence[int] | None]]:
        lines: list[bytes] = []
        for line in io.BytesIO(self.data):
            lines.append(line)
            if sum(map(len, lines)) > self._block:
                yield b"".join(lines), None
                lines = []
        yield b"".join(lines), None


def naive(data: bytes, words: Iterable[str]) -> list[tuple[int, frozenset[int]]]:
    """Every line with the words of which a literal stands in it."""
    known = [(n, literals(word)) for n, word in enumerate(words)]
    found = []
    lines = data.split(b"\n")
    for number, line in enumerate(lines, 1):
        lowered = ESCAPES.sub(b"", line).lower()
        if held := frozenset(n for n, forms in known if any(form in lowered for form in forms)):
            found.append((number, held))
    return found


def rows(hits: Iterable[Hit]) -> list[tuple[int, frozenset[int]]]:
    return [(hit.number, frozenset(hit.words)) for hit in hits]


@pytest.mark.parametrize("make", ENGINES)
def test_every_engine_finds_the_same(make: Callable[..., Engine]) -> None:
    words = [b"connection refused", b"refused", b"p1001", b"ed\xc3\xa9", b"aa", b"a"]
    text = b"Connection REFUSED p1001\n\nbbb\naaa CONNECTION refus\x01\x02ed ed\xc3\xa9\x1b[0m"
    found = make(words, [b"\x1b", b"\x07"]).finder()(text)
    lines = {(text.count(b"\n", 0, end), number) for end, number in found if number <= len(words)}
    assert lines == {(0, 0), (0, 1), (0, 2), (3, 3), (3, 4), (3, 5), (3, 6)}
    assert [end for end, _ in found] == sorted(end for end, _ in found)


@pytest.mark.parametrize("make", ENGINES)
def test_nothing_to_look_for_finds_nothing(make: Callable[..., Engine]) -> None:
    assert not make([], []).finder()(b"anything")


def _some_text(rng: random.Random, size: int) -> bytes:
    parts = [*(word.encode() for word in WORDS[:5]), b"CONNECTION refused", b"n\xc3\xa9e", b"N\xc3\x89E", b'"', b"\\"]
    noise = [
        b"GET / 200 ",
        b"\xff\xfe ",
        b"\x1b[31m",
        b"\\u001b[0m",
        b"\r",
        b"\x00",
        b"\x01\x02",
        b"\n",
        b"\n\n",
        b"y" * 90,
    ]
    return b"".join(rng.choice(parts if rng.random() < 0.1 else noise) for _ in range(size))


@pytest.mark.parametrize("make", ENGINES)
@pytest.mark.parametrize("seed", range(3))
def test_hits_are_those_of_a_plain_loop(
    make: Callable[..., Engine], seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crashcart.tools.scanner.lines.engine", make)
    monkeypatch.setattr(pieces, "BLOCK", 700)
    monkeypatch.setattr(pieces, "OVERLAP", 40_000)
    data = _some_text(random.Random(seed), 3000)  # noqa: S311 - text, not keys
    for log in (Log(data), Log(data, tmp_path)):
        scanner = Scanner(WORDS)
        assert rows(scanner.hits(log)) == naive(data, WORDS)
        assert scanner.lines == data.count(b"\n") + (not data.endswith(b"\n"))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_file_is_read_by_threads_in_order(threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "BLOCK", 4096)
    monkeypatch.setattr(pieces, "_cores", lambda: threads)
    rng = random.Random(4)  # noqa: S311 - text, not keys
    lines = [b"quiet " * rng.randrange(30) for _ in range(40_000)]
    for n in range(0, len(lines), 997):
        lines[n] += b"P1001"
    lines[20_000:22_000] = [b"P1001"] * 2000
    data = b"\n".join(lines)
    scanner = Scanner(WORDS[:6])
    assert [hit.number for hit in scanner.hits(Log(data, tmp_path))] == [n for n, _ in naive(data, WORDS[:6])]
    assert scanner.lines == len(lines)


def test_a_scan_may_be_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "BLOCK", 512)
    monkeypatch.setattr(pieces, "_cores", lambda: 3)
    hits = Scanner(WORDS).hits(Log(b"quiet\n" * 20_000 + b"P1001\n", tmp_path))
    assert next(hits).number == 20_001
    hits.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_words_are_found_however_often_they_were_escaped(word: str, depth: int) -> None:
    text = f"it says {word.upper() if word.isascii() else word} here"
    for _ in range(depth):
        text = json.dumps({"log": text})
    assert WORDS.index(word) in next(Scanner(WORDS).hits(Log(text.encode()))).words


@pytest.mark.parametrize("escape", ["\x1b[31m", "\x1b[0;1m", "\\u001b[1m", "\\\\u001B[0m", "\x1b]8;;http://x\x07"])
def test_colours_amid_a_phrase_hide_nothing(escape: str) -> None:
    data = f"quiet {escape}\nConnec{escape}tion refused\n".encode()
    hits = list(Scanner(["connection refused"]).hits(Log(data)))
    assert [(hit.number, hit.raw) for hit in hits] == [(2, b"Connection refused")]


def test_the_lines_behind_some_words_are_given_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "BLOCK", 64)
    data = b"\n".join(
        [b"a", b"Require stack:", b"- /app/b.js", b"c"] * 50 + [b"require stack:", b"require stack:", b"z"]
    )
    expected = sorted({n for at, line in enumerate(data.split(b"\n"), 1) if b"stack" in line for n in (at, at + 1)})
    for log in (Log(data, block=40), Log(data, tmp_path)):
        assert [hit.number for hit in Scanner(["REQUIRE stack:"], {"require stack:": 1}).hits(log)] == expected


def test_a_word_at_the_end_of_a_line_of_megabytes_is_found(tmp_path: Path) -> None:
    long = b"x" * 3_000_000
    data = b"first\n" + long + b"P1001" + long + b" connection refused\nlast P1001\n"
    for log in (Log(data), Log(data, tmp_path)):
        scanner = Scanner(WORDS[:3])
        hits = list(scanner.hits(log))
        assert [(hit.number, hit.words) for hit in hits] == [(2, (1,)), (2, (0,)), (3, (1,))]
        assert all(len(hit.raw) <= WINDOW for hit in hits)
        assert b"connection refused" in hits[1].raw
        assert (scanner.lines, scanner.cut, scanner.first_cut) == (3, 2, 2)


def test_context_comes_from_the_blocks_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "BLOCK", 64)
    lines = [b"line %d" % n + (b" P1001" if n % 7 == 0 else b"") for n in range(200)]
    data = b"\n".join(lines)
    for log in (Log(data, block=30), Log(data, tmp_path)):
        seen = 0
        for hit in Scanner(["P1001"], context=20).hits(log):
            assert hit.around is not None
            before, after = hit.around(20)
            at = hit.number - 1
            assert before == lines[max(0, at - 20) : at]
            assert after == lines[at + 1 : at + 21]
            seen += 1
        assert seen == 29


def test_numbers_of_blocks_are_kept() -> None:
    class Numbered(Log):
        def blocks(self) -> Iterator[tuple[bytes, Sequence[int] | None]]:
            yield b"quiet\nP1001\n", [4, 9]
            yield b"P1001\n", None

    assert [hit.number for hit in Scanner(["P1001"]).hits(Numbered(b""))] == [9, 10]


def test_reading_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[int] = []
    data = b"quiet\n" * 300_000
    assert not list(Scanner(WORDS).hits(Log(data, tmp_path), told.append))
    assert told == sorted(told)
    assert told[-1] == len(data)


def test_a_sparse_file_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "sparse.log"
    with path.open("wb") as file:
        file.write(b"P1001\n")
        file.seek(200_000_000)
        file.write(b"P1001\n")
    log = Log(b"")
    log.open(path)
    assert [hit.number for hit in Scanner(["P1001"]).hits(log)] == [1, 2]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=5), st.binary(max_size=400))
def test_any_words_in_any_bytes(words: list[str], data: bytes) -> None:
    found = [rows(_with(make, words).hits(Log(data, block=50))) for make in ENGINES]
    assert all(other == found[0] for other in found)


def _with(make: Callable[..., Engine], words: list[str]) -> Scanner:
    scanner = Scanner(words)
    look = scanner._look
    look.__dict__["engine"] = make(look._literals, (b"\x1b", b"u001b["))
    return scanner


def test_whitespace_at_the_end_of_a_word_counts() -> None:
    assert not list(Scanner(["fail "]).hits(Log(b"failed\n")))


def test_many_words_are_searched_for_in_two_steps_that_agree_with_one(tmp_path: Path) -> None:
    rng = random.Random(7)  # noqa: S311 - text, not keys
    words = ["refused", "connection refused", "café closed", *(f"fault number {n}" for n in range(300))]
    forms = [word.upper().encode() for word in words] + [b"\x1b[31mrefu\x1b[0msed", b"x" * 20_000 + b"fault number 77"]
    for share in (0.0, 0.0005, 0.01, 0.5):
        lines = [rng.choice(forms) if rng.random() < share else b"quiet " * rng.randrange(20) for _ in range(9000)]
        data = b"\n".join(lines)
        for log in (Log(data, block=300_000), Log(data, tmp_path)):
            assert rows(Scanner(words).hits(log)) == naive(data, words)
