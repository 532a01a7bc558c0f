"""The clock of a world and the pace of its jobs are set from outside."""

from __future__ import annotations

from tests.mock_server.admin.conftest import Admin

SYNCS = "/worlds/mine/lifecycles/aimable/syncs"
RECORDS = "/worlds/mine/collections/aimable/syncs"


def a_running_sync(admin: Admin, **members: object) -> str:
    """The key of a sync of the fixtures, put back to where it ran."""
    shown = admin("GET", RECORDS).body["items"][0]
    running = {**shown["record"], "status": "running", "records_fetched": 0, "completed_at": None, **members}
    assert admin("PUT", f"{RECORDS}/{shown['key']}", running).status == 200
    return str(shown["key"])


def test_a_frozen_clock_stands_until_it_is_advanced(admin: Admin) -> None:
    frozen = admin("PATCH", "/worlds/mine/clock", {"mode": "frozen", "now": "2026-06-10T10:00:00+02:00"})
    assert frozen.body == {"mode": "frozen", "now": "2026-06-10T08:00:00Z", "scale": 1, "step": 1}
    assert admin("GET", "/worlds/mine/clock").body["now"] == "2026-06-10T08:00:00Z"
    advanced = admin("POST", "/worlds/mine/clock/advance", {"seconds": 90.5})
    assert advanced.body["now"] == "2026-06-10T08:01:30.500Z"


def test_members_not_sent_stay(admin: Admin) -> None:
    admin("PATCH", "/worlds/mine/clock", {"mode": "frozen", "step": 5})
    clock = admin("PATCH", "/worlds/mine/clock", {"scale": 60}).body
    assert (clock["mode"], clock["scale"], clock["step"]) == ("frozen", 60, 5)


def test_looking_does_not_move_a_stepped_clock(admin: Admin) -> None:
    before = admin("GET", "/worlds/mine/clock").body
    admin("GET", RECORDS)
    assert (before["mode"], admin("GET", "/worlds/mine/clock").body) == ("stepped", before)


def test_the_clock_has_an_end(admin: Admin) -> None:
    admin("PATCH", "/worlds/mine/clock", {"mode": "frozen", "now": "2199-12-31T23:59:59Z"})
    year = {"seconds": 31622400}
    statuses = [admin("POST", "/worlds/mine/clock/advance", year).status for _ in range(801)]
    assert (statuses[0], statuses[-1]) == (200, 409)
    assert admin("GET", "/worlds/mine/clock").status == 200


def test_what_is_no_clock_is_refused(admin: Admin) -> None:
    for change in ({}, {"mode": "backwards"}, {"scale": 0}, {"now": "yesterday"}, {"speed": 2}):
        assert admin("PATCH", "/worlds/mine/clock", change).status == 422
    assert admin("POST", "/worlds/mine/clock/advance", {"seconds": -1}).status == 422
    assert admin("GET", "/worlds/nobody/clock").status == 404
    assert admin("PATCH", "/worlds/nobody/clock", {"mode": "frozen"}).status == 404
    assert admin("POST", "/worlds/nobody/clock/advance", {"seconds": 1}).status == 404


def test_a_lifecycle_is_shown_with_its_states(admin: Admin) -> None:
    listed = admin("GET", "/worlds/mine/lifecycles").body
    one = admin("GET", SYNCS).body
    assert one in listed["items"]
    assert (one["member"], one["running"], one["fails"]) == ("status", "running", "failed")
    assert one["declared"] is True


def test_a_policy_is_set_and_taken_back(admin: Admin) -> None:
    put = admin("PUT", SYNCS, {"pace": "by_hand", "steps": 2, "fail_at": 1}).body
    assert put["declared"] is False
    assert put["policy"] == {
        "pace": "by_hand",
        "seconds": None,
        "reads": 3,
        "steps": 2,
        "fail_at": 1,
        "outcome": None,
    }
    assert admin("PUT", SYNCS, put["policy"]).body == put
    assert admin("POST", f"{SYNCS}/reset").body["declared"] is True


def test_a_policy_the_lifecycle_cannot_follow_is_a_conflict(admin: Admin) -> None:
    refused = admin("PUT", SYNCS, {"outcome": "exploded"})
    assert refused.status == 409
    assert "completed" in refused.detail
    assert admin("PUT", SYNCS, {"steps": 2, "fail_at": 3}).status == 409
    assert admin("PUT", SYNCS, {"pace": "sideways"}).status == 422


def test_what_does_not_move_has_no_lifecycle(admin: Admin) -> None:
    for place in ("aimable/connectors", "aimable/nothing", "nothing/syncs"):
        for method, path in (("GET", ""), ("PUT", ""), ("POST", "/reset")):
            body = {} if method == "PUT" else None
            assert admin(method, f"/worlds/mine/lifecycles/{place}{path}", body).status == 404
    assert admin("GET", "/worlds/nobody/lifecycles").status == 404


def test_a_record_moves_by_hand_step_by_step(admin: Admin) -> None:
    admin("PUT", SYNCS, {"pace": "by_hand", "steps": 2, "outcome": "completed"})
    key = a_running_sync(admin)
    states = [admin("POST", f"{RECORDS}/{key}/advance").body["record"]["status"] for _ in range(2)]
    assert states == ["running", "completed"]
    assert admin("POST", f"{RECORDS}/{key}/advance").status == 409
    assert admin("POST", f"{RECORDS}/nothing/advance").status == 404


def test_a_policy_reaches_what_is_on_its_way(admin: Admin) -> None:
    admin("PUT", SYNCS, {"pace": "by_hand", "steps": 4, "outcome": "completed"})
    key = a_running_sync(admin)
    admin("POST", f"{RECORDS}/{key}/advance")
    admin("PUT", SYNCS, {"pace": "at_once", "outcome": "failed"})
    admin("POST", "/worlds/mine/clock/advance", {"seconds": 1})
    assert admin("GET", f"{RECORDS}/{key}").body["record"]["status"] == "failed"


def test_an_unknown_collection_and_one_without_lifecycle_have_different_refusals(admin: Admin) -> None:
    missing = admin("GET", "/worlds/mine/lifecycles/aimable/sync")
    assert (missing.status, "'sync'; there are" in missing.detail, "syncs" in missing.detail) == (
        404,
        True,
        True,
    )
    still = admin("GET", "/worlds/mine/lifecycles/aimable/connectors")
    assert (still.status, "has no lifecycle" in still.detail) == (404, True)
