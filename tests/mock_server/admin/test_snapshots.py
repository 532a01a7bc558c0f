"""Worlds are saved, restored, exported, imported and compared."""

from __future__ import annotations

from tests.mock_server.admin.conftest import Admin

SYNCS = "/collections/aimable/syncs"


def first_sync(admin: Admin, world: str) -> str:
    return str(admin("GET", f"/worlds/{world}{SYNCS}").body["items"][0]["key"])


def test_a_snapshot_is_taken_shown_and_deleted(admin: Admin) -> None:
    made = admin("POST", "/snapshots", {"name": "before", "world": "mine"})
    assert (made.status, made.body["world"], made.body["scenario"]) == (201, "mine", "default")
    assert admin("GET", "/snapshots/before").body == made.body
    assert admin("GET", "/snapshots").body == {"items": [made.body], "total": 1}
    assert admin("DELETE", "/snapshots/before").status == 204
    assert admin("GET", "/snapshots/before").status == 404
    assert admin("GET", "/snapshots/before/file").status == 404
    assert admin("DELETE", "/snapshots/before").status == 404


def test_a_name_that_is_taken_and_a_world_that_is_not_there_are_conflicts(admin: Admin) -> None:
    admin("POST", "/snapshots", {"name": "before", "world": "mine"})
    assert admin("POST", "/snapshots", {"name": "before", "world": "mine"}).status == 409
    assert admin("POST", "/snapshots", {"name": "other", "world": "nobody"}).status == 409


def test_a_restored_world_is_as_it_was(admin: Admin) -> None:
    admin("POST", "/worlds/mine/faults", {"kind": "reset"})
    admin("POST", "/snapshots", {"name": "before", "world": "mine"})
    key = first_sync(admin, "mine")
    admin("DELETE", f"/worlds/mine{SYNCS}/{key}")
    admin("POST", "/worlds/mine/clear", {"parts": ["faults"]})
    restored = admin("POST", "/worlds/mine/restore", {"snapshot": "before"})
    assert (restored.status, restored.body["faults"]) == (200, 1)
    assert first_sync(admin, "mine") == key
    assert admin("GET", "/compare?left=snapshot:before&right=world:mine").body["same"] is True


def test_what_cannot_be_restored_is_reported(admin: Admin) -> None:
    assert admin("POST", "/worlds/mine/restore", {"snapshot": "none"}).status == 409
    assert admin("POST", "/worlds/nobody/restore", {"snapshot": "none"}).status == 404


def test_an_export_is_text_to_read_and_can_be_imported(admin: Admin) -> None:
    admin("POST", "/snapshots", {"name": "before", "world": "mine"})
    text = admin("GET", "/snapshots/before/file").response.body
    assert text.startswith(b'{\n  "schema": "connector-contracts/snapshot",\n')
    assert text == admin("GET", "/snapshots/before/file").response.body
    assert admin("PUT", "/snapshots/after/file", text).status == 201
    assert admin("PUT", "/snapshots/after/file", text).status == 200
    assert admin("POST", "/worlds/default/restore", {"snapshot": "after"}).status == 200
    assert first_sync(admin, "default") == first_sync(admin, "mine")


def test_credentials_are_exported_when_they_are_asked_for_only(admin: Admin) -> None:
    admin("POST", "/snapshots", {"name": "before", "world": "mine"})
    masked = admin("GET", "/snapshots/before/file").body
    included = admin("GET", "/snapshots/before/file?secrets=true").body
    assert (masked["secrets"], included["secrets"]) == ("masked", "included")
    assert masked["collections"] != included["collections"]


def test_a_file_of_another_version_or_a_damaged_one_changes_nothing(admin: Admin) -> None:
    admin("POST", "/snapshots", {"name": "before", "world": "mine"})
    file = admin("GET", "/snapshots/before/file").body
    sync = file["collections"]["aimable/syncs"][0]
    damaged = {**sync, "record": {**sync["record"], "status": 5}}
    broken = {**file, "collections": {**file["collections"], "aimable/syncs": [damaged]}}
    for document, words in (
        ({**file, "version": 2}, "the latest supported version is 1"),
        ({**file, "version": 0}, "the oldest supported version is 1"),
        ({**file, "schema": "other"}, "this is not a snapshot"),
        (broken, "/collections/aimable~1syncs/0"),
    ):
        refused = admin("PUT", "/snapshots/after/file", document)
        assert (refused.status, words in refused.detail) == (409, True)
    assert admin("GET", "/snapshots/after").status == 404
    assert admin("PUT", "/snapshots/after/file", {"version": 1}).status == 422


def test_a_comparison_tells_what_differs(admin: Admin) -> None:
    admin("POST", "/worlds/mine/fork", {"name": "copy"})
    key = first_sync(admin, "copy")
    admin("DELETE", f"/worlds/copy{SYNCS}/{key}")
    told = admin("GET", "/compare?left=world:mine&right=world:copy").body
    assert (told["left"], told["right"], told["same"]) == ("world:mine", "world:copy", False)
    assert told["collections"] == [
        {"contract": "aimable", "collection": "syncs", "added": [], "removed": [key], "changed": []}
    ]


def test_what_is_not_there_cannot_be_compared(admin: Admin) -> None:
    assert admin("GET", "/compare?left=world:mine&right=world:nobody").status == 404
    assert admin("GET", "/compare?left=snapshot:none&right=world:mine").status == 404
    assert admin("GET", "/compare?left=mine&right=world:mine").status == 422
    assert admin("GET", "/compare?left=world:mine").status == 422
