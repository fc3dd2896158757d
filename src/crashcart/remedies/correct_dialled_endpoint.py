"""Make a start script dial the endpoint that the app's own variable names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.finding import Finding
from crashcart.model.plan import AskHuman, EditFile, Step
from crashcart.model.target import DatabaseUrl, Target
from crashcart.remedies import Patient, Remedy
from crashcart.tools.database_url import BadUrl, parse
from crashcart.tools.files import read_text
from crashcart.tools.redaction import redact
from crashcart.tools.shell_scripts import ScriptDial, dials

_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s;|&<>"']+)"""
HOST, PORT, USER, DATABASE = (
    re.compile(rf"(?<=\s)(?:-{letter} ?|--{name}[ =]){_VALUE}(?=[\s;|&)]|$)")
    for letter, name in (("h", "host"), ("p", "port"), ("U", "username"), ("d", "dbname"))
)
"""The options of libpq's programs, with their values in quotes or bare."""
TOOLS = frozenset({"psql", "pg_isready"})


def steps(finding: Finding, patient: Patient) -> Sequence[Step]:
    variable = patient.target.database_url
    if not variable:
        return ()
    files = (e for e in finding.evidence if e.origin.kind is OriginKind.FILE and e.origin.line)
    line = next((e for e in files if e.origin != variable.origin), None)
    try:
        url = parse(variable.value)
    except BadUrl:
        return ()
    return (_edit(patient.target, line, url) if line else _unknown_dialler(finding, variable.name),)


def _unknown_dialler(finding: Finding, name: str) -> Step:
    facts, seen = finding.facts, finding.evidence[0].origin
    what = f"Find what dials {facts.get('host')}:{facts.get('port')} ({seen})"
    return AskHuman(f"{what} and let it take host and port from {name}", check="crashcart diagnose")


def _edit(target: Target, line: Evidence, url: DatabaseUrl) -> Step:
    where, number, name = line.origin.where, line.origin.line or 0, target.database_url_env
    try:
        text = read_text(target.project / where)
        found = next((d for d in dials(target.project / where, target.variables) if d.line == number), None)
    except OSError:
        return _asked(line, url, name)
    for changed, how in _candidates(text, found, url, name) if found else ():
        patch = _patch(where, text, number, changed)
        if redact(patch) == patch:
            undo = "apply the same patch with `patch -p1 -R`"
            return EditFile(f"Let {line.origin} {how}", where, patch, check="crashcart diagnose", undo=undo)
    return _asked(line, url, name)


def _asked(line: Evidence, url: DatabaseUrl, name: str) -> Step:
    what = f"Let {line.origin} dial {url.host}:{url.port}, the host and port that {name} names"
    return AskHuman(what, check="crashcart diagnose")


def _candidates(text: str, found: ScriptDial, url: DatabaseUrl, name: str) -> Iterator[tuple[str, str]]:
    """The line as it should be, best first, and what it does then."""
    if found.tool not in TOOLS or len(HOST.findall(found.text)) != 1 or len(PORT.findall(found.text)) > 1:
        return
    if _may_take_all(text, found, url, name):
        changed = HOST.sub(lambda _: f'-d "${{{name}%%\\?*}}"', _without(found.text, PORT, USER, DATABASE))
        yield changed, f"take host, port, user and database from {name}"
    if found.host.lower() == url.host.lower():
        changed = HOST.sub(lambda m: f"{m[0]} -p {url.port}", _without(found.text, PORT))
        yield changed, f"dial port {url.port}, as {name} does; when {name} changes, this number must follow"


def _without(text: str, *options: re.Pattern[str]) -> str:
    for option in options:
        text = re.sub(rf"\s{option.pattern}", "", text)
    return text


def _may_take_all(text: str, found: ScriptDial, url: DatabaseUrl, name: str) -> bool:
    """Whether the script knows the variable, libpq reads it, and the call asks for nothing else than it names."""
    known = found.host_from == name or re.search(rf"\$\{{?{name}\b", text)
    same = not DATABASE.search(found.text) or found.database == url.database
    return bool(known) and same and url.scheme in ("postgresql", "postgres") and bool(url.user)


def _patch(where: str, text: str, number: int, changed: str) -> str:
    before = text.splitlines(keepends=True)
    ending = "\n" if before[number - 1].endswith("\n") else ""
    after = [*before[: number - 1], changed + ending, *before[number:]]
    lines = difflib.unified_diff(before, after, f"a/{where}", f"b/{where}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


ROOM = Remedy(
    "correct-dialled-endpoint",
    "Dial the endpoint that the variable names",
    ("db-url.endpoint-disagreement",),
    steps,
    order=10,
)
