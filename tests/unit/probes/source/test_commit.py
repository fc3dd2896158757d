"""Files that the deployed commit imports and only the working tree has."""

from __future__ import annotations

import pytest

from crashcart.model.finding import Failed, Passed
from crashcart.probes.source.commit import ROOM
from source_shop import Shop, missing, run


def found(shop: Shop, sha: str) -> list[str]:
    outcomes = shop.ask(ROOM, sha, [])
    return [o.facts["path"] for o in outcomes if isinstance(o, Failed)]


def test_an_untracked_file_that_a_committed_one_imports_is_told_before_it_fails(shop: Shop) -> None:
    shop.write("src/index.ts", "import {\n  a,\n} from './live/socket.js'\n")
    sha = shop.commit()
    shop.write("src/live/socket.ts")
    (outcome,) = shop.ask(ROOM, sha, [])
    assert isinstance(outcome, Failed)
    assert outcome.fault == "node.file-not-committed"
    assert outcome.because == (
        f"`src/index.ts` of commit {sha[:7]} imports `./live/socket.js`, "
        "but `src/live/socket.ts` lies untracked in the working tree."
    )
    assert outcome.evidence[0].check
    assert run(outcome.evidence[0].check, shop.project).strip() == "} from './live/socket.js'"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/index.ts", "// import './live'\n"),
        ("src/index.ts", " * import './live'\n"),
        ("src/index.ts", "import type { A } from './live'\n"),
        ("src/index.ts", "const text = './live'\n"),
        ("src/index.test.ts", "import './live'\n"),
        ("src/__tests__/live.ts", "import '../live'\n"),
        ("src/types.d.ts", "import './live'\n"),
        ("docs/index.md", "import '../src/live'\n"),
    ],
)
def test_what_does_not_run_in_the_deployed_app_is_not_told(shop: Shop, path: str, text: str) -> None:
    shop.write(path, text)
    sha = shop.commit()
    shop.write("src/live.ts")
    assert found(shop, sha) == []


def test_generated_code_that_git_ignores_is_not_told(shop: Shop) -> None:
    shop.write(".gitignore", "generated\n")
    shop.write("src/index.ts", "import './generated/client'\n")
    sha = shop.commit()
    shop.write("src/generated/client.ts")
    assert found(shop, sha) == []


def test_a_commit_that_holds_another_spelling_is_well(shop: Shop) -> None:
    shop.write("src/index.ts", "import './live'\n")
    shop.write("src/live/index.ts")
    sha = shop.commit()
    shop.write("src/live.ts")
    (outcome,) = shop.ask(ROOM, sha, [])
    assert isinstance(outcome, Passed)


def test_a_clean_working_tree_passes_at_once(shop: Shop) -> None:
    shop.write("src/index.ts", "import './gone'\n")
    sha = shop.commit()
    shop.write("notes.md", "x")
    (outcome,) = shop.ask(ROOM, sha, [])
    assert isinstance(outcome, Passed)
    assert "No source file lies untracked" in outcome.because


def test_a_script_that_no_build_reads_is_not_told(shop: Shop) -> None:
    shop.write("Dockerfile", "FROM node\nWORKDIR /app\nCOPY . .\n")
    shop.write(".dockerignore", "scripts\n")
    shop.write("scripts/seed.ts", "import './data'\n")
    shop.write("src/index.ts", "require('./live')\n")
    sha = shop.commit()
    shop.write("scripts/data.ts")
    shop.write("src/live.ts")
    assert found(shop, sha) == ["src/live.ts"]


def test_what_a_log_names_already_is_left_to_the_other_question(shop: Shop) -> None:
    shop.write("src/index.ts", "import './live'\n")
    sha = shop.commit()
    shop.write("src/live.ts")
    assert shop.ask(ROOM, sha, [missing("./live", "/app/src/index.ts")]) == []


def test_without_git_or_commit_the_question_does_not_arise(shop: Shop) -> None:
    shop.write("src/index.ts", "import './live'\n")
    assert shop.ask(ROOM, None, []) == []
    assert shop.ask(ROOM, None, [], git=False) == []


def test_other_projects_of_the_repository_are_left_alone(shop: Shop) -> None:
    shop.write("other/index.ts", "import './live'\n")
    shop.write("mine/index.ts", "import './live'\n")
    sha = shop.commit()
    shop.write("other/live.ts")
    shop.write("mine/live.ts")
    assert found(Shop(shop.root, shop.root / "mine"), sha) == ["mine/live.ts"]
