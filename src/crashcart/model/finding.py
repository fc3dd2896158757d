"""What was claimed, what the world answered, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from crashcart.model.evidence import Evidence
from crashcart.model.fault import Severity


class Role(StrEnum):
    CAUSE = "cause"
    CONSEQUENCE = "consequence"
    BENIGN = "benign"


class Verdict(StrEnum):
    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Claim:
    """A fault noticed in a log: testimony, until a probe or a proof confirms or refutes it."""

    id: str
    """Unique within a case, such as ``c1``."""
    fault: str
    facts: Mapping[str, str]
    """What the line says: ``host``, ``port``, ``module`` … (see the glossary)."""
    evidence: tuple[Evidence, ...]
    """The first few lines; never empty."""
    count: int = 1
    """On how many lines it was seen."""
    position: int = 0
    """Order of its first line among all lines of all logs."""
    last_position: int = 0
    """The same for the last line on which it was seen."""
    first_at: datetime | None = None
    """When its first line was written, where that line says so with its offset from UTC."""
    last_at: datetime | None = None
    """The same for the last line."""
    service: str = ""
    """Which of several services in one log told it, where the line says so."""
    nested: bool = False
    """It was told within the message of another trouble, as what that comes from (``Caused by:``)."""
    column: int = 0
    """Where in its first line it was told."""
    contained: bool = False
    """Its lines show that they were written inside a container."""
    refuted_because: str | None = None
    """Set when the log itself shows it to be harmless (see :class:`~crashcart.model.fault.Refutation`)."""
    refuted_by: tuple[Evidence, ...] = ()
    """The lines that show it."""

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"claim {self.fault} without evidence")


class Passed(NamedTuple):
    """Yes: the thing asked about is well."""

    because: str
    evidence: tuple[Evidence, ...]
    refutes: tuple[str, ...] = ()
    """Ids of claims that this shows to be wrong or harmless."""


@dataclass(frozen=True, slots=True)
class Failed:
    """No: a fault is there."""

    fault: str
    because: str
    evidence: tuple[Evidence, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    confirms: tuple[str, ...] = ()
    """Ids of claims that this shows to be true. A confirmed claim of the same fault becomes one finding with it."""
    explains: tuple[str, ...] = ()
    """Ids of claims that are consequences of this."""
    explains_faults: tuple[str, ...] = ()
    """Codes of faults that are consequences of this whoever finds them, beyond what the fault's room lists."""
    absorbs: tuple[str, ...] = ()
    """Ids of claims that tell of this very trouble from another side: they become part of this finding."""
    remedy: str | None = None
    """What to do in this case, where that is not what the fault's room says in general."""

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"{self.fault} failed without evidence")


class Unknown(NamedTuple):
    """Cannot tell, and why. Never shown as healthy, nor as sick."""

    why: str
    about: tuple[str, ...] = ()
    """Ids of claims that stay unproven because of this."""
    required: bool = False
    """Whether the command was asked for exactly this, so that it cannot end well without an answer."""


Outcome = Passed | Failed | Unknown


class Answer(NamedTuple):
    """An outcome with the probe that gave it."""

    probe: str
    question: str
    outcome: Outcome
    took_ms: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault in its place: cause, consequence or benign; confirmed, refuted or unproven; with evidence."""

    id: str
    fault: str
    title: str
    severity: Severity
    role: Role
    verdict: Verdict
    because: str
    """One sentence."""
    evidence: tuple[Evidence, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    caused_by: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    first_at: datetime | None = None
    """When its first line was written, where that line says so."""
    last_at: datetime | None = None
    """The same for the last line."""
    position: int | None = None
    """Order of its first line among all lines of all logs; None where no log tells it."""

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"finding {self.fault} without evidence")
        if self.role is Role.CONSEQUENCE and not self.caused_by:
            raise ValueError(f"consequence {self.fault} without a cause")
        if self.role is Role.BENIGN and self.verdict is not Verdict.REFUTED:
            raise ValueError(f"benign {self.fault} must be refuted")
