from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crashcart.model.secret import Secret
from crashcart.probes._seen import mask_credentials
from crashcart.tools.database_url import BadUrl, parse

CANARY = "c4n4ry"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"mysql://app:{CANARY}@db:3306/shop", "mysql://app:***@db:3306/shop"),
        (f"postgresql://app:{CANARY}/x@y@db/shop?password={CANARY}", "postgresql://app:***@db/shop"),
        (f"postgresql://app:{CANARY}/shop", "postgresql://app:***"),
        (f"https://{CANARY}/x", "https://:***"),
        (CANARY, "(not shown)"),
        (f"{CANARY} {CANARY}://x", "(not shown)"),
    ],
)
def test_a_broken_url_is_shown_without_its_password(text: str, shown: str) -> None:
    assert mask_credentials(text) == shown


PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)


@settings(deadline=None)
@given(PRINTABLE, st.sampled_from(["@db:5432/shop", "@/x"]))
def test_no_password_shows_whatever_it_is_made_of(noise: str, rest: str) -> None:
    text = f"postgresql://app:{CANARY}{noise}{CANARY}{rest}"
    assert CANARY not in mask_credentials(text)
    assert CANARY not in _told(text)


def _told(text: str) -> str:
    try:
        return str(parse(Secret(text, "DATABASE_URL")))
    except BadUrl as bad:
        return bad.sentence
