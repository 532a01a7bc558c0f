"""A 3.0 API whose clients choose the keys: PUT creates records, bodies use allOf, lists have no envelope."""

from __future__ import annotations

import pytest

DEVICE = {"name": "Cellar", "kind": "sensor", "provisioningKey": "very-secret-key"}
MERGE = "application/merge-patch+json"
PROBE = "/devices/cellar-probe"


@pytest.fixture
def client(play):
    return play("devices", x_device_key="k")


def test_put_registers_a_device_once_and_replaces_it_then(client):
    response, device = client.ask("PUT", PROBE, {**DEVICE, "location": {"latitude": 1, "longitude": 2}})
    assert (response.status, device["slug"], device["enabled"]) == (201, "cellar-probe", True)
    assert client.ask("GET", PROBE)[1] == device
    assert device in client.ask("GET", "/devices", query="limit=200")[1]
    response, replaced = client.ask("PUT", PROBE, {**DEVICE, "name": "Attic"})
    assert (response.status, replaced["name"], replaced["createdAt"]) == (200, "Attic", device["createdAt"])
    assert "location" not in replaced


def test_read_only_members_are_ignored_and_write_only_ones_hidden(client):
    sent = {**DEVICE, "slug": "other-probe", "createdAt": "2001-01-01T00:00:00Z", "firmware": "9.9.9"}
    response, device = client.ask("PUT", PROBE, sent)
    assert device["slug"] == "cellar-probe"
    assert device["createdAt"] != sent["createdAt"]
    assert device.get("firmware") != "9.9.9"
    assert b"very-secret-key" not in response.body


def test_a_merge_patch_changes_objects_inside_and_may_empty_what_is_nullable(client):
    client.ask("PUT", PROBE, {**DEVICE, "location": {"latitude": 1, "longitude": 2, "floor": 3}})
    changed = {"location": {"latitude": 5, "longitude": 2}}
    _, device = client.ask("PATCH", PROBE, changed, content_type=MERGE)
    assert device["location"] == {"latitude": 5, "longitude": 2, "floor": 3}
    _, device = client.ask("PATCH", PROBE, {"location": None}, content_type=MERGE)
    assert device["location"] is None
    assert client.ask("PATCH", PROBE, b"{}", content_type="text/plain")[0].status == 415


def test_lists_without_envelope_are_filtered_and_paginated(client):
    client.ask("PUT", PROBE, {**DEVICE, "kind": "gateway", "enabled": False})
    _, found = client.ask("GET", "/devices", query="kind=gateway&enabled=false&limit=200")
    assert "cellar-probe" in [record["slug"] for record in found]
    assert {(record["kind"], record["enabled"]) for record in found} == {("gateway", False)}
    _, every = client.ask("GET", "/devices", query="limit=200")
    assert client.ask("GET", "/devices", query="limit=2&offset=1")[1] == every[1:3]


def test_a_device_is_deleted_with_all_values_below_it(client):
    client.ask("PUT", PROBE, DEVICE)
    untouched = client.ask("GET", f"{PROBE}/settings")[1]
    sent = {"timezone": "UTC", "brightness": 7, "wifi": {"ssid": "home", "passphrase": "long enough"}}
    assert client.ask("PUT", f"{PROBE}/settings", sent)[0].status == 204
    settings = client.ask("GET", f"{PROBE}/settings")[1]
    assert settings == {"timezone": "UTC", "brightness": 7, "wifi": {"ssid": "home"}}
    reading = {"metric": "battery", "value": 77.5, "takenAt": "2030-01-01T00:00:00Z"}
    assert client.ask("POST", f"{PROBE}/readings", reading)[0].status == 202
    assert client.ask("GET", f"{PROBE}/readings")[1][0].items() >= reading.items()
    assert client.ask("DELETE", PROBE)[0].status == 204
    assert client.ask("GET", PROBE)[0].status == 404
    assert client.ask("GET", f"{PROBE}/readings")[0].status == 404
    client.ask("PUT", PROBE, DEVICE)
    assert client.ask("GET", f"{PROBE}/readings")[1] == []
    assert client.ask("GET", f"{PROBE}/settings")[1] == untouched


def test_put_creates_records_where_nothing_else_can(client):
    client.ask("PUT", PROBE, DEVICE)
    label = f"{PROBE}/labels/site"
    assert client.ask("PUT", label, {"value": "north"})[0].status == 204
    assert client.ask("PUT", label, {"value": "south"})[0].status == 204
    assert client.ask("GET", f"{PROBE}/labels")[1] == [{"key": "site", "value": "south"}]
    assert client.ask("DELETE", label)[0].status == 204
    assert client.ask("GET", label)[0].status == 404
    assert client.ask("PUT", "/devices/nobody-knows/labels/site", {"value": "x"})[0].status == 404


def test_keys_are_unique_within_a_parent_only(client):
    client.ask("PUT", PROBE, DEVICE)
    client.ask("PUT", "/devices/attic-probe", DEVICE)
    client.ask("PUT", f"{PROBE}/labels/site", {"value": "south"})
    client.ask("PUT", "/devices/attic-probe/labels/site", {"value": "north"})
    assert client.ask("GET", f"{PROBE}/labels/site")[1]["value"] == "south"
    client.ask("DELETE", f"{PROBE}/labels/site")
    assert client.ask("GET", "/devices/attic-probe/labels/site")[1]["value"] == "north"


def test_the_key_in_the_body_of_a_group_must_be_new(client):
    sent = {"slug": "roof-crew", "title": "Roof"}
    assert client.ask("POST", "/groups", sent)[0].status == 201
    assert client.ask("POST", "/groups", sent)[0].status == 409
    assert client.ask("PATCH", "/groups/roof-crew", {"title": "Roofs"})[0].status == 204
    assert client.ask("GET", "/groups/roof-crew")[1]["title"] == "Roofs"
    assert client.ask("DELETE", "/groups/roof-crew")[0].status == 204
    assert client.ask("GET", "/groups/roof-crew")[0].status == 404


def test_a_command_needs_an_existing_device(client):
    client.ask("PUT", PROBE, DEVICE)
    response, command = client.ask("POST", f"{PROBE}/reboot")
    assert (response.status, command["command"]) == (202, "reboot")
    assert client.ask("POST", "/devices/nobody-knows/reboot")[0].status == 404


def test_errors_have_a_message_and_one_per_field(client):
    response, body = client.ask("PUT", PROBE, {"name": "", "kind": "toaster", "provisioningKey": "x" * 12})
    assert response.status == body["status"] == 422
    assert "at least 1 character" in body["error"]
    assert list(body["fields"]) == ["name", "kind"]
    assert client.ask("GET", PROBE)[1] == {"status": 404, "error": "Device cellar-probe not found"}


def test_the_declared_header_is_the_key(client):
    assert client.ask("GET", "/devices", x_device_key="")[0].status == 401
    assert client.ask("GET", "/health", x_device_key="")[1] == b"ok"
