"""Are the variables there that the app needs?"""

from __future__ import annotations

from collections.abc import Iterable

from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.finding import Claim, Failed, Outcome, Passed, Unknown
from crashcart.model.target import Target, Variable
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import HERE, variable_line
from crashcart.probes.variables._needed import Need, needs
from crashcart.tools.hands import Hands
from crashcart.tools.redaction import evidence

FAULT = "env.missing-variable"


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:  # noqa: ARG001
    claims = {claim.facts["variable"]: claim for claim in _claims(inquiry)}
    present: list[Variable] = []
    for need in needs(inquiry.target):
        variable = inquiry.target.variables.get(need.name)
        claim = claims.pop(need.name, None)
        if variable and variable.value.reveal().strip():
            present.append(variable)
            if claim:
                yield _there(variable, claim)
        else:
            yield _lacking(inquiry.target, need, variable, claim)
    for name, claim in claims.items():
        variable = inquiry.target.variables.get(name)
        if variable and variable.value.reveal().strip():
            yield _there(variable, claim)
        else:
            yield _lacking(inquiry.target, Need(name, claim.evidence[0].origin.where, False), variable, claim)
    if present:
        names = ", ".join(variable.name for variable in present)
        yield Passed(f"Set: {names}.", tuple(variable_line(variable, "(set)") for variable in present))


def _claims(inquiry: Inquiry) -> Iterable[Claim]:
    return (c for c in inquiry.about(FAULT) if c.facts.get("variable") and c.refuted_because is None)


def _there(variable: Variable, claim: Claim) -> Unknown:
    why = f"{variable.name} is set in {variable.origin}; whether the app's container was given it cannot be told here."
    return Unknown(why, about=(claim.id,))


def _lacking(target: Target, need: Need, variable: Variable | None, claim: Claim | None) -> Outcome:
    about = (claim.id,) if claim else ()
    if variable:
        because = f"{need.name} is blank in {variable.origin}; {need.where} needs it."
        return Failed(FAULT, because, (variable_line(variable, ""),), {"variable": need.name}, confirms=about)
    if need.demanded or claim:
        because = f"No source gives {need.name}, which {need.where} {'demands' if need.demanded else 'misses'}."
        return Failed(FAULT, because, (_nowhere(target, need.name),), {"variable": need.name}, confirms=about)
    return Unknown(f"{need.where} reads {need.name}, which no source here gives; only the platform may know it.")


def _nowhere(target: Target, name: str) -> Evidence:
    read = sorted({v.origin.where for v in target.variables})
    text = f"{name} is in none of: {', '.join(read)}" if read else f"{name}: no variables were found at all"
    return evidence(OriginKind.PROBE, HERE, text, check=f"printenv {name}; grep -ns '^{name}=' .env*")


ROOM = Probe("variables.missing", "Are the variables there that the app needs?", ask, (FAULT,))
