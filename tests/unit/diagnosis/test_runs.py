from __future__ import annotations

import pytest

from crashcart.diagnosis import runs
from crashcart.diagnosis.notice import notice
from crashcart.faults import load
from crashcart.tools.logs import LogLine

FAULTS = load()
REFUSED = "Error: connect ECONNREFUSED 192.0.2.7:5432"
MISSING = "Error: Cannot find module './routes'"
LISTENS = "Server listening on port 3000"
FAILED = "Error: P3009 migrate found failed migrations in the target database"


def standing(*texts: str) -> dict[str, str | None]:
    lines = [LogLine("app.log", n, text) for n, text in enumerate(texts, 1)]
    return {claim.fault: claim.refuted_because for claim in notice(lines, FAULTS).claims}


@pytest.mark.parametrize(
    "message",
    [
        *("Server listening on port 3000", "listening on :8080", "Listening on http://0.0.0.0:4000/graphql"),
        *("INFO:     Application startup complete.", "Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)"),
        *("Nest application successfully started +4ms", "Started ShopApplication in 5.12 seconds (JVM running for 6)"),
        *(" ✓ Ready in 1243ms", "celery@shop ready.", "* Listening on http://0.0.0.0:3000", "API server is ready"),
        *("LOG:  database system is ready to accept connections", "mysqld: ready for connections.", "started {es01}"),
        *("ContainersReady             True", "Now listening on: http://[::]:8096", "Serving on http://0.0.0.0:5000"),
    ],
)
def test_a_good_start_is_known(message: str) -> None:
    assert runs.may_turn(message.lower())
    turn = runs.turn(message)
    assert turn is not None
    assert turn.kind == "started"


@pytest.mark.parametrize(
    "message",
    [
        *(
            "Is the server running on host 192.0.2.7 and accepting",
            "Please make sure your server is running at db:5432",
        ),
        *(
            "waiting for the database server to be ready",
            "Server is not ready",
            "[INFO] Listening at: http://[::]:8000",
        ),
        *("LOG:  listening on IPv4 address 0.0.0.0, port 5432", "The `0001` migration started at 2026-01-02 10:00:00"),
        *("Failed listening on port 6390 (TCP), aborting.", "Is another postmaster already running on port 5432?"),
        *("success: gunicorn entered RUNNING state", "app is already running", "Starting server on port 3000"),
    ],
)
def test_what_only_sounds_like_a_start_is_none(message: str) -> None:
    assert runs.turn(message) is None


def test_a_start_told_as_an_error_is_none() -> None:
    assert runs.turn("something is listening on port 3000", "error") is None


def test_a_retry_that_succeeds_refutes_the_refusals_before_it() -> None:
    assert standing(REFUSED, REFUSED, LISTENS) == {"postgres.connection-refused": runs.RECOVERED.because}


def test_what_comes_again_in_every_run_stands() -> None:
    loop = (LISTENS, MISSING, "Node.js v20.11.0")
    assert standing(*loop, *loop, LISTENS) == {"node.module-not-found": None, "app.process-crashed": None}


def test_a_run_that_ended_before_the_good_one_is_told_as_such() -> None:
    told = standing(MISSING, "Node.js v20.11.0", LISTENS)
    assert told == dict.fromkeys(("node.module-not-found", "app.process-crashed"), runs.EARLIER_RUN.because)


def test_a_crash_after_the_good_start_stands() -> None:
    told = standing(REFUSED, LISTENS, MISSING)
    assert told["node.module-not-found"] is None
    assert told["postgres.connection-refused"]


def test_an_app_that_starts_after_its_migration_failed_excuses_nothing() -> None:
    assert standing(FAILED, "Node.js v20.11.0", LISTENS)["prisma.failed-migration"] is None


def test_migrations_that_went_through_later_end_the_failure() -> None:
    assert standing(FAILED, "All migrations have been successfully applied.")["prisma.failed-migration"]


def test_the_start_of_another_service_excuses_nothing() -> None:
    assert standing(f"api-1  | {REFUSED}", f"web-1  | {LISTENS}") == {"postgres.connection-refused": None}


def test_an_end_that_was_asked_for_is_no_crash() -> None:
    told = standing("api-1 | received SIGTERM, closing", "api-1 | npm error command failed", "api-1 exited with code 1")
    assert told.get("app.process-crashed") == runs.ASKED_TO_STOP.because
    assert standing("api-1 exited with code 143") == {"app.process-crashed": runs.STOPPED.because}


def test_the_run_after_the_stop_is_not_excused() -> None:
    first = ("received SIGTERM, closing", "Node.js v20.11.0")
    told = standing(*first, *["starting"] * 20, MISSING, "Node.js v20.11.0")
    assert told["node.module-not-found"] is None
    assert told["app.process-crashed"] is None


def test_another_answer_of_the_server_shows_that_it_was_reached() -> None:
    told = standing(REFUSED, 'FATAL:  password authentication failed for user "shop"')
    assert told == {"postgres.connection-refused": runs.ANSWERED.because, "postgres.auth-failed": None}


def test_a_warning_before_a_good_start_is_none_to_act_on() -> None:
    told = standing("WARN: Error: Cannot find package 'sharp'", LISTENS)
    assert all(told.values())


SIDE = "INFO Prometheus listening on port 9090"


@pytest.mark.parametrize(
    "message",
    [
        *(SIDE, "[INFO] debugger listening on port 5678", "Debugger listening on ws://127.0.0.1:9229/x"),
        *(
            "metrics server started on :9090",
            "old container still listening on port 3000",
            "listening on :8081/healthz",
        ),
        *("Admin API listening on http://0.0.0.0:8001", "the previous server is running on port 3000"),
    ],
)
def test_what_is_opened_beside_or_runs_still_is_no_start(message: str) -> None:
    assert runs.turn(message) is None


@pytest.mark.parametrize(
    "trouble",
    [
        *(MISSING, "exec /srv/app/run: exec format error", "ModuleNotFoundError: No module named 'flask'"),
        "Error: listen EADDRINUSE: address already in use :::3000",
    ],
)
def test_that_something_listens_is_no_sign_of_another_run(trouble: str) -> None:
    assert list(standing(trouble, SIDE).values()) == [None]
    assert list(standing(trouble, LISTENS).values()) == [None]


def test_a_start_under_the_same_name_or_a_restart_is() -> None:
    assert all(standing(f"api-1  | {MISSING}", "api-1  | Server started on port 3000").values())
    assert all(standing(MISSING, "Restarting the app", LISTENS).values())
    assert standing(f"api-1  | {MISSING}", f"api-1  | {LISTENS}") == {"node.module-not-found": None}


def test_a_start_on_another_port_does_not_free_the_one_that_was_taken() -> None:
    taken = ("Error: listen EADDRINUSE: address already in use :::3000", "Node.js v20.11.0")
    assert standing(*taken, "Server listening on port 4000")["port.in-use"] is None
    assert standing(*taken, LISTENS)["port.in-use"]


def test_a_crash_after_the_start_takes_its_proof_away() -> None:
    restart = (MISSING, "Restarting the app", LISTENS)
    assert standing(*restart)["node.module-not-found"]
    assert standing(*restart, "process exited with code 1")["node.module-not-found"] is None
    assert standing(*restart, "process exited with code 0")["node.module-not-found"]


def test_whatever_runs_a_failed_build_is_not_over() -> None:
    failed = 'ERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1'
    assert standing(failed, LISTENS)["build.step-failed"] is None
