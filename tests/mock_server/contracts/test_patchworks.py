"""Patchworks' connectors: stored with their variables, updated in part, tested, destroyed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Answer, Client

BODY = {
    "name": "Warehouse feed",
    "authentication_implementation_id": 1,
    "timezone": "Europe/London",
    "date_format": "c",
    "rate_limit_unit": "minute",
    "rate_limit_duration": 60,
}
VARIABLE = {"key": "token", "label": "Token", "value": "canary-secret", "secret": True}


@pytest.fixture
def connectors(connect: Callable[[str, str], Client]) -> Client:
    return connect("/api/v1/connectors", "mock-patchworks-admin")


def store(connectors: Client, **members: Any) -> Answer:
    return connectors.send("POST", "", {**BODY, **members})


def test_a_stored_connector_reads_back(connectors: Client) -> None:
    stored = store(connectors, connection_pool_id=1, certificate_id="2", session_id="s-1")
    assert stored.status == 200
    assert BODY.items() <= stored.data.items()
    assert (stored.data["connection_pool_id"], stored.data["session_id"]) == (1, "s-1")
    assert connectors.get(f"/{stored.data['id']}").data == stored.data


def test_ids_go_on_after_the_seeded_ones_and_are_not_used_twice(connectors: Client) -> None:
    first = store(connectors).data["id"]
    connectors.send("DELETE", f"/{first}")
    assert first == 41
    assert store(connectors).data["id"] == 42


@pytest.mark.parametrize("implementation", [3, "3"])
def test_an_implementation_is_named_by_number_or_digits(connectors: Client, implementation: object) -> None:
    stored = store(connectors, authentication_implementation_id=implementation)
    assert stored.data["authentication_implementation_id"] == 3


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("authentication_implementation_id", 999),
        ("authentication_implementation_id", "abc"),
        ("connection_pool_id", 999),
        ("certificate_id", "999"),
        ("timezone", "Europe/Atlantis"),
        ("rate_limit_unit", "fortnight"),
        ("rate_limit_duration", "abc"),
    ],
)
def test_a_missing_reference_is_reported_under_its_field(
    connectors: Client, member: str, value: object
) -> None:
    made = store(connectors).data["id"]
    for refused in (
        store(connectors, **{member: value}),
        connectors.send("PUT", f"/{made}", {member: value}),
    ):
        if member == "certificate_id" and refused.status == 200:
            continue
        assert refused.status == 422
        assert list(refused.body["errors"]) == [member]
    assert connectors.get(per_page=1).body["meta"]["total"] == 41


def test_two_connectors_may_share_a_name(connectors: Client) -> None:
    assert [store(connectors).status, store(connectors).status] == [200, 200]


def test_an_update_changes_what_is_sent_and_nothing_else(connectors: Client) -> None:
    before = store(connectors, connection_pool_id=1).data
    after = connectors.send("PUT", f"/{before['id']}", {"type": "source", "session_id": "x"}).data
    assert after == {**before, "type": "source", "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]


def test_null_removes_a_connector_from_its_pool(connectors: Client) -> None:
    made = store(connectors, connection_pool_id=1).data
    assert (
        connectors.send("PUT", f"/{made['id']}", {"connection_pool_id": None}).data["connection_pool_id"]
        is None
    )
    assert connectors.get(f"/{made['id']}").data["connection_pool_id"] is None


def test_variables_are_stored_with_their_connector_and_secrets_masked(connectors: Client) -> None:
    plain = {"key": "url", "label": "URL", "value": "https://a.example", "pivot": {"alias": "Address"}}
    made = store(connectors, variables=[VARIABLE, plain])
    shown = connectors.get(f"/{made.data['id']}", include="variables")
    assert "variables" not in made.data
    assert [record["key"] for record in shown.data["variables"]] == ["token", "url"]
    assert shown.data["variables"][1]["value"] == "https://a.example"
    assert shown.data["variables"][1]["pivot"]["alias"] == "Address"
    assert "canary-secret" not in json.dumps([made.body, shown.body])


def test_an_update_changes_variables_named_by_id_and_adds_the_others(connectors: Client) -> None:
    made = store(connectors, variables=[{"key": "a", "label": "A", "value": "1"}, {"key": "b", "label": "B"}])
    before = connectors.get(f"/{made.data['id']}", include="variables").data["variables"]
    sent = [
        {"id": str(before[0]["id"]), "value": "2", "pivot": {"required": True}},
        {"key": "c", "label": "C"},
    ]
    connectors.send("PUT", f"/{made.data['id']}", {"variables": sent})
    after = connectors.get(f"/{made.data['id']}", include="variables").data["variables"]
    assert [record["key"] for record in after] == ["a", "b", "c"]
    assert (after[0]["id"], after[0]["label"], after[0]["value"]) == (before[0]["id"], "A", "2")
    assert after[0]["pivot"] == {**before[0]["pivot"], "required": True}
    assert after[1] == before[1]


@pytest.mark.parametrize(("sent", "stored"), [(True, True), (1, True), ("1", True), (0, False), ("0", False)])
def test_every_spelling_of_a_boolean_is_stored_as_a_boolean(
    connectors: Client, sent: object, stored: bool
) -> None:
    flags = {"configurable": sent, "required": sent, "advanced": sent}
    flagged = {"key": "a", "label": "A", "secret": sent, "locked": sent, "pivot": flags}
    made = store(connectors, variables=[flagged]).data["id"]
    connectors.send("PUT", f"/{made}", {"variables": [flagged]})
    for record in connectors.get(f"/{made}", include="variables").data["variables"]:
        shown = [record["secret"], record["locked"], *(record["pivot"][name] for name in flags)]
        assert all(value is stored for value in shown)


@pytest.mark.parametrize("wrong", ["yes", 2, [], None])
def test_other_values_for_a_boolean_are_refused(connectors: Client, wrong: object) -> None:
    refused = store(connectors, variables=[{"key": "a", "label": "A", "secret": wrong}])
    assert refused.status == 422
    assert refused.body["errors"] == {
        "variables.0.secret": ["The variables.0.secret field must be true or false."]
    }


def test_an_error_in_a_new_variable_does_not_ask_for_an_id(connectors: Client) -> None:
    made = store(connectors).data["id"]
    sent = [{"key": "a", "label": "A", "locked": "maybe"}, {"id": "1", "locked": "maybe"}, {"key": "b"}]
    refused = connectors.send("PUT", f"/{made}", {"variables": sent})
    assert list(refused.body["errors"]) == ["variables.0.locked", "variables.1.locked", "variables.2.label"]


def test_a_variable_of_another_connector_cannot_be_changed(connectors: Client) -> None:
    made = store(connectors).data["id"]
    foreign = str(connectors.get("/1", include="variables").data["variables"][0]["id"])
    refused = connectors.send("PUT", f"/{made}", {"name": "x", "variables": [{"id": foreign, "value": "x"}]})
    assert (refused.status, list(refused.body["errors"])) == (422, ["variables.0.id"])
    assert connectors.get(f"/{made}").data["name"] == BODY["name"]


def test_null_is_refused_where_it_has_no_meaning(connectors: Client) -> None:
    nulls = {"key": "a", "label": "A", "value": "", "locked": None, "pivot": {"alias": "", "advanced": None}}
    refused = store(connectors, platform_app_key=None, variables=[nulls])
    assert refused.status == 422
    assert set(refused.body["errors"]) == {
        "platform_app_key",
        "variables.0.locked",
        "variables.0.pivot.advanced",
    }


def test_a_destroyed_connector_is_gone(connectors: Client) -> None:
    made = store(connectors, variables=[VARIABLE]).data["id"]
    destroyed = connectors.send("DELETE", f"/{made}")
    assert (destroyed.status, list(destroyed.body)) == (200, ["message"])
    gone = [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/test")]
    assert [connectors.send(method, f"/{made}{rest}", {}).status for method, rest in gone] == [404] * 4
    with connectors.engine.world().store.transaction() as state:
        assert not list(state.find("patchworks/variables", {"connector_id": made}))


def test_a_connector_in_use_is_not_destroyed(connectors: Client) -> None:
    assert connectors.send("DELETE", "/1").status == 409
    assert connectors.get("/1").status == 200


def test_a_test_of_a_connector_has_an_empty_reply(connectors: Client) -> None:
    tested = connectors.send("POST", "/1/test")
    assert (tested.status, tested.body) == (200, None)


@pytest.mark.parametrize("connector", ["abc", "999", "1.0", "01", "-1"])
def test_an_unknown_connector_is_not_found_whatever_the_body(connectors: Client, connector: str) -> None:
    assert connectors.get(f"/{connector}").status == 404
    assert connectors.send("PUT", f"/{connector}", {"rate_limit_duration": "abc"}).status == 404


def test_a_read_only_caller_cannot_store(connectors: Client) -> None:
    reader = connectors.as_("mock-patchworks-read-only")
    assert [reader.get().status, store(reader).status] == [200, 403]
