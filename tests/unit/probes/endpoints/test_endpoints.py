from __future__ import annotations

from pathlib import Path

import pytest

from crashcart.model.evidence import OriginKind
from crashcart.model.finding import Claim, Failed
from crashcart.tools.postgres_server import Server
from crashcart.tools.redaction import evidence
from ladder import closed_port, deaf, listening
from patients import answers, claim, failures, passed, patient, texts, unknowns

PASSWORD = "r1ght-p4ssword"
HERE = "postgresql://app:x@localhost:1/shop"
SCRIPT = """\
#!/bin/sh
HOST=$(printf '%s' "$DATABASE_URL" | sed -E 's#^[^@]+@([^:/?]+).*$#\\1#')
until psql -h "$HOST" -U app{option} -c 'SELECT 1' > /dev/null; do
  sleep 1
done
"""


def refused(host: str, port: int) -> Claim:
    return claim("postgres.connection-refused", host=host, port=str(port))


def only(found: list[Failed], fault: str) -> Failed:
    (failure,) = [f for f in found if f.fault == fault]
    return failure


def test_a_script_that_dials_another_port_than_the_url(tmp_path: Path, ladder_server: Server) -> None:
    port = closed_port()
    told, waiting = refused("127.0.0.1", port), claim("app.waiting-for-db", attempt="1")
    target = patient(
        tmp_path,
        {
            "start.sh": SCRIPT.replace("{option}", f" -p {port}"),
            ".env": f"A=1\nDATABASE_URL={ladder_server.url('shop', 'app', PASSWORD)}\n",
        },
    )
    found = answers("endpoints.", target, [told, waiting])
    cause = only(failures(found), "db-url.endpoint-disagreement")
    assert set(cause.explains) == {told.id, waiting.id}
    assert cause.confirms == (waiting.id,)
    assert [str(e.origin) for e in cause.evidence] == ["start.sh:3", ".env:2", "this machine", "this machine"]
    assert cause.evidence[0].text == f"until psql -h \"$HOST\" -U app -p {port} -c 'SELECT 1' > /dev/null; do"
    assert "refuses connections" in cause.because
    assert "lets app in" in cause.because
    assert only(failures(found), "postgres.connection-refused").confirms == (told.id,)
    assert PASSWORD not in texts(found)


def test_the_default_port_is_called_so(tmp_path: Path) -> None:
    target = patient(
        tmp_path, {"start.sh": SCRIPT.replace("{option}", "")}, DATABASE_URL="postgresql://app:x@192.0.2.9:6543/shop"
    )
    told = refused("192.0.2.9", 5432)
    found = answers("endpoints.disagreement", target, [told], offline=True)
    (cause,) = failures(found)
    assert "start.sh:3 lets psql dial 192.0.2.9 (host taken from DATABASE_URL) at its default port" in cause.because
    assert cause.facts == {"host": "192.0.2.9", "port": "5432", "variable": "DATABASE_URL"}
    assert cause.explains == (told.id,)


def test_all_who_agree_are_left_alone(tmp_path: Path) -> None:
    target = patient(
        tmp_path,
        {"start.sh": 'psql "$DATABASE_URL"\nnc -z 192.0.2.9 6543\nnc -z redis 6379\n'},
        DATABASE_URL="postgresql://app:x@192.0.2.9:6543/shop",
    )
    assert answers("endpoints.disagreement", target, [refused("192.0.2.9", 6543)], offline=True) == ()


def test_nothing_is_made_of_what_nobody_complains_about(tmp_path: Path, ladder_server: Server) -> None:
    """A developer's script, a forgotten variable, another service: the app is well."""
    port = closed_port()
    target = patient(
        tmp_path,
        {
            "dev.sh": f"psql -h 127.0.0.1 -p {port}\nnc -z 127.0.0.1 {closed_port()}\n",
            ".env": "DB_HOST=127.0.0.1\nDB_PORT=1\n",
        },
        DATABASE_URL=ladder_server.url("shop", "app", PASSWORD),
    )
    assert answers("endpoints.", target) == ()


