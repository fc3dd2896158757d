"""The patch is applied with real tools, and the line it leaves dials a real server."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from crashcart.model.evidence import OriginKind
from crashcart.model.fault import Severity
from crashcart.model.finding import Finding, Role, Verdict
from crashcart.model.plan import AskHuman, EditFile, Step
from crashcart.remedies import Patient
from crashcart.remedies.correct_dialled_endpoint import steps
from crashcart.tools.postgres_server import Server
from crashcart.tools.redaction import evidence
from patients import patient

PASSWORD = "r1ght-p4ssword"
CUT = """\
#!/bin/sh
set -e
HOST=$(printf '%s' "$DATABASE_URL" | sed -E 's#^[^@]+@([^:/?]+).*$#\\1#')
USER=$(printf '%s' "$DATABASE_URL" | sed -E 's#^[a-z]+://([^:]+).*$#\\1#')

{line}
  echo "PostgreSQL is unavailable - sleeping"
  exit 1
done
echo up
"""


def step(project: Path, script: str, url: str, line: int, **files: str) -> Step:
    target = patient(project, {"start.sh": script, ".env": f"DATABASE_URL={url}\n", **files})
    seen = evidence(OriginKind.FILE, "start.sh", script.splitlines()[line - 1].strip(), line=line)
    found = Finding("f1", "db-url.endpoint-disagreement", "t", Severity.P0, Role.CAUSE, Verdict.CONFIRMED, "b", (seen,))
    (made,) = steps(found, Patient(target))
    return made


def run(project: Path, *command: str, text: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    known = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    return subprocess.run(
        command, cwd=project, env=known | environ, input=text, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize("tool", [("patch", "-p1"), ("git", "apply", "-")])
@pytest.mark.parametrize(
    "line",
    [
        'until psql -h "$HOST" -U "$USER" -d shop -c \'SELECT 1\' > /dev/null; do',
        'until psql -h "$HOST" -p 1 -U "$USER" -c \'SELECT 1\' > /dev/null; do',
        'until pg_isready --host="$HOST" --port=1 -q; do',
        "until pg_isready -h127.0.0.1 -p1; do",
    ],
)
def test_the_patched_script_dials_the_database(
    tmp_path: Path, ladder_server: Server, line: str, tool: tuple[str, ...]
) -> None:
    url = ladder_server.url("shop", "app", PASSWORD) + "?schema=public"
    made = step(tmp_path, CUT.replace("{line}", line), url, 6)
    assert isinstance(made, EditFile)
    assert str(ladder_server.port) not in made.change
    assert made.does == "Let start.sh:6 take host, port, user and database from DATABASE_URL"
    applied = run(tmp_path, *tool, text=made.change)
    assert applied.returncode == 0, applied.stdout + applied.stderr
    done = run(tmp_path, "sh", "start.sh", DATABASE_URL=url)
    assert done.stdout.endswith("up\n"), done.stdout + done.stderr


def test_a_script_that_does_not_know_the_variable_gets_the_port(tmp_path: Path, ladder_server: Server) -> None:
    url = ladder_server.url("shop", "app", PASSWORD)
    made = step(tmp_path, "psql -h 127.0.0.1 -p 1 -U app -d shop -tAc 'select 7'", url, 1)
    assert isinstance(made, EditFile)
    assert f"+psql -h 127.0.0.1 -p {ladder_server.port} -U app -d shop" in made.change
    assert "this number must follow" in made.does
    assert run(tmp_path, "patch", "-p1", text=made.change).returncode == 0
    assert run(tmp_path, "sh", "start.sh", PGPASSWORD=PASSWORD).stdout == "7\n"


def test_a_call_that_asks_for_another_database_keeps_it(tmp_path: Path, ladder_server: Server) -> None:
    url = ladder_server.url("shop", "app", PASSWORD)
    made = step(tmp_path, CUT.replace("{line}", 'until psql -h "$HOST" -d postgres; do'), url, 6)
    assert isinstance(made, EditFile)
    assert f'+until psql -h "$HOST" -p {ladder_server.port} -d postgres; do' in made.change


@pytest.mark.parametrize(
    "line",
    [
        "nc -z db 5432",
        "psql -h db -U app",
        f"psql -h 127.0.0.1 -c \"select '{PASSWORD}'\"",
    ],
)
def test_what_cannot_be_done_mechanically_is_told_in_words(tmp_path: Path, line: str) -> None:
    url = f"postgresql://app:{PASSWORD}@127.0.0.1:6543/shop"
    made = step(tmp_path, f"#!/bin/sh\n{line}\n", url, 2)
    assert isinstance(made, AskHuman)
    assert "127.0.0.1:6543" in made.does


def test_an_address_that_only_the_log_names_is_looked_for(tmp_path: Path) -> None:
    target = patient(tmp_path, {".env": "DATABASE_URL=postgresql://app@127.0.0.1:6543/shop\n"})
    log = evidence(OriginKind.LOG, "a.log", "ECONNREFUSED 127.0.0.1:5432", line=4)
    own = evidence(OriginKind.FILE, ".env", "DATABASE_URL=…", line=1)
    facts = {"host": "127.0.0.1", "port": "5432"}
    fault = "db-url.endpoint-disagreement"
    found = Finding("f1", fault, "t", Severity.P0, Role.CAUSE, Verdict.CONFIRMED, "b", (log, own), facts)
    (made,) = steps(found, Patient(target))
    assert isinstance(made, AskHuman)
    assert made.does == "Find what dials 127.0.0.1:5432 (a.log:4) and let it take host and port from DATABASE_URL"
