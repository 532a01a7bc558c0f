"""What a world holds is looked at and edited; secrets are masked, and what does not fit is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_server.admin.conftest import AIMABLE, Admin

CONNECTORS = "/worlds/mine/collections/aimable/connectors"
CONNECTOR = f"{CONNECTORS}/c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e"


def record(admin: Admin, path: str) -> Any:
    return admin("GET", path).body["record"]


def test_collections_are_listed_with_their_sizes(admin: Admin) -> None:
    listed = admin("GET", "/worlds/mine/collections").body["items"]
    connectors = next(
        one for one in listed if one["collection"] == "connectors" and one["contract"] == "aimable"
    )
    assert connectors["records"] == admin("GET", CONNECTORS).body["total"] > 0


def test_records_come_page_by_page_in_one_order(admin: Admin) -> None:
    every = [one["key"] for one in admin("GET", f"{CONNECTORS}?limit=500").body["items"]]
    pages = [admin("GET", f"{CONNECTORS}?limit=2&offset={start}").body for start in (0, 2)]
    assert [one["key"] for page in pages for one in page["items"]] == every[:4]
    assert pages[0]["total"] == len(every)
    assert admin("GET", f"{CONNECTORS}?limit=0").status == 422


def test_secrets_are_masked_and_stay_when_they_come_back_masked(admin: Admin) -> None:
    shown = record(admin, CONNECTOR)
    key = shown["id"]
    with admin.engine.world("mine").store.transaction() as state:
        kept = dict(state.get("aimable/connectors", key) or {})
    assert kept["credential"]
    assert shown["credential"] in ({}, "**********")
    assert admin("PUT", CONNECTOR, {**shown, "status": "paused"}).status == 200
    with admin.engine.world("mine").store.transaction() as state:
        after = dict(state.get("aimable/connectors", key) or {})
    assert after == {**kept, "status": "paused"}


def test_a_misspelled_member_is_refused_as_in_a_scenario_file(admin: Admin) -> None:
    refused = admin("PUT", CONNECTOR, {**record(admin, CONNECTOR), "statsu": "paused"})
    assert refused.status == 409
    assert "unknown member 'statsu' (allowed: collection_id, " in str(refused.body)


def test_an_edited_record_is_what_clients_get(admin: Admin) -> None:
    shown = record(admin, CONNECTOR)
    admin("PUT", CONNECTOR, {**shown, "status": "paused"})
    path = f"/api-proxy/v1/spaces/{shown['space_id']}/collections/{shown['collection_id']}/connectors"
    assert b'"status":"paused"' in admin.client("mine", "GET", path, **AIMABLE).body
    assert b'"status":"paused"' not in admin.client("default", "GET", path, **AIMABLE).body


def test_a_record_under_a_new_key_is_made_and_deleted(admin: Admin) -> None:
    key = "11111111-1111-4111-8111-111111111111"
    made = {**record(admin, CONNECTOR), "id": key}
    assert admin("PUT", f"{CONNECTORS}/{key}", made).status == 201
    assert record(admin, f"{CONNECTORS}/{key.upper()}")["id"] == key
    assert admin("DELETE", f"{CONNECTORS}/{key}").status == 204
    assert admin("GET", f"{CONNECTORS}/{key}").status == 404
    assert admin("DELETE", f"{CONNECTORS}/{key}").status == 404


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"id": "22222222-2222-4222-8222-222222222222"}, "key"),
        ({"collection_id": "22222222-2222-4222-8222-222222222222"}, "collection_id"),
        ({"status": 5}, "status"),
    ],
)
def test_a_record_that_does_not_fit_changes_nothing(admin: Admin, change: dict[str, Any], told: str) -> None:
    before = record(admin, CONNECTOR)
    refused = admin("PUT", CONNECTOR, {**before, **change})
    assert refused.status == 409
    assert told in refused.detail
    assert record(admin, CONNECTOR) == before


def test_a_plan_no_record_could_follow_is_refused(admin: Admin) -> None:
    syncs = "/worlds/mine/collections/aimable/syncs"
    shown = admin("GET", syncs).body["items"][0]
    for plan in ({"x": 1}, "soon", {"begins": "2026-06-10T08:00:00Z", "outcome": "exploded", "total": 3}):
        assert admin("PUT", f"{syncs}/{shown['key']}", {**shown["record"], "plan": plan}).status == 409


def test_what_is_not_there_is_not_found(admin: Admin) -> None:
    for path in ("nobody/collections", "nobody/collections/aimable/syncs"):
        assert admin("GET", f"/worlds/{path}").status == 404
    for place in ("aimable/nothing", "nothing/syncs"):
        path = f"/worlds/mine/collections/{place}"
        assert admin("GET", path).status == 404
        assert admin("GET", f"{path}/x").status == 404
        assert admin("PUT", f"{path}/x", {}).status == 404
        assert admin("DELETE", f"{path}/x").status == 404
        assert admin("POST", f"{path}/x/advance").status == 404
    assert admin("PUT", CONNECTOR, [1]).status == 422
