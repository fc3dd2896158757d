"""Every JSON document of the real command line keeps to the published schema, whatever it finds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crashcart.reports.as_json import schema

LOG = 'psql: error: connection to server at "203.0.113.50", port 5432 failed: Connection refused\n'


def crashcart(project: Path, *args: str) -> tuple[int, dict[str, Any]]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    command = [sys.executable, "-m", "crashcart", *args, "--format", "json"]
    done = subprocess.run(command, cwd=project, env=kept, capture_output=True, text=True, check=False)
    document: dict[str, Any] = json.loads(done.stdout)
    Draft202012Validator(schema()).validate(document)
    return done.returncode, document


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "deploy.log").write_text(LOG)
    (tmp_path / "odd.log").write_text("FATAL: frobnicator gave up\n")
    (tmp_path / ".env").write_text("DATABASE_URL=postgresql://app:x@127.0.0.1:1/shop\n")
    migration = tmp_path / "prisma/migrations/20250101_init"
    migration.mkdir(parents=True)
    (migration.parent / "migration_lock.toml").write_text('provider = "postgresql"\n')
    (migration / "migration.sql").write_text("CREATE TABLE a (id int);\n")
    (tmp_path / "prisma/schema.prisma").write_text(
        'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n'
    )
    return tmp_path


@pytest.mark.parametrize(
    ("args", "codes"),
    [
        (["triage", "deploy.log"], {3}),
        (["triage", "-C", "2", "deploy.log"], {3}),
        (["triage", "odd.log"], {0}),
        (["triage", os.devnull], {0, 4}),
        (["diagnose", "deploy.log"], {3}),
        (["diagnose"], {3, 4}),
        (["diagnose", "--offline", "deploy.log", "--fail-on", "never"], {0, 4}),
        (["migrations"], {3, 4}),
        (["migrations", "--offline"], {4}),
        (["explain"], {0}),
        (["init", "--show"], {0}),
    ],
)
def test_the_document_keeps_to_the_schema(project: Path, args: list[str], codes: set[int]) -> None:
    code, document = crashcart(project, *args)
    assert code in codes
    assert document["command"] == args[0]
    if "summary" in document:
        assert document["summary"]["exit_code"] == code


def test_the_lines_around_are_marked(project: Path) -> None:
    (project / "deploy.log").write_text(f"Starting\n{LOG}Waiting\n")
    (evidence,) = crashcart(project, "triage", "-C", "5", "deploy.log")[1]["findings"][0]["evidence"]
    assert [(near["line"], near["hit"]) for near in evidence["context"]] == [(1, False), (2, True), (3, False)]
    assert evidence["context"][1]["text"] == evidence["text"]


@pytest.mark.parametrize("flags", [[], ["--follow", "--deadline", "3"]])
def test_a_stream_tells_the_same_as_the_document(project: Path, flags: list[str]) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    command = [sys.executable, "-m", "crashcart", "triage", "deploy.log", "--format", "jsonl", *flags]
    done = subprocess.run(command, cwd=project, env=kept, capture_output=True, text=True, check=False)
    *findings, last = [json.loads(line) for line in done.stdout.splitlines()]
    for line in (*findings, last):
        Draft202012Validator({**schema(), "oneOf": [{"$ref": "#/$defs/event"}]}).validate(line)
    document = crashcart(project, "triage", "deploy.log")[1]
    assert [line["finding"]["fault"] for line in findings] == [f["fault"] for f in document["findings"]]
    assert last.keys() - {"event"} == document.keys() - {"findings", "unexplained"}
    assert last["summary"]["exit_code"] == done.returncode == (124 if flags else 3)


def test_an_empty_folder_is_neither_well_nor_sick(tmp_path: Path) -> None:
    code, document = crashcart(tmp_path, "diagnose")
    assert document["findings"] == []
    assert document["unknown"]
    assert code in (0, 4)
