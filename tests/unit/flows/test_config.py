from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from crashcart.flows.config import ignored, load
from crashcart.model.config import Config, FaultsConfig, Ignore
from crashcart.model.errors import UsageError
from sample_case import everything

WHOLE = """
[app]
name = "shop"
environment = "staging"
[source]
root = "backend"
commit = "main"
[build]
dockerfile = "docker/Dockerfile"
context = "."
image = "shop:1"
[database]
url_env = "DB_URL"
schema = "app"
migrations = "prisma/migrations"
[variables]
required = ["JWT_SECRET"]
expect = { NODE_ENV = "production" }
files = [".env.live"]
[verify]
health = "https://app.example.com/health"
[platform]
kind = "coolify"
[watch]
every = "30s"
[faults]
folder = "faults"
ignore = [
  { fault = "redis.connection-refused", reason = "no Redis here", until = 2030-01-31 },
  { fault = "postgres.starting-up", reason = "slow disk" },
]
"""


def write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "crashcart.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_without_a_file_there_are_only_defaults(tmp_path: Path) -> None:
    assert load(None, tmp_path) == Config()


def test_every_key_of_the_contract_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, WHOLE)
    config = load(None, tmp_path)
    assert config == load(path, tmp_path / "elsewhere")
    assert config.path == path
    assert (config.app.name, config.app.environment, config.source.commit) == ("shop", "staging", "main")
    assert (config.build.dockerfile, config.database.url_env) == ("docker/Dockerfile", "DB_URL")
    assert config.variables.required == ("JWT_SECRET",)
    assert config.variables.expect == {"NODE_ENV": "production"}
    assert config.faults.ignore[0] == Ignore("redis.connection-refused", "no Redis here", date(2030, 1, 31))
    assert config.faults.ignore[1].until is None


@pytest.mark.parametrize(
    ("text", "said", "advice"),
    [
        ("[databse]\n", "databse: unknown key", "did you mean database?"),
        ("[database]\nurlenv = 'X'", "[database] urlenv: unknown key", "did you mean url_env?"),
        ("[app]\nzzz = 1", "[app] zzz: unknown key", "known here: environment, name"),
        ("[app]\nname = 3", "[app] name: expected a text, found 3", 'write name = "…"'),
        ("[app]\nname = ''", "[app] name: expected a text", 'write name = "…"'),
        ("app = 3", "app: expected a section", "write [app]"),
        ("[variables]\nrequired = 'A'", "[variables] required: expected a list", 'required = ["…"]'),
        ("[variables]\nrequired = [1]", "[variables] required: expected a text, found 1", "required"),
        ("[variables]\nexpect = {A = 1}", "[variables] expect: expected a table", "NODE_ENV"),
        ("[faults]\nignore = 'x'", "[faults] ignore: expected a list of tables", "until = 2030"),
        ("[faults]\nignore = [{fault = 'a.b'}]", "[faults] ignore[1] reason: missing", "needs a name and a reason"),
        ("[faults]\nignore = [{fault='a.b', reason='r', until='soon'}]", "until: 'soon' is no date", "2030-01-31"),
        (
            "[faults]\nignore = [{fault='a.b', reason='r', unitl=1}]",
            "ignore[1] unitl: unknown key",
            "did you mean until?",
        ),
        ("[app\nname", "not TOML: ", "line"),
        (b"\xff\xfe", "not UTF-8", "UTF-8"),
        ("#" * 1_100_000, "larger than", "right file"),
    ],
)
def test_what_is_wrong_is_named_with_file_key_and_cure(
    tmp_path: Path, text: str | bytes, said: str, advice: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        load(None, tmp_path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)
    assert advice in (caught.value.advice or "")


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_file_that_was_named_must_be_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"absent\.toml: no such file|directory"):
        load(tmp_path / name, tmp_path)


def test_a_written_date_may_be_a_text(tmp_path: Path) -> None:
    write(tmp_path, "[faults]\nignore = [{fault='a.b', reason='r', until='2030-01-31'}]")
    assert load(None, tmp_path).faults.ignore[0].until == date(2030, 1, 31)


def test_an_ignore_holds_up_to_its_last_day_and_its_end_is_told() -> None:
    config = Config(faults=FaultsConfig(ignore=(Ignore("redis.connection-refused", "none here", date(2030, 1, 31)),)))
    findings = everything().findings
    assert ignored(findings, config, date(2030, 1, 31)) == ({"f4": config.faults.ignore[0]}, ())
    held, notes = ignored(findings, config, date(2030, 2, 1))
    assert held == {}
    assert notes == ("redis.connection-refused counts again: it was to be ignored until 2030-01-31 (none here)",)
    assert ignored((), config, date(2030, 2, 1)) == ({}, ())
