"""Commands by which a person sees the same: they run as they stand and print no password."""

from __future__ import annotations

import re
import shlex
from urllib.parse import quote, urlencode

from crashcart.model.target import DatabaseUrl, Target, Variable
from crashcart.tools.database_url import BadUrl, parse, ssl_mode
from crashcart.tools.secret_names import Kind, kind

CONNECT_SECONDS = 5
PASSWORD = r"(?i)(?:password|pwd)="  # noqa: S105 - how a parameter is called
_CREDENTIALS = re.compile(r"[^:]*://([^@]*)@")
_VERBATIM = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%+!*,;=:")
"""What may stand in credentials that a shell and sed hand on unchanged."""


def psql(target: Target, sql: str) -> str:
    """Asks the app's database *sql*, from the project's folder.

    Host, port and database are written out, so that nothing else can answer; the credentials are taken from where
    crashcart read them, else psql asks for the password. Gives up where no server answers in time.
    """
    return _psql(target, f"-c {shell_word(sql)}")


def psql_script(target: Target, file: str = "FILE") -> str:
    """The same for a *file* of statements, up to the first that fails."""
    return _psql(target, f"-v ON_ERROR_STOP=1 -f {shlex.quote(file)}")


def _psql(target: Target, ask: str) -> str:
    variable = target.database_url
    try:
        url = parse(variable) if variable else None
    except BadUrl:
        url = None
    if not variable or not url:
        return f'psql "${{{target.database_url_env}%%\\?*}}" {ask}'
    credentials = _credentials(variable)
    if credentials is None:
        return f"{_options(url)} {ask}"
    return f'psql "postgresql://{credentials}@{_place(url)}" {ask}'


def _credentials(variable: Variable) -> str | None:
    """How a shell gets the user and password of a URL without showing them; None where it cannot."""
    value = _CREDENTIALS.match(variable.value.reveal())
    if not value or not set(value[1]) <= _VERBATIM or "password=" in variable.value.reveal():
        return None
    origin = variable.origin
    if origin.line is None:
        return f"$(printenv {variable.name} | sed -E 's|^[^:]*://([^@]*)@.*|\\1|')"
    line = _CREDENTIALS.match(variable.line.reveal()) if variable.line else None
    if not line or line[1] != value[1]:
        return None
    return f"$(sed -nE '{origin.line}s|^[^:]*://([^@]*)@.*|\\1|p' {shlex.quote(origin.where)})"


def _place(url: DatabaseUrl) -> str:
    host = f"[{url.host}]" if ":" in url.host else quote(url.host, safe="")
    database = f"/{quote(url.database, safe='')}" if url.database else ""
    mode = ssl_mode(url)
    parameters = {**({"sslmode": mode} if mode else {}), "connect_timeout": CONNECT_SECONDS}
    return f"{host}:{url.port}{database}?{urlencode(parameters)}"


def _options(url: DatabaseUrl) -> str:
    mode = ssl_mode(url)
    settings = f"PGCONNECT_TIMEOUT={CONNECT_SECONDS}{f' PGSSLMODE={mode}' if mode else ''}"
    given = {"-h": url.host, "-p": str(url.port), "-U": url.user, "-d": url.database}
    return " ".join((settings, "psql", *(f"{name} {shlex.quote(value)}" for name, value in given.items() if value)))


def shell_word(text: str) -> str:
    """*text* as one word of a shell; in double quotes where it holds single ones, as a person would write it."""
    if "'" not in text or "!" in text:
        return shlex.quote(text)
    return '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"'


def file_line(where: str, line: int, text: str) -> str:
    """Prints the line of a file that reads *text*, its password masked."""
    name = re.match(r"\s*(?:export\s+|-\s+)?[\"']?([\w.-]+)[\"']?\s*[=:]", text)
    if name and "://" not in text and kind(name[1]) in (Kind.SECRET, Kind.TOKEN):
        return f"sed -nE '{line}s/([=:]).*/\\1***/p' {shlex.quote(where)}"
    if mask := _mask(text):
        return f"sed -nE '{line}{mask}p' {shlex.quote(where)}"
    return f"sed -n {line}p {shlex.quote(where)}"


def _mask(text: str) -> str | None:
    """What sed must do to *text*, so that its password does not show; None where it holds none."""
    if re.search(PASSWORD, text):
        return r"s#([=:]).*#\1***#"
    if "://" not in text:
        return None
    if re.search(r"://[^:/@]*:.*@", text):
        return r"s#://([^:/@]*):.*@#://\1:***@#"
    return "s#://.*#://***#" if re.search(r"://[^/@]*:(?!\d{1,5}(?:[/?\s\"']|$))|@", text) else None


def variable(found: Variable) -> str:
    """Prints where *found* was read, its password masked."""
    value = found.value.reveal()
    if found.origin.line:
        return file_line(found.origin.where, found.origin.line, found.line.reveal() if found.line else value)
    mask = "s/.*/***/" if kind(found.name) in (Kind.SECRET, Kind.TOKEN) else _mask(value)
    return f"printenv {found.name}" + (f" | sed -E '{mask}'" if mask else "")
