"""The demo's incident, staged once per test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crashcart.model.errors import UnavailableError
from crashcart.staging.accident import DEMO, load
from crashcart.staging.stage import Staged, stage
from servers import missing


@pytest.fixture(scope="session")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    """The incident in a folder whose name has a space."""
    try:
        with stage(load(DEMO), tmp_path_factory.mktemp("incident") / "the shop") as staged:
            yield staged
    except UnavailableError as error:
        missing("postgres", str(error))
