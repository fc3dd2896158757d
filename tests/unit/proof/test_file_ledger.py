"""The four columns of a file, asked directly: builds below the root, doubts, and what excludes a file besides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crashcart.model.target import Target
from crashcart.proof.file_ledger import FileLedger, Held, Place, ledger
from crashcart.proof.file_loss import LossKind
from crashcart.proof.places import Places, survey
from source_shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path / "shop", tmp_path / "shop")
    made.root.mkdir()
    made.git("init", "-q")
    return made


def places(target: Target) -> Places:
    found = survey(target)
    assert isinstance(found, Places)
    return found


def held(found: FileLedger) -> str:
    return " ".join(found.held(place).value for place in Place)


def asked(shop: Shop, path: str, sha: str | None) -> FileLedger:
    found = places(shop.target(sha))
    return ledger(path, found, found.builds[0] if found.builds else None)


def test_a_file_on_its_way_is_held_everywhere(shop: Shop) -> None:
    shop.write("src/a.ts")
    shop.write("Dockerfile", "FROM node\nCOPY . /app\n")
    found = asked(shop, "src/a.ts", shop.commit())
    assert held(found) == "yes yes yes yes"
    assert found.loss is None
    assert found.unknown is None
    assert "/app/src/a.ts, by Dockerfile line 2 (`COPY . /app`)" in str(found)


def test_a_file_deleted_here_may_still_be_deployed(shop: Shop) -> None:
    shop.write("src/a.ts")
    shop.write("Dockerfile", "FROM node\nCOPY . /app\n")
    sha = shop.commit()
    (shop.root / "src/a.ts").unlink()
    assert held(asked(shop, "src/a.ts", sha)) == "no yes yes yes"


def test_a_file_outside_the_context_is_not_copied(shop: Shop) -> None:
    shop.write("shared/a.ts")
    shop.write("backend/Dockerfile", "FROM node\nCOPY . /app\n")
    sha = shop.commit()
    below = Shop(shop.root, shop.root / "backend")
    found = asked(below, "shared/a.ts", sha)
    assert held(found) == "yes yes no no"
    assert found.loss
    assert found.loss.kind is LossKind.OUTSIDE_CONTEXT
    assert found.loss.because == "`shared/a.ts` lies outside the build context `backend`"


def test_the_context_that_compose_names_counts_for_its_dockerfile(shop: Shop) -> None:
    shop.write("shared/a.ts")
    shop.write("backend/Dockerfile", "FROM node\nCOPY shared /app/shared\n")
    shop.write("web/Dockerfile", "FROM node\nCOPY . /app\n")
    shop.write("compose.yaml", "services:\n  api:\n    build: {context: ., dockerfile: backend/Dockerfile}\n")
    target = replace(shop.target(shop.commit()), compose_files=(shop.root / "compose.yaml",), context=None)
    found = places(target)
    assert next(b.context for b in found.builds if b.dockerfile == "backend/Dockerfile") == ""
    assert held(ledger("shared/a.ts", found, found.builds[0])) == "yes yes yes yes"


def test_what_would_exclude_an_uncommitted_file_besides_is_told(shop: Shop) -> None:
    shop.write("Dockerfile", "FROM node\nCOPY . /app\n")
    shop.write(".dockerignore", "src\n")
    sha = shop.commit()
    shop.write("src/a.ts")
    found = asked(shop, "src/a.ts", sha)
    assert held(found) == "yes no no no"
    assert ".dockerignore line 1 (`src`) besides" in str(found)


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ("WORKDIR /app\nCOPY . .\nRUN rm -rf src", "Dockerfile line 4 (RUN) seems to remove it"),
        ("RUN git clone https://example.com/x.git", "the RUN on Dockerfile line 2 may"),
        ("ADD https://example.com/x.tar /app/", "the ADD on Dockerfile line 2 may"),
    ],
)
def test_what_a_build_does_in_other_ways_leaves_the_image_open(shop: Shop, steps: str, why: str) -> None:
    shop.write("src/a.ts")
    shop.write("Dockerfile", f"FROM node\n{steps}\n")
    found = asked(shop, "src/a.ts", shop.commit())
    assert held(found) == "yes yes yes unknown"
    assert found.unknown
    assert why in found.unknown.why


def test_a_column_does_not_repeat_its_own_name(shop: Shop) -> None:
    shop.write("Dockerfile", "FROM node\nCOPY . /app\n")
    sha = shop.commit()
    assert "deployed commit: no — nor in the working tree, nor in any other commit" in str(asked(shop, "a.ts", sha))
    shop.write("a.ts")
    assert "deployed commit: no — lies untracked in the working tree\n" in str(asked(shop, "a.ts", sha))
    later = shop.commit()
    assert f"deployed commit: no — it was added in commit {later[:7]}" in str(asked(shop, "a.ts", sha))


def test_the_deployed_dockerfile_counts_and_not_the_one_on_disk(shop: Shop) -> None:
    shop.write("src/a.ts")
    shop.write("Dockerfile", "FROM node\nCOPY package.json /app/\n")
    sha = shop.commit()
    shop.write("Dockerfile", "FROM node\nCOPY . /app\n")
    assert held(asked(shop, "src/a.ts", sha)) == "yes yes yes no"


def test_a_dockerfile_that_was_not_committed_is_no_build(shop: Shop) -> None:
    shop.write("src/a.ts")
    sha = shop.commit()
    shop.write("Dockerfile", "FROM node\nCOPY . /app\n")
    found = asked(shop, "src/a.ts", sha)
    assert held(found) == "yes yes unknown unknown"
    assert found.unknown
    assert found.unknown.why == "no Dockerfile is known in the deployed source"


def test_an_unborn_branch_has_no_deployed_commit(shop: Shop) -> None:
    shop.write("src/a.ts")
    found = asked(shop, "src/a.ts", None)
    assert found.held(Place.WORKING_TREE) is Held.YES
    assert found.unknown
    assert found.unknown.why == "the deployed commit is not known"


def test_circular_and_escaping_links_of_a_commit_end(shop: Shop) -> None:
    (shop.root / "a.ts").symlink_to("b.ts")
    (shop.root / "b.ts").symlink_to("a.ts")
    (shop.root / "out.ts").symlink_to("../../etc/passwd")
    sha = shop.commit()
    assert asked(shop, "a.ts", sha).held(Place.COMMIT) is Held.NO
    assert "leads out of the repository" in str(asked(shop, "out.ts", sha))
