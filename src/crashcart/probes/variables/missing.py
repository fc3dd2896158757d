"""Are the variables there that the app needs?"""

from __future__ import annotations

from collections.abc import Iterable

from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.finding import Claim, Failed, Outcome, Passed, Unknown
from crashcart.model.target import Target, Variable
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import HERE, variable_line
from crashcart.probes.postgres._ladder import ids, standing
from crashcart.probes.variables._needed import Need, needs
from crashcart.tools.hands import Hands
from crashcart.tools.redaction import evidence

FAULT = "env.missing-variable"


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:  # noqa: ARG001
    target, claims = inquiry.target, _claims(inquiry)
    told = {need.name: need for need in needs(target)}
    misses = {name: Need(name, found[0].evidence[0].origin.where, False) for name, found in claims.items()}
    present: list[Variable] = []
    for need in (misses | told).values():
        variable, about = target.variables.get(need.name), ids(claims.get(need.name, ()))
        if not variable or not variable.value.reveal().strip():
            yield _lacking(target, need, variable, about)
        else:
            present += [variable] if need.name in told else []
            if about:
                yield _there(variable, about)
    if present:
        names = ", ".join(variable.name for variable in present)
        yield Passed(f"Set: {names}.", tuple(variable_line(variable, "(set)") for variable in present))


def _claims(inquiry: Inquiry) -> dict[str, list[Claim]]:
    """The standing claims by the name of the variable that they miss."""
    found: dict[str, list[Claim]] = {}
    for claim in standing(inquiry, FAULT):
        if name := claim.facts.get("variable"):
            found.setdefault(name, []).append(claim)
    return found


def _there(variable: Variable, about: tuple[str, ...]) -> Unknown:
    why = f"{variable.name} is set in {variable.origin}; whether the app's container was given it cannot be told here."
    return Unknown(why, about=about)


def _lacking(target: Target, need: Need, variable: Variable | None, about: tuple[str, ...]) -> Outcome:
    if variable:
        because = f"{need.name} is blank in {variable.origin}; {need.where} needs it."
        return Failed(FAULT, because, (variable_line(variable, ""),), {"variable": need.name}, confirms=about)
    if need.demanded or about:
        because = f"No source gives {need.name}, which {need.where} {'demands' if need.demanded else 'misses'}."
        return Failed(FAULT, because, (_nowhere(target, need.name),), {"variable": need.name}, confirms=about)
    return Unknown(f"{need.where} reads {need.name}, which no source here gives; only the platform may know it.")


def _nowhere(target: Target, name: str) -> Evidence:
    read = sorted({v.origin.where for v in target.variables})
    text = f"{name} is in none of: {', '.join(read)}" if read else f"{name}: no variables were found at all"
    return evidence(
        OriginKind.PROBE, HERE, text, check=f"printenv {name} | sed 's/.*/(set)/'; grep -nso '^{name}=' .env*"
    )


ROOM = Probe("variables.missing", "Are the variables there that the app needs?", ask, (FAULT,))
