"""Steps of an image build: a step that was done, or that was not the one that failed, had no trouble that matters."""

from __future__ import annotations

from dataclasses import dataclass

from crashcart.model.fault import Refutation
from crashcart.tools.expressions import lazy

STEP_DONE = Refutation(pattern="", because="The build step in which it stands ended well.")
OTHER_STEP = Refutation(pattern="", because="The build failed in another step than the one in which it stands.")
BUILDKIT = lazy(r"(?:^|[\s|])#(?P<number>\d{1,4}) (?P<what>\d{1,6}\.\d{1,3} |DONE \d|ERROR: |\[)")
CLASSIC = lazy(r"(?:^|[\s|])Step (?P<number>\d{1,4})/\d{1,4} : ")
CLASSIC_END = lazy(r"Successfully built |returned a non-zero code")
LEAD = 160
"""Characters of a line among which the number of its step stands."""
WORDS = (" done ", " error: ", "step ", "successfully built", "a non-zero code")
"""A line that ends a step holds one of them."""


def tells(text: str) -> bool:
    """Whether *text* may begin or end a step."""
    lead = text[:LEAD]
    if match := BUILDKIT.search(lead):
        return match["what"].startswith(("DONE", "ERROR"))
    return CLASSIC.search(lead) is not None or CLASSIC_END.search(text) is not None


@dataclass(slots=True)
class Steps:
    """Follows the builds of one log."""

    _classic: str = ""

    def of(self, text: str) -> str:
        """The step in which *text* stands; empty outside of builds."""
        match = BUILDKIT.search(text[:LEAD]) if "#" in text[:LEAD] else None
        return match["number"] if match else self._classic

    def passed(self, text: str) -> tuple[Refutation, str, bool] | None:
        """What *text* shows of the steps before it: why their troubles do not matter, which step it is about, and
        whether it is about that step or about all others.
        """
        lead = text[:LEAD]
        if "#" in lead and (match := BUILDKIT.search(lead)):
            if match["what"].startswith("DONE"):
                return STEP_DONE, match["number"], True
            return (OTHER_STEP, match["number"], False) if match["what"].startswith("ERROR") else None
        if "Step " in lead and (match := CLASSIC.search(lead)):
            before, self._classic = self._classic, f"step {match['number']}"
            return (STEP_DONE, before, True) if before else None
        if self._classic and CLASSIC_END.search(text):
            self._classic = ""
        return None
