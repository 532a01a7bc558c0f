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


@pytest.mark.parametrize(
    "host",
    [
        "a!b.example",
        "a~b.example",
        "a$b.localhost:1",
        "[::1",
        "[1234]",
        "[::1]x",
        "",
        "a b",
        "127.0.0.1:x",
        "é.localhost",
    ],
)
def test_what_is_no_host_name_is_refused(admin: Admin, host: str) -> None:
    assert asked(admin, Guard(), host=host) == 403


@pytest.mark.parametrize("header", ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"])
def test_a_proxy_makes_no_caller_a_user_of_this_machine(admin: Admin, header: str) -> None:
    sent = {header.replace("-", "_"): "198.51.100.7"}
    assert asked(admin, Guard(), peer="127.0.0.1", **sent) == 403
    token = {"authorization": f"Bearer {TOKEN}"}
    assert asked(admin, Guard(token=TOKEN), peer="127.0.0.1", **sent, **token) == 200


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("application/x-www-form-urlencoded", 403),
        ("multipart/form-data; boundary=b", 403),
        ("Text/Plain", 403),
        ("application/json", 204),
        ("", 204),
    ],
)
def test_a_form_of_a_page_resets_nothing(admin: Admin, media_type: str, status: int) -> None:
    headers = {"content-type": media_type} if media_type else {}
    for path in ("/reset", "/worlds/default/reset"):
        answer = admin.admin_api.handle(Request("POST", f"/__admin{path}", "", headers))
        assert answer.status == (status if status == 403 or path == "/reset" else 200)


def test_another_machine_is_refused(admin: Admin) -> None:
    assert asked(admin, Guard(), peer="192.0.2.7") == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://127.0.0.1:4010"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"origin": "http://127.0.0.1:4010", "sec_fetch_site": "same-site"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": ""}, 403),
        ({"sec_fetch_site": "none"}, 200),
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
def test_a_caller_with_the_token_may_come_from_anywhere(
    admin: Admin, headers: dict[str, str], status: int
) -> None:
    guard = Guard(token=TOKEN)
    assert asked(admin, guard, base="http://mock.example", peer="192.0.2.7", **headers) == status


@pytest.mark.parametrize(("sent", "told"), [({}, False), ({"authorization": "Bearer another"}, True)])
def test_a_wrong_token_is_distinguished_from_a_missing_one(sent: dict[str, str], told: bool) -> None:
    with pytest.raises(ApiError) as refused:
        Guard(token=TOKEN).check(Request("GET", "/__admin/health", "", sent, b""))
    assert ("token sent is wrong" in (refused.value.message or "")) is told


def test_every_operation_declares_how_it_refuses_an_undeclared_query(admin: Admin) -> None:
    contract = admin.admin_api._server_context.contracts["admin"].contract
    undeclared = [id_ for id_, operation in contract.operations.items() if "422" not in operation.responses]
    assert undeclared == []
    for operation in contract.operations.values():
        path = operation.path.replace("{", "").replace("}", "")
        answer = admin.admin_api.handle(Request(operation.method, path, "surely-undeclared=1"))
        assert answer.status in {400, 404, 415, 422}, operation.id


@pytest.mark.parametrize("path", ["/__admin/health/live", "/__admin/health/ready"])
def test_a_probe_of_another_machine_needs_no_token_and_learns_nothing(admin: Admin, path: str) -> None:
    api = AdminApi(admin.admin_api.context, Guard(token=TOKEN))
    response = api.handle(Request("GET", path, base_url="http://10.1.2.3:4010", peer="10.1.2.4"))
    assert (response.status, response.body) == (200, b'{"status":"ok"}')
