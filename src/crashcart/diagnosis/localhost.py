"""An address on localhost that is dialled from within a container means that container itself."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from crashcart.diagnosis.services import base_name
from crashcart.diagnosis.suspect import LOCAL, Suspect, canonical_host
from crashcart.tools.expressions import lazy

FAULT = "db-url.localhost-in-container"
DATABASE = lazy(r"^(?:postgres|mysql|mongodb)\.(?:connection-refused|unreachable)$")
BECAUSE = (
    "What was dialled is localhost, and these lines were written in a container: there that is the container itself."
)
SERVER = lazy(r"(?:^|[-_.])(?:db|database|pg|postgres\w*|mysql\w*|maria\w*|mongo\w*|redis|valkey)$")
"""Names of services that are dialled, and dial nobody."""


def inside(service: str, contained: AbstractSet[str]) -> bool:
    """Whether *service* runs inside a container, as services of the same log are known to do that are *contained*.

    What names no service is of the only one that is known, unless that is a server which others dial.
    """
    if service in contained or service:
        return service in contained
    return len(contained) == 1 and not any(SERVER.search(base_name(name)) for name in contained)


def dials_itself(suspect: Suspect) -> bool:
    """Whether *suspect* tells that no database answered on localhost."""
    host = suspect.facts.get("host", "")
    return DATABASE.match(suspect.fault.code) is not None and canonical_host(host) == LOCAL
