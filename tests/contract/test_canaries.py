"""A secret that goes in never comes out: through no format, file, stream or traceback of the real command line."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crashcart.reports import FORMATS, PLAIN_FORMATS
from ladder import listening

PASSWORD = "CaN4ry/77x Q@w:9"
IN_URL = "CaN4ry%2F77x%20Q%40w%3A9"
TOLD = f'FATAL:  password authentication failed for user "shop" ({PASSWORD})'
"""Where nothing marks it as a secret: masked by those who have read the variables."""
TRACES = ("CaN4ry", "77x Q", "77x%20", "Q@w", "Q%40w")
"""Any of these in the output is a leak, in whatever spelling."""
LOG = f"""Starting with DATABASE_URL=postgresql://shop:{PASSWORD}@127.0.0.1:PORT/shop_db
JWT_SECRET=CaN4ry-jwt
psql: error: connection to server at "127.0.0.1", port 5432 failed: Connection refused postgres://u:{IN_URL}@127.0.0.1/x
{{"level":"error","password":"CaN4ry-json","msg":"Error: connect ECONNREFUSED 127.0.0.1:6379 (password=CaN4ry-query)"}}
Authorization: Bearer CaN4ry-bearer-0123456789
error: Cannot find module './CaN4ry' from '/app/src/index.ts'
Error: P1000: Authentication failed against database server, the provided database credentials for `shop` are not valid.
""".replace("./CaN4ry", "./module")


def refuse(connection: socket.socket) -> None:
    """Speak PostgreSQL as far as an error that repeats the password."""
    with connection:
        connection.settimeout(10)
        first = connection.recv(1024)
        if first[4:8] == struct.pack(">i", 80877103):
            connection.sendall(b"N")
            connection.recv(1024)
        text = f'password authentication failed for user "shop" with {PASSWORD} ({IN_URL})'
        body = b"SFATAL\0VFATAL\0C28P01\0M" + text.encode() + b"\0\0"
        connection.sendall(b"E" + struct.pack(">i", len(body) + 4) + body)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    with listening(refuse) as port:
        url = f"postgresql://shop:{IN_URL}@127.0.0.1:{port}/shop_db"
        (tmp_path / ".env").write_text(f'DATABASE_URL="{url}"\nJWT_SECRET=CaN4ry-jwt\nREDIS_PASSWORD="{PASSWORD}"\n')
        (tmp_path / "docker-compose.yml").write_text(
            f"services:\n  app:\n    environment:\n      DATABASE_URL: {url}\n"
        )
        (tmp_path / "start.sh").write_text(f"#!/bin/sh\npsql 'postgres://shop:{PASSWORD}@127.0.0.1:5432/shop_db'\n")
        (tmp_path / "Dockerfile").write_text("FROM scratch\nENV JWT_SECRET=CaN4ry-jwt\nCMD ./start.sh\n")
        migration = tmp_path / "prisma/migrations/20250101_init"
        migration.mkdir(parents=True)
        (migration.parent / "migration_lock.toml").write_text('provider = "postgresql"\n')
        (migration / "migration.sql").write_text(f"ALTER ROLE shop WITH PASSWORD '{PASSWORD}';\n")
        (tmp_path / "prisma/schema.prisma").write_text('datasource db {\n  provider = "postgresql"\n}\n')
        (tmp_path / "deploy.log").write_text(LOG.replace("PORT", str(port)))
        yield tmp_path


def crashcart(project: Path, *args: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    env = {**kept, "SHOP_TOKEN": PASSWORD, "PGPASSWORD": PASSWORD, "COLUMNS": "60"}
    command = [sys.executable, "-m", "crashcart", *args]
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)


def leaks(*texts: str) -> list[str]:
    """The lines of *texts* that hold any of the canary, however they are broken."""
    lines = [line for text in texts for line in text.splitlines() if any(trace in line for trace in TRACES)]
    whole = ["unwrapped: " + t for text in texts for t in TRACES if t in "".join(text.split())]
    return lines + whole


CASES = ["triage", "diagnose", "migrations"]
"""Commands whose report is a case, which has more formats."""


@pytest.mark.parametrize(
    ("command", "kind"),
    [(command, kind) for command in CASES for kind in FORMATS] + [("init", kind) for kind in PLAIN_FORMATS],
)
def test_no_secret_leaves(project: Path, command: str, kind: str) -> None:
    logs = ["deploy.log"] if command in ("triage", "diagnose") else []
    if command == "diagnose":
        with (project / "deploy.log").open("a") as log:
            log.write(TOLD)
    flags = ["--show"] if command == "init" else []
    done = crashcart(project, command, *logs, *flags, "--format", kind, "-v")
    assert done.returncode in (0, 3, 4), done.stderr
    assert done.stdout
    assert leaks(done.stdout, done.stderr) == []
    if command == "diagnose":
        assert "127.0.0.1" in done.stdout


@pytest.mark.parametrize("kind", FORMATS)
def test_no_secret_stands_beside_what_was_found(project: Path, kind: str) -> None:
    done = crashcart(project, "triage", "-C", "5", "deploy.log", "--format", kind)
    assert done.returncode == 3
    assert leaks(done.stdout, done.stderr) == []
    if kind not in ("github", "json", "jsonl"):
        assert "JWT_SECRET=***" in done.stdout


@pytest.mark.parametrize("kind", FORMATS)
def test_no_secret_leaves_while_a_log_is_followed(project: Path, kind: str) -> None:
    done = crashcart(project, "triage", "--follow", "-C", "2", "--deadline", "3", "deploy.log", "--format", kind)
    assert done.returncode == 124
    assert leaks(done.stdout, done.stderr) == []
    assert "ECONNREFUSED" in done.stdout + done.stderr


@pytest.mark.parametrize("kind", FORMATS)
def test_no_secret_stands_in_what_nobody_explains(project: Path, kind: str) -> None:
    text = f"FATAL: frobnicator gave up on postgres://u:{IN_URL}@db.example.com/x with token=CaN4ry-token\n"
    (project / "odd.log").write_text(text)
    done = crashcart(project, "triage", "-C", "1", "odd.log", "--format", kind)
    assert leaks(done.stdout, done.stderr) == []
    assert kind == "github" or "frobnicator" in done.stdout


def test_no_secret_gets_into_a_file(project: Path) -> None:
    done = crashcart(
        project, "diagnose", "deploy.log", "--env-file", ".env", "--output", "report.md", "--format", "markdown"
    )
    assert done.returncode == 3
    assert leaks(done.stdout, done.stderr, (project / "report.md").read_text()) == []
    assert crashcart(project, "init").returncode == 0
    assert leaks((project / "crashcart.toml").read_text()) == []


CRASH = """
import sys, threading
from crashcart.cli import main as cli
from crashcart.flows import triage
from crashcart.model.secret import Secret
from crashcart.tools.redaction import learn

