from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crashcart.model.evidence import Origin, OriginKind
from crashcart.model.secret import Secret
from crashcart.model.target import Variable, Variables
from crashcart.tools.shell_scripts import ScriptDial, dials

URL = "postgresql://app:c4n4ry-pw@203.0.113.50:6543/shop"


def variables(**values: str) -> Variables:
    origin = Origin(OriginKind.FILE, ".env", 1)
    return Variables({name: (Variable(name, Secret(value, name), origin),) for name, value in values.items()})


def read(tmp_path: Path, text: str, **values: str) -> tuple[ScriptDial, ...]:
    script = tmp_path / "start.sh"
    script.write_text(text)
    return dials(script, variables(DATABASE_URL=URL, **values))


@pytest.mark.parametrize(
    ("line", "endpoint"),
    [
        ('until psql -h "db" -U app -c "\\q"; do sleep 1; done', "db:5432"),
        ("while ! pg_isready -hdb -p6543 -U app; do sleep 1; done", "db:6543"),
        ("if pg_isready --host=db --port 6543; then echo ok; fi", "db:6543"),
        ("PGPORT=7777 PGPASSWORD=$X psql -h db -tAc 'select 1'", "db:7777"),
        ('psql "$DATABASE_URL" -c "select 1"', "203.0.113.50:6543"),
        ('psql -d "$DATABASE_URL"', "203.0.113.50:6543"),
        ("until nc -z -w 2 db 5432; do :; done", "db:5432"),
        ("./wait-for-it.sh db:5432 -t 30 -- node server.js", "db:5432"),
        ("wait-for-it -h db -p 5433", "db:5433"),
        ("dockerize -wait tcp://db:5432 -timeout 30s node server.js", "db:5432"),
        ("until (echo > /dev/tcp/db/5432) 2>/dev/null; do sleep 1; done", "db:5432"),
        ("exec timeout 5 gosu app /usr/bin/psql -h db -p 5434", "db:5434"),
        ('psql -h "${DB_HOST:-db}" -p "${DB_PORT:-5435}"', "db:5435"),
    ],
)
def test_finds_the_endpoint_of_each_tool(tmp_path: Path, line: str, endpoint: str) -> None:
    (dial,) = read(tmp_path, f"#!/bin/sh\nset -e\n{line}\n")
    assert f"{dial.host}:{dial.port}" == endpoint
    assert (dial.line, dial.text) == (3, line)


@pytest.mark.parametrize(
    "line",
    [
        "# psql -h db",
        'echo "psql -h db"',
        "psql -c 'select 1'",
        'psql -h "$UNKNOWN_HOST"',
        'psql -h db -p "$UNKNOWN_PORT"',
        "cat <<EOF\npsql -h db\nEOF",
        "wget -qO- http://api:3000/health",
        "pg_isready -U app",
    ],
)
def test_finds_nothing_where_nothing_can_be_told(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, line) == ()


def test_a_host_cut_out_of_the_url_keeps_its_source_and_the_port_is_the_tools_own(tmp_path: Path) -> None:
    (dial,) = read(
        tmp_path,
        "#!/bin/sh\n"
        "DB_HOST=$(echo \"$DATABASE_URL\" | sed -n 's/.*@\\([^:]*\\):.*/\\1/p')\n"
        'until psql -h "$DB_HOST" -U app -c "\\q" 2>/dev/null; do\n  sleep 1\ndone\n',
    )
    assert (dial.host, dial.port, dial.host_from, dial.port_given) == ("203.0.113.50", 5432, "DATABASE_URL", False)


def test_a_port_cut_out_of_the_url_is_the_urls(tmp_path: Path) -> None:
    (dial,) = read(
        tmp_path, 'H=${DATABASE_URL#*@}\nexport H\nP="$(echo $DATABASE_URL | cut -d: -f4)"\nnc -z "$H" "$P"\n'
    )
    assert (dial.host, dial.port, dial.port_from) == ("203.0.113.50", 6543, "DATABASE_URL")


def test_variables_from_outside_and_assignments_are_followed(tmp_path: Path) -> None:
    (dial,) = read(
        tmp_path, 'HOST="$DB_HOST"\nPORT=${PORT:-5439}\npsql -h $HOST \\\n  -p $PORT\n', DB_HOST="db.internal"
    )
    assert (dial.host, dial.port, dial.host_from, dial.line) == ("db.internal", 5439, "DB_HOST", 3)


def test_knows_whether_a_user_is_named(tmp_path: Path) -> None:
    assert [d.user_given for d in read(tmp_path, 'psql -h db\npsql -h db -U app\npsql "$DATABASE_URL"')] == [
        False,
        True,
        True,
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.text(alphabet="psql -h\"'$(){}`\\\n#;=:@/${A}DATABASE_URL<EOF", max_size=300))
def test_no_script_breaks_it(tmp_path: Path, text: str) -> None:
    read(tmp_path, text)


def test_a_script_that_multiplies_its_text_ends(tmp_path: Path) -> None:
    lines = [f"A{n}={f'$A{n + 1}' * 20}" for n in range(12)]
    assert read(tmp_path, "\n".join([*reversed(lines), "psql -h $A0 -p 1\n"])) == ()
