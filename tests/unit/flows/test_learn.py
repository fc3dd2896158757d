from __future__ import annotations

import io
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crashcart.diagnosis.notice import notice
from crashcart.faults import load
from crashcart.flows.faults import check
from crashcart.flows.learn import RAREST, Learned, learn
from crashcart.model.errors import CrashcartError, UsageError
from crashcart.tools.logs import LogLine

LINE = '2026-01-05T10:00:00Z ERROR [seats] license server seats.example.com:7070 says no seat for "alice" (attempt 3)'


def log(folder: Path, *lines: str, name: str = "deploy.log") -> str:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


def learned(folder: Path, where: str, *logs: str) -> Learned:
    return learn(where, logs, folder=folder / "faults", faults=load(folder / "faults"))


def table(result: Learned) -> dict[str, object]:
    return tomllib.loads(result.path.read_text("utf-8"))


def test_a_line_becomes_a_fault_that_checks_and_is_noticed(tmp_path: Path) -> None:
    path = log(tmp_path, "2026-01-05T10:00:00Z INFO [seats] license server says seat 4 is for alice", LINE)
    result = learned(tmp_path, f"{path}:2")
    assert result.path.parent == tmp_path / "faults" / "own"
    assert check(tmp_path / "faults").flaws == ()
    claims = notice(
        [LogLine("next.log", 1, LINE.replace("alice", "bob").replace("seats.example", "other.example"))],
        load(tmp_path / "faults"),
    ).claims
    assert [(c.fault, c.facts["host"], c.facts["port"]) for c in claims] == [(result.code, "other.example.com", "7070")]


def test_what_it_writes_explains_every_key(tmp_path: Path) -> None:
    path = log(tmp_path, "2026-01-05T10:00:00Z INFO [seats] license server says seat 4 is for alice", LINE)
    result = learned(tmp_path, f"{path}:2")
    text = result.path.read_text("utf-8")
    lines = text.splitlines()
    for key in (
        "title",
        "severity",
        "why",
        "remedy",
        "explains",
        "wrapper",
        "keywords",
        "patterns",
        "matches",
        "misses",
    ):
        at = next(n for n, line in enumerate(lines) if line.startswith(f"{key} ="))
        assert any(line.startswith("# ") for line in lines[max(0, at - 3) : at]), key
    assert "is for alice" in text, "the healthy line that resembles it is the near miss"
    assert "deploy.log:2" in text
    assert result.path.name in result.told


@pytest.mark.parametrize("where", ["2", RAREST, "deploy.log", "deploy.log:2"])
def test_the_line_may_be_named_in_any_sensible_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    log(tmp_path, "fine", LINE)
    monkeypatch.chdir(tmp_path)
    result = learned(tmp_path, where, *([] if where.startswith("deploy") else ["deploy.log"]))
    assert result.line == LINE
    assert result.where == "deploy.log:2"


def test_standard_input_is_a_log_too(tmp_path: Path) -> None:
    stdin = io.BytesIO(f"fine\n{LINE}\n".encode())
    assert learn("2", ["-"], folder=tmp_path, faults=load(), stdin=stdin).line == LINE


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    path = log(tmp_path, LINE)
    first = learn("1", [path], folder=tmp_path / "faults", faults=load())
    first.path.write_text("mine")
    second = learn("1", [path], folder=tmp_path / "faults", faults=load())
    assert first.path.read_text() == "mine"
    assert second.path == first.path.with_stem(f"{first.path.stem}-2")


def test_a_line_that_is_known_is_not_learned_again(tmp_path: Path) -> None:
    path = log(tmp_path, LINE, "Error: connect ECONNREFUSED 192.0.2.7:5432")
    result = learned(tmp_path, f"{path}:1")
    with pytest.raises(UsageError, match=result.code):
        learned(tmp_path, f"{path}:1")
    with pytest.raises(UsageError, match="is known"):
        learned(tmp_path, f"{path}:2")


def test_secrets_are_not_learned(tmp_path: Path) -> None:
    line = "ERROR no seat for postgres://app:s3cr3t-canary@seats.example.com/shop, token=abcdef0123456789abcdef"
    text = learned(tmp_path, f"{log(tmp_path, line)}:1").path.read_text()
    assert "s3cr3t-canary" not in text
    assert "abcdef0123456789" not in text
    claims = notice([LogLine("next.log", 1, line)], load(tmp_path / "faults")).claims
    assert [claim.fault.partition(".")[0] for claim in claims] == ["own"]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("deploy.log:9", "no such line"),
        ("x", "names no line"),
        ("absent.log:1", "no such file"),
        ("1:2:3", "no such"),
        ("0", "names no line"),
    ],
)
def test_what_names_no_line_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, words: str) -> None:
    log(tmp_path, LINE)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=words):
        learned(tmp_path, where, "deploy.log")


def test_a_number_alone_asks_for_one_log(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="of which log"):
        learned(tmp_path, "1", log(tmp_path, LINE), log(tmp_path, LINE, name="b.log"))


@pytest.mark.parametrize("line", ["", "   ", "started", "OK", "…", "12 34"])
def test_a_line_that_says_nothing_special_teaches_nothing(tmp_path: Path, line: str) -> None:
    path = log(tmp_path, line)
    with pytest.raises(UsageError, match="nothing can be learned"):
        learned(tmp_path, f"{path}:1")
    assert not (tmp_path / "faults").exists()


def test_nothing_unexplained_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no line looks like an error"):
        learned(tmp_path, RAREST, log(tmp_path, "all well"))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "faults").write_text("a file")
    with pytest.raises(CrashcartError, match="could not be written"):
        learn("1", [log(tmp_path, LINE)], folder=tmp_path / "faults", faults=load())


SAID = st.one_of(
    st.text(min_size=1, max_size=200),
    st.lists(
        st.sampled_from(
            [
                "no",
                "seat",
                "ERROR",
                "192.0.2.7:80",
                "'x'",
                '"y"',
                "/a/b",
                "7",
                "{",
                "}",
                "\\",
                "(",
                "***",
                "é",
                "'''",
                "[[",
                "%",
            ]
        ),
        min_size=1,
        max_size=14,
    ).map(" ".join),
)


@settings(max_examples=25, deadline=None)
@given(SAID)
def test_any_line_teaches_what_checks_and_is_noticed_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, said: str
) -> None:
    folder = tmp_path_factory.mktemp("learn")
    path = folder / "a.log"
    path.write_bytes(said.encode("utf-8", "surrogatepass"))
    try:
        result = learned(folder, f"{path}:1")
    except CrashcartError:  # what is no text, says nothing special, or is known
        assert not (folder / "faults").exists()
        return
    assert check(folder / "faults").sound
    assert not set(result.line) & set("\x00\x07\x1b\x9b")
    claims = notice([LogLine("next.log", 1, result.line)], load(folder / "faults")).claims
    assert result.code in [claim.fault for claim in claims] or not claims
