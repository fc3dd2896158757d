"""Give a variable the value it lacks, where the app gets its variables from."""

from __future__ import annotations

from collections.abc import Sequence

from crashcart.model.finding import Finding
from crashcart.model.plan import SetVariable, Step
from crashcart.remedies import Patient, Remedy

CHANGES = {
    "env.missing-variable": "set {name} to a real value",
    "env.placeholder-value": "replace the sample value of {name} by a real one",
    "env.value-mangled": "write {name} without the quotes and blanks that became part of it",
    "env.unexpected-value": "set {name} to the value that crashcart.toml expects",
    "db-url.not-postgres": "let {name} name the host and port at which PostgreSQL itself answers",
    "db-url.published-port": "let {name} name the port that the service listens on inside its network",
    "db-url.malformed": "write {name} as postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
    "db-url.unencoded-password": "percent-encode the special characters of the password in {name} (`@` becomes `%40`)",
    "db-url.localhost-in-container": "let {name} name the host by which the app's container reaches the database",
}


def steps(finding: Finding, patient: Patient) -> Sequence[Step]:
    name = finding.facts.get("variable", patient.target.database_url_env if _about_url(finding) else None)
    if not name:
        return ()
    change = CHANGES[finding.fault].format(name=name)
    defined = patient.target.variables.get(name)
    where = f" in {defined.origin.where}" if defined else " where the app's variables are kept"
    return (SetVariable(f"Correct the variable {name}{where}", name, change, check="crashcart diagnose"),)


def _about_url(finding: Finding) -> bool:
    return finding.fault.startswith("db-url.")


ROOM = Remedy("set-variable", "Correct a variable", tuple(CHANGES), steps, order=20)
