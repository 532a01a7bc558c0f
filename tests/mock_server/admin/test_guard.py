"""Only users of this machine, or callers with the token, may use the admin API; no foreign page may."""

from __future__ import annotations

import pytest

from mock_server.admin.api import AdminApi
from mock_server.admin.guard import Guard
from mock_server.errors.api_error import ApiError
from mock_server.messages import Request
from tests.mock_server.admin.conftest import Admin

TOKEN = "the-token-of-the-test"


def asked(
    admin: Admin, guard: Guard, *, base: str = "http://127.0.0.1:4010", peer: str = "", **headers: str
) -> int:
    """The status of a plain read."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request("GET", "/__admin/health", "", named, b"", base_url=base, peer=peer)
    return AdminApi(admin.admin_api.context, guard).handle(request).status


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:4010", "http://localhost:1", "http://a.localhost", "http://[::1]:80"]
)
def test_names_of_this_machine_are_served(admin: Admin, base: str) -> None:
    assert asked(admin, Guard(), base=base, peer="127.0.0.1") == 200


def test_a_name_that_leads_here_from_elsewhere_is_refused(admin: Admin) -> None:
    assert asked(admin, Guard(), base="http://rebound.example") == 403
    assert asked(admin, Guard(hosts=frozenset({"mock.test"})), base="http://mock.test") == 200


def test_another_machine_is_refused(admin: Admin) -> None:
    assert asked(admin, Guard(), peer="192.0.2.7") == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://127.0.0.1:4010"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"origin": "http://tools.example", "sec_fetch_site": "cross-site"}, 200),
    ],
)
def test_pages_from_elsewhere_are_refused_unless_named(
    admin: Admin, headers: dict[str, str], status: int
) -> None:
    assert asked(admin, Guard(origins=frozenset({"http://tools.example"})), **headers) == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer another"}, 401),
        ({"authorization": TOKEN}, 401),
        ({"authorization": f"Bearer {TOKEN}"}, 200),
        ({"authorization": f"Bearer {TOKEN}", "origin": "http://evil.example"}, 403),
    ],
)
def test_whoever_knows_the_token_may_come_from_anywhere(
    admin: Admin, headers: dict[str, str], status: int
) -> None:
    guard = Guard(token=TOKEN)
    assert asked(admin, guard, base="http://mock.example", peer="192.0.2.7", **headers) == status


@pytest.mark.parametrize(("sent", "told"), [({}, False), ({"authorization": "Bearer another"}, True)])
def test_a_wrong_token_is_told_from_a_missing_one(sent: dict[str, str], told: bool) -> None:
    with pytest.raises(ApiError) as refused:
        Guard(token=TOKEN).check(Request("GET", "/__admin/health", "", sent, b""))
    assert ("token sent is wrong" in (refused.value.message or "")) is told
