"""Every printed check goes through a real shell, most of them to a real server."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from crashcart.model.target import Target, Variable
from crashcart.probes._seen import variable_line
from crashcart.tools import checks
from crashcart.tools.postgres_server import Server
from crashcart.tools.redaction import redact
from ladder import deaf, listening
from patients import answers, patient

PASSWORD = "r1ght-p4ssword"
ASK = "select current_database() || ' as ' || current_user"


def sh(command: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """*command* as a person pastes it: in the project's folder, without a terminal."""
    known = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=known | environ, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def database_url(target: Target) -> Variable:
    assert target.database_url
    return target.database_url


@pytest.mark.parametrize(
    "line",
    [
        "DATABASE_URL={url}",
        'DATABASE_URL="{url}?schema=public&connection_limit=3"',
        "export DATABASE_URL='{url}?schema=public&sslmode=prefer' # the live one",
        'DATABASE_URL = "{alchemy}"',
    ],
)
def test_the_apps_database_is_asked_whatever_the_line_looks_like(
    tmp_path: Path, ladder_server: Server, line: str
) -> None:
    url = ladder_server.url("shop", "app", PASSWORD)
    text = line.format(url=url, alchemy=url.replace("postgresql:", "postgresql+asyncpg:"))
    check = checks.psql(patient(tmp_path, {".env": f"A=1\n{text}\r\n"}), ASK)
    done = sh(check, tmp_path)
    assert "shop as app" in done.stdout, done.stderr
    assert PASSWORD not in check
    assert redact(check) == check


def test_the_environments_own_variable_needs_no_file(tmp_path: Path, ladder_server: Server) -> None:
    url = ladder_server.url("shop", "app", PASSWORD) + "?schema=public"
    check = checks.psql(patient(tmp_path, DATABASE_URL=url), ASK)
    assert "shop as app" in sh(check, tmp_path, DATABASE_URL=url).stdout


def test_another_server_never_answers_in_its_place(tmp_path: Path, ladder_server: Server) -> None:
    """Without the file or the variable, the check does not fall back on whatever libpq would dial."""
    url = ladder_server.url("shop", "app", PASSWORD)
    elsewhere = {"PGHOST": "127.0.0.1", "PGPORT": str(ladder_server.port), "PGUSER": "free", "PGDATABASE": "postgres"}
    for target in (
        patient(tmp_path / "a", {"a/x": "", ".env": f"DATABASE_URL={url}\n"}),
        patient(tmp_path, DATABASE_URL=url),
    ):
        done = sh(checks.psql(target, ASK), tmp_path, **elsewhere)
        assert "postgres as" not in done.stdout
        assert "as app" not in done.stdout


def test_what_no_shell_can_take_apart_is_asked_with_the_password_left_to_the_person(
    tmp_path: Path, ladder_server: Server
) -> None:
    url = ladder_server.url("shop", "app", PASSWORD).replace(PASSWORD, "${PW}")
    check = checks.psql(patient(tmp_path, {".env": f"PW={PASSWORD}\nDATABASE_URL={url}\n"}), ASK)
    assert f"psql -h 127.0.0.1 -p {ladder_server.port} -U app -d shop" in check
    assert "shop as app" in sh(check, tmp_path, PGPASSWORD=PASSWORD).stdout


def test_a_server_that_never_answers_does_not_hold_the_check(tmp_path: Path) -> None:
    with listening(deaf) as port:
        target = patient(tmp_path, {".env": f"DATABASE_URL=postgresql://app:{PASSWORD}@127.0.0.1:{port}/shop\n"})
        done = sh(checks.psql(target, ASK), tmp_path)
    assert done.returncode != 0
    assert "timeout expired" in done.stderr


@pytest.mark.parametrize(
    "line",
    [
        f'DATABASE_URL="postgresql://app:{PASSWORD}@db:5432/shop?schema=public"',
        f"DATABASE_URL=postgresql://app:{PASSWORD}/x@db:5432/shop",
        f"DATABASE_URL=postgresql://app:p@ss/{PASSWORD}#{PASSWORD}@db:5432/shop",
        f"DATABASE_URL=postgresql://db:5432/shop?user=app&password={PASSWORD}",
        f"DATABASE_URL='host=db user=app password={PASSWORD}'",
        f"DATABASE_URL=postgresql://app:{PASSWORD}",
        f'JWT_SECRET="{PASSWORD}"',
        f"DATABASE_URL: postgresql://app:{PASSWORD}@db/shop",
    ],
)
def test_a_line_is_printed_without_its_password(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(f"A=1\n{line}\n")
    done = sh(checks.file_line(".env", 2, line), tmp_path)
    assert re.split("[=:]", line, maxsplit=1)[0] in done.stdout
    assert "***" in done.stdout
    assert PASSWORD not in done.stdout


def test_the_evidence_of_an_env_file_is_its_line_and_the_check_prints_the_same(tmp_path: Path) -> None:
    line = f'DATABASE_URL="postgresql://app:{PASSWORD}@127.0.0.1:5433/shop?schema=public"'
    seen = variable_line(database_url(patient(tmp_path, {".env": f"A=1\n\n{line}\n"})))
    assert str(seen.origin) == ".env:3"
    assert seen.text == line.replace(PASSWORD, "***")
    assert seen.check
    assert sh(seen.check, tmp_path).stdout.strip() == seen.text


def test_a_line_without_a_password_is_printed_whole(tmp_path: Path) -> None:
    line = "DATABASE_URL=postgresql://db.example.com:5433/shop"
    seen = variable_line(database_url(patient(tmp_path, {".env": f"{line}\n"})))
    assert seen.text == line
    assert seen.check
    assert sh(seen.check, tmp_path).stdout.strip() == line


def test_a_variable_of_the_environment_is_printed_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://app:{PASSWORD}@db/shop"
    seen = variable_line(database_url(patient(tmp_path, DATABASE_URL=url)))
    assert seen.check
    assert sh(seen.check, tmp_path, DATABASE_URL=url).stdout == "postgresql://app:***@db/shop\n"


def test_every_check_of_the_ladder_runs_and_agrees(tmp_path: Path, ladder_server: Server) -> None:
    url = ladder_server.url("shop", "app", PASSWORD) + "?schema=public"
    target = patient(tmp_path, {".env": f'DATABASE_URL="{url}"\n'})
    found = [e for a in answers("postgres.", target) for e in getattr(a.outcome, "evidence", ())]
    run = [sh(e.check, tmp_path) for e in found if e.check and not e.check.startswith("nc ")]
    assert len(run) >= 6
    assert [done.stderr for done in run if done.returncode] == []
    assert PASSWORD not in "".join(done.stdout for done in run)
