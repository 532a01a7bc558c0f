"""Aimable's connectors: created once per key, listed by cursor, browsed, changed, gone with their syncs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from .conftest import Answer, Client

SPACE = "7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
COLLECTION = "9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f"
CONNECTOR = "c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e"
BODY = {"provider_slug": "google-drive", "credential": {"token": "canary-secret"}}


def path(space: str = SPACE, collection: str = COLLECTION) -> str:
    return f"/api-proxy/v1/spaces/{space}/collections/{collection}/connectors"


def create(connectors: Client, key: str, body: Any = None) -> Answer:
    return connectors.send("POST", "", BODY if body is None else body, idempotency_key=key)


@pytest.fixture
def connectors(connect: Callable[[str, str], Client]) -> Client:
    return connect(path(), "mock-aimable-member")


def test_a_new_connector_is_complete_and_belongs_to_its_maker(connectors: Client) -> None:
    made, second = create(connectors, "k1"), create(connectors, "k2")
    connector = made.data
    assert (made.status, connector["status"], connector["scope_config"]) == (201, "active", {})
    assert connector["collection_id"] == COLLECTION
    assert str(UUID(connector["id"])) == connector["id"]
    assert connector["created_at"] == connector["updated_at"]
    assert connector["principal_id"] == second.data["principal_id"]
    assert (
        create(connectors.as_("mock-aimable-admin"), "k1").data["principal_id"] != connector["principal_id"]
    )
    assert connectors.get(f"/{connector['id']}").data == connector


def test_a_repeat_under_one_key_is_answered_alike_and_makes_nothing(connectors: Client) -> None:
    first, before = create(connectors, "key"), connectors.get(limit=100).data
    again = create(connectors, "key")
    assert (again.status, again.body) == (first.status, first.body)
    assert connectors.get(limit=100).data == before


def test_a_repeat_is_answered_alike_even_when_the_connector_is_gone(connectors: Client) -> None:
    first = create(connectors, "key")
    connectors.send("DELETE", f"/{first.data['id']}")
    assert create(connectors, "key").body == first.body
    assert connectors.get(f"/{first.data['id']}").status == 404


def test_a_key_used_for_another_body_is_a_conflict(connectors: Client) -> None:
    create(connectors, "key")
    assert create(connectors, "key", {**BODY, "provider_slug": "slack"}).status == 409


def test_a_refused_attempt_leaves_the_key_free(connectors: Client) -> None:
    assert create(connectors, "key", {**BODY, "provider_slug": "no-such-provider"}).status == 422
    assert create(connectors, "key").status == 201


def test_a_key_counts_for_one_caller_and_one_path(connectors: Client) -> None:
    other = "165be1f3-d811-436a-afad-9eff3da62ac9"
    elsewhere = Client(connectors.engine, path(collection=other), connectors.headers)
    made = [create(caller, "key") for caller in (connectors, elsewhere, connectors.as_("mock-aimable-admin"))]
    assert len({answer.data["id"] for answer in made}) == 3


def test_keys_are_forgotten_by_a_reset_only(connectors: Client) -> None:
    create(connectors, "key")
    connectors.engine.worlds.reset("default")
    assert create(connectors, "key", {**BODY, "provider_slug": "slack"}).status == 201


def test_an_unknown_provider_is_refused_in_the_body(connectors: Client) -> None:
    refused = create(connectors, "key", {**BODY, "provider_slug": "no-such-provider"})
    assert refused.status == 422
    assert [fault["loc"] for fault in refused.body["detail"]] == [["body", "provider_slug"]]


def test_a_provider_that_is_not_set_up_can_be_connected(connectors: Client) -> None:
    connectors.engine.worlds.reset("default")
    admin = connectors.as_("mock-aimable-admin")
    Client(connectors.engine, "/api-proxy/v1/admin/connector-providers/slack/setup", admin.headers).send(
        "DELETE"
    )
    assert create(connectors, "key", {**BODY, "provider_slug": "slack"}).status == 201


def test_an_update_changes_what_it_names_and_nothing_else(connectors: Client) -> None:
    before = create(connectors, "key").data
    scope = {"folder_ids": ["1A2B3C4D"]}
    after = connectors.send("PATCH", f"/{before['id']}", {"scope_config": scope, "id": "other", "x": 1}).data
    assert after == {**before, "scope_config": scope, "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]
    assert connectors.send("PATCH", f"/{before['id']}", {}).status == 200


def test_a_credential_is_never_shown(connectors: Client) -> None:
    made = create(connectors, "key")
    answers = [
        made,
        connectors.get(limit=100),
        connectors.send("PATCH", f"/{made.data['id']}", {"credential": {"token": "canary-secret"}}),
        create(connectors, "other", {**BODY, "provider_slug": 5}),
    ]
    assert "canary-secret" not in json.dumps([answer.body for answer in answers])


def test_a_deleted_connector_is_gone_from_every_operation(connectors: Client) -> None:
    made = create(connectors, "key").data["id"]
    sync = connectors.send("POST", f"/{made}/sync").data["id"]
    assert connectors.send("DELETE", f"/{made}").status == 204
    gone = [("GET", ""), ("DELETE", ""), ("GET", "/browse"), ("GET", "/sync"), ("POST", "/sync")]
    for method, rest in [*gone, ("GET", f"/sync/{sync}"), ("POST", "/sync/cancel")]:
        assert connectors.send(method, f"/{made}{rest}").status == 404
    assert made not in [record["id"] for record in connectors.get(limit=100).data]


def test_cursor_pages_join_up_to_the_whole_list(connectors: Client) -> None:
    archive = Client(connectors.engine, path(collection=_largest(connectors)), connectors.headers)
    whole = archive.get(limit=100).data
    seen, cursor = [], None
    while True:
        page = archive.get(limit=7, **({"cursor": cursor} if cursor else {}))
        seen += page.data
        cursor = page.body["meta"]["next_cursor"]
        assert page.body["meta"]["has_more"] is (cursor is not None)
        if cursor is None:
            break
    assert len(whole) > 20
    assert seen == whole
    assert len(archive.get().data) == 20


def test_a_page_stays_where_it_is_while_connectors_come_and_go(connectors: Client) -> None:
    first = connectors.get(limit=2)
    expected = connectors.get(limit=2, cursor=first.body["meta"]["next_cursor"]).data
    create(connectors, "key")
    connectors.send("DELETE", f"/{first.data[-1]['id']}")
    assert connectors.get(limit=2, cursor=first.body["meta"]["next_cursor"]).data == expected


@pytest.mark.parametrize(
    "cursor", ["abc", "W10", "WzEsMl0", "W1syLDVdLFsyLCJ4Il1d", "eyJhIjoxfQ", "W1syLCAiYSJdLCBbMiwgImIiXV0"]
)
def test_an_invalid_cursor_is_refused(connectors: Client, cursor: str) -> None:
    refused = connectors.get(cursor=cursor)
    assert refused.status == 422
    assert [fault["loc"] for fault in refused.body["detail"]] == [["query", "cursor"]]


def test_a_cursor_that_was_changed_on_the_way_is_refused(connectors: Client) -> None:
    cursor = connectors.get(limit=2).body["meta"]["next_cursor"]
    changed = [
        cursor[:place] + ("B" if cursor[place] != "B" else "C") + cursor[place + 1 :] for place in (5, 12, 30)
    ]
    assert [connectors.get(cursor=cursor).status for cursor in changed] == [422] * 3
    assert connectors.get(cursor=cursor).status == 200


def test_browsing_goes_one_level_at_a_time(connectors: Client) -> None:
    top = connectors.get(f"/{CONNECTOR}/browse").data
    inside = connectors.get(f"/{CONNECTOR}/browse", parent_id="1A2B3C4D").data
    assert "1A2B3C4D" in [item["id"] for item in top]
    assert inside
    assert not {item["id"] for item in inside} & {item["id"] for item in top}
    assert set(inside[0]) == {"id", "name", "type", "has_children"}


def test_what_is_browsed_is_the_provider_s_own(connectors: Client) -> None:
    slack = create(connectors, "key", {**BODY, "provider_slug": "slack"}).data["id"]
    assert {item["type"] for item in connectors.get(f"/{slack}/browse").data} == {"channel"}
    assert connectors.get(f"/{slack}/browse", parent_id="1A2B3C4D").status == 404
    assert connectors.get(f"/{CONNECTOR}/browse", parent_id="no-such-item").status == 404


def test_a_space_of_others_is_forbidden_and_an_unknown_parent_not_found(connectors: Client) -> None:
    outsider = connectors.as_("mock-aimable-outsider")
    assert outsider.get().status == 403
    assert outsider.get(f"/{CONNECTOR}").status == 403
    for unknown in (path(space=str(uuid4())), path(collection=str(uuid4()))):
        assert Client(connectors.engine, unknown, connectors.headers).get().status == 404


def test_a_connector_is_found_below_its_own_collection_only(connectors: Client) -> None:
    elsewhere = Client(connectors.engine, path(collection=_largest(connectors)), connectors.headers)
    assert elsewhere.get(f"/{CONNECTOR}").status == 404
    assert connectors.get(f"/{CONNECTOR}").status == 200


def test_an_id_in_capitals_names_the_same_connector(connectors: Client) -> None:
    assert connectors.get(f"/{CONNECTOR.upper()}").data["id"] == CONNECTOR


def test_a_read_only_caller_cannot_change_anything(connectors: Client) -> None:
    reader = connectors.as_("mock-aimable-read-only")
    assert reader.get().status == 200
    assert create(reader, "key").status == 403


def _largest(connectors: Client) -> str:
    with connectors.engine.world().store.transaction() as state:
        ids = [record["collection_id"] for record in state.find("aimable/connectors", {"space_id": SPACE})]
    return max(set(ids), key=ids.count)
