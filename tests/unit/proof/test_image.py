"""Where COPY brings files: forwards, backwards, through stages, and what is lost on the way."""

from __future__ import annotations

import random

import pytest

from crashcart.proof.dockerfile import Dockerfile, Unparsable, parse
from crashcart.proof.image import Image


def image(text: str, target: str | None = None) -> Image:
    parsed = parse(text)
    assert isinstance(parsed, Dockerfile), parsed
    return Image(parsed, target)


def places(text: str, path: str) -> list[str]:
    return [a.path for a in image(text).arrivals(path)]


@pytest.mark.parametrize(
    ("steps", "path", "expected"),
    [
        ("COPY . .", "src/a.ts", ["/src/a.ts"]),
        ("WORKDIR /app\nCOPY . .", "src/a.ts", ["/app/src/a.ts"]),
        ("WORKDIR /app\nWORKDIR backend\nCOPY src ./src", "src/a.ts", ["/app/backend/src/a.ts"]),
        ("COPY src /app/", "src/a.ts", ["/app/a.ts"]),
        ("COPY src/a.ts /app", "src/a.ts", ["/app"]),
        ("COPY src/a.ts /app/", "src/a.ts", ["/app/a.ts"]),
        ("WORKDIR /app\nCOPY package.json bun.lock* ./", "bun.lockb", ["/app/bun.lockb"]),
        ("COPY src/*.ts /app/", "src/a.ts", ["/app/a.ts"]),
        ("COPY src/*.ts /app/", "src/b/a.ts", []),
        ("COPY [r-t]rc /app/", "src/a.ts", ["/app/a.ts"]),
        ("COPY [^a]r? /app/", "src/a.ts", ["/app/a.ts"]),
        ("COPY [a--z]rc /app/", "src/a.ts", []),
        ("COPY [z-a]rc /app/", "src/a.ts", []),
        ("COPY s*/ /app/", "src/b/a.ts", ["/app/b/a.ts"]),
        ('COPY ["a b", "/dst/"]', "a b/c d.ts", ["/dst/c d.ts"]),
        ("COPY /src ../../x", "src/a.ts", ["/x/a.ts"]),
        ("COPY ../src /x", "src/a.ts", ["/x/a.ts"]),
        ("ARG DIR=backend\nWORKDIR /$DIR\nCOPY ${DIR:-x}/src ./src", "backend/src/a.ts", ["/backend/src/a.ts"]),
        ("ENV HOME_DIR=/srv\nCOPY src $HOME_DIR", "src/a.ts", ["/srv/a.ts"]),
        ("COPY --exclude=*.md docs /d", "docs/a.md", []),
        ("COPY --parents src/a.ts /d/", "src/a.ts", ["/d/src/a.ts"]),
        ("COPY <<EOF /app/x\nCOPY src /app\nEOF", "src/a.ts", []),
        ("RUN <<EOF\nCOPY src /app\nEOF\nCOPY src /b", "src/a.ts", ["/b/a.ts"]),
        ("ADD src /app", "src/a.ts", ["/app/a.ts"]),
        ("ONBUILD COPY src /app", "src/a.ts", []),
        ("COPY SRC /app", "src/a.ts", []),
        ("COPY src \\\n  # why\n  /app", "src/a.ts", ["/app/a.ts"]),
        ("COPY --chown=node:node größe /app", "größe/ä.ts", ["/app/ä.ts"]),
    ],
)
def test_a_copy_brings_a_file_to(steps: str, path: str, expected: list[str]) -> None:
    assert places(f"FROM node:22\n{steps}\n", path) == expected


STAGES = """ARG BASE=oven/bun
FROM ${BASE} AS Deps
WORKDIR /deps
COPY package.json ./
FROM deps AS build
COPY src ./src
RUN bun run build
FROM ${BASE}
WORKDIR /app
COPY --from=build /deps/package.json ./
COPY --from=1 /deps/src/public ./public
COPY --from=redis:7 /bin/redis-cli /bin/
"""


def test_files_go_through_stages_or_are_lost_between_them() -> None:
    built = image(STAGES)
    assert [a.path for a in built.arrivals("package.json")] == ["/app/package.json"]
    assert [a.path for a in built.arrivals("src/public/x.css")] == ["/app/public/x.css"]
    assert built.arrivals("src/index.ts") == ()
    (lost,) = built.earlier("src/index.ts")
    assert (lost.path, lost.stage.name, lost.copy.line) == ("/deps/src/index.ts", "build", 6)
    assert [a.path for a in image(STAGES, "BUILD").arrivals("src/index.ts")] == ["/deps/src/index.ts"]