def test_a_loop_that_hides_what_psql_says_is_found_by_asking(tmp_path: Path, ladder_server: Server) -> None:
    waiting = claim("app.waiting-for-db", attempt="1")
    target = patient(
        tmp_path,
        {"start.sh": f"until psql -h 127.0.0.1 -p {closed_port()} 2>/dev/null; do echo wait; done\n"},
        DATABASE_URL=ladder_server.url("shop", "app", PASSWORD),
    )
    (cause,) = failures(answers("endpoints.disagreement", target, [waiting]))
    assert cause.explains == (waiting.id,)


def test_a_host_cut_out_of_the_url_with_another_port_is_wrong_before_any_log(
    tmp_path: Path, ladder_server: Server
) -> None:
    target = patient(
        tmp_path,
        {"start.sh": SCRIPT.replace("{option}", f" -p {closed_port()}")},
        DATABASE_URL=ladder_server.url("shop", "app", PASSWORD),
    )
    assert [f.fault for f in failures(answers("endpoints.", target))] == ["db-url.endpoint-disagreement"]


def test_another_host_is_no_proof_of_who_is_wrong(tmp_path: Path) -> None:
    target = patient(
        tmp_path, {"start.sh": "nc -z db 5432\n", ".env": "DATABASE_URL=postgresql://app:x@localhost:5432/shop\n"}
    )
    told = refused("db", 5432)
    found = answers("endpoints.disagreement", target, [told], offline=True)
    assert failures(found) == []
    assert [u.about for u in unknowns(found)] == [(told.id,)]


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({".env": "DB_HOST=192.0.2.9\nDB_PORT=5432\n"}, ".env:1"),
        ({".env": f"DIRECT_URL=postgresql://app:{PASSWORD}@192.0.2.9:5432/shop\n"}, ".env:1"),
        (
            {
                "compose.yaml": "services:\n  api:\n    environment:\n      X: postgresql://app:abcdefgh1@192.0.2.9/shop\n"
            },
            "compose.yaml:4",
        ),
    ],
)
def test_variables_and_compose_that_name_another_port(tmp_path: Path, files: dict[str, str], where: str) -> None:
    target = patient(tmp_path, files, DATABASE_URL=f"postgresql://app:{PASSWORD}@192.0.2.9:6543/shop")
    found = answers("endpoints.disagreement", target, [refused("192.0.2.9", 5432)], offline=True)
    (cause,) = failures(found)
    assert str(cause.evidence[0].origin) == where
    assert PASSWORD not in texts(found)
    assert "abcdefgh1" not in texts(found)


def test_an_address_that_accepts_now_leaves_the_claim_open(tmp_path: Path) -> None:
    with listening(deaf) as port:
        told = refused("127.0.0.1", port)
        found = answers("endpoints.claimed", patient(tmp_path, DATABASE_URL=HERE), [told])
    assert failures(found) == []
    assert passed(found) == []
    (open_question,) = unknowns(found)
    assert open_question.about == (told.id,)
    assert "accepts connections now" in open_question.why


def test_an_address_that_only_the_log_names_is_not_dialled(tmp_path: Path) -> None:
    told = refused("192.0.2.77", 5432)
    (open_question,) = unknowns(answers("endpoints.claimed", patient(tmp_path), [told]))
    assert "Only the log names 192.0.2.77" in open_question.why


@pytest.mark.parametrize("url", [None, "postgresql://app:x@192.0.2.9:5432/shop"])
def test_a_loopback_address_of_the_log_may_be_another_machines(tmp_path: Path, url: str | None) -> None:
    told = refused("127.0.0.1", closed_port())
    target = patient(tmp_path, DATABASE_URL=url) if url else patient(tmp_path)
    found = answers("endpoints.claimed", target, [told])
    assert failures(found) == []
    assert "where the app ran" in unknowns(found)[0].why


def test_an_unreachable_claim_is_true_where_the_port_is_closed(tmp_path: Path) -> None:
    port = closed_port()
    told = claim("postgres.unreachable", host="127.0.0.1", port=str(port))
    silent = claim("postgres.connection-timeout", host="127.0.0.1", port=str(port))
    found = answers("endpoints.claimed", patient(tmp_path, DATABASE_URL=HERE), [told, silent])
    assert [(f.fault, f.confirms) for f in failures(found)] == [("postgres.connection-refused", (told.id,))]


