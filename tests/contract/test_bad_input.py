"""Whatever it is given, the program ends in time, with a finding or with a clear *cannot tell, because*."""

from __future__ import annotations

import bz2
import gzip
import html
import io
import json
import lzma
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from servers import FreshDatabase

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PROGRAM = Path(sys.executable).parent / "crashcart"
LIMIT = 120
"""Seconds after which a command counts as hanging: far more than any of them may take."""

OK, USAGE, FINDINGS, UNCHECKED = 0, 2, 3, 4
REFUSED = "Error: P1001: Can't reach database server at `db.example.com:5432`\n"
FAULT = "postgres.unreachable"
CANARY = "s3cr3t-canary"


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        assert found["summary"]["exit_code"] == self.code
        return found

    @property
    def faults(self) -> list[str]:
        return [finding["fault"] for finding in self.document["findings"]]

    @property
    def said(self) -> str:
        """Everything a person or a script gets to read."""
        return self.out + self.err


def crashcart(
    *arguments: str | Path, cwd: Path, stdin: bytes = b"", variables: Mapping[str, str] | None = None
) -> Answer:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("CRASHCART_", "DATABASE_", "PG"))}
    done = subprocess.run(
        [PROGRAM, *arguments], cwd=cwd, env=inherited | dict(variables or {}), input=stdin,
        capture_output=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    answer = Answer(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in answer.err, answer.err
    assert CANARY not in answer.said
    return answer


def triage(log: bytes, folder: Path) -> Answer:
    path = folder / "deploy.log"
    path.write_bytes(log)
    return crashcart("triage", path, "--format", "json", cwd=folder)


# ---- logs


@pytest.mark.parametrize(
    ("log", "why"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(bytes(range(256)) * 64, "binary", id="binary"),
        pytest.param(b"\x7fELF" + bytes(5000), "binary", id="a program"),
        pytest.param(gzip.compress(b"x" * 99999)[:8], "damaged", id="damaged gzip"),
    ],
)
def test_a_log_that_cannot_be_read_leaves_the_question_open(log: bytes, why: str, tmp_path: Path) -> None:
    answer = triage(log, tmp_path)
    assert answer.code == UNCHECKED
    assert not answer.faults
    assert any(why in error for error in answer.document["errors"])


def tarred(*texts: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for number, text in enumerate(texts):
            info = tarfile.TarInfo(f"logs/{number}.log")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return file.getvalue()


def zipped(*texts: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"{number}.log", text)
    return file.getvalue()


def deployment(*texts: str) -> bytes:
    entries = [{"command": None, "output": text, "type": "stderr", "hidden": True, "order": 1} for text in texts]
    return json.dumps({"id": 1, "status": "failed", "logs": json.dumps(entries)}).encode()


def docker(text: str) -> bytes:
    """As one long line without the newlines but the last, which Docker cuts at 16 KiB."""
    line = text.replace("\n", " ").rstrip() + "\n"
    pieces = [line[at : at + 16384] for at in range(0, len(line), 16384)]
    records = ({"log": piece, "stream": "stderr", "time": "2026-01-05T02:25:22.1Z"} for piece in pieces)
    return "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records).encode()


def kubernetes(text: str) -> bytes:
    cut = "2026-01-05T02:25:22.1Z stderr P {}\n2026-01-05T02:25:22.1Z stderr F {}\n"
    lines = ((line[: len(line) // 2], line[len(line) // 2 :]) for line in text.splitlines())
    return "".join(cut.format(*halves) for halves in lines).encode()


def journal(text: str) -> bytes:
    entry = "__CURSOR=1\n__REALTIME_TIMESTAMP=1767579922123456\n_SYSTEMD_UNIT=api.service\nMESSAGE={}\n\n"
    return "".join(entry.format(line) for line in text.splitlines()).encode()


def broken(text: str, columns: int) -> bytes:
    lines = (line[at : at + columns] for line in text.splitlines() for at in range(0, max(1, len(line)), columns))
    return "\n".join(lines).encode()


WIDE = """shop starts with the settings of production, which it reads out of its environment and of nothing else
shop listens to port 3000 of all addresses of this machine, until somebody tells it to end, or the machine ends
shop asks the database for the migrations that are applied to it, before it answers the first of all requests
shop writes every request to this log, with the time that the answer took, and with the size that the answer had
"""
NOISE = "".join(f"{n} listening, all well\n" for n in range(3000))


@pytest.mark.parametrize(
    "log",
    [
        pytest.param((NOISE + REFUSED + "caf\xe9").encode("latin-1"), id="latin-1"),
        pytest.param((REFUSED + "größe").encode()[:-2], id="cut within a character"),
        pytest.param(REFUSED.rstrip().encode(), id="without its last line end"),
        pytest.param(gzip.compress((REFUSED + NOISE).encode(), mtime=0)[:-9], id="gzip cut short"),
        pytest.param(REFUSED.replace("\n", "\r\n").encode(), id="Windows lines"),
        pytest.param((NOISE + REFUSED).encode("utf-16"), id="UTF-16"),
        pytest.param((NOISE + REFUSED).encode("utf-16-be"), id="UTF-16 big-endian without a mark"),
        pytest.param((NOISE + REFUSED).encode("utf-16-le"), id="UTF-16 without a mark"),
        pytest.param(b"\x1b[31m" + REFUSED.replace("reach", "\x1b[1mreach\x1b[0m").encode(), id="colours"),
        pytest.param(b"\0\0" + (NOISE + "\n\0\x07\n" + REFUSED).encode(), id="stray zero bytes"),
        pytest.param(b"x" * 5_000_000 + b"\n" + REFUSED.encode(), id="one endless line before it"),
        pytest.param(b"x" * 1_000_000 + b" " + REFUSED.encode(), id="at the end of a line of a megabyte"),
        pytest.param((NOISE + REFUSED).encode("utf-32"), id="UTF-32"),
        pytest.param(lzma.compress((NOISE + REFUSED).encode()), id="xz"),
        pytest.param(bz2.compress((NOISE + REFUSED).encode()), id="bzip2"),
        pytest.param(zstd.compress((NOISE + REFUSED).encode()), id="Zstandard"),
        pytest.param(gzip.compress(tarred(NOISE, REFUSED)), id="a tar archive, packed"),
        pytest.param(zipped(NOISE, REFUSED), id="a zip archive"),
        pytest.param(deployment(NOISE, REFUSED), id="a platform's record of a deployment"),
        pytest.param(docker(NOISE * 30 + REFUSED), id="records of Docker, cut within the line"),
        pytest.param(kubernetes(NOISE + REFUSED), id="records of Kubernetes, cut within the line"),
        pytest.param(journal(NOISE[:3000] + REFUSED), id="a journal's export"),
        pytest.param(f"<html><pre>{NOISE}{html.escape(REFUSED)}</pre></html>".encode(), id="a web page"),
        pytest.param(broken(WIDE + REFUSED, 62), id="broken by a terminal"),
    ],
)
def test_the_fault_is_found_whatever_surrounds_it(log: bytes, tmp_path: Path) -> None:
    answer = triage(log, tmp_path)
    assert answer.code == FINDINGS
    assert answer.faults == [FAULT]
    assert answer.document["findings"][0]["facts"]["host"] == "db.example.com"


def test_no_escape_of_a_log_reaches_the_terminal(tmp_path: Path) -> None:
    hostile = (
        f"\x1b]0;owned\x07\x1b[2J\x1b[31m{REFUSED}"
        f"\x1b]8;;https://evil.example\x07Error: P1001: Can't reach database server at `\x1b[5mdb`:`5432`\x9b1m\u202e\n"
    )
    (tmp_path / "deploy.log").write_text(hostile)
    for kind in ("text", "markdown", "json"):
        answer = crashcart("triage", "deploy.log", "--format", kind, cwd=tmp_path)
        assert answer.code == FINDINGS
        assert not set(answer.said) & set("\x1b\x07\x9b\u202e"), kind


def test_a_log_of_a_gigabyte_is_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "deploy.log").open("wb") as log:
        log.write(NOISE.encode())
        log.seek(1 << 30)
        log.write(b"\n" + REFUSED.encode())
    answer = crashcart("triage", "deploy.log", "--format", "json", cwd=tmp_path)
    (tmp_path / "deploy.log").unlink()
    assert answer.code == FINDINGS
    assert answer.faults == [FAULT]


def test_standard_input_is_a_log_too(tmp_path: Path) -> None:
    answer = crashcart("triage", "-", "--format", "json", cwd=tmp_path, stdin=REFUSED.encode())
    assert (answer.code, answer.faults) == (FINDINGS, [FAULT])
    nothing = crashcart("triage", "-", "--format", "json", cwd=tmp_path)
    assert nothing.code == UNCHECKED


@pytest.mark.parametrize("name", ["nowhere.log", "."])
def test_what_is_no_file_is_a_mistake_of_usage(name: str, tmp_path: Path) -> None:
    answer = crashcart("triage", name, cwd=tmp_path)
    assert answer.code == USAGE
    assert name in answer.err


# ---- source

MODULE = "./websocket/pose"
MODULE_LOG = f"error: Cannot find module '{MODULE}' from '/app/src/server.ts'\n"


def git(*arguments: str | Path, cwd: Path) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main"]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    subprocess.run(["git", *identity, *arguments], cwd=cwd, env=clean, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A committed project whose server imports a file that only lies in the working tree."""
    folder = tmp_path / "shop"
    (folder / "src" / "websocket").mkdir(parents=True)
    (folder / "src" / "server.ts").write_text(f"import {{ pose }} from '{MODULE}'\n")
    (folder / "Dockerfile").write_text('FROM node:22\nWORKDIR /app\nCOPY . .\nCMD ["node", "src/server.ts"]\n')
    (folder / "package.json").write_text("{}\n")
    git("init", cwd=folder)
    git("add", "--all", cwd=folder)
    git("commit", "-m", "Begin", cwd=folder)
    (folder / "src" / "websocket" / "pose.ts").write_text("export const pose = 1\n")
    (tmp_path / "deploy.log").write_text(MODULE_LOG)
    return folder


def diagnose(project: Path, **variables: str) -> Answer:
    log = project.parent / "deploy.log"
    logs = [log] if log.exists() else []
    return crashcart("diagnose", *logs, "--project", project, "--format", "json", cwd=log.parent, variables=variables)


def cause(answer: Answer) -> dict[str, Any]:
    """The one cause that the log's line came to."""
    (found,) = [finding for finding in answer.document["findings"] if finding["role"] == "cause"]
    assert found["facts"]["module"] == MODULE
    return {**found}


def test_the_file_that_was_never_committed(project: Path) -> None:
    found = cause(diagnose(project))
    assert (found["fault"], found["verdict"]) == ("node.file-not-committed", "confirmed")


def test_a_folder_outside_git_leaves_the_commit_open(project: Path) -> None:
    shutil.rmtree(project / ".git")
    answer = diagnose(project)
    assert answer.code == FINDINGS
    assert cause(answer)["verdict"] == "unproven"
    assert "git" in answer.said


def test_a_bare_clone_has_the_commit_and_no_working_tree(project: Path, tmp_path: Path) -> None:
    git("clone", "--bare", project, "bare.git", cwd=tmp_path)
    answer = diagnose(tmp_path / "bare.git")
    assert answer.code == FINDINGS
    assert cause(answer)["verdict"] in ("confirmed", "unproven")


def test_a_shallow_clone_still_has_the_commit(project: Path, tmp_path: Path) -> None:
    git("commit", "--allow-empty", "-m", "Go on", cwd=project)
    git("clone", "--depth", "1", project.as_uri(), "shallow", cwd=tmp_path)
    answer = diagnose(tmp_path / "shallow")
    assert answer.code == FINDINGS
    assert cause(answer)["verdict"] == "confirmed"


@pytest.mark.parametrize("text", ["FRM node\nCOPY [", "", "\0\x1b[2J", "FROM a\nRUN <<EOF\nnever closed\n"])
def test_a_dockerfile_that_does_not_parse_leaves_the_image_open(project: Path, text: str) -> None:
    (project / "Dockerfile").write_text(text)
    git("add", "--all", cwd=project)
    git("commit", "-m", "Break it", cwd=project)
    answer = diagnose(project)
    assert answer.code == FINDINGS
    assert cause(answer)["verdict"] == "unproven"
    assert "Dockerfile" in answer.said


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    answer = crashcart("diagnose", "--project", "nowhere", cwd=tmp_path)
    assert answer.code == USAGE
    assert "nowhere" in answer.err


# ---- database


@pytest.fixture
def history(tmp_path: Path) -> Callable[..., Path]:
    """Lays a project of Prisma migrations; a script of None leaves its folder empty."""

    def lay(**scripts: str | None) -> Path:
        folder = tmp_path / "shop"
        migrations = folder / "prisma" / "migrations"
        migrations.mkdir(parents=True)
        (migrations / "migration_lock.toml").write_text('provider = "postgresql"\n')
        for name, sql in scripts.items():
            (migrations / name).mkdir()
            if sql is not None:
                (migrations / name / "migration.sql").write_text(sql)
        return folder

    return lay


def migrations(project: Path, url: str | None) -> Answer:
    variables = {"DATABASE_URL": url} if url is not None else {}
    return crashcart("migrations", "--project", project, "--format", "json", cwd=project, variables=variables)


def test_a_folder_of_migrations_with_gaps(history: Callable[..., Path], database: FreshDatabase) -> None:
    project = history(a_first="CREATE TABLE a (id int);", b_gap=None, c_third="CREATE TABLE c (id int);")
    database.connection.execute("CREATE TABLE a (id int)")
    answer = migrations(project, database.url)
    states = {m["name"]: (m["proof"], m["file"]) for m in answer.document["migrations"]}
    assert states["b_gap"] == ("unprovable", "missing")
    assert states["a_first"][0] == "applied"
    assert answer.code in (FINDINGS, UNCHECKED)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"postgresql://shop:{CANARY}#/@/x@127.0.0.1:1/shop", "password"),
        (f"mysql://shop:{CANARY}@127.0.0.1:1/shop", "mysql"),
        (f"postgresql://shop:{CANARY}@127.0.0.1:notaport/shop", "port"),
        ("", "DATABASE_URL"),
        (None, "DATABASE_URL"),
    ],
)
def test_a_url_that_cannot_be_used(history: Callable[..., Path], url: str | None, why: str) -> None:
    project = history(a_first="CREATE TABLE a (id int);")
    answer = migrations(project, url)
    assert answer.code == UNCHECKED
    assert why in answer.said
    told = diagnose(project, **({} if url is None else {"DATABASE_URL": url}))
    assert told.code == (UNCHECKED if url is None else FINDINGS)
    assert why in told.said


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield listener.getsockname()[1]


def test_a_database_that_hangs(history: Callable[..., Path], silent_port: int) -> None:
    project = history(a_first="CREATE TABLE a (id int);")
    variables = {"DATABASE_URL": f"postgresql://shop:{CANARY}@127.0.0.1:{silent_port}/shop"}
    options = ("--project", project, "--format", "json", "--timeout", "2")
    asked = crashcart("migrations", *options, cwd=project, variables=variables)
    assert asked.code == UNCHECKED
    assert "no answer in time" in asked.said
    told = crashcart("diagnose", *options, cwd=project, variables=variables)
    assert (told.code, told.faults) == (FINDINGS, ["postgres.connection-timeout"])
    assert told.document["findings"][0]["facts"]["port"] == str(silent_port)


def test_a_role_that_may_not_read_the_ledger(history: Callable[..., Path], database: FreshDatabase) -> None:
    project = history(a_first="CREATE TABLE a (id int);")
    database.connection.execute(f"CREATE ROLE {database.name} LOGIN PASSWORD '{CANARY}'")
    database.connection.execute("CREATE TABLE _prisma_migrations (migration_name text)")
    answer = migrations(project, database.server.url(database.name, database.name, CANARY))
    database.connection.execute(f"DROP ROLE {database.name}")
    assert answer.code in (FINDINGS, UNCHECKED)
    assert "may not read _prisma_migrations" in answer.said
    assert {m["ledger"] for m in answer.document["migrations"]} <= {"unknown"}
    assert {m["next"] for m in answer.document["migrations"]} <= {"ask"}
