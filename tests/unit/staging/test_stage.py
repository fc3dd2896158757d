"""The incident of the demo has really happened once it is staged."""

from __future__ import annotations

import re
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from crashcart.model.errors import CrashcartError
from crashcart.staging import database, ports
from crashcart.staging.accident import DEMO, Step, load
from crashcart.staging.stage import Staged, stage

MODULE = "backend/src/apps/pose-generator/websocket/pose-websocket.ts"


def git(staged: Staged, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=staged.project, capture_output=True, text=True, check=True)
    return done.stdout


def log(staged: Staged, name: str) -> str:
    return (staged.folder / "logs" / name).read_text(encoding="utf-8")


def test_the_module_lies_in_the_working_tree_and_in_no_commit(incident: Staged) -> None:
    assert (incident.project / MODULE).is_file()
    assert git(incident, "log", "--all", "--", MODULE) == ""
    assert git(incident, "status", "--porcelain", "--untracked-files=all") == f"?? {MODULE}\n"


def test_the_deployed_commit_imports_it(incident: Staged) -> None:
    assert incident.commits[-1] == git(incident, "rev-parse", "HEAD").strip()
    assert "./apps/pose-generator/websocket/pose-websocket" in git(incident, "show", "HEAD:backend/src/index.ts")


def test_the_last_commit_is_the_one_that_imports_it(incident: Staged) -> None:
    changed = git(incident, "show", "--format=", "--unified=0", "HEAD", "--", "backend/src/index.ts")
    assert "+import { setupPoseWebSocket" in changed
    for earlier in incident.commits[:-1]:
        assert "pose-websocket" not in git(incident, "show", f"{earlier}:backend/src/index.ts")


@pytest.mark.parametrize("commit", range(4))
def test_every_earlier_commit_holds_what_it_imports(incident: Staged, commit: int) -> None:
    there = set(git(incident, "ls-tree", "-r", "--name-only", incident.commits[commit]).split())
    source = git(incident, "show", f"{incident.commits[commit]}:backend/src/index.ts")
    imported = {f"backend/src/{path}.ts" for path in re.findall(r"from '\./(.+)'", source)}
    assert imported - there == ({MODULE} if commit == 3 else set())


def test_psql_itself_was_refused_where_the_script_dials(incident: Staged) -> None:
    host, port = incident.names["dialled.host"], incident.names["dialled.port"]
    assert (
        log(incident, "backend.log").count(f'connection to server at "{host}", port {port} failed: Connection ref')
        == 30
    )
    assert ports.refuses(host, int(port))
    assert port != incident.names["database.port"]


def test_the_database_is_well_where_the_variable_points(incident: Staged) -> None:
    import psycopg

    url = incident.names["database.url"]
    assert url in (incident.project / ".env").read_text()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM pose_categories").fetchone() == (2,)


def test_the_migration_failed_half_way(incident: Staged) -> None:
    assert incident.server
    with incident.server.connect("shop_db") as connection:
        there = connection.execute(
            "SELECT to_regclass('avatar_generations'), to_regclass('avatar_poses'), to_regtype('\"AvatarStatus\"')"
        ).fetchone()
        failed = connection.execute(
            "SELECT migration_name, logs FROM _prisma_migrations WHERE finished_at IS NULL"
        ).fetchall()
    assert there == ("avatar_generations", None, '"AvatarStatus"')
    assert [row[0] for row in failed] == ["20251014_add_avatar_creator_complete"]
    assert 'relation "pose_categories" already exists' in failed[0][1]


def test_the_server_itself_turned_root_away(incident: Staged) -> None:
    assert 'FATAL:  role "root" does not exist' in log(incident, "postgres.log")


def test_nothing_is_left_to_fill_in(incident: Staged) -> None:
    laid = [path for path in incident.folder.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert len(laid) > 20
    assert [path for path in laid if "{{" in path.read_text(encoding="utf-8")] == []


def test_the_server_ends_with_the_block(tmp_path: Path) -> None:
    accident = load(Path(__file__).parents[3] / "accidents" / "healthy-deploy")
    with stage(accident, tmp_path / "x") as staged:
        port = int(staged.names["database.port"])
        assert not ports.refuses(ports.LOOPBACK, port)
    assert ports.refuses(ports.LOOPBACK, port)


def test_a_step_that_ends_otherwise_than_it_says_is_an_error(incident: Staged) -> None:
    assert incident.server
    for step in (Step(sql="SELECT 1", fails=True), Step(sql="SELECT nothing")):
        with pytest.raises(CrashcartError, match="staging went wrong"):
            database.perform([step], incident.server, incident.project, incident.names, ExitStack())


def test_a_key_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "accident.toml").write_text('title = ""\nstory = ""\ncommand = []\nexit_code = 0\ncolour = "red"\n')
    with pytest.raises(TypeError, match="colour"):
        load(tmp_path)


def test_an_accident_like_another_takes_what_it_does_not_say() -> None:
    marked = load(Path(__file__).parents[3] / "accidents" / "migration-marked-by-hand")
    incident = load(DEMO)
    assert marked.commits == incident.commits
    assert marked.steps[: len(incident.steps)] == incident.steps
    assert len(marked.steps) == len(incident.steps) + 1
