"""Connection strings of PostgreSQL: taken apart, or refused with the reason; never shown with a password."""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn
from urllib.parse import unquote

from crashcart.model.secret import Secret
from crashcart.model.target import DatabaseUrl, Variable
from crashcart.tools.redaction import learn

DEFAULT_PORT = 5432
_LONGEST = 8_192
_POSTGRES = re.compile(r"(?:postgres(?:ql)?|postgis)(?:\+[a-z0-9_]+)?", re.IGNORECASE)
_INDIRECT = frozenset({"prisma", "prisma+postgres"})
_OTHERS = frozenset(
    {
        "mysql",
        "mysql2",
        "mariadb",
        "mongodb",
        "mongodb+srv",
        "sqlite",
        "sqlite3",
        "file",
        "libsql",
        "sqlserver",
        "mssql",
    }
    | {"redis", "rediss", "oracle", "cockroachdb", "jdbc:mysql", "jdbc:mariadb", "jdbc:h2", "jdbc:sqlserver"}
)
_SCHEME = re.compile(r"((?:jdbc:)?[A-Za-z][A-Za-z0-9+.\-]*):(//)?")
_KEYWORD = re.compile(r"\s*([a-z_]+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s\\']|\\.)*)(?=\s|$)")
_KEYWORDS = frozenset({"host", "hostaddr", "port", "user", "password", "dbname", "sslmode", "service"})
_ENDS_CREDENTIALS = re.compile(r"^(?:[/?][^?=#]*#?|#)[^?=#]*@[^@/?#=&\s]+/|@[^@/?#=&\s]+:\d{1,5}/")
"""What follows the host, where an ``@`` in the password was taken for the one before the host."""
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PLACEHOLDER = re.compile(
    r"<[^>]*>|\[[A-Za-z][^\]]*\]|\{\{?[^}]*\}?\}|\$\{[^}]*\}|\$[A-Z_]{2,}|\*{3,}|(?i:your)[-_ ].*"
    r"|(?i:x{4,})|USER(?:NAME)?|PASS(?:WORD)?|HOST(?:NAME)?|PORT|DATABASE|DB_?NAME|DB_(?:USER|PASSWORD|HOST)"
)
_PRISMA_SAMPLE = ("johndoe", "randompassword")


class BadUrl(Exception):  # noqa: N818  the patient's trouble, not crashcart's
    """A variable does not hold a usable connection string: which fault that is, in one sentence without secrets."""

    def __init__(self, fault: str, sentence: str) -> None:
        super().__init__(sentence)
        self.fault = fault
        self.sentence = sentence


class OtherDatabase(BadUrl):
    """A well-formed address of something else than a PostgreSQL server that can be asked directly."""


class _Parts(NamedTuple):
    hosts: str = ""
    user: str | None = None
    password: str | None = None
    path: str = ""


def parse(variable: Variable | Secret) -> DatabaseUrl:
    """The parts of a connection string (URL, JDBC URL or keywords). Raises :class:`BadUrl`; learns the password."""
    name, text = variable.name, (variable.value if isinstance(variable, Variable) else variable).reveal()
    _refuse_wrapping(name, text)
    if (pairs := _keywords(text)) is not None:
        return _build(name, "postgresql", _Parts(), pairs)
    scheme, rest = _split_scheme(name, text)
    if scheme.startswith("jdbc:"):
        return _parse_jdbc(name, scheme, rest)
    authority, path, query = _split_rest(name, rest)
    credentials, _, hosts = authority.rpartition("@")
    user, password = _credentials(name, credentials)
    return _build(name, scheme, _Parts(hosts, user, password, path), _query(name, query))


def _bad(name: str, what: str, fault: str = "db-url.malformed") -> NoReturn:
    raise BadUrl(fault, f"{name} {what}")


def _refuse_wrapping(name: str, text: str) -> None:
    """What an env file, a shell or a hurried copy leaves around a value."""
    if not text.strip():
        _bad(name, "is blank", "env.missing-variable")
    if len(text) > _LONGEST:
        _bad(name, f"is {len(text)} characters long, which no connection string is")
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
        _bad(name, "holds control characters")
    if text[0] in "\"'`" or text[-1] in "\"'`":
        _bad(name, "has quotation marks around its value; they became part of it")
    if text != text.strip():
        _bad(name, f"has a blank or line end {'before' if text[0].isspace() else 'after'} its value")
    if prefix := re.match(r"(psql\s|export\s|[A-Z][A-Z0-9_]*=)", text):
        _bad(name, f"begins with {prefix[1].strip()!r}, which does not belong to the value")


