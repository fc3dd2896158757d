from __future__ import annotations

from pathlib import Path

import pytest

from crashcart.tools import compose
from crashcart.tools.compose import Build, Port, Setting

TEXT = """\
x-common: &common
  restart: always
services:
  api:
    <<: *common
    build:
      context: ./backend
      dockerfile: docker/Dockerfile
    environment:
      DATABASE_URL: postgresql://app:pw@db:5432/shop
      DEBUG: true
      PASSED:
    ports: ["3000:3000"]
  worker:
    build: ./worker
    network_mode: host
    environment:
      - A=b=c
      - PASSED
  db:
    image: ${REGISTRY:-docker.io/library}/postgres:16-alpine
    ports:
      - "127.0.0.1:${DB_PORT:-5433}:5432"
      - target: 9187
        published: "9188"
      - 5555
"""


def test_reads_services_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(TEXT)
    found = compose.read(path)
    api, worker, db = found.services
    assert found.notes == ()
    assert api.environment == {
        "DATABASE_URL": Setting("postgresql://app:pw@db:5432/shop", 10),
        "DEBUG": Setting("true", 11),
        "PASSED": Setting(None, 12),
    }
    assert worker.environment == {"A": Setting("b=c", 18), "PASSED": Setting(None, 19)}
    assert worker.host_network
    assert [service.is_postgres for service in found.services] == [False, False, True]
    assert db.ports == (Port(5432, 5433, 23), Port(9187, 9188, 24), Port(5555, None, 26))
    assert compose.builds(path) == (
        Build("api", tmp_path / "backend", tmp_path / "backend/docker/Dockerfile"),
        Build("worker", tmp_path / "worker", tmp_path / "worker/Dockerfile"),
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"services: [", "no YAML"),
        (b"services:\n  a: {b: }}\n", "compose.yaml:2"),
        (b"\x00\xff\xfe", "no YAML"),
        (b"version: '3'", "no services"),
        (b"- a\n- b\n", "no services"),
        (b"", "no services"),
        (b"a: " + b"x" * (1 << 20), "larger"),
    ],
)
def test_what_is_no_compose_file_becomes_a_note(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "compose.yaml"
    path.write_bytes(data)
    found = compose.read(path)
    assert found.services == ()
    assert says in found.notes[0]


def test_services_of_odd_shapes_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text("services:\n  a:\n  b: text\n  c: {environment: 3, ports: x, build: [1]}\n  2: {image: 5}\n")
    assert [s.name for s in compose.read(path).services] == ["a", "b", "c", "2"]


def test_an_unreadable_file_becomes_a_note(tmp_path: Path) -> None:
    assert "cannot be read" in compose.read(tmp_path / "gone.yaml").notes[0]
