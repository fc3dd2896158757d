"""Does somebody inside compose's network dial the port that is published for the host?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from crashcart.model.evidence import OriginKind
from crashcart.model.finding import Claim, Failed, Outcome
from crashcart.probes import Inquiry, Probe
from crashcart.probes._seen import shown_path
from crashcart.probes.endpoints.claimed import CLAIMS
from crashcart.tools import compose
from crashcart.tools.hands import Hands
from crashcart.tools.redaction import evidence

FAULT = "db-url.published-port"


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:  # noqa: ARG001
    claims = [claim for claim in inquiry.about(*CLAIMS) if claim.refuted_because is None]
    for path in inquiry.target.compose_files if claims else ():
        for service in compose.read(path).services:
            for port in service.ports:
                yield from _mixed_up(inquiry, path, service.name, port, claims)


def _mixed_up(inquiry: Inquiry, path: Path, service: str, port: compose.Port, claims: list[Claim]) -> Iterator[Outcome]:
    if port.published in (None, port.target):
        return
    wrong = [c for c in claims if c.facts.get("host") == service and c.facts.get("port") == str(port.published)]
    if not wrong:
        return
    shown = shown_path(inquiry.target, path)
    line = path.read_text(encoding="utf-8", errors="replace").splitlines()[port.line - 1]
    yield Failed(
        FAULT,
        f"The log shows {service}:{port.published} dialled, but that is the host's port ({shown}:{port.line});"
        f" inside compose's network {service} listens on {port.target}.",
        (evidence(OriginKind.FILE, shown, line.strip(), line=port.line, check=f"sed -n {port.line}p {shown}"),),
        {"host": service, "port": str(port.published), "service": service},
        explains=tuple(claim.id for claim in wrong),
    )


ROOM = Probe(
    "endpoints.published-port",
    "Is a port dialled inside compose's network that exists only on the host?",
    ask,
    (FAULT,),
)
