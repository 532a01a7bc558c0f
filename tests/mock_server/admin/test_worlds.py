"""Worlds are made, put back, copied, emptied and forgotten."""

from __future__ import annotations

from tests.mock_server.admin.conftest import Admin

SYNCS = "/collections/aimable/syncs"


def syncs(admin: Admin, world: str) -> int:
    """How many syncs a world holds."""
    return int(admin("GET", f"/worlds/{world}{SYNCS}").body["total"])


def drop_a_sync(admin: Admin, world: str) -> None:
    """One sync less in a world."""
    key = admin("GET", f"/worlds/{world}{SYNCS}").body["items"][0]["key"]
    assert admin("DELETE", f"/worlds/{world}{SYNCS}/{key}").status == 204


def test_a_new_world_is_shown_as_it_was_made(admin: Admin) -> None:
    made = admin("POST", "/worlds", {"name": "other", "scenario": "all-failing", "seed": 7})
    assert made.status == 201
    assert (made.body["scenario"], made.body["seed"]) == ("all-failing", 7)
    listed = admin("GET", "/worlds").body
    assert [one["name"] for one in listed["items"]] == ["default", "mine", "other"]
    assert listed["total"] == 3


def test_a_name_that_is_taken_is_a_conflict(admin: Admin) -> None:
    assert admin("POST", "/worlds", {"name": "mine"}).status == 409


def test_an_unknown_scenario_is_a_conflict_that_names_those_there_are(admin: Admin) -> None:
    refused = admin("POST", "/worlds", {"name": "other", "scenario": "nothing-of-the-kind"})
    assert refused.status == 409
    assert "first-run" in refused.detail


def test_more_worlds_than_the_server_keeps_are_a_conflict(admin: Admin) -> None:
    statuses = [admin("POST", "/worlds", {"name": f"w{number}"}).status for number in range(3)]
    assert statuses == [201, 201, 409]


def test_a_name_no_world_can_have_is_refused_with_its_place(admin: Admin) -> None:
    refused = admin("POST", "/worlds", {"name": "Not A Name"})
    assert refused.status == 422
    assert (refused.body["errors"][0]["pointer"], refused.body["errors"][0]["rule"]) == ("/name", "pattern")
    assert admin("GET", "/worlds/Not-A-Name").status == 422


def test_a_deleted_world_is_gone(admin: Admin) -> None:
    assert admin("DELETE", "/worlds/mine").status == 204
    assert admin("GET", "/worlds/mine").status == 404
    assert admin("DELETE", "/worlds/mine").status == 404


def test_the_default_world_stays(admin: Admin) -> None:
    assert admin("DELETE", "/worlds/default").status == 409


def test_a_reset_world_is_as_it_began(admin: Admin) -> None:
    before = syncs(admin, "mine")
    drop_a_sync(admin, "mine")
    assert syncs(admin, "mine") == before - 1
    assert admin("POST", "/worlds/mine/reset").status == 200
    assert syncs(admin, "mine") == before


def test_a_reset_may_begin_another_scenario(admin: Admin) -> None:
    begun = admin("POST", "/worlds/mine/reset", {"scenario": "empty", "seed": 3}).body
    assert (begun["scenario"], begun["seed"], syncs(admin, "mine")) == ("empty", 3, 0)
    assert admin("POST", "/worlds/mine/reset", {"scenario": "no-such"}).status == 409
    nobody = admin("POST", "/worlds/nobody/reset")
    assert (nobody.status, "POST /__admin/worlds creates one" in nobody.detail) == (404, True)


def test_a_fork_goes_its_own_way(admin: Admin) -> None:
    drop_a_sync(admin, "mine")
    left = syncs(admin, "mine")
    assert admin("POST", "/worlds/mine/fork", {"name": "copy"}).status == 201
    drop_a_sync(admin, "copy")
    assert (syncs(admin, "mine"), syncs(admin, "copy")) == (left, left - 1)
    assert admin("POST", "/worlds/mine/fork", {"name": "copy"}).status == 409
    assert admin("POST", "/worlds/nobody/fork", {"name": "more"}).status == 404


def test_clearing_empties_what_is_named_and_nothing_else(admin: Admin) -> None:
    admin("POST", "/worlds/mine/faults", {"kind": "reset"})
    admin("POST", "/worlds/mine/overrides", {"code": 404})
    assert admin("POST", "/worlds/mine/clear", {"parts": ["faults"]}).status == 204
    world = admin("GET", "/worlds/mine").body
    assert (world["faults"], world["overrides"]) == (0, 1)
    assert admin("POST", "/worlds/mine/clear", {"parts": []}).status == 422
    assert admin("POST", "/worlds/nobody/clear", {"parts": ["faults"]}).status == 404


def test_bodies_that_are_no_json_are_distinguished(admin: Admin) -> None:
    assert admin("POST", "/worlds", b"{").status == 422
    assert admin("POST", "/worlds", b"\xff\xfe\xff").status == 400
    assert admin("POST", "/worlds", b"name=a", content_type="application/x-www-form-urlencoded").status == 415
    assert admin("POST", "/worlds").status == 422
