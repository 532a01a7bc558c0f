"""What of a world stays when its files change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mock_server.behaviours.policy import Policy
from mock_server.clock import Clock
from mock_server.reloading.rebasing import rebase_worlds
from mock_server.scenarios.scenario import Scenario
from mock_server.webhooks.webhooks import WebhookConfig
from mock_server.worlds.world import World

from .conftest import BOOK, SHELF, Shop


class Going:
    """Two worlds of the shop, while its files change."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        scenario = Scenario("default", "", shop.base())
        self.worlds = [
            World.begin(name, scenario, seed=0, clock=Clock(), webhook_config=WebhookConfig(()))
            for name in ("default", "other")
        ]

    def write(self, collection: str, *records: Mapping[str, Any], world: int = 0) -> None:
        with self.worlds[world].store.transaction() as state:
            for record in records:
                state.put(f"shop/{collection}", record["id"], record)

    def delete(self, collection: str, key: str) -> None:
        with self.worlds[0].store.transaction() as state:
            state.delete(f"shop/{collection}", key)

    def reload(self) -> list[tuple[str, str, str, str]]:
        scenario = Scenario("default", "anew", self.shop.base())
        lost = rebase_worlds(self.worlds, {"default": scenario}, self.shop.fitting())
        assert {world.scenario.about for world in self.worlds} == {"anew"}
        return [(record.world, record.collection, record.key, record.reason) for record in lost]

    def keys(self, collection: str, world: int = 0) -> list[str]:
        with self.worlds[world].store.transaction() as state:
            return [record["id"] for record in state.find(f"shop/{collection}")]


@pytest.fixture
def going(shop: Shop) -> Going:
    return Going(shop)


def book(key: str, **members: Any) -> dict[str, Any]:
    return {"id": key, "title": key.upper(), "shelf_id": "s1", **members}


def test_what_was_written_stays_and_what_the_files_have_anew_is_there(going: Going) -> None:
    going.write("books", book("b1", title="Rewritten"), book("b2"))
    going.shop.write_fixture("books", "Book", book("b1"), book("b9"))
    assert going.reload() == []
    assert going.keys("books") == ["b1", "b9", "b2"]
    assert going.keys("books", world=1) == ["b1", "b9"]
    with going.worlds[0].store.transaction() as state:
        assert (state.get("shop/books", "b1") or {})["title"] == "Rewritten"


def test_what_was_deleted_stays_deleted(going: Going) -> None:
    going.delete("books", "b1")
    assert going.reload() == []
    assert going.keys("books") == []


def test_a_record_that_breaks_the_new_schema_is_dropped_in_its_world_alone(going: Going) -> None:
    going.write("books", book("b2", state="old"), book("b3", state="new"))
    going.write("books", book("b4"), world=1)
    going.shop.write_spec(Book={**BOOK, "properties": {**BOOK["properties"], "state": {"enum": ["new"]}}})
    assert going.reload() == [("default", "shop/books", "b2", 'state must be one of ["new"]')]
    assert going.keys("books") == ["b1", "b3"]
    assert going.keys("books", world=1) == ["b1", "b4"]


def test_a_dropped_record_reveals_the_one_of_the_files(going: Going) -> None:
    going.write("books", book("b1", state="old"))
    going.shop.write_spec(Book={**BOOK, "properties": {**BOOK["properties"], "state": {"enum": ["new"]}}})
    assert len(going.reload()) == 1
    with going.worlds[0].store.transaction() as state:
        assert (state.get("shop/books", "b1") or {})["title"] == "One"


def test_a_member_the_schema_no_longer_has_is_no_reason_to_go(going: Going) -> None:
    going.write("books", book("b2", state="old"))
    properties = {name: schema for name, schema in BOOK["properties"].items() if name != "state"}
    going.shop.write_spec(Book={**BOOK, "properties": properties})
    assert going.reload() == []


def test_a_member_the_schema_now_asks_for_is_missed(going: Going) -> None:
    going.write("notes", {"id": "n1", "name": "a note"})
    going.shop.write_spec(
        Shelf={
            **SHELF,
            "required": ["id", "name", "place"],
            "properties": {**SHELF["properties"], "place": {"type": "string"}},
        }
    )
    going.shop.write_fixture("shelves", "Shelf", {"id": "s1", "name": "First", "place": "left"})
    assert going.reload() == [("default", "shop/notes", "n1", "place is required")]


def test_records_of_a_collection_that_is_gone_are_dropped(going: Going) -> None:
    going.write("notes", {"id": "n1", "name": "a note"})
    going.shop.write_behaviour("notes")
    assert going.reload() == [("default", "shop/notes", "n1", "the collection no longer exists")]
    assert going.keys("notes") == []


