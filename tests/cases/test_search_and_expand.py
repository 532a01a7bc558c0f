"""Conditions in bodies, and keys shown as records on request, in documents without a behaviour file."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cases.conftest import Mock


@pytest.fixture
def mock(play) -> Mock:
    """A mock with links to files."""
    return play("71-search-expand.yaml")


@pytest.fixture
def file(mock) -> Any:
    """A new file."""
    return mock.json("POST", "/files", status=201, json={"name": "notes.txt"})


def linked(mock: Mock, file: Any, **members: Any) -> Any:
    return mock.json("POST", "/links", status=201, json={"file": file["id"], **members})


def test_a_key_is_shown_as_its_record_where_that_is_asked_for(mock, file):
    link = linked(mock, file)
    assert link["file"] == file["id"]
    assert mock.json("GET", f"/links/{link['id']}?expand[]=file")["file"] == file
    assert mock.json("GET", f"/links/{link['id']}?expand[0]=file")["file"] == file
    assert mock.json("GET", f"/links/{link['id']}")["file"] == file["id"]
    listed = mock.json("GET", "/links?expand[]=data.file")["data"]
    assert file in [each["file"] for each in listed]


def test_a_body_may_ask_for_it_and_the_record_does_not_keep_that(mock, file):
    link = linked(mock, file, expand=["file", "unknown"])
    assert link["file"] == file
    assert "expand" not in mock.json("GET", f"/links/{link['id']}")


def test_a_search_finds_by_the_condition_in_its_body(mock, file):
    small, large = linked(mock, file, size=77_001), linked(mock, file, size=77_002)

    def found(**query: Any) -> list[str]:
        return [each["id"] for each in mock.json("POST", "/links/search", json={"query": query})["data"]]

    assert found(field="size", operator="=", value=77_001) == [small["id"]]
    both = [{"field": "size", "operator": ">", "value": 77_000}, {"field": "file", "value": file["id"]}]
    assert found(operator="AND", value=both) == [small["id"], large["id"]]
    assert found(operator="OR", value=[{"field": "size", "operator": "IN", "value": [77_002]}]) == [
        large["id"]
    ]
