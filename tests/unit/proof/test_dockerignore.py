"""Docker's ignore rules against the table of known answers and against docker-py's own walk over real trees."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from docker.utils.build import exclude_paths

from crashcart.proof import dockerignore


def kept(text: str, *paths: str) -> list[str]:
    rules = dockerignore.parse(text)
    return [p for p in paths if not rules.excluded_by(p)]


@pytest.mark.parametrize("pattern", ["lib", "/lib", "lib/", "./lib", "src/../lib", "  lib  ", "\ufefflib"])
def test_a_plain_name_means_the_top_level_only(pattern: str) -> None:
    assert kept(pattern, "lib", "lib/a.js", "src/lib/a.js") == ["src/lib/a.js"]


@pytest.mark.parametrize(
    ("text", "paths", "expected"),
    [
        ("*.log", ["a.log", "x/a.log"], ["x/a.log"]),
        ("*/*.log", ["a.log", "x/a.log", "x/y/a.log"], ["a.log", "x/y/a.log"]),
        ("**/*.log", ["a.log", "x/a.log", "x/y/a.log"], []),
        ("dist\n!dist/keep", ["dist/a", "dist/keep", "dist/keep/b"], ["dist/keep", "dist/keep/b"]),
        ("*\n!src", ["a", "src/a", "src/b/c"], ["src/a", "src/b/c"]),
        ("!src\n*", ["a", "src/a"], []),
        ("lib # comment", ["lib"], ["lib"]),
        ("# lib\n  #lib", ["lib", "#lib"], ["lib"]),
        ("LIB", ["lib", "LIB"], ["lib"]),
        (".env", [".env", "src/.env"], ["src/.env"]),
        ("a b", ["a b", "a"], ["a"]),
        ("größe", ["größe", "grosse"], ["grosse"]),
        ("[^a]", ["a", "b"], ["a"]),
        ("../lib", ["lib"], ["lib"]),
        (".", ["lib"], ["lib"]),
        ("lib\r", ["lib", "x"], ["x"]),
        ("*\n!**/.env", [".env", "a/b/.env", "a/b"], [".env", "a/b/.env"]),
        ("a\n!**/c.txt", ["a/b/c.txt", "a/b/d"], ["a/b/c.txt"]),
        ("x/**\n!x", ["x/a"], []),
    ],
)
def test_the_known_answers_of_buildkit(text: str, paths: list[str], expected: list[str]) -> None:
    assert kept(text, *paths) == expected


def test_the_deciding_line_is_named() -> None:
    rules = dockerignore.parse("# first\n\nnode_modules\nsrc\n!src/a\nsrc/a/b.ts\n")
    rule = rules.excluded_by("src/a/b.ts")
    assert rule
    assert (rule.line, rule.text) == (6, "src/a/b.ts")
    assert rules.excluded_by("src/a/c.ts") is None
    inside = rules.excluded_by("src/x/c.ts")
    assert inside
    assert inside.line == 4


@pytest.mark.parametrize(("text", "line"), [("a\n[bad", 2), ("!", 1), ("x[]", 1), ("[^", 1)])
def test_a_pattern_that_docker_refuses_is_named(text: str, line: int) -> None:
    broken = dockerignore.parse(text).broken
    assert broken
    assert broken[0] == line


@pytest.mark.parametrize(
    "pattern", ["\\#x", "[!a]", "[b-a]", "[[a]", "[a--b]", "*a*a*a*a*b", "/".join(["**"] * 9), "x" * 600]
)
def test_a_pattern_that_cannot_be_judged_is_said(pattern: str) -> None:
    assert dockerignore.parse(pattern).unsure


def test_builders_that_disagree_are_told_apart() -> None:
    rules = dockerignore.parse("a\n!**/c.txt")
    assert rules.excluded_by("a/b/c.txt") is None
    assert rules.excluded_by_older("a/b/c.txt")


NAMES = ["a", "b", "src", "lib", "x.log", "c.txt", ".env"]
PATTERNS = ["a", "*", "*.log", "**/*.log", "src/*", "!src", "!src/lib", "**/lib", "a/b", "*/a", "!*.txt", "!**/c.txt"]


def plant(root: Path, chance: random.Random) -> list[str]:
    for _ in range(8):
        folder = root.joinpath(*chance.choices(["a", "b", "src", "lib"], k=chance.randrange(3)))
        if not any(p.is_file() for p in (folder, *folder.parents)):
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / chance.choice(NAMES)
            if not file.exists():
                file.write_text("")
    return [p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()]


def some_patterns(chance: random.Random) -> list[str]:
    made = ["/".join(chance.choices(["*", "**", "a", "b", "src", "lib", "*.log", "c.txt", "?"], k=3)) for _ in range(2)]
    pool = [*PATTERNS, *made, *(f"!{p}" for p in made)]
    return chance.sample(pool, k=chance.randrange(1, 5))


@pytest.mark.parametrize("seed", range(200))
def test_random_trees_come_out_as_docker_s_own_client_packs_them(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    paths, patterns = plant(tmp_path, chance), some_patterns(chance)
    rules = dockerignore.parse("\n".join(patterns))
    packed = exclude_paths(str(tmp_path), list(patterns))
    assert {p for p in paths if not rules.excluded_by_older(p)} == packed & set(paths), patterns
    if not any(p.startswith("!") for p in patterns):
        assert {p for p in paths if not rules.excluded_by(p)} == packed & set(paths), patterns
