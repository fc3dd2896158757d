"""From the very lines that runtimes and compilers print to the file in the repository."""

from __future__ import annotations

import io

import pytest

from crashcart import faults
from crashcart.diagnosis.judge import judge
from crashcart.diagnosis.notice import notice
from crashcart.model.finding import Answer, Claim, Failed, Role, Verdict
from crashcart.probes.source.missing_module import ROOM
from crashcart.tools import logs
from source_shop import Shop


def claims(text: str) -> tuple[Claim, ...]:
    return notice(logs.read(io.BytesIO(text.encode()), name="deploy.log"), faults.load()).claims


NODE_CJS = """api-1  | node:internal/modules/cjs/loader:1210
api-1  |   throw err;
api-1  |   ^
api-1  |
api-1  | Error: Cannot find module './live/socket'
api-1  | Require stack:
api-1  | - /app/server/src/index.js
"""
BUN = "backend-1  | error: Cannot find module './live/socket' from '/app/server/src/index.js'\n"
BUN_ISO = f"2026-01-02T03:04:05.678Z {BUN}"
NODE_ESM = (
    "api-1 | Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/server/src/live/socket' "
    "imported from /app/server/src/index.js\n"
)
TSC = (
    "#12 4.20 src/index.js(1,8): error TS2307: Cannot find module './live/socket' "
    "or its corresponding type declarations.\n"
)
TSC_PRETTY = (
    "src/index.js:1:8 - error TS2307: Cannot find module './live/socket' or its corresponding type declarations.\n"
)
WEBPACK = "Module not found: Error: Can't resolve './live/socket' in '/app/server/src'\n"
VITE = 'Failed to resolve import "./live/socket" from "src/index.js". Does the file exist?\n'


@pytest.mark.parametrize("log", [NODE_CJS, BUN, BUN_ISO, NODE_ESM, TSC, TSC_PRETTY, WEBPACK, VITE])
def test_the_line_leads_to_the_file_that_was_not_committed(shop: Shop, log: str) -> None:
    shop.write("server/src/index.js", "import socket from './live/socket'\n")
    shop.write("Dockerfile", "FROM oven/bun\nWORKDIR /app\nCOPY . .\n")
    sha = shop.commit()
    shop.write("server/src/live/socket.ts")
    noticed = claims(log)
    failures = [o for o in shop.ask(ROOM, sha, noticed) if isinstance(o, Failed)]
    assert [(f.fault, f.facts["path"]) for f in failures] == [("node.file-not-committed", "server/src/live/socket.ts")]


PYTHON = """dms-backend  |   File "/app/app/main.py", line 1, in <module>
dms-backend  |     from .services.storage import StorageLayer
dms-backend  | ModuleNotFoundError: No module named 'app.services.storage'
"""


def test_a_python_traceback_leads_to_the_file(shop: Shop) -> None:
    shop.write("app/main.py", "from .services.storage import StorageLayer\n")
    shop.write("app/services/__init__.py", "")
    shop.write("Dockerfile", "FROM python\nWORKDIR /app\nCOPY . .\n")
    sha = shop.commit()
    shop.write("app/services/storage.py", "")
    (outcome,) = shop.ask(ROOM, sha, claims(PYTHON))
    assert isinstance(outcome, Failed)
    assert outcome.facts["path"] == "app/services/storage.py"


def test_the_judge_makes_the_file_the_cause_and_the_log_s_line_its_consequence(shop: Shop) -> None:
    shop.write("server/src/index.js", "import socket from './live/socket'\n")
    sha = shop.commit()
    shop.write("server/src/live/socket.ts")
    noticed = claims(BUN)
    answers = [Answer(ROOM.id, ROOM.question, outcome) for outcome in shop.ask(ROOM, sha, noticed)]
    cause, consequence = judge(noticed, answers, faults.load())
    assert (cause.fault, cause.role, cause.verdict) == ("node.file-not-committed", Role.CAUSE, Verdict.CONFIRMED)
    assert (consequence.fault, consequence.role) == ("node.module-not-found", Role.CONSEQUENCE)
    assert consequence.verdict is Verdict.CONFIRMED
    assert set(consequence.caused_by) == {cause.id}
