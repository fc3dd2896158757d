"""A missing module followed through working tree, commit, context and image of real repositories."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crashcart.model.finding import Claim, Failed, Outcome, Unknown
from crashcart.probes import Inquiry
from crashcart.probes.source.missing_module import ROOM
from crashcart.tools.hands import Hands
from source_shop import Shop, missing, run

INDEX = """import { createServer } from 'http'
// import './apps/old'
import { setupPoseWebSocket } from './apps/pose-generator/websocket/pose-websocket'
"""
DOCKERFILE = "FROM oven/bun\nWORKDIR /app\nCOPY package.json ./\nCOPY backend ./backend\n"
MODULE, IMPORTER = "./apps/pose-generator/websocket/pose-websocket", "/app/backend/src/index.ts"
FILE = "backend/src/apps/pose-generator/websocket/pose-websocket.ts"


@pytest.fixture
def runbook(shop: Shop) -> Shop:
    shop.write("backend/src/index.ts", INDEX)
    shop.write("package.json", '{"dependencies": {"express": "5"}, "devDependencies": {"tsx": "4"}}')
    shop.write("Dockerfile", DOCKERFILE)
    return shop


def only(outcomes: list[Outcome]) -> Outcome:
    assert len(outcomes) == 1, outcomes
    return outcomes[0]


def failed(shop: Shop, sha: str | None, *claims: Claim, git: bool = True) -> Failed:
    outcome = only(shop.ask(ROOM, sha, claims or [missing(MODULE, IMPORTER)], git=git))
    assert isinstance(outcome, Failed), outcome
    return outcome


def unknown(shop: Shop, sha: str | None, *claims: Claim, git: bool = True) -> str:
    outcome = only(shop.ask(ROOM, sha, claims or [missing(MODULE, IMPORTER)], git=git))
    assert isinstance(outcome, Unknown), outcome
    assert outcome.about
    return outcome.why


def test_no_claim_no_question(runbook: Shop) -> None:
    assert runbook.ask(ROOM, runbook.commit(), []) == []


def test_the_runbook_s_file_lies_untracked_in_the_working_tree(runbook: Shop) -> None:
    sha = runbook.commit()
    runbook.write(FILE)
    outcome = failed(runbook, sha)
    assert outcome.fault == "node.file-not-committed"
    assert outcome.because == (
        f"`{FILE}` lies untracked in the working tree and is not in the deployed commit {sha[:7]}."
    )
    assert outcome.confirms == outcome.explains == ("c1",)
    assert outcome.facts["path"] == FILE
    assert (outcome.facts["importer"], outcome.facts["line"]) == ("backend/src/index.ts", "3")


def test_every_check_shows_what_the_evidence_says(runbook: Shop) -> None:
    sha = runbook.commit()
    runbook.write(FILE)
    log, imported, ledger, tree, status = failed(runbook, sha).evidence
    assert log.origin.where == "deploy.log"
    assert imported.check
    assert run(imported.check, runbook.project).strip() == imported.text
    assert "working tree: yes" in ledger.text
    assert "deployed commit: no" in ledger.text
    assert "image (predicted): no" in ledger.text
    assert tree.check
    assert run(tree.check, runbook.project) == ""
    assert status.check
    assert run(status.check, runbook.project).strip() == status.text


def test_checks_work_from_a_project_below_the_root(runbook: Shop) -> None:
    runbook.write("backend/Dockerfile", "FROM oven/bun\nWORKDIR /app/backend\nCOPY . .\n")
    runbook.write("backend/.gitignore", "\n*-websocket.ts\n")
    sha = runbook.commit()
    runbook.write(FILE)
    below = Shop(runbook.root, runbook.root / "backend")
    outcome = failed(below, sha)
    assert ".gitignore line 2 (`*-websocket.ts`)" in outcome.because
    imported, ignored = outcome.evidence[1], outcome.evidence[-1]
    assert imported.check
    assert run(imported.check, below.project).strip() == imported.text
    assert ignored.check
    assert run(ignored.check, below.project).startswith("backend/.gitignore:2:")


def test_a_file_ignored_by_git_names_the_line(runbook: Shop) -> None:
    runbook.write(".gitignore", "# sockets\nwebsocket/\n")
    sha = runbook.commit()
    runbook.write(FILE)
    outcome = failed(runbook, sha)
    assert outcome.fault == "node.file-not-committed"
    assert (
        outcome.because
        == f"`{FILE}` is ignored by .gitignore line 2 (`websocket/`) and is not in the deployed commit {sha[:7]}."
    )


def test_a_file_added_to_the_index_only_is_not_committed(runbook: Shop) -> None:
    sha = runbook.commit()
    runbook.write(FILE)
    runbook.git("add", FILE)
    assert "index but not committed" in failed(runbook, sha).because


def test_a_file_added_in_a_later_commit_names_it(runbook: Shop) -> None:
    deployed = runbook.commit()
    runbook.git("switch", "-q", "-c", "sockets")
    runbook.write(FILE)
    later = runbook.commit()
    for branch in ("sockets", "main"):
        runbook.git("switch", "-q", branch)
        outcome = failed(runbook, deployed)
        assert outcome.fault == "node.file-not-committed"
        assert f"added in commit {later[:7]}" in outcome.because
        assert "on sockets" in outcome.because
        assert outcome.evidence[-1].check
        assert "pose-websocket.ts" in run(outcome.evidence[-1].check, runbook.project)


def test_a_file_removed_before_confirms_the_module_itself(runbook: Shop) -> None:
    runbook.write(FILE)
    runbook.commit()
    (runbook.root / FILE).unlink()
    removing = runbook.commit()
    outcome = failed(runbook, removing)
    assert outcome.fault == "node.module-not-found"
    assert f"commit {removing[:7]} removed it" in outcome.because
    assert outcome.explains == ()


def test_a_file_that_never_was_confirms_the_module_itself(runbook: Shop) -> None:
    outcome = failed(runbook, runbook.commit())
    assert outcome.fault == "node.module-not-found"
    assert "nor in any other commit" in outcome.because


@pytest.mark.parametrize("name", [".dockerignore", "Dockerfile.dockerignore"])
def test_a_file_excluded_by_dockerignore_names_the_line(runbook: Shop, name: str) -> None:
    runbook.write(FILE)
    runbook.write(".dockerignore", "nothing\n")
    runbook.write(name, "node_modules\n**/websocket\n")
    outcome = failed(runbook, runbook.commit())
    assert outcome.fault == "docker.file-ignored"
    assert outcome.because == f"`{FILE}` is excluded by {name} line 2 (`**/websocket`)."
    shown = outcome.evidence[-1]
    assert shown.check
    assert run(shown.check, runbook.project).strip() == shown.text == "**/websocket"


def test_a_file_that_no_copy_brings(runbook: Shop) -> None:
    runbook.write(FILE)
    runbook.write("Dockerfile", "FROM oven/bun\nWORKDIR /app\nCOPY backend/src/*.ts ./backend/src/\n")
    outcome = failed(runbook, runbook.commit())
    assert outcome.fault == "docker.file-not-copied"
    assert "No COPY or ADD of Dockerfile" in outcome.because
    assert outcome.evidence[-1].check
    assert "3:COPY" in run(outcome.evidence[-1].check, runbook.project)


def test_a_file_lost_between_stages(runbook: Shop) -> None:
    runbook.write(FILE)
    first = "FROM oven/bun AS build\nWORKDIR /app\nCOPY . .\n"
    second = "FROM oven/bun\nCOPY --from=build /app/backend/src/*.ts /app/backend/src/\n"
    runbook.write("Dockerfile", first + second)
    outcome = failed(runbook, runbook.commit())
    assert outcome.fault == "docker.file-not-copied"
    assert "reaches stage build (Dockerfile line 3)" in outcome.because


def test_letter_case_names_both(runbook: Shop) -> None:
    other = FILE.replace("pose-websocket.ts", "Pose-WebSocket.ts")
    runbook.write(other)
    outcome = failed(runbook, runbook.commit())
    assert outcome.fault == "node.case-sensitive-path"
    assert other in outcome.because
    assert FILE in outcome.because


def test_a_wrong_relative_depth_names_the_real_place(runbook: Shop) -> None:
    runbook.write("backend/apps/pose-generator/websocket/pose-websocket.ts")
    outcome = failed(runbook, runbook.commit())
    assert outcome.fault == "node.wrong-relative-path"
    assert "the file lies at `backend/apps/pose-generator/websocket/pose-websocket.ts`" in outcome.because


def test_a_file_that_should_be_in_the_image_stays_unproven(runbook: Shop) -> None:
    runbook.write(FILE)
    assert "predicted to be in an image of commit" in unknown(runbook, runbook.commit())


def test_a_symbolic_link_in_the_commit_is_followed(runbook: Shop) -> None:
    runbook.write("shared/pose-websocket.ts")
    (runbook.root / FILE).parent.parent.mkdir(parents=True)
    (runbook.root / FILE).parent.symlink_to("../../../../shared")
    assert "predicted" in unknown(runbook, runbook.commit())


def test_a_submodule_cannot_be_told(runbook: Shop, tmp_path: Path) -> None:
    library = Shop(tmp_path / "library", tmp_path / "library")
    library.root.mkdir()
    library.git("init", "-q")
    library.write("pose-websocket.ts")
    library.commit()
    place = str(Path(FILE).parent)
    runbook.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.root), place)
    assert "lies in the submodule" in unknown(runbook, runbook.commit())


def test_a_dockerfile_that_does_not_parse_leaves_the_image_open(runbook: Shop) -> None:
    runbook.write(FILE)
    runbook.write("Dockerfile", "FROM oven/bun\nCOPPY . .\n")
    assert "Dockerfile line 2 does not parse: unknown instruction: COPPY" in unknown(runbook, runbook.commit())


def test_an_ignore_file_that_docker_refuses_leaves_the_context_open(runbook: Shop) -> None:
    runbook.write(FILE)
    runbook.write(".dockerignore", "ok\n[bad\n")
    assert ".dockerignore line 2: syntax error in pattern" in unknown(runbook, runbook.commit())


def test_builders_that_read_an_ignore_file_differently_leave_the_context_open(runbook: Shop) -> None:
    runbook.write(FILE)
    runbook.write(".dockerignore", "backend/src/apps\n!**/pose-websocket.ts\n")
    assert "older builders exclude it, BuildKit does not" in unknown(runbook, runbook.commit())


def test_a_plain_folder_knows_no_commit(runbook: Shop, tmp_path: Path) -> None:
    runbook.write(FILE)
    runbook.write(".dockerignore", "**/websocket\n")
    (runbook.root / ".git").rename(tmp_path / "elsewhere")
    outcome = failed(runbook, None, git=False)
    assert outcome.fault == "docker.file-ignored"
    assert "deployed commit: unknown — it is not in a git repository" in str(outcome.evidence[2].text)
    runbook.write(".dockerignore", "")
    assert "deployed commit cannot be told: it is not in a git repository" in unknown(runbook, None, git=False)


def test_a_bare_clone_answers_from_its_objects(runbook: Shop, tmp_path: Path) -> None:
    sha = runbook.commit()
    runbook.git("clone", "-q", "--bare", str(runbook.root), str(tmp_path / "bare.git"))
    bare = Shop(tmp_path / "bare.git", tmp_path / "bare.git")
    outcome = failed(bare, sha)
    assert outcome.fault == "node.module-not-found"
    assert "no working tree to look in" in outcome.because
    assert unknown(bare, None) == "The deployed commit is not known, and a bare repository has no working tree."


def test_a_shallow_clone_says_that_history_is_missing(runbook: Shop, tmp_path: Path) -> None:
    runbook.commit()
    runbook.write("more.ts")
    sha = runbook.commit()
    runbook.git("clone", "-q", "--depth=1", f"file://{runbook.root}", str(tmp_path / "shallow"))
    shallow = Shop(tmp_path / "shallow", tmp_path / "shallow")
    assert (
        "whether another commit holds it cannot be told: the repository is a shallow clone"
        in failed(shallow, sha).because
    )


def test_a_commit_that_is_not_here_is_said(runbook: Shop) -> None:
    runbook.commit()
    runbook.write(FILE)
    assert "commit 0123456789ab is not in this repository" in unknown(runbook, "0123456789abcdef" * 2 + "01234567")


def test_odd_names_are_followed_and_shown(shop: Shop) -> None:
    shop.write("src/über uns/[id].ts", "import x from './größe $(x) [1]'\n")
    shop.write("Dockerfile", "FROM node\nWORKDIR /app\nCOPY . .\n")
    sha = shop.commit()
    shop.write("src/über uns/größe $(x) [1].ts")
    outcome = failed(shop, sha, missing("./größe $(x) [1]", "/app/src/über uns/[id].ts"))
    assert outcome.fault == "node.file-not-committed"
    for shown in outcome.evidence[1:]:
        if shown.check:
            assert "not found" not in run(shown.check, shop.project)
    assert outcome.evidence[-1].check
    assert run(outcome.evidence[-1].check, shop.project).startswith("?? ")


def test_a_name_that_is_no_unicode_can_be_shown(shop: Shop) -> None:
    folder = os.fsencode(shop.root) + b"/src/\xff\x1b[2J"
    Path(os.fsdecode(folder)).mkdir(parents=True)
    Path(os.fsdecode(folder), "index.ts").write_text("import './live'\n", encoding="utf-8")
    sha = shop.commit()
    Path(os.fsdecode(folder), "live.ts").write_text("", encoding="utf-8")
    outcome = failed(shop, sha, missing("./live"))
    assert outcome.fault == "node.file-not-committed"
    texts = [outcome.because, *outcome.facts.values(), *(f"{e.text}{e.check}" for e in outcome.evidence)]
    assert all(text.isprintable() or "\n" in text for text in texts), texts
    assert "\x1b" not in "".join(texts)


@pytest.mark.parametrize(
    ("module", "importer"),
    [
        (MODULE, IMPORTER),
        (MODULE, f"{IMPORTER}:3:24"),
        (MODULE, f"file://{IMPORTER}"),
        (MODULE, "src/index.ts"),
        (MODULE, "backend/src/index.ts"),
        (MODULE, "/srv/other/backend/src/index.ts"),
        (MODULE, None),
        ("/app/backend/src/apps/pose-generator/websocket/pose-websocket", IMPORTER),
        ("/app/backend/src/apps/pose-generator/websocket/pose-websocket.ts", None),
    ],
)
def test_every_way_of_naming_it_leads_to_the_file(runbook: Shop, module: str, importer: str | None) -> None:
    sha = runbook.commit()
    runbook.write(FILE)
    outcome = failed(runbook, sha, missing(module, importer))
    assert (outcome.fault, outcome.facts["path"]) == ("node.file-not-committed", FILE)


def test_without_a_dockerfile_the_names_still_lead_to_the_file(runbook: Shop) -> None:
    (runbook.root / "Dockerfile").unlink()
    sha = runbook.commit()
    runbook.write(FILE)
    outcome = failed(runbook, sha)
    assert outcome.fault == "node.file-not-committed"
    assert "build context: unknown — no Dockerfile is known in the deployed source" in str(outcome.evidence[2].text)


def test_several_tools_that_complain_about_one_file_are_one_finding(runbook: Shop) -> None:
    sha = runbook.commit()
    runbook.write(FILE)
    outcome = failed(runbook, sha, missing(MODULE, IMPORTER), missing(MODULE, "src/index.ts", name="c2"))
    assert outcome.confirms == outcome.explains == ("c1", "c2")


def test_an_importer_from_elsewhere_stays_unproven(runbook: Shop) -> None:
    assert "cannot be led back" in unknown(runbook, runbook.commit(), missing("./x", "/opt/tool/cli.mjs"))


def test_a_log_of_another_state_of_the_source_stays_unproven(runbook: Shop) -> None:
    why = unknown(runbook, runbook.commit(), missing("./apps/other", IMPORTER))
    assert "`backend/src/index.ts` of commit" in why
    assert "does not ask for `./apps/other`" in why


def test_a_compiled_app_needs_no_source_in_its_image(shop: Shop) -> None:
    shop.write("src/index.ts", "import './live'\n")
    shop.write("src/live.ts")
    first = "FROM node AS build\nWORKDIR /app\nCOPY . .\nRUN npx tsc\n"
    shop.write("Dockerfile", f"{first}FROM node\nCOPY --from=build /app/dist /app/dist\n")
    assert "what a build step makes" in unknown(shop, shop.commit(), missing("./live"))


def test_a_file_that_no_stage_gets_is_not_copied_even_for_a_compiler(shop: Shop) -> None:
    shop.write("src/index.ts", "import './live'\n")
    shop.write("src/live.ts")
    first = "FROM node AS build\nWORKDIR /app\nCOPY src/index.ts src/\nRUN npx tsc\n"
    shop.write("Dockerfile", f"{first}FROM node\nCOPY --from=build /app/dist /app/dist\n")
    assert failed(shop, shop.commit(), missing("./live", "src/index.ts")).fault == "docker.file-not-copied"


def test_generated_code_is_made_by_a_build_step(shop: Shop) -> None:
    shop.write("src/db.ts", "import { PrismaClient } from './generated/prisma'\n")
    shop.write(".gitignore", "generated\n")
    shop.write("Dockerfile", "FROM node\nWORKDIR /app\nCOPY . .\n")
    sha = shop.commit()
    shop.write("src/generated/prisma/index.js")
    why = unknown(shop, sha, missing("./generated/prisma", "/app/src/db.ts"))
    assert "ignored by .gitignore line 1" in why
    assert "no RUN of a known Dockerfile seems to make it" in why


def test_a_package_of_the_same_repository_can_get_lost_too(shop: Shop) -> None:
    shop.write("packages/shared/package.json", '{"name": "@shop/shared"}')
    shop.write("api/package.json", '{"dependencies": {"@shop/shared": "workspace:*"}}')
    shop.write("api/index.ts", "import '@shop/shared'\n")
    shop.write("Dockerfile", "FROM oven/bun\nWORKDIR /app\nCOPY api ./api\n")
    outcome = failed(shop, shop.commit(), missing("@shop/shared", "/app/api/index.ts"))
    assert outcome.fault == "docker.file-not-copied"
    assert outcome.facts["path"] == "packages/shared/package.json"


def test_no_time_left_is_said(runbook: Shop) -> None:
    target = runbook.target(runbook.commit())
    (outcome,) = ROOM.ask(Inquiry(target, (missing(MODULE, IMPORTER),)), Hands(timeout=0.0))
    assert isinstance(outcome, Unknown)
    assert outcome.about == ("c1",)


@pytest.mark.parametrize(
    ("written", "exists"),
    [
        ("./a.js", "src/a.ts"),
        ("./a.jsx", "src/a.tsx"),
        ("./a", "src/a/index.tsx"),
        ("./a.mjs", "src/a.mts"),
        ("./a", "src/a.json"),
    ],
)
def test_the_endings_that_node_and_typescript_try(shop: Shop, written: str, exists: str) -> None:
    shop.write("src/index.ts", f"export * from '{written}'\n")
    sha = shop.commit()
    shop.write(exists)
    assert failed(shop, sha, missing(written, "/app/src/index.ts")).facts["path"] == exists


def test_an_alias_of_tsconfig_is_followed(shop: Shop) -> None:
    shop.write(
        "web/tsconfig.json",
        '{ /* "x" */ "compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["./src/*"], // why\n },},}',
    )
    shop.write("web/src/pages/index.tsx", "import db from '@/lib/db'\n")
    sha = shop.commit()
    shop.write("web/src/lib/db.ts")
    assert failed(shop, sha, missing("@/lib/db")).facts["path"] == "web/src/lib/db.ts"


def test_a_bundler_that_names_the_folder_is_understood(shop: Shop) -> None:
    for folder in ("a", "b"):
        shop.write(f"src/{folder}/index.ts", "import './Button'\n")
    shop.write("src/a/Button.tsx")
    sha = shop.commit()
    shop.write("src/b/Button.tsx")
    claim = missing("./Button")
    claim = Claim("c1", claim.fault, {"module": "./Button", "path": "/app/src/b"}, claim.evidence)
    assert failed(shop, sha, claim).facts["path"] == "src/b/Button.tsx"


def test_what_a_build_makes_cannot_be_predicted(shop: Shop) -> None:
    shop.write("src/index.ts", "import './live'\n")
    shop.write("src/live.ts")
    shop.write(".gitignore", "dist\n")
    shop.write(
        "Dockerfile",
        "FROM node AS b\nWORKDIR /app\nCOPY . .\nRUN npm run build\nFROM node\nCOPY --from=b /app/dist /app/dist\n",
    )
    sha = shop.commit()
    for claim in (
        missing("/app/dist/index.js"),
        missing("/app/dist/live", "/app/dist/index.js"),
        missing("./live", "/app/dist/index.js"),
    ):
        why = unknown(shop, sha, claim)
        assert "what a build step makes" in why
        assert "Dockerfile line 4 runs `npm run build`" in why


def test_the_source_of_a_build_output_that_was_never_committed_is_found(shop: Shop) -> None:
    shop.write("src/index.ts", "import './live'\n")
    shop.write("Dockerfile", "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm run build\n")
    sha = shop.commit()
    shop.write("src/live.ts")
    assert failed(shop, sha, missing("./live", "/app/dist/index.js")).facts["path"] == "src/live.ts"


def test_an_undeclared_package_confirms_the_module(runbook: Shop) -> None:
    runbook.write("backend/src/mail.ts", "import mail from '@sendgrid/mail/lib'\n")
    outcome = failed(runbook, runbook.commit(), missing("@sendgrid/mail/lib"))
    assert outcome.fault == "node.module-not-found"
    assert outcome.because == "`@sendgrid/mail` is in no dependency list of `package.json`."
    assert outcome.facts["package"] == "@sendgrid/mail"


@pytest.mark.parametrize(
    ("steps", "left_out"),
    [
        ("RUN npm ci --omit=dev", True),
        ("RUN bun install --frozen-lockfile --production", True),
        ("ENV NODE_ENV=production\nRUN npm ci", True),
        ("RUN NODE_ENV=production yarn && yarn build", True),
        ("RUN yarn build --production", False),
        ("RUN npm init --production", False),
        ("ENV NODE_ENV=production\nRUN npm ci --include=dev", False),
        ("ENV NODE_ENV=production\nRUN bun install", False),
        ("RUN npm ci && npm run build --production", False),
    ],
)
def test_a_development_package_with_a_production_install(runbook: Shop, steps: str, left_out: bool) -> None:
    runbook.write("backend/src/index.ts", "import 'tsx/esm'\n")
    runbook.write("Dockerfile", f"{DOCKERFILE}{steps}\n")
    outcome = only(runbook.ask(ROOM, runbook.commit(), [missing("tsx/esm", IMPORTER)]))
    if left_out:
        assert isinstance(outcome, Failed)
        assert "stands in devDependencies of `package.json` only" in outcome.because
        assert "line 5" in outcome.because or "line 6" in outcome.because
    else:
        assert isinstance(outcome, Unknown)


def test_a_declared_package_and_a_builtin_stay_unproven(runbook: Shop) -> None:
    runbook.write("backend/src/index.ts", "import 'express'\nimport 'node:sqlite'\n")
    sha = runbook.commit()
    assert "stands in dependencies" in unknown(runbook, sha, missing("express", IMPORTER))
    assert "the runtime itself" in unknown(runbook, sha, missing("node:sqlite", IMPORTER))


PYTHON = "python.module-not-found"


@pytest.mark.parametrize("importer", [None, "/app/app/services/trash.py"])
def test_a_python_module_that_was_never_committed(shop: Shop, importer: str | None) -> None:
    shop.write("backend/app/__init__.py", "")
    shop.write("backend/app/services/trash.py", "from ..services.storage import StorageLayer\n")
    shop.write("backend/Dockerfile", "FROM python\nWORKDIR /app\nCOPY . .\n")
    sha = shop.commit()
    shop.write("backend/app/services/storage.py", "")
    below = Shop(shop.root, shop.root / "backend")
    outcome = failed(below, sha, missing("app.services.storage", importer, PYTHON))
    assert outcome.fault == "node.file-not-committed"
    assert outcome.facts["path"] == "backend/app/services/storage.py"
    assert outcome.facts["line"] == "1"
    assert outcome.explains == ("c1",)


def test_a_python_package_that_no_requirement_names(shop: Shop) -> None:
    shop.write("app.py", "import yaml\nimport jose\n")
    shop.write("requirements.txt", "flask==3\nPyYAML>=6\n")
    sha = shop.commit()
    assert "called `jose`" in failed(shop, sha, missing("jose", fault=PYTHON)).because
    assert "`PyYAML` stands in `requirements.txt`" in unknown(shop, sha, missing("yaml", fault=PYTHON))
    shop.write("requirements.txt", "")
    shop.write("pyproject.toml", '[project]\ndependencies = ["python-jose[cryptography]>=3"]\n')
    assert "stands in `pyproject.toml`" in unknown(shop, shop.commit(), missing("jose", fault=PYTHON))


def test_a_repository_that_git_refuses_is_said_with_advice(runbook: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sha = runbook.commit()
    runbook.write(FILE)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    why = unknown(runbook, sha)
    assert "belongs to another user" in why
    assert "safe.directory" in why


@pytest.mark.parametrize(
    "module", ["./\x00", "../../../../../../etc/passwd", "./" + "a/" * 500, ".", "''", "./[", "#x", "@/", "\udcff", "*"]
)
def test_hostile_module_names_get_an_answer(runbook: Shop, module: str) -> None:
    sha = runbook.commit()
    outcome = only(runbook.ask(ROOM, sha, [missing(module, IMPORTER), missing(module, name="c2")][:1]))
    assert isinstance(outcome, Failed | Unknown)
