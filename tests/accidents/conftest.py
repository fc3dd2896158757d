"""``pytest tests/accidents --update-goldens`` writes the expected reports anew."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write the expected reports anew")