def test_the_ladders_own_address_is_left_to_the_ladder(tmp_path: Path) -> None:
    port = closed_port()
    target = patient(tmp_path, DATABASE_URL=f"postgresql://app:x@localhost:{port}/shop")
    assert answers("endpoints.claimed", target, [refused("127.0.0.1", port)]) == ()


def test_localhost_that_answers_here_may_not_be_where_the_app_stood(tmp_path: Path) -> None:
    with listening(deaf) as port:
        told = refused("127.0.0.1", port)
        url = f"postgresql://app:{PASSWORD}@localhost:{port}/shop"
        inside = patient(tmp_path / "a", {"Dockerfile": "FROM scratch\n"}, DATABASE_URL=url)
        outside = patient(tmp_path / "b", {"x": ""}, DATABASE_URL=url)
        found = answers("endpoints.localhost", inside, [told])
        assert answers("endpoints.localhost", outside, [told]) == ()
        assert answers("endpoints.localhost", inside) == ()
    assert failures(found) == []
    assert [u.about for u in unknowns(found)] == [(told.id,)]


def test_localhost_beside_a_compose_service_names_the_service(tmp_path: Path) -> None:
    port = closed_port()
    target = patient(
        tmp_path,
        {"compose.yaml": "services:\n  api:\n    build: .\n  pg:\n    image: postgres:16\n"},
        DATABASE_URL=f"postgresql://app:x@127.0.0.1:{port}/shop",
    )
    (cause,) = failures(answers("endpoints.localhost", target, [refused("localhost", port)]))
    assert (cause.fault, cause.facts["service"]) == ("db-url.localhost-in-container", "pg")
    closed_without_compose = patient(
        tmp_path / "b", {"Dockerfile": "FROM scratch\n"}, DATABASE_URL=f"postgresql://app:x@127.0.0.1:{port}/shop"
    )
    assert answers("endpoints.localhost", closed_without_compose, [refused("localhost", port)]) == ()


def test_the_hosts_port_does_not_exist_between_containers(tmp_path: Path) -> None:
    compose = 'services:\n  db:\n    image: postgres:16\n    ports:\n      - "5433:5432"\n'
    told = refused("db", 5433)
    target = patient(tmp_path, {"compose.yaml": compose})
    (cause,) = failures(answers("endpoints.published-port", target, [told, refused("db", 5432)]))
    assert (cause.fault, cause.explains) == ("db-url.published-port", (told.id,))
    assert (str(cause.evidence[0].origin), cause.evidence[0].text) == ("compose.yaml:5", '- "5433:5432"')


def test_an_address_that_only_the_log_names_is_the_cause_where_both_are_proven(
    tmp_path: Path, ladder_server: Server
) -> None:
    port = closed_port()
    told = refused("127.0.0.1", port)
    target = patient(tmp_path, {".env": f'DATABASE_URL="{ladder_server.url("shop", "app", PASSWORD)}?schema=public"\n'})
    found = answers("", target, [told])
    cause = only(failures(found), "db-url.endpoint-disagreement")
    assert cause.explains == (told.id,)
    assert f"deploy.log:1 shows 127.0.0.1:{port} dialled; who dialled it was not found in scripts" in cause.because
    assert "lets app in" in cause.because
    assert [str(e.origin) for e in cause.evidence] == ["deploy.log:1", ".env:1", "this machine", "this machine"]


def test_an_address_that_only_the_log_names_stays_open_where_it_cannot_be_proven(
    tmp_path: Path, ladder_server: Server
) -> None:
    url = ladder_server.url("shop", "app", PASSWORD)
    elsewhere, same = refused("192.0.2.77", 5432), refused("127.0.0.1", closed_port())
    for told, offline in ((elsewhere, False), (same, True)):
        found = answers("endpoints.disagreement", patient(tmp_path, DATABASE_URL=url), [told], offline=offline)
        assert failures(found) == []
        assert [u.about for u in unknowns(found)] == [(told.id,)]
    dead = patient(tmp_path, DATABASE_URL=f"postgresql://app:{PASSWORD}@127.0.0.1:{closed_port()}/shop")
    assert failures(answers("endpoints.disagreement", dead, [same])) == []


