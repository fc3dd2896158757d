from __future__ import annotations

import pytest

from crashcart.diagnosis.services import own_service, same_service


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("db", "db-1"), ("db", "shop-db-1"), ("shop_db_1", "db"), ("api", "api-7d9c5b8f6d-x2k9p"), ("DB", "db.")),
        *(("db", "db.internal"), ("nginx", "nginx.service"), ("b210f1456b04_api", "api")),
    ],
)
def test_one_service_in_two_spellings(one: str, other: str) -> None:
    assert same_service(one, other)
    assert same_service(other, one)


@pytest.mark.parametrize(("one", "other"), [("db", "adb"), ("db", "redis-1"), ("api", "api-worker-1"), ("", "db")])
def test_two_services(one: str, other: str) -> None:
    assert not same_service(one, other)


def test_a_manager_tells_of_others() -> None:
    assert own_service("systemd", {"service": "nginx.service"}) == "nginx.service"
    assert own_service("kubelet", {}) == ""
    assert own_service("api-1", {"service": "web-1"}) == "api-1"
    assert own_service(None, {"container": "web"}) == "web"