def test_what_no_behaviour_file_names_stays(going: Going) -> None:
    going.write("idempotency", {"id": "digest", "answer": {}})
    assert going.reload() == []
    assert going.keys("idempotency") == ["digest"]


def test_what_belongs_to_a_contract_that_is_gone_is_dropped(going: Going) -> None:
    with going.worlds[0].store.transaction() as state:
        state.put("bank/idempotency", "digest", {"answer": {}})
    assert going.reload() == [("default", "bank/idempotency", "digest", "the collection no longer exists")]


def test_what_belonged_to_a_record_that_is_gone_goes_with_it(going: Going) -> None:
    going.write("books", book("b2", shelf_id="s2"))
    going.shop.write_fixture("shelves", "Shelf", {"id": "s1", "name": "First"})
    assert going.reload() == [
        ("default", "shop/books", "b2", "shelf_id refers to a missing record of shelves")
    ]


def test_what_belonged_to_a_record_that_is_dropped_goes_with_it(going: Going) -> None:
    going.write("shelves", {"id": "s3", "name": "a" * 9})
    going.write("books", book("b2", shelf_id="s3"))
    short = {**SHELF, "properties": {**SHELF["properties"], "name": {"type": "string", "maxLength": 8}}}
    going.shop.write_spec(Shelf=short)
    lost = going.reload()
    assert [(collection, key) for _, collection, key, _ in lost] == [
        ("shop/shelves", "s3"),
        ("shop/books", "b2"),
    ]
    assert "name must have at most 8 characters" in lost[0]


def test_a_record_kept_under_another_key_by_now_is_dropped(going: Going) -> None:
    going.write("notes", {"id": "n1", "name": "a note"})
    going.shop.write_behaviour(notes={"key": "name"})
    assert going.reload() == [("default", "shop/notes", "n1", "name must equal the key of the record")]


def test_a_member_that_ties_a_record_to_others_may_have_become_of_another_type(going: Going) -> None:
    going.write("notes", {"id": "n1", "name": "a note", "shelves": 7})
    going.shop.write_behaviour(
        notes={"relations": {"racks": {"listed": "shelves", "by": "shelves", "always": True}}}
    )
    assert going.reload() == [("default", "shop/notes", "n1", "it cannot be presented as declared now")]


LIFECYCLE = {"member": "state", "running": "new", "seconds": [1, 2], "outcomes": {"old": 1, "sold": 1}}


def test_a_record_on_its_way_to_a_state_that_is_gone_is_dropped(going: Going) -> None:
    plan = {"begins": "2026-11-20T09:00:00Z", "ends": "2026-11-20T09:01:00Z", "total": 0}
    going.write("books", book("b2", state="new", plan={**plan, "outcome": "sold"}))
    going.write("books", book("b3", state="new", plan={**plan, "outcome": "old"}))
    going.shop.write_behaviour(books={"lifecycle": {**LIFECYCLE, "outcomes": {"old": 1}}})
    assert going.reload() == [("default", "shop/books", "b2", "plan: the outcome no longer exists")]


def test_a_record_whose_plan_is_none_is_dropped(going: Going) -> None:
    going.write("books", book("b2", state="new", plan="none"))
    going.shop.write_behaviour(books={"lifecycle": LIFECYCLE})
    assert going.reload() == [("default", "shop/books", "b2", "plan must be a valid schedule")]


def test_a_policy_that_means_nothing_any_more_is_dropped(going: Going) -> None:
    going.shop.write_behaviour(books={"lifecycle": LIFECYCLE})
    going.worlds[0].policies = {"shop/books": Policy(outcome="sold"), "shop/notes": Policy()}
    going.worlds[1].policies = {"shop/books": Policy(outcome="old")}
    assert going.reload() == [
        ("default", "shop/notes", "", "lifecycle policy: the collection no longer has a lifecycle")
    ]
    going.shop.write_behaviour(books={"lifecycle": {**LIFECYCLE, "outcomes": {"old": 1}}})
    (lost,) = going.reload()
    assert lost[:3] == ("default", "shop/books", "")
    assert "outcome" in lost[3]
    assert going.worlds[0].policies == {}
    assert going.worlds[1].policies == {"shop/books": Policy(outcome="old")}


def test_numbers_go_on_where_they_were(going: Going) -> None:
    with going.worlds[0].store.transaction() as state:
        assert state.next_number("shop/notes") == 1
    going.reload()
    with going.worlds[0].store.transaction() as state:
        assert state.next_number("shop/notes") == 2


def test_a_reason_quotes_no_value(going: Going) -> None:
    going.write("books", book("b2", state="canary"))
    (lost,) = going.reload()
    assert "canary" not in "".join(lost)
