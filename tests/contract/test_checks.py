"""The commands by which a person sees the same show no secret, neither written down nor run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PASSWORD = "CaN4ry-77xQ"
URL = f"postgresql://shop:{PASSWORD}@127.0.0.1:1/shop_db?schema=public"
ENV = f"""# settings
DATABASE_URL="{URL}"
JWT_SECRET={PASSWORD}-jwt
export SESSION_KEY='{PASSWORD}-session'
"""
LOG = f"""DATABASE_URL={URL}
psql: error: connection to server at "127.0.0.1", port 5432 failed: Connection refused
Error: P1001: Can't reach database server at `127.0.0.1:1`
FATAL:  password authentication failed for user "shop"
Error: JWT_SECRET is not set
Error: P1000: Authentication failed against database server, the provided database credentials for `shop` are not valid.
"""
SCRIPT = f"""#!/bin/sh
until psql -h 127.0.0.1 -U shop -d shop_db -c 'SELECT 1'; do sleep 2; done
psql 'postgresql://shop:{PASSWORD}@127.0.0.1:2/shop_db' -c 'SELECT 1'
"""
HARMLESS = ("sed ", "grep ", "printenv ", "git ", "awk ", "cat ", "head ")
"""Those that only look at files and variables; the others would ask servers."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        ".env": ENV,
        ".env.production": ENV,
        "app.log": LOG,
        "start.sh": SCRIPT,
        "Dockerfile": "FROM scratch\nCOPY . .\nCMD ./start.sh\n",
        "docker-compose.yml": f"services:\n  app:\n    environment:\n      DATABASE_URL: {URL}\n",
    }.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("place", ["file", "environment"])
def test_no_check_prints_a_secret(project: Path, place: str) -> None:
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    env |= {"DATABASE_URL": URL, "JWT_SECRET": f"{PASSWORD}-jwt"} if place == "environment" else {}
    command = [sys.executable, "-m", "crashcart", "diagnose", "app.log", "--timeout", "2", "--format"]
    told = {
        kind: subprocess.run(
            [*command, kind], cwd=project, env=env, capture_output=True, text=True, timeout=120, check=False
        ).stdout
        for kind in ("json", "markdown")
    }
    found = json.loads(told["json"])
    evidence = [seen for finding in found["findings"] for seen in finding["evidence"]]
    checks = {seen["check"] for seen in evidence if seen["check"]}
    listed = told["markdown"].partition("## Verification commands\n\n```bash\n")[2].partition("\n```")[0].splitlines()
    assert checks
    assert listed
    run = [
        check for check in dict.fromkeys([*checks, *listed]) if check.startswith(HARMLESS) and "app.log" not in check
    ]
    for check in run:
        shown = subprocess.run(
            ["bash", "-c", check], cwd=project, env=env, capture_output=True, text=True, timeout=20, check=False
        )
        assert PASSWORD not in shown.stdout + shown.stderr, check