def test_a_place_leads_back_to_its_source() -> None:
    built = image(STAGES)
    assert built.sources("/app/public/x.css")[0] == "src/public/x.css"
    assert built.sources("/app/./package.json")[0] == "package.json"
    assert built.sources("/nowhere/x") == ()
    assert image("FROM a\nWORKDIR /app/backend\nCOPY . .").sources("/app/backend/src/i.ts") == ("src/i.ts",)
    assert image("FROM a\nWORKDIR /app\nCOPY backend/src/*.ts src/").sources("/app/src/i.ts") == ("backend/src/i.ts",)


@pytest.mark.parametrize(
    ("run", "removed"),
    [("rm -rf src", True), ("rm -rf /app/src/*", True), ("rm -rf /var/lib", False), ("cat src", False)],
)
def test_a_run_that_names_the_file_with_a_removal_is_noticed(run: str, removed: bool) -> None:
    (arrival,) = image(f"FROM a\nWORKDIR /app\nCOPY . .\nRUN echo && {run}").arrivals("src/a.ts")
    assert bool(arrival.removed_by) is removed


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "no instructions"),
        ("FROM a\nFOO b\n", 2, "unknown instruction: FOO"),
        ("FROM a\n\nENV A\nRUN x", 3, "two arguments"),
        ("FROM a\nRUN x\nCOPY <<EOF /x\nabc", 3, "unterminated heredoc"),
        ("FROM a\nCOPY x", 2, "two arguments"),
        ("RUN x\nFROM a", 1, "no build stage"),
        ("ARG A\n", 1, "no FROM"),
        ("<<<<<<< HEAD\nFROM a", 1, "unknown instruction"),
        ("FROM", 1, "FROM requires"),
        ("FROM a\n\x00", None, "no text file"),
        ("FROM a\n\\\n", 2, "without a name"),
        ("\udcff\ud800", 1, "unknown instruction"),
        ("FROM a\n" + "#" * 2_000_000, None, "too long"),
    ],
)
def test_a_dockerfile_that_docker_refuses_is_told_with_its_line(text: str, line: int | None, message: str) -> None:
    refused = parse(text)
    assert isinstance(refused, Unparsable)
    assert refused.line == line
    assert message in str(refused)


def test_stages_that_double_their_files_do_not_explode() -> None:
    stages = "".join(f"FROM a AS s{n}\nCOPY --from=s{n - 1} / /x\nCOPY --from=s{n - 1} / /y\n" for n in range(1, 60))
    built = image(f"FROM a AS s0\nCOPY . .\n{stages}")
    assert built.arrivals("a.ts")
    assert built.sources("/q/a.ts") == ()


def test_variables_are_substituted_as_docker_does() -> None:
    text = "FROM a AS x\nARG A=1\nENV B=$A-2 C='q r'\nCOPY src /$B/${MISSING:-d}/${B:+set}/\\$A\nCOPY src /$C/"
    assert [c.target for c in image(text).final.steps if not hasattr(c, "folder")] == ["/1-2/d/set/$A", "/q r"]


def test_an_add_from_afar_is_not_predicted() -> None:
    built = image("FROM a\nADD https://example.com/x.tar /app/\nADD git@example.com:a/b.git /src")
    assert built.dockerfile.remote == (2, 3)


def test_an_unknown_target_has_no_stage() -> None:
    with pytest.raises(KeyError):
        assert image(STAGES, "nope").final


SCRAPS = (
    *(
        "FROM",
        "a",
        "COPY",
        "ADD",
        "--from=",
        "--from=0",
        "<<EOF",
        "EOF",
        "\n",
        "\\\n",
        '["a"',
        "]",
        '"',
        "'",
        "ENV",
        "A=",
        "$A",
    ),
    *(
        "${A:-${B}}",
        "RUN",
        "ONBUILD",
        "ARG",
        "WORKDIR",
        "#",
        "# escape=`\n",
        "ä",
        "\u2028",
        "\x1b",
        "\ud800",
        "*",
        "[",
        "..",
        "/",
    ),
)


@pytest.mark.parametrize("seed", range(20))
def test_scraps_of_dockerfiles_get_an_answer(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    for _ in range(200):
        text = "".join(chance.choice(SCRAPS) + chance.choice(["", " ", "\n"]) for _ in range(chance.randrange(15)))
        parsed = parse(f"FROM a\nCOPY . .\n{text}")
        if isinstance(parsed, Dockerfile):
            built = Image(parsed)
            for arrival in built.arrivals("a/b.ts"):
                assert "*" in text or "[" in text or "a/b.ts" in built.sources(arrival.path), text
