"""Which lines go on with the message of a line before them."""

from __future__ import annotations

import re

from crashcart.tools.expressions import lazy

STACK = "require stack:"
REFUSED_AT = "could not connect to server"
CONTINUED = {
    STACK: (1, lazy(r"(?:^|\s)- (?P<importer>(?:/|file://|[A-Za-z]:\\)[^\n]{1,300}?)\s*$")),
    REFUSED_AT: (2, lazy(r'running on host "(?P<host>[^"\n]{1,255})"|connections on port (?P<port>\d{1,5})')),
}
"""What stands a few lines after such words belongs to the same message: the file that asks, the address dialled."""
DETAILS = lazy(r"^\W{0,4}(?:DETAILS?|Details?|HINT)\b ?: ")
"""Goes on with the message of the line before it."""
NESTED = lazy(
    r"^\W{0,8}(?:Caused by|\[cause\]|Original (?:error|exception)|(?:Inner|Nested) exception|Root cause|Reason)\b"
    r"|^\s{0,8}---> ",
    re.IGNORECASE,
)
