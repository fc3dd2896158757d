"""The pages that people read say what the program does."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from crashcart.cli.main import crashcart
from crashcart.model.errors import ExitCode
from crashcart.reports import FORMATS

ROOT = Path(__file__).parents[2]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def help_of(*command: str) -> str:
    result = CliRunner().invoke(crashcart, [*command, "--help"])
    assert result.exit_code == 0
    return result.output


def commands() -> set[str]:
    return set(re.findall(r"^  ([a-z]+)  ", help_of().partition("Commands:")[2], re.MULTILINE))


def test_the_fault_pages_are_current() -> None:
    present = {path.name: path.read_text("utf-8") for path in (ROOT / "docs/faults").glob("*.md")}
    assert present == generator().pages(), "run `make docs`"


@pytest.mark.parametrize("page", ["README.md", "docs/contract.md"])
def test_every_command_has_its_row(page: str) -> None:
    rows = set(re.findall(r"^\| `crashcart ([a-z]+)", (ROOT / page).read_text("utf-8"), re.MULTILINE))
    assert rows == commands()


def test_the_flags_of_the_contract_are_there() -> None:
    page = (ROOT / "docs/contract.md").read_text("utf-8").partition("| of `triage` |")[0]
    flags = re.findall(r"^\| .*?`(--?[a-z-]+)", page, re.MULTILINE)
    assert len(flags) > 10
    told = help_of("diagnose")
    assert [flag for flag in flags if flag not in told] == []


def test_the_flags_of_triage_are_there() -> None:
    page = (ROOT / "docs/contract.md").read_text("utf-8").partition("| of `triage` |")[2].partition("\n\n")[0]
    flags = re.findall(r"(?<=`)(--?[A-Za-z-]+)", re.sub(r"\|[^|]*\|$", "|", page, flags=re.MULTILINE))
    assert len(flags) > 3
    told = help_of("triage")
    assert [flag for flag in flags if flag not in told] == []


def test_every_format_is_named() -> None:
    page = (ROOT / "docs/contract.md").read_text("utf-8").partition("## Formats")[2].partition("## Exit")[0]
    assert [kind for kind in FORMATS if f"`{kind}`" not in page] == []


def test_the_exit_codes_of_the_contract_are_the_program_s() -> None:
    page = (ROOT / "docs/contract.md").read_text("utf-8").partition("## Exit codes")[2]
    told = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", page, re.MULTILINE) for code in row.split(",")}
    assert told == {int(code) for code in ExitCode}


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "docs"])
def test_the_makefile_has_what_the_pages_name(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
