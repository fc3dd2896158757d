"""A server on which every role meets another accident."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crashcart.model.errors import UnavailableError
from crashcart.tools.postgres_binaries import NOBODY, WHEEL, Binaries, find_binaries
from crashcart.tools.postgres_server import Server, start
from ladder import HBA, ROLES
from servers import missing


@pytest.fixture(scope="session")
def ladder_server() -> Iterator[Server]:
    """A server with the rules and roles of ``ladder``, the databases ``shop`` and ``closed`` (nobody may connect)."""
    try:
        server = start(port=0, hba=HBA, settings={"max_connections": "14", "superuser_reserved_connections": "3"})
    except UnavailableError as error:
        missing("postgres", str(error))
    with server:
        with server.connect() as admin:
            admin.execute(ROLES)
            admin.execute("create database shop owner app")
            admin.execute("create database closed")
            admin.execute("revoke connect on database closed from public")
        yield server


@pytest.fixture(scope="session")
def tls_server() -> Iterator[Server]:
    """The same rules and roles, and TLS on offer with a certificate that nobody signed."""
    local = next((b for b in find_binaries() if b.provider != WHEEL), None)
    if not local or not shutil.which("openssl"):
        missing("postgres", "no local installation, whose server can speak TLS, or no openssl")
    with tempfile.TemporaryDirectory() as name, _tls(local, Path(name)) as server:
        with server.connect() as admin:
            admin.execute(ROLES)
            admin.execute("create database shop owner app")
        yield server


def _tls(binaries: Binaries, folder: Path) -> Server:
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=db.example.com"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    key.chmod(0o600)
    if os.geteuid() == 0:
        folder.chmod(0o711)
        os.chown(key, NOBODY, NOBODY)
    settings = {"ssl": "on", "ssl_cert_file": str(certificate), "ssl_key_file": str(key)}
    return start(binaries=binaries, port=0, hba=HBA, settings=settings)
