"""Do the variables hold real values, and those that were expected?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from crashcart.model.finding import Failed, Outcome, Passed
from crashcart.model.target import Target, Variable
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import variable_line
from crashcart.probes.postgres._ladder import ids, standing
from crashcart.probes.variables._needed import needs
from crashcart.tools.hands import Hands
from crashcart.tools.secret_names import Kind, kind

PLACEHOLDER, MANGLED, UNEXPECTED = FAULTS = ("env.placeholder-value", "env.value-mangled", "env.unexpected-value")
_SAMPLE = re.compile(
    r"<[^<>]+>|\[[A-Z][A-Z _-]*\]|\{\{.*\}\}|\$\{\w+\}|\.{3}"
    r"|(?i:your[-_ ].+|change[-_ ]?(?:me|this|it).*|replace[-_ ]?me.*|x{4,}|todo)"
)


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:  # noqa: ARG001
    target, well = inquiry.target, 0
    for variable in _asked(target):
        outcome = _judged(inquiry, variable)
        well += outcome is None
        if outcome:
            yield outcome
    for name, wanted in target.expected_variables.items():
        found = target.variables.get(name)
        if found and found.value.reveal() != wanted:
            yield _unexpected(found, wanted)
        elif found:
            yield Passed(f"{name} holds what the configuration expects.", (variable_line(found, _shown(found)),))
        else:
            continue


def _asked(target: Target) -> Iterator[Variable]:
    """What the project reads, and the secrets of its env files; the connection string has its own ladder."""
    needed = {need.name for need in needs(target)}
    secrets = {v.name for v in target.variables if v.origin.line and kind(v.name) in (Kind.SECRET, Kind.TOKEN)}
    for name in sorted((needed | secrets) - {target.database_url_env}):
        if variable := target.variables.get(name):
            yield variable


def _judged(inquiry: Inquiry, variable: Variable) -> Failed | None:
    value = variable.value.reveal()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'`":
        because = f"The value of {variable.name} ({variable.origin}) keeps the quotation marks around it."
        return _failed(inquiry, variable, MANGLED, because, f"{value[0]}…{value[0]}")
    if value.endswith("\r"):
        because = f"The value of {variable.name} ({variable.origin}) ends with a carriage return."
        return _failed(inquiry, variable, MANGLED, because, "…\\r")
    if _SAMPLE.fullmatch(value):
        because = f"{variable.name} ({variable.origin}) still holds the sample value."
        return _failed(inquiry, variable, PLACEHOLDER, because, value[:60])
    return None


def _failed(inquiry: Inquiry, variable: Variable, fault: str, because: str, shown: str) -> Failed:
    claims = (c for c in standing(inquiry, fault) if c.facts.get("variable") == variable.name)
    facts = {"variable": variable.name}
    return Failed(fault, because, (variable_line(variable, shown),), facts, confirms=ids(claims))


def _unexpected(variable: Variable, wanted: str) -> Failed:
    expected = wanted[:60] if _shown(variable) != "another value" else "something else"
    because = f"{variable.name} ({variable.origin}) is {_shown(variable)}, while the configuration expects {expected}."
    return Failed(UNEXPECTED, because, (variable_line(variable, _shown(variable)),), {"variable": variable.name})


def _shown(variable: Variable) -> str:
    secret = kind(variable.name) in (Kind.SECRET, Kind.TOKEN) or "://" in variable.value.reveal()
    return "another value" if secret else variable.value.reveal()[:60]


ROOM = Probe("variables.values", "Do the variables hold real values, and those that were expected?", ask, FAULTS)