def test_a_refusal_at_any_port_is_the_databases_where_its_driver_says_so(tmp_path: Path, ladder_server: Server) -> None:
    facts = {"host": "127.0.0.1", "port": str(closed_port())}
    line = evidence(OriginKind.LOG, "app.log", "SequelizeConnectionRefusedError: connect ECONNREFUSED", line=3)
    driver = Claim("c901", "network.connection-refused", facts, (line,))
    other = claim("network.connection-refused", **facts)
    target = patient(tmp_path, DATABASE_URL=ladder_server.url("shop", "app", PASSWORD))
    assert answers("endpoints.disagreement", target, [other]) == ()
    (cause,) = failures(answers("endpoints.disagreement", target, [driver]))
    assert cause.explains == ("c901",)


TWO_LINES = "#!/bin/sh\nuntil nc -z db.invalid 5432; do sleep 1; done\npg_isready -h localhost -p {port}\n"


def test_the_line_that_the_log_speaks_of_is_blamed_and_no_other(tmp_path: Path, ladder_server: Server) -> None:
    unresolved, waiting = claim("network.dns-unresolved", host="db.invalid", port="5432"), claim("app.waiting-for-db")
    target = patient(
        tmp_path,
        {"start.sh": TWO_LINES.replace("{port}", str(closed_port()))},
        DATABASE_URL=ladder_server.url("shop", "app", PASSWORD),
    )
    (cause,) = failures(answers("endpoints.disagreement", target, [unresolved, waiting]))
    assert str(cause.evidence[0].origin) == "start.sh:2"
    assert cause.explains == cause.confirms == (unresolved.id, waiting.id)
    assert "db.invalid has no address" in cause.because


def test_who_asks_once_keeps_nobody_waiting(tmp_path: Path, ladder_server: Server) -> None:
    target = patient(
        tmp_path,
        {"start.sh": TWO_LINES.replace("{port}", str(closed_port()))},
        DATABASE_URL=ladder_server.url("shop", "app", PASSWORD),
    )
    assert failures(answers("endpoints.disagreement", target, [claim("app.waiting-for-db")])) == []


COMPOSE = """\
services:
  db:
    image: postgres:16
    ports: ["5433:5432"]
  api:
    build: .
    environment:
      {setting}
"""


@pytest.mark.parametrize(
    "setting",
    [
        f"DATABASE_URL: postgresql://app:{PASSWORD}@db:5433/shop",
        "DB_HOST: db\n      DB_PORT: 5433",
    ],
)
@pytest.mark.parametrize("logged", [True, False])
def test_compose_that_sends_a_container_to_the_hosts_port(tmp_path: Path, setting: str, logged: bool) -> None:
    told = [refused("db", 5433)] if logged else []
    target = patient(
        tmp_path,
        {"compose.yaml": COMPOSE.replace("{setting}", setting)},
        DATABASE_URL=f"postgresql://app:{PASSWORD}@localhost:5433/shop",
    )
    found = answers("endpoints.published-port", target, told)
    (cause,) = failures(found)
    assert cause.explains == tuple(c.id for c in told)
    assert cause.evidence[0].origin.where == "compose.yaml"
    assert "gives api D" in cause.because
    assert "with db:5433, but that is the host's port (compose.yaml:4); inside" in cause.because
    assert PASSWORD not in texts(found)


def test_compose_that_sends_a_container_to_its_own_networks_port_is_well(tmp_path: Path) -> None:
    text = COMPOSE.replace("{setting}", "DATABASE_URL: postgresql://app:x@db:5432/shop")
    target = patient(tmp_path, {"compose.yaml": text}, DATABASE_URL="postgresql://app:x@localhost:5433/shop")
    assert answers("endpoints.published-port", target) == ()
