from __future__ import annotations

import pytest

from crashcart.diagnosis.asserting import asserted

WORDS = "connected to database"


def said(text: str) -> bool:
    start = text.index(WORDS)
    return asserted(text, start, start + len(WORDS))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "connected to database",
            "INFO connected to database shop after 3 retries",
            "Attempt 3: connected to database",
        ),
        *(
            "Not ready yet... connected to database",
            "No pool yet. Now connected to database",
            "wait-for-db: connected to database",
        ),
        '{"level":"info","msg":"connected to database","retries":3}',
        "connected to database. No migrations are pending",
    ],
)
def test_a_success_that_is_told_is_asserted(text: str) -> None:
    assert said(text)


@pytest.mark.parametrize(
    "text",
    [
        *("not yet connected to database, giving up", "never connected to database, exiting"),
        *("if the app is connected to database the health is green", "waiting until connected to database"),
        *(
            "failed to get connected to database",
            "could not get connected to database",
            "cannot say connected to database",
        ),
        *("will be connected to database soon", "once connected to database it goes on", "isn't connected to database"),
        *(
            "connected to database: false",
            "connected to database?",
            "connected to database, but lost it",
            "trying to get connected to database",
        ),
        *("3 clients connected to database", "user bob is connected to database", "connected to database failed"),
        *("unless connected to database", "no worker connected to database", "connected to database if all is well"),
    ],
)
def test_what_is_denied_supposed_or_others_is_not(text: str) -> None:
    assert not said(text)


def test_a_failure_that_is_said_to_be_harmless_may_be_named() -> None:
    text = "install failed, but you can safely ignore this error"
    assert asserted(text, text.index("you"), len(text))