def _keywords(text: str) -> dict[str, str] | None:
    """The pairs of a keyword connection string (``host=db port=5432``); None where it is something else."""
    pairs: dict[str, str] = {}
    position = 0
    while position < len(text.rstrip()):
        found = _KEYWORD.match(text, position)
        if not found:
            return None
        value = found[2][1:-1] if found[2].startswith("'") else found[2]
        pairs[found[1]] = re.sub(r"\\(.)", r"\1", value)
        position = found.end()
    return pairs if _KEYWORDS & pairs.keys() else None


def _split_scheme(name: str, text: str) -> tuple[str, str]:
    found = _SCHEME.match(text)
    if not found or (not found[2] and not found[1].startswith("jdbc:") and found[1] not in _OTHERS):
        if _PLACEHOLDER.fullmatch(text):
            _bad(name, "still holds a placeholder", "env.placeholder-value")
        _bad(name, "is no connection string: it does not begin with postgresql://")
    scheme = found[1].lower()
    if scheme in _INDIRECT:
        raise OtherDatabase(
            "db-url.malformed", f"{name} leads to Prisma's own service ({scheme}://), not to a database"
        )
    if scheme in _OTHERS:
        raise OtherDatabase("db-url.malformed", f"{name} names another kind of database ({scheme})")
    if not _POSTGRES.fullmatch(scheme.removeprefix("jdbc:")):
        _bad(name, f"begins with {scheme}://, which is not a scheme of PostgreSQL (postgresql://)")
    return scheme, text[found.end() :]


def _split_rest(name: str, rest: str) -> tuple[str, str, str]:
    """Authority, path and query; refuses what only an unencoded password can explain."""
    end = re.search(r"[/?#]", rest)
    authority, tail = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    if "@" not in authority and "@" in tail and _is_split_password(authority, tail):
        _unencoded(name, tail[0])
    if "@" in authority and _ENDS_CREDENTIALS.search(tail):
        password = rest.partition(":")[2].rpartition("@")[0]
        _unencoded(name, "".join(c for c in "@/?#" if c in password))
    if authority.count("@") > 1:
        _unencoded(name, "@")
    if "#" in tail:
        _bad(name, "holds an unencoded # (%23), after which most clients stop reading")
    path, _, query = tail.partition("?")
    return authority, path.removeprefix("/"), query


def _is_split_password(authority: str, tail: str) -> bool:
    """Whether the ``@`` of the credentials lies behind a character that ended the authority."""
    _, colon, after = authority.partition(":")
    return bool(colon) and (not after.isdigit() or "@" in re.split(r"[?#]", tail[1:])[0] or tail[0] == "#")


def _unencoded(name: str, characters: str) -> NoReturn:
    codes = " ".join(f"%{ord(character):02X}" for character in characters)
    what = f"has an unencoded {' '.join(characters)} in its password (write {codes} instead)"
    _bad(name, what, "db-url.unencoded-password")


def _credentials(name: str, text: str) -> tuple[str | None, str | None]:
    if not text:
        return None, None
    if re.search(r"\s", text):
        _bad(name, "has a blank in its credentials (write %20 instead)", "db-url.unencoded-password")
    user, colon, password = text.partition(":")
    if _placeholder(user) or _placeholder(password):
        _bad(name, "still holds a placeholder where its credentials belong", "env.placeholder-value")
    if (unquote(user), unquote(password)) == _PRISMA_SAMPLE:
        _bad(name, "still holds the sample that prisma init writes", "env.placeholder-value")
    if _BAD_PERCENT.search(user) or _BAD_PERCENT.search(password):
        _unencoded(name, "%")
    if password:
        learn(Secret(password, "database password"))
    return unquote(user) or None, unquote(password) if colon else None


def _placeholder(text: str) -> bool:
    return bool(_PLACEHOLDER.fullmatch(text) or _PLACEHOLDER.fullmatch(unquote(text)))


