"""What is wrong with a fault's file, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that a person has to correct, or should."""

    file: str
    key: str
    """Where in the file; empty where the file as a whole is meant."""
    problem: str
    cure: str
    warning: bool = False
    """Whether the file works all the same."""
