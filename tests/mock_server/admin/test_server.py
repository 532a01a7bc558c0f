"""The server tells what it plays."""

from __future__ import annotations

from tests.mock_server.admin.conftest import Admin


def test_health_names_contracts_worlds_and_time(admin: Admin) -> None:
    told = admin("GET", "/health").body
    assert told == {
        "status": "ok",
        "contracts": ["aimable", "fastapi_platform", "hydracore", "patchworks"],
        "worlds": 2,
        "scenario": "default",
        "now": "2026-11-20T09:00:00Z",
    }


def test_contracts_tell_what_rules_may_name(admin: Admin) -> None:
    aimable = admin("GET", "/contracts").body["items"][0]
    providers = aimable["operations"][0]
    assert (providers["operation"], providers["method"]) == ("listConnectorProviders", "GET")
    assert {"status": "403", "examples": ["role"]} in providers["statuses"]
    moving = [one["collection"] for one in aimable["collections"] if one["moves"]]
    assert moving == ["syncs"]


def test_a_contract_can_be_read_as_one_document(admin: Admin) -> None:
    document = admin("GET", "/contracts/aimable/openapi.json").body
    assert document["info"]["title"] == admin("GET", "/contracts").body["items"][0]["title"]
    assert (
        admin("GET", "/contracts/admin/openapi.json").body["info"]["title"] == "Admin API of the mock server"
    )
    missing = admin("GET", "/contracts/nothing/openapi.json")
    assert (missing.status, "hydracore" in missing.detail) == (404, True)


def test_scenarios_are_listed_with_a_line_each(admin: Admin) -> None:
    listed = admin("GET", "/scenarios").body["items"]
    assert listed[0]["name"] == "default"
    assert {"empty", "large", "slow"} < {one["name"] for one in listed}
    assert all(one["about"] for one in listed)


def test_every_operation_has_a_handler(admin: Admin) -> None:
    unknown = admin("GET", "/nothing")
    assert (unknown.status, unknown.response.headers["Content-Type"]) == (404, "application/problem+json")
    assert admin("DELETE", "/worlds").response.headers["Allow"] == "GET, HEAD, POST"
