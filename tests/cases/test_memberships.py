"""Existing records in lists of other records, in documents without a behaviour file."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cases.conftest import Mock


@pytest.fixture
def mock(play) -> Mock:
    """A mock with contacts and tasks that have tags."""
    return play("70-memberships.yaml")


def made(mock: Mock, path: str, name: str) -> Any:
    return mock.json("POST", path, status=201, json={"name": name})


def ids(listed: Any) -> list[str]:
    return [each["id"] for each in listed]


def test_one_tag_is_on_two_parents_and_taken_from_one(mock):
    tag = made(mock, "/tags", "urgent")
    ada, bob = made(mock, "/contacts", "Ada")["id"], made(mock, "/contacts", "Bob")["id"]
    for contact in (ada, bob):
        put = {"id": tag["id"], "by": "me"}
        assert mock.json("POST", f"/contacts/{contact}/tags", json=put) == tag
        assert ids(mock.json("GET", f"/contacts/{contact}/tags")["data"]) == [tag["id"]]
    assert mock.json("DELETE", f"/contacts/{ada}/tags/{tag['id']}") == tag
    assert mock.json("GET", f"/contacts/{ada}/tags")["data"] == []
    assert ids(mock.json("GET", f"/contacts/{bob}/tags")["data"]) == [tag["id"]]
    assert mock.json("GET", f"/tags/{tag['id']}") == tag
    assert mock.send("DELETE", f"/tags/{tag['id']}").status_code == 204
    assert mock.json("GET", f"/contacts/{bob}/tags")["data"] == []


def test_a_missing_record_is_put_on_nothing(mock):
    contact = made(mock, "/contacts", "Ada")["id"]
    assert mock.send("POST", f"/contacts/{contact}/tags", json={"id": "no-such-tag"}).status_code == 404


def test_a_verb_changes_the_list_that_the_record_shows(mock):
    tag = made(mock, "/tags", "urgent")
    task = mock.json("POST", "/tasks", status=201, json={"data": {"name": "Write"}})["data"]["id"]
    assert mock.json("POST", f"/tasks/{task}/addTag", json={"data": {"tag": tag["id"]}}) == {"data": {}}
    assert mock.json("GET", f"/tasks/{task}")["data"]["tags"] == [tag]
    assert ids(mock.json("GET", f"/tags/{tag['id']}/tasks")) == [task]
    mock.json("POST", f"/tasks/{task}/removeTag", json={"data": {"tag": tag["id"]}})
    assert mock.json("GET", f"/tasks/{task}")["data"]["tags"] == []
    assert mock.json("GET", f"/tags/{tag['id']}/tasks") == []


def test_a_body_that_names_no_record_adds_none(mock):
    task = mock.json("POST", "/tasks", status=201, json={"data": {"name": "Sweep"}})["data"]
    mock.json("POST", f"/tasks/{task['id']}/addTag", json={})
    assert not mock.json("GET", f"/tasks/{task['id']}")["data"].get("tags")
