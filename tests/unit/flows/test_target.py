from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from crashcart.flows.target import discover
from crashcart.model.config import Build, Config, Database, Source, VariablesConfig
from crashcart.model.errors import UsageError
from crashcart.model.target import Target


def git(folder: Path, *args: str) -> str:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *args], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


FILES = {
    "backend/Dockerfile": "FROM node:20\nCOPY backend/package.json ./\nCOPY . .\n",
    "backend/package.json": "{}",
    "backend/start.sh": "#!/bin/sh\n",
    "backend/docker-entrypoint": "#!/bin/sh\n",
    "backend/entrypoint": "not a script",
    "backend/node_modules/thing/install.sh": "#!/bin/sh\n",
    "backend/prisma/schema.prisma": 'datasource db {\n  provider = "postgresql"\n}\n',
    "backend/prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n',
    "backend/prisma/migrations/1_init/migration.sql": "SELECT 1;\n",
    "docker-compose.yml": "services:\n  app:\n    image: shop\n",
    ".env": "DATABASE_URL=postgresql://app@db/shop\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    write(folder, FILES)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "-m", "first")
    return folder


def look(project: Path, config: Config | None = None, *, commit: str | None = None) -> Target:
    return discover(project, config=config or Config(), environ={}, commit=commit)


def relative(target: Target, paths: tuple[Path, ...]) -> list[str]:
    return [path.relative_to(target.project).as_posix() for path in paths]


def test_everything_is_found_without_a_word_of_configuration(project: Path) -> None:
    target = look(project)
    assert target.name == "shop"
    assert target.root == project
    assert target.commit
    assert (target.commit.sha, target.commit.source) == (git(project, "rev-parse", "HEAD"), "head")
    assert relative(target, target.dockerfiles) == ["backend/Dockerfile"]
    assert relative(target, target.compose_files) == ["docker-compose.yml"]
    assert relative(target, target.scripts) == ["backend/docker-entrypoint", "backend/start.sh"]
    assert (target.engine, target.migrations) == ("prisma", project / "backend/prisma/migrations")
    assert target.database_url


def test_the_context_is_where_the_copied_files_are(project: Path) -> None:
    assert look(project).context == project
    (project / "backend/Dockerfile").write_text("FROM node:20\nCOPY package.json ./\n")
    assert look(project).context == project / "backend"


def test_compose_knows_the_context(project: Path) -> None:
    build = "{context: ./backend, dockerfile: Dockerfile}"
    write(project, {"docker-compose.yml": f"services:\n  app:\n    build: {build}\n"})
    assert look(project).context == project / "backend"


def test_the_configuration_goes_before_discovery(project: Path) -> None:
    write(project, {"other/Dockerfile": "FROM scratch\n", "sql/x/migration.sql": ""})
    config = Config(
        source=Source(commit="HEAD"),
        build=Build(dockerfile="other/Dockerfile", context="other"),
        database=Database(url_env="DB_URL", schema="app", migrations="sql"),
        variables=VariablesConfig(required=("DB_URL",)),
    )
    target = look(project, config)
    assert relative(target, target.dockerfiles) == ["other/Dockerfile"]
    assert (target.context, target.migrations) == (project / "other", project / "sql")
    assert (target.database_url_env, target.database_schema) == ("DB_URL", "app")
    assert target.commit
    assert target.commit.source == "config"


def test_the_flag_goes_before_the_configuration(project: Path) -> None:
    first = git(project, "rev-parse", "HEAD")
    git(project, "commit", "--quiet", "--allow-empty", "-m", "second")
    target = look(project, Config(source=Source(commit="HEAD")), commit="HEAD~1")
    assert target.commit
    assert (target.commit.sha, target.commit.source) == (first, "flag")


@pytest.mark.parametrize(
    ("config", "commit", "named"),
    [
        (Config(), "no-such-branch", "--commit: no-such-branch"),
        (Config(build=Build(dockerfile="Nowhere")), None, "[build] dockerfile"),
        (Config(database=Database(migrations="nowhere")), None, "[database] migrations"),
    ],
)
def test_what_is_named_and_not_there_is_said(project: Path, config: Config, commit: str | None, named: str) -> None:
    with pytest.raises(UsageError) as raised:
        look(project, config, commit=commit)
    assert named in str(raised.value)
    assert raised.value.advice


def test_a_folder_outside_git_has_no_commit_and_says_so(tmp_path: Path) -> None:
    target = look(tmp_path)
    assert (target.root, target.commit) == (None, None)
    assert any("git" in note for note in target.notes)


def test_a_repository_without_commits_says_so(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert "the repository has no commit yet" in look(tmp_path).notes


def test_a_bare_repository_has_a_commit_and_no_files(project: Path, tmp_path: Path) -> None:
    bare = tmp_path / "shop.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(project), str(bare))
    target = look(bare)
    assert target.commit
    assert target.dockerfiles == target.scripts == ()
