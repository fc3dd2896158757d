from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from crashcart.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""
HEAVY = {
    "asyncio",
    "docker",
    "hyperscan",
    "pglast",
    "psycopg",
    "rich",
    "ruamel",
    "ssl",
    "tomllib",
    "logging",
    "pathlib",
}


def modules(*words: str) -> set[str]:
    """What a command imported."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True, check=False)
    return set(done.stderr.split())


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_imports_next_to_nothing(word: str) -> None:
    loaded = modules(word)
    assert "crashcart.cli.main" in loaded
    assert not loaded & (HEAVY)
    assert not any(
        name.startswith(("crashcart.reports", "crashcart.tools", "crashcart.cli.commands.")) for name in loaded
    )


def test_triage_imports_no_database_and_no_docker() -> None:
    loaded = modules("triage", "--format", "json", __file__)
    assert "crashcart.tools.scanner.scan" in loaded
    assert not loaded & {"asyncio", "docker", "pglast", "psycopg", "rich", "ruamel"}


def test_help_tells_of_each_command_what_its_own_help_begins_with() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "crashcart", "--help"], capture_output=True, text=True, check=True
    ).stdout
    commands = [line.split(None, 1) for line in told.partition("Commands:\n")[2].splitlines()]
    assert len(commands) > 5
    for name, about in commands:
        own = subprocess.run(
            [sys.executable, "-m", "crashcart", name, "--help"], capture_output=True, text=True, check=True
        )
        assert about.rstrip(".") in " ".join(own.stdout.split())
