"""``crashcart demo``: the incident report's deployment, staged for real and rescued."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from crashcart.flows.diagnose import diagnose
from crashcart.flows.target import discover
from crashcart.model.case import Case
from crashcart.model.config import Config
from crashcart.model.errors import CrashcartError, UsageError
from crashcart.model.finding import Finding
from crashcart.staging import database, keeping
from crashcart.staging.accident import DEMO, load, unmet
from crashcart.staging.stage import Staged, stage
from crashcart.tools.clock import Stopwatch
from crashcart.tools.hands import Hands

Tell = Callable[[str], None]
Render = Callable[[Case, Literal["text", "markdown"]], str]

REPORT = "report.md"


@dataclass(frozen=True, slots=True)
class Guess:
    """What the incident report concluded from the logs, and the fault that answers it."""

    words: str
    fault: str


GUESSES = (
    Guess(
        "PostgreSQL is not running, or a firewall blocks port 5432: restart the database",
        "db-url.endpoint-disagreement",
    ),
    Guess("the missing module is a false alarm, the file exists: clear the build cache", "node.file-not-committed"),
    Guess("the migration failed, but its tables exist: mark it as applied", "migration.partly-applied"),
    Guess('FATAL: role "root" does not exist, so the database lacks a role', "postgres.role-missing"),
)


def demo(folder: Path | None, keep: bool, tell: Tell, *, render: Render) -> Case:
    """Stage the incident in *folder* (default: a temporary one), rescue it, and tell the story line by line.

    With *keep* the folder stays, and its database goes on in a process of its own.
    Raises CrashcartError where the rescue does not find what was staged, UnavailableError without git or PostgreSQL.
    """
    watch = Stopwatch()
    with _place(folder, keep) as place:
        tell(f"Staging the incident in {place} …")
        data = keeping.data_place(place) if keep else None
        with stage(load(DEMO), place, data=data) as staged:
            _tell_staged(staged, tell, watch.ms)
            case = _rescue(staged, tell, render)
            _tell_rescue(case, tell)
            tell(f"\nStaged, diagnosed and planned in {watch.ms / 1000:.1f} s.")
            if data:
                _tell_kept(staged, data, tell)
                _end_whole(staged, data)
        if data:
            pid = keeping.serve_apart(place)
            tell(f"The database goes on as process {pid}; stop it: kill {pid}")
    return case


@contextmanager
def _place(folder: Path | None, keep: bool) -> Iterator[Path]:
    """The folder to stage in: made here, and removed again unless it is to be kept."""
    place = Path(tempfile.mkdtemp(prefix="crashcart-demo-")) if folder is None else _new(folder)
    place.chmod(0o711)
    try:
        yield place
    finally:
        if not keep:
            shutil.rmtree(place, ignore_errors=True)


def _new(folder: Path) -> Path:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty", advice="name a folder that does not exist yet")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def _rescue(staged: Staged, tell: Tell, render: Render) -> Case:
    """The case, told as text and written as Markdown."""
    # From where a person would stand, so that every path and command in the reports is short and works there.
    with chdir(staged.project):
        case = _diagnosed(staged)
        tell(render(case, "text"))
        markdown = render(case, "markdown")
    if missed := unmet(staged.accident, case.findings):
        raise CrashcartError(f"the rescue did not find: {'; '.join(missed)}", advice="please report this")
    (staged.folder / REPORT).write_text(markdown, encoding="utf-8")
    _tell_report(markdown, tell)
    return case


def _diagnosed(staged: Staged) -> Case:
    # Only the staged variables: a DATABASE_URL of the caller's shell would lead to the caller's database.
    target = discover(staged.project, config=Config(), environ={}, env_file=staged.project / ".env")
    return diagnose(target, staged.command[1:], Hands())


def _tell_staged(staged: Staged, tell: Tell, ms: int) -> None:
    names = staged.names
    dialled = f"{names['dialled.host']}:{names['dialled.port']}"
    server = staged.server.description if staged.server else "no server"
    tell(f"  repository  {len(staged.commits)} commits; the last imports a module that lies in the working tree only")
    tell(f"  database    {server} at {names['database.host']}:{names['database.port']}, as DATABASE_URL says")
    tell("  migrations  three applied; the fourth ran until the server refused a statement, the rest never ran")
    tell(f"  start.sh    run for real: its psql dialled {dialled}, where nothing listens, 30 times")
    tell(f"  logs        {' '.join(path.name for path in staged.logs)}; Bun's and Prisma's lines as they print them")
    if names["dialled.option"]:
        tell("  (something listens on port 5432 here, which is left alone: start.sh names another port instead)")
    tell(f"Staged in {ms / 1000:.1f} s. Now the rescue, with nothing but the folder and its logs …\n")


def _tell_rescue(case: Case, tell: Tell) -> None:
    tell("\nWhat people concluded from these logs, and what is proven")
    for guess in GUESSES:
        tell(f"\n  guessed  {guess.words}")
        for finding in _answering(guess, case):
            tell(f"  proven   {finding.because}")


def _answering(guess: Guess, case: Case) -> list[Finding]:
    return [finding for finding in case.findings if finding.fault == guess.fault]


def _tell_report(markdown: str, tell: Tell) -> None:
    headings = [line for line in markdown.splitlines() if line.startswith(("# ", "## ", "### "))]
    tell("The same as a report in Markdown, for the record (crashcart demo --keep keeps it):")
    for line in headings:
        tell(f"  {line}")


def _tell_kept(staged: Staged, data: Path, tell: Tell) -> None:
    logs = " ".join(staged.command[1:])
    tell(f"\nThe report in Markdown: {staged.folder / REPORT}")
    tell("Play on with the same patient:")
    tell(f"  cd {shlex.quote(str(staged.project))}")
    for command in (f"diagnose {logs}", "migrations", f"triage {logs}", "explain migration.partly-applied"):
        tell(f"  {_crashcart()} {command}")
    places = [staged.folder] if data.is_relative_to(staged.folder) else [staged.folder, data.parent]
    serve = shlex.join([sys.executable, "-m", "crashcart.staging", str(staged.folder)])
    tell(f"Start its database again, in a terminal of its own: {serve}")
    tell(f"Remove everything: {shlex.join(['rm', '-r', *map(str, places)])}")


def _crashcart() -> str:
    """What starts this very program from any folder."""
    beside = Path(sys.executable).with_name("crashcart")
    if not beside.is_file():
        return shlex.join([sys.executable, "-m", "crashcart"])
    found = shutil.which("crashcart")
    return "crashcart" if found and Path(found).resolve() == beside.resolve() else shlex.quote(str(beside))


def _end_whole(staged: Staged, data: Path) -> None:
    """End the server with its files complete, and write down how it is started again."""
    if staged.server:
        setup = database.setup(staged.accident, (staged.names["dialled.host"],), data)
        keeping.remember(staged.folder, replace(setup, port=staged.server.port, major=staged.server.major))
        staged.server.stop("fast")
