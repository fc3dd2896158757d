"""Git's wrapper against real repositories, the odd ones too."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from crashcart.model.errors import UnavailableError
from crashcart.tools.git import NotARepository, Repository, Tracking

IDENTITY = {"GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"}


def git(folder: Path, *args: str) -> str:
    options = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    command = ["git", *options, "-c", "protocol.file.allow=always", "-C", str(folder), *args]
    return subprocess.run(command, env=os.environ | IDENTITY, check=True, capture_output=True, text=True).stdout.strip()


def write(folder: Path, path: str, text: str = "x\n") -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)


def commit(folder: Path, message: str = "work") -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q")
    write(root, "src/index.ts", "import './näme with space'\n")
    write(root, ".gitignore", "# generated\n*.log\n!keep.log\n")
    commit(root)
    return root


def opened(path: Path) -> Repository:
    repository = Repository.open(path)
    assert isinstance(repository, Repository)
    return repository


def test_a_repository_is_found_from_a_file_below_it(folder: Path) -> None:
    repository = opened(folder / "src" / "index.ts")
    assert repository.root.samefile(folder)
    assert not repository.bare
    assert not repository.shallow


def test_a_plain_folder_is_no_repository(tmp_path: Path) -> None:
    answer = Repository.open(tmp_path)
    assert isinstance(answer, NotARepository)
    assert "not in a git repository" in answer.reason


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="no folder"):
        Repository.open(tmp_path / "gone" / "deeper")


def test_git_not_installed_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnavailableError, match="not installed"):
        Repository.open(folder)


def test_a_foreign_owner_is_explained_with_advice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    answer = Repository.open(folder)
    assert isinstance(answer, NotARepository)
    assert "another user" in answer.reason
    assert answer.advice == f"git config --global --add safe.directory '{folder.resolve()}'"


def test_a_bare_clone_has_objects_but_no_working_tree(folder: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(folder), "bare.git")
    repository = opened(tmp_path / "bare.git")
    assert repository.bare
    sha = repository.head()
    assert sha
    assert "src/index.ts" in repository.tree(sha)
    with pytest.raises(UnavailableError, match="bare"):
        repository.status_of("src/index.ts")


def test_a_shallow_clone_cannot_tell_history(folder: Path, tmp_path: Path) -> None:
    write(folder, "b.ts")
    commit(folder)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{folder}", "shallow")
    repository = opened(tmp_path / "shallow")
    assert repository.shallow
    sha = repository.head()
    assert sha
    with pytest.raises(UnavailableError, match="shallow"):
        repository.added_later(["b.ts"], sha)


def test_an_unborn_branch_has_no_head(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert opened(tmp_path).head() is None
    assert opened(tmp_path).resolve("main") is None


@pytest.mark.parametrize("rev", ["--help", "--all", "", "no such thing", "HEAD~9", "HEAD:src/index.ts", "\x1b[2J"])
def test_what_names_no_commit_resolves_to_none(folder: Path, rev: str) -> None:
    assert opened(folder).resolve(rev) is None


def test_head_resolves_to_the_full_name(folder: Path) -> None:
    repository = opened(folder)
    sha = git(folder, "rev-parse", "HEAD")
    assert repository.head() == repository.resolve("main") == repository.resolve(sha[:8]) == sha
    assert repository.date(sha).isoformat() == "2026-01-02T03:04:05+00:00"


def test_a_tree_knows_odd_names_and_symbolic_links(folder: Path) -> None:
    write(folder, "src/näme with space.ts")
    write(folder, "src/[id].ts")
    (folder / "link.ts").symlink_to("src/index.ts")
    sha = commit(folder)
    repository = opened(folder)
    tree = repository.tree(sha)
    assert {"src/näme with space.ts", "src/[id].ts", "link.ts"} <= set(tree)
    assert tree["link.ts"].mode == "120000"
    assert repository.read(sha, "link.ts") == b"src/index.ts"
    assert set(repository.tree(sha, "src/[id].ts")) == {"src/[id].ts"}


def test_a_submodule_is_an_entry_of_its_own_mode(folder: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "library")
    write(tmp_path / "library", "a.ts")
    commit(tmp_path / "library")
    git(folder, "submodule", "--quiet", "add", str(tmp_path / "library"), "vendor/library")
    repository = opened(folder)
    assert repository.tree(commit(folder))["vendor/library"].mode == "160000"
    with pytest.raises(UnavailableError, match="submodule"):
        repository.status_of("vendor/library/a.ts")


def test_reading_is_bounded(folder: Path) -> None:
    repository = opened(folder)
    assert repository.read("HEAD", ".gitignore").startswith(b"# generated")
    with pytest.raises(UnavailableError, match="more than 4 bytes"):
        repository.read("HEAD", ".gitignore", limit=4)
    with pytest.raises(UnavailableError, match="cat-file"):
        repository.read("HEAD", "nothing.ts")


def test_a_slow_answer_is_cut_off(folder: Path) -> None:
    repository = Repository(folder, bare=False, shallow=False, timeout=0.0)
    with pytest.raises(UnavailableError, match="did not answer"):
        repository.tree("HEAD")


def test_an_ignored_path_names_the_line(folder: Path) -> None:
    repository = opened(folder)
    status = repository.status_of("src/debug.log")
    assert status.tracking is Tracking.IGNORED
    assert status.rule
    assert (status.rule.file, status.rule.line, status.rule.pattern) == (".gitignore", 2, "*.log")


def test_tracked_untracked_and_re_included_paths(folder: Path) -> None:
    write(folder, "new.ts")
    repository = opened(folder)
    assert repository.status_of("src/index.ts").tracking is Tracking.TRACKED
    assert repository.status_of("new.ts").tracking is Tracking.UNTRACKED
    assert repository.status_of("keep.log").tracking is Tracking.UNTRACKED
    assert repository.untracked() == {"new.ts"}


def test_a_path_beyond_a_symbolic_link_cannot_be_told(folder: Path) -> None:
    (folder / "alias").symlink_to("src")
    with pytest.raises(UnavailableError, match="symbolic link"):
        opened(folder).status_of("alias/index.ts")


def test_the_commit_that_added_a_file_later_is_found_on_any_branch(folder: Path) -> None:
    deployed = git(folder, "rev-parse", "HEAD")
    git(folder, "switch", "-q", "-c", "feature")
    write(folder, "src/späte datei.ts")
    later = commit(folder)
    git(folder, "switch", "-q", "main")
    (change,) = opened(folder).added_later(["src/späte datei.ts", "other.ts"], deployed)
    assert (change.sha, change.path, change.branches) == (later, "src/späte datei.ts", ("feature",))
    assert opened(folder).added_later(["src/index.ts"], deployed) == ()
    assert opened(folder).last_commit_of("src/späte datei.ts", "feature") == later


def test_the_commit_that_removed_a_file_is_found(folder: Path) -> None:
    write(folder, "gone.ts")
    commit(folder)
    (folder / "gone.ts").unlink()
    removing = commit(folder)
    (change,) = opened(folder).removed_before(["gone.ts"], removing)
    assert change.sha == removing


def test_grep_reads_the_commit_and_not_the_disk(folder: Path) -> None:
    write(folder, "src/index.ts", "nothing\n")
    (hit,) = opened(folder).grep(git(folder, "rev-parse", "HEAD"), "import ['\"]", ["*.ts"])
    assert (hit.path, hit.line, hit.text) == ("src/index.ts", 1, "import './näme with space'")
    assert list(opened(folder).grep("HEAD", "import", ["*.py"])) == []


def test_nothing_that_the_repository_brings_is_run(folder: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "filter.x.clean", "diff.x.textconv", "diff.external", "gpg.program"):
        git(folder, "config", key, str(trap))
    write(folder, ".git/info/attributes", "* filter=x diff=x\n")
    write(folder, "src/index.ts", "changed since\n")
    repository = opened(folder)
    sha = repository.head()
    assert sha
    repository.status_of("src/index.ts")
    repository.untracked()
    repository.added_later(["src/index.ts"], sha)
    repository.removed_before(["src/index.ts"], sha)
    list(repository.grep(sha, "import"))
    repository.date(sha)
    assert not (tmp_path / "sprung").exists()


def test_a_hook_s_variables_do_not_lead_elsewhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "-q", "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    assert opened(folder).root.samefile(folder)
