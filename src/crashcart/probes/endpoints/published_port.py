"""Does somebody inside compose's network dial the port that is published for the host?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crashcart.model.evidence import Evidence
from crashcart.model.finding import Claim, Failed, Outcome
from crashcart.model.target import Target
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import shown_path
from crashcart.probes.endpoints._sources import line_of, named_by
from crashcart.probes.endpoints.claimed import CLAIMS
from crashcart.tools import compose
from crashcart.tools.hands import Hands

FAULT = "db-url.published-port"


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:  # noqa: ARG001
    claims = [claim for claim in inquiry.about(*CLAIMS) if claim.refuted_because is None]
    for path in inquiry.target.compose_files:
        found = compose.read(path)
        for service in found.services:
            listening = {port.target for port in service.ports}
            for port in service.ports:
                if port.published is not None and port.published not in listening:
                    yield from _mixed_up(inquiry, found, service.name, port, claims)


def _mixed_up(
    inquiry: Inquiry, found: compose.Compose, service: str, port: compose.Port, claims: list[Claim]
) -> Iterator[Outcome]:
    wrong = [c for c in claims if c.facts.get("host") == service and c.facts.get("port") == str(port.published)]
    named = list(_named(inquiry.target, found, service, port))
    if not wrong and not named:
        return
    shown = shown_path(inquiry.target, found.path)
    who = " and ".join(says for says, _ in named) or f"The log shows {service}:{port.published} dialled"
    yield Failed(
        FAULT,
        f"{who}, but that is the host's port ({shown}:{port.line});"
        f" inside compose's network {service} listens on {port.target}.",
        (*(proof for _, proof in named), line_of(inquiry.target, found.path, port.line)),
        {"host": service, "port": str(port.published), "service": service},
        explains=tuple(claim.id for claim in wrong),
    )


def _named(target: Target, found: compose.Compose, service: str, port: compose.Port) -> Iterator[tuple[str, Evidence]]:
    """Who tells a container to dial *service* at the host's port, and where."""
    for other in (s for s in found.services if not s.host_network):
        for name, setting, host, number in named_by(other, target):
            if (host, number) == (service, port.published):
                says = f"{shown_path(target, found.path)}:{setting.line} gives {other.name} {name} with {host}:{number}"
                yield says, line_of(target, found.path, setting.line)


ROOM = Probe(
    "endpoints.published-port",
    "Is a port dialled inside compose's network that exists only on the host?",
    ask,
    (FAULT,),
)
