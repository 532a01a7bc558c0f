"""HydraCore: connections per customer, grants per instance, and the fetch that both decide."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from .conftest import Answer, Client

CUSTOMER = "160c0c4b-9966-4dc1-a916-8407eb10d74e"
SAME_TENANT = "f0c9d1b2-7425-405e-8844-b446b2e0e471"
OTHER_TENANT = "90f2d8cd-6a92-41b9-8ade-9fb200629a3d"
INSTANCE = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
SECOND_INSTANCE = "06587974-2dbe-4e10-8bf9-38cce0f5a366"
SAME_TENANT_INSTANCE = "992fc3e4-7344-4d82-8c19-21c614ba2c82"
OTHER_TENANT_INSTANCE = "25f4ca1e-1cff-4e7e-be6f-237366291ed6"
SECRET = {"token": "canary-secret", "nested": {"a": [1, None]}}


def path(customer: str) -> str:
    return f"/v1/customers/{customer}/connections"


def create(connections: Client, name: str, /, **members: Any) -> Answer:
    return connections.send("POST", "", {"provider": "gmail", "name": name, "credentials": SECRET, **members})


def grant(connections: Client, connection: str, *capabilities: str, instance: str = INSTANCE) -> Answer:
    body = {"instance_id": instance, "capabilities": list(capabilities)}
    return connections.send("POST", f"/{connection}/grants", body)


@pytest.fixture
def connections(connect: Callable[[str, str], Client]) -> Client:
    return connect(path(CUSTOMER), "mock-hydracore-admin")


@pytest.fixture
def runtime(connect: Callable[[str, str], Client]) -> Client:
    return connect(f"/internal/v1/instances/{INSTANCE}/connections", "mock-proxy-key-1")


def test_a_new_connection_is_active_and_unused(connections: Client) -> None:
    made = create(connections, "new")
    assert made.status == 201
    assert (made.body["status"], made.body["auth_type"], made.body["grants"]) == ("active", "oauth2", [])
    assert [made.body[name] for name in ("scopes", "error_message", "expires_at", "last_used_at")] == [
        None
    ] * 4
    assert made.body["customer_id"] == CUSTOMER
    assert made.body in connections.get().body["connections"]


def test_a_list_counts_its_connections_and_shows_their_grants(connections: Client) -> None:
    listed = connections.get().body
    assert listed["total"] == len(listed["connections"]) > 1
    documented = listed["connections"][0]
    assert "3f1c9a52-6f0e-4f6a-9d8b-2c7e5b1a0d34" in [record["id"] for record in documented["grants"]]
    assert {record["connection_id"] for record in documented["grants"]} == {documented["id"]}


def test_credentials_are_shown_to_granted_instances_only(connections: Client, runtime: Client) -> None:
    made = create(connections, "new", metadata_json={"note": "canary-secret"})
    given = grant(connections, made.body["id"], "send_mail")
    refused = create(connections, "new", scopes=5)
    answers = [made, given, refused, connections.get()]
    assert "canary-secret" not in json.dumps([answer.body for answer in answers])
    assert runtime.get(provider="gmail", name="new").body == {
        "credentials": SECRET,
        "capabilities": ["send_mail"],
    }


@pytest.mark.parametrize(
    ("members", "loc", "type_"),
    [
        ({"auth_type": "carrier pigeon"}, ["body", "auth_type"], "literal_error"),
        ({"name": "n" * 256}, ["body", "name"], "string_too_long"),
        ({"provider": "p" * 51}, ["body", "provider"], "string_too_long"),
        ({"credentials": "text"}, ["body", "credentials"], "dict_type"),
    ],
)
def test_an_invalid_member_is_reported_at_its_location(
    connections: Client, members: dict[str, Any], loc: list[str], type_: str
) -> None:
    before = connections.get().body
    refused = create(connections, "new", **members)
    assert refused.status == 422
    assert [(fault["loc"], fault["type"]) for fault in refused.body["detail"]] == [(loc, type_)]
    assert connections.get().body == before


def test_names_may_be_as_long_as_documented_and_empty(connections: Client) -> None:
    assert create(connections, "n" * 255, provider="p" * 50).status == 201
    assert create(connections, "", credentials={}).status == 201


def test_a_provider_and_name_exist_once_per_customer(connections: Client) -> None:
    create(connections, "new")
    assert create(connections, "new").status == 409
    assert create(connections, "new", provider="xero").status == 201
    elsewhere = Client(connections.engine, path(SAME_TENANT), connections.headers)
    assert create(elsewhere, "new").status == 201


def test_an_instance_has_one_grant_per_connection(connections: Client) -> None:
    made = create(connections, "new").body["id"]
    first = grant(connections, made)
    assert (first.status, first.body["capabilities"]) == (201, [])
    assert grant(connections, made, "send_mail").status == 409
    assert grant(connections, made, "send_mail", instance=SECOND_INSTANCE).status == 201


@pytest.mark.parametrize("instance", ["7a6ba838-35d2-4f03-9db1-8d17e7dc0791", OTHER_TENANT_INSTANCE])
def test_an_unknown_instance_or_one_of_another_tenant_is_not_found(
    connections: Client, instance: str
) -> None:
    made = create(connections, "new").body["id"]
    assert grant(connections, made, instance=instance).status == 404
    assert connections.get().body["connections"][-1]["grants"] == []


def test_an_instance_of_another_customer_of_the_tenant_may_be_granted(connections: Client) -> None:
    made = create(connections, "new").body["id"]
    assert grant(connections, made, instance=SAME_TENANT_INSTANCE).status == 201


def test_a_fetch_needs_an_existing_grant(connections: Client, runtime: Client) -> None:
    made = create(connections, "new").body["id"]
    assert runtime.get(provider="gmail", name="new").status == 404
    given = grant(connections, made, "send_mail").body["id"]
    assert runtime.get(provider="gmail", name="new").status == 200
    assert connections.send("DELETE", f"/{made}/grants/{given}").status == 204
    assert runtime.get(provider="gmail", name="new").status == 404
    assert connections.send("DELETE", f"/{made}/grants/{given}").status == 404


def test_a_capability_outside_the_grant_is_forbidden(connections: Client, runtime: Client) -> None:
    grant(connections, create(connections, "new").body["id"], "send_mail", "read_mail")
    assert runtime.get(provider="gmail", name="new", capability="read_mail").status == 200
    assert runtime.get(provider="gmail", name="new", capability="delete_mail").status == 403


def test_without_a_name_the_oldest_granted_connection_is_fetched(
    connections: Client, runtime: Client
) -> None:
    for name in ("older", "newer", "ungranted"):
        made = create(connections, name, provider="fax", credentials={"which": name}).body["id"]
        if name != "ungranted":
            grant(connections, made)
    assert runtime.get(provider="fax").body["credentials"] == {"which": "older"}


def test_a_fetch_marks_the_connection_used(connections: Client, runtime: Client) -> None:
    grant(connections, create(connections, "new").body["id"])
    runtime.get(provider="gmail", name="new")
    assert connections.get().body["connections"][-1]["last_used_at"] is not None


def test_a_refused_fetch_marks_nothing(connections: Client, runtime: Client) -> None:
    grant(connections, create(connections, "new").body["id"])
    runtime.get(provider="gmail", name="new", capability="none")
    assert connections.get().body["connections"][-1]["last_used_at"] is None


def test_an_expired_connection_can_still_be_fetched(connections: Client, runtime: Client) -> None:
    expired = [record for record in connections.get().body["connections"] if record["status"] == "expired"]
    grant(connections, expired[0]["id"])
    asked = {"provider": expired[0]["provider"], "name": expired[0]["name"]}
    assert runtime.get(**asked).status == 200


def test_deleting_a_connection_deletes_its_grants(connections: Client, runtime: Client) -> None:
    made = create(connections, "new").body["id"]
    given = grant(connections, made).body["id"]
    assert connections.send("DELETE", f"/{made}").status == 204
    assert runtime.get(provider="gmail", name="new").status == 404
    assert connections.send("DELETE", f"/{made}/grants/{given}").status == 404
    assert connections.send("DELETE", f"/{made}").status == 404
    with connections.engine.world().store.transaction() as state:
        assert state.get("hydracore/grants", given) is None


def test_a_proxy_key_opens_its_own_instance_only(runtime: Client) -> None:
    assert runtime.as_("mock-proxy-key-2").get(provider="gmail").status == 401
    assert runtime.as_("mock-hydracore-admin").get(provider="gmail").status == 401
    elsewhere = Client(runtime.engine, f"/internal/v1/instances/{uuid4()}/connections", runtime.headers)
    assert elsewhere.get(provider="gmail").status == 401


def test_a_fetch_names_its_provider(runtime: Client) -> None:
    refused = runtime.get()
    assert (refused.status, refused.body["detail"][0]["loc"]) == (422, ["query", "provider"])


def test_records_of_another_tenant_do_not_exist(connections: Client) -> None:
    stranger = connections.as_("mock-hydracore-other-tenant")
    made = create(connections, "new").body["id"]
    unknown = Client(connections.engine, path(str(uuid4())), connections.headers)
    answers = [
        stranger.get(),
        create(stranger, "new"),
        stranger.send("DELETE", f"/{made}"),
        grant(stranger, made),
        unknown.get(),
        Client(connections.engine, path(OTHER_TENANT), connections.headers).get(),
    ]
    assert [answer.status for answer in answers] == [404] * 6


def test_a_connection_is_found_below_its_own_customer_only(connections: Client) -> None:
    made = create(connections, "new").body["id"]
    elsewhere = Client(connections.engine, path(SAME_TENANT), connections.headers)
    assert elsewhere.send("DELETE", f"/{made}").status == 404
    assert connections.send("DELETE", f"/{made}").status == 204


def test_scopes_of_a_key_decide_what_it_may_do(connections: Client) -> None:
    reader = connections.as_("mock-hydracore-read-only-key", header="x-api-key", scheme="")
    powerless = connections.as_("mock-hydracore-no-scopes-key", header="x-api-key", scheme="")
    assert [reader.get().status, create(reader, "new").status] == [200, 403]
    assert powerless.get().status == 403
