"""What becomes of a finding while its log still grows."""

from __future__ import annotations

from typing import Literal

Change = Literal["new", "changed", "withdrawn"]
"""First seen; its role, verdict or causes are others now; it turned out to be a part of another."""
