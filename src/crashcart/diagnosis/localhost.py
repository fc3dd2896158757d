"""An address on localhost that is dialled from within a container means that container itself."""

from __future__ import annotations

from crashcart.diagnosis.suspect import LOCAL, Suspect, canonical_host
from crashcart.tools.expressions import lazy

FAULT = "db-url.localhost-in-container"
DATABASE = lazy(r"^(?:postgres|mysql|mongodb)\.(?:connection-refused|unreachable)$")
BECAUSE = (
    "What was dialled is localhost, and these lines were written in a container: there that is the container itself."
)


def dials_itself(suspect: Suspect) -> bool:
    """Whether *suspect* tells that no database answered on localhost."""
    host = suspect.facts.get("host", "")
    return DATABASE.match(suspect.fault.code) is not None and canonical_host(host) == LOCAL