def _parse_jdbc(name: str, scheme: str, rest: str) -> DatabaseUrl:
    authority, path, query = _split_rest(name, rest)
    if "@" in authority:
        _bad(name, "has credentials before its host, which JDBC does not read (use ?user=…&password=…)")
    return _build(name, scheme, _Parts(authority, path=path), _query(name, query))


def _query(name: str, text: str) -> dict[str, str]:
    pairs = {}
    for part in filter(None, text.split("&")):
        key, _, value = part.partition("=")
        if _BAD_PERCENT.search(part):
            _bad(name, f"has a % that encodes nothing in its parameter {unquote(key)[:40]!r}")
        pairs[unquote(key)] = unquote(value)
    return pairs


def _build(name: str, scheme: str, parts: _Parts, pairs: dict[str, str]) -> DatabaseUrl:
    """Everything together; what the parameters name wins, as in libpq."""
    given, ports = _hosts(name, parts.hosts)
    host = pairs.pop("host", "") or ",".join(given) or pairs.get("hostaddr", "")
    port = _port(name, pairs.pop("port", "") or next(iter(ports), ""))
    password = pairs.pop("password", None) or parts.password
    user = pairs.pop("user", None) or parts.user
    database = pairs.pop("dbname", None) or unquote(parts.path) or None
    _refuse_host(name, host)
    if "," in host:
        pairs["host"] = host
    secret = learn(Secret(password, "database password")) if password else None
    return DatabaseUrl(
        scheme, host.split(",")[0], port or DEFAULT_PORT, user, secret, database, pairs, port is not None
    )


def _refuse_host(name: str, host: str) -> None:
    if not host:
        _bad(name, "names no host")
    if _placeholder(host):
        _bad(name, "still holds a placeholder where its host belongs", "env.placeholder-value")
    if re.search(r"[\s\\\"'<>^`{|}@]", host):
        _bad(name, "names a host that no host can be called")


def _hosts(name: str, text: str) -> tuple[list[str], list[str]]:
    """Hosts and ports of ``a:1,[::1]:2``; what comes without a port gets an empty one."""
    hosts, ports = [], []
    for part in filter(None, text.split(",")):
        found = re.fullmatch(r"(\[[0-9A-Fa-f:.%]+\]|[^:\[\]]*)(?::(.*))?", part)
        if not found:
            _bad(name, "has a host or port that cannot be read (an IPv6 address needs brackets)")
        hosts.append(unquote(found[1].strip("[]")))
        ports.append(found[2] or "")
    return hosts, ports


def _port(name: str, text: str) -> int | None:
    text = text.split(",", maxsplit=1)[0]
    if not text:
        return None
    if _placeholder(text):
        _bad(name, "still holds a placeholder where its port belongs", "env.placeholder-value")
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65_536:
        _bad(name, "has a port that is no number from 1 to 65535; an unencoded character in the password does that too")
    return int(text)


_LIBPQ = frozenset(
    {"sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslsni", "channel_binding", "gssencmode", "krbsrvname"}
    | {"target_session_attrs", "keepalives", "keepalives_idle", "hostaddr", "require_auth", "ssl_min_protocol_version"}
)
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_TRUE = ("true", "1", "yes", "require")


def ssl_mode(url: DatabaseUrl) -> str | None:
    """The TLS mode the URL asks for, in libpq's words; None where it says nothing and each client decides."""
    mode = url.parameters.get("sslmode", "").lower()
    if mode in SSL_MODES:
        return mode
    if mode == "no-verify" or url.parameters.get("ssl", "").lower() in _TRUE:
        return "require"
    return None


def conninfo(url: DatabaseUrl, **extra: str | int) -> dict[str, str | int]:
    """Keyword arguments for psycopg; what only Prisma, SQLAlchemy or JDBC understand is left out."""
    parts: dict[str, str | int | None] = {
        **{key: value for key, value in url.parameters.items() if key in _LIBPQ and key != "sslmode"},
        "host": url.host,
        "port": url.port,
        "user": url.user,
        "password": url.password.reveal() if url.password else None,
        "dbname": url.database,
        "sslmode": ssl_mode(url),
        **extra,
    }
    return {key: value for key, value in parts.items() if value is not None}