def broken(*args, **kwargs):
    password = learn(Secret(sys.stdin.readline().rstrip("\\n"), "DB_PASSWORD")).reveal()
    other = threading.Thread(target=lambda: 1 / {}[password])
    other.start()
    other.join()
    try:
        raise ValueError(f"first {password}")
    except ValueError as error:
        raise RuntimeError(f"boom {password} \\x1b[31m postgresql://u:{password}@db.example.com:5432/x") from error

triage.triage = broken
cli.main(["triage", "x.log", *sys.argv[1:]])
"""


@pytest.mark.parametrize("flags", [[], ["-v"], ["--format", "json"]])
def test_no_secret_leaves_with_an_unexpected_error(tmp_path: Path, flags: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH, *flags],
        cwd=tmp_path, input=PASSWORD + "\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert leaks(done.stderr) == []
    assert "failed by itself: RuntimeError: boom ***" in done.stderr
    assert "failed by itself: KeyError" in done.stderr
    assert "@db.example.com:5432/x" in done.stderr
    assert "\x1b" not in done.stderr
    assert ("Traceback" in done.stderr) is ("-v" in flags)


def test_no_secret_leaves_with_a_wrong_command_line(tmp_path: Path) -> None:
    url = f"postgresql://shop:{PASSWORD}@127.0.0.1/x"
    for args in (
        ["triage", url],
        ["explain", url],
        ["triage", "-", "--format", url],
        ["triage", "-", "--config", url],
        [url],
    ):
        done = crashcart(tmp_path, *args)
        assert done.returncode == 2
        assert leaks(done.stdout, done.stderr) == []
