from __future__ import annotations

from crashcart.diagnosis.build_steps import OTHER_STEP, STEP_DONE
from crashcart.diagnosis.notice import notice
from crashcart.faults import load
from crashcart.tools.logs import LogLine

FAULTS = load()
MISSING = "Error: Cannot find module './x'"


def standing(*texts: str) -> dict[str, str | None]:
    lines = [LogLine("build.log", n, text) for n, text in enumerate(texts, 1)]
    return {claim.fault: claim.refuted_because for claim in notice(lines, FAULTS).claims}


def test_a_step_that_was_done_had_no_trouble_that_matters() -> None:
    assert standing(f"#9 1.200 {MISSING}", "#9 DONE 2.1s") == {"node.module-not-found": STEP_DONE.because}
    classic = ("Step 2/4 : RUN node x || true", MISSING, "Step 3/4 : COPY . .")
    assert standing(*classic) == {"node.module-not-found": STEP_DONE.because}


def test_a_build_fails_in_the_step_that_failed() -> None:
    failure = '#9 ERROR: process "/bin/sh -c npm run build" did not complete successfully: exit code: 1'
    assert standing(f"#8 1.200 {MISSING}", failure)["node.module-not-found"] == OTHER_STEP.because
    assert standing(f"#9 1.200 {MISSING}", failure)["node.module-not-found"] is None


def test_the_end_of_another_step_says_nothing() -> None:
    assert standing(f"#9 1.200 {MISSING}", "#8 DONE 2.1s") == {"node.module-not-found": None}
    assert standing(MISSING, "#8 DONE 2.1s") == {"node.module-not-found": None}
