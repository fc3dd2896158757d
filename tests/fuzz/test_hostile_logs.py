from __future__ import annotations

import bz2
import gzip
import importlib.util
import io
import json
import lzma
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crashcart.tools.framing import unframe
from crashcart.tools.logs import read
from fuzz.hostile_logs import read_all
from servers import missing

SAMPLES = Path(__file__).parents[1] / "unit" / "tools" / "logs" / "samples"
RUNS = 4000
BOUND = 300
"""Seconds after which the search counts as hanging."""


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.log", content)
        archive.writestr("b.log", content[:100])
    return file.getvalue()


LOCAL = gzip.decompress((SAMPLES / "docker-local.log.gz").read_bytes())[:500]
JOURNAL = (SAMPLES / "journal.export").read_bytes()
RECORD = json.dumps([{"command": None, "output": "step\nError: no", "type": "stderr", "order": 1}]).encode()
CRI = b"2026-01-05T02:25:22.1Z stdout P one\n2026-01-05T02:25:22.2Z stderr F two\n" * 3
DOCKER = (
    b'{"log":"'
    + b"x" * 16384
    + b'","stream":"stdout","time":"2026-01-05T02:25:22Z"}\n{"log":"y\\n","stream":"stdout"}\n'
)
SEEDS = [
    LOCAL, JOURNAL, (SAMPLES / "journal.json").read_bytes(), RECORD, CRI, DOCKER, b"<html><pre>a &lt; b\n</pre>",
    "Zeile eins\nFehler: größer\n".encode("utf-16"), "line\n".encode("utf-32") * 20, b"plain\nError: x\n" * 9,
    *(pack(b"plain text\n" * 50) for pack in (gzip.compress, bz2.compress, lzma.compress, zipped)),
    gzip.compress(CRI), gzip.compress(zipped(LOCAL)),
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A log of some kind with wrong, missing, doubled and foreign bytes."""
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(content)))
        match draw(st.integers(0, 3)):
            case 0:
                content[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
            case 1:
                del content[at : at + draw(st.integers(1, 200))]
            case 2:
                content[at:at] = content[: draw(st.integers(0, 300))]
            case _:
                content[at:at] = draw(st.sampled_from(SEEDS))[:300]
    return bytes(content)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(mutated())
def test_no_log_breaks_the_reader(content: bytes) -> None:
    read_all(content)
    read_all(content, windowed=True)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=60), min_size=1), st.data())
def test_nothing_of_a_text_is_lost_however_it_arrives(texts: list[str], data: st.DataObject) -> None:
    content = "".join(f"- {text}\n" for text in texts).encode()

    class Slow(io.BytesIO):
        def read1(self, _size: int | None = -1, /) -> bytes:
            return super().read1(data.draw(st.integers(1, 40)))

    problems: list[str] = []
    blocks = [line.number for line in read(Slow(content), "slow", problems)]
    assert blocks == list(range(1, len(texts) + 1))
    whole, told = read_all(content)
    if not told:
        assert b"".join(whole) == content


def pieces(text: str, cuts: list[int]) -> list[str]:
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


def cri(parts: list[str]) -> bytes:
    """As a container runtime of Kubernetes writes a line that it cut."""
    tags = ["P"] * (len(parts) - 1) + ["F"]
    return "".join(
        f"2026-01-05T02:25:22.1Z stderr {tag} {part}\n" for tag, part in zip(tags, parts, strict=True)
    ).encode()


def varint(number: int) -> bytes:
    low = bytes([number & 127 | (128 if number > 127 else 0)])
    return low + (varint(number >> 7) if number > 127 else b"")


def local(parts: list[str]) -> bytes:
    """As Docker's driver ``local`` writes a line that it cut; it cuts at 16 KiB."""
    found = b""
    for number, part in enumerate(parts):
        line, last = part.encode(), number == len(parts) - 1
        line += b"" if last else b"." * (16384 - len(line))
        meta = b"\x08\x01" if last else b"\x12\x02id"
        body = b"\x0a\x06stderr\x10" + varint(1767579922_000000000) + b"\x1a" + varint(len(line)) + line
        body += b"\x20\x01\x2a" + varint(len(meta)) + meta if len(parts) > 1 else b""
        found += struct.pack(">I", len(body)) + body + struct.pack(">I", len(body))
    return found


WRITERS: list[Callable[[list[str]], bytes]] = [cri, local]
LINES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=80)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(LINES, st.lists(st.integers(0, 80), max_size=3)), min_size=1, max_size=8),
    st.sampled_from(WRITERS),
)
def test_what_a_runtime_cut_is_whole_again(
    lines: list[tuple[str, list[int]]], write: Callable[[list[str]], bytes]
) -> None:
    cut = [pieces(text, cuts) for text, cuts in lines]
    found = list(read(io.BytesIO(b"".join(map(write, cut)))))
    assert len(found) == len(lines)
    for line, (text, _) in zip(found, lines, strict=True):
        start = line.text.index(" stderr F ") + len(" stderr F ")
        assert line.text[start:].replace(".", "") == text.replace(".", "")
        assert unframe(line.text).stream == "stderr"


def test_a_search_for_odd_logs_finds_none(tmp_path: Path) -> None:
    if not importlib.util.find_spec("atheris"):
        missing("atheris", "it has no wheel for this Python or machine, or is not installed")
    for number, seed in enumerate(SEEDS):
        (tmp_path / f"seed{number}").write_bytes(seed[:4000])
    script = Path(__file__).with_name("search.py")
    done = subprocess.run(
        [sys.executable, script, f"-runs={RUNS}", "-seed=7", "-max_len=6000", "-rss_limit_mb=900", "-timeout=60",
         f"-artifact_prefix={tmp_path}/", tmp_path],
        capture_output=True, text=True, timeout=BOUND, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {RUNS}" in done.stderr
