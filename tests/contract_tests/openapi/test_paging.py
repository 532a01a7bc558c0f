"""Lists are walked by documented parameters, and where they end is known or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.openapi.contract import Contract
from contract_tests.openapi.envelopes import items_in
from contract_tests.openapi.paging import following, is_last, shown_next


@pytest.mark.parametrize(
    ("body", "count", "last"),
    [
        ({"data": [], "meta": {"next_cursor": None, "has_more": False}}, 2, True),
        ({"data": [], "meta": {"next_cursor": "x", "has_more": True}}, 2, False),
        ({"data": [], "pagination": {"offset": 0}}, 2, False),
        ([], 2, False),
        ([], 1, True),
    ],
)
def test_a_full_page_that_does_not_say_how_the_list_goes_on_is_not_known_to_be_the_last(
    *, body: Any, count: int, last: bool
) -> None:
    syncs = Contract.load("aimable").operation("listSyncs")

    assert is_last(syncs, {"limit": 2}, body, count=count) is last


def test_numbered_pages_go_on_until_one_is_not_full() -> None:
    connectors = Contract.load("patchworks").operation("listConnectors")

    assert not is_last(connectors, {"page": 3, "per_page": 2}, [1, 2], count=2)
    assert is_last(connectors, {"page": 3, "per_page": 2}, [1], count=1)


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"id": 1}], "meta": {}},
        [{"id": 1}],
        {"connectors": [{"id": 1}], "pagination": {"page": 1}},
        {"result": {"page": 1, "rows": [{"id": 1}]}},
    ],
)
def test_the_things_of_a_list_are_found_in_any_envelope(body: Any) -> None:
    assert items_in(body, "/data", "connectors") == [{"id": 1}]


def test_two_arrays_are_not_distinguished() -> None:
    assert items_in({"first": [1], "second": [2]}, None, "things") is None


@pytest.mark.parametrize(
    ("link", "body", "added"),
    [
        ('</a?limit=1&offset=1>; rel="next"', [1], {"limit": "1", "offset": "1"}),
        ('</a?offset=0>; rel="prev"', [1], None),
        ("", {"data": [1], "meta": {"next_cursor": "c1"}}, {"cursor": "c1"}),
        ("", {"data": [1], "next_page_token": None}, None),
        ("", {"data": [1], "meta": {"limit": 1, "offset": 1, "total": 3}}, {"offset": 2}),
        ("", {"data": [1], "meta": {"limit": 1, "offset": 2, "total": 3}}, None),
        ("", {"data": [1], "meta": {"page": 1, "limit": 1, "total": 2}}, {"page": 2}),
        ("", {"data": [1], "meta": {"page": 2, "limit": 1, "total": 2}}, None),
        ("", {"data": [1]}, None),
    ],
)
def test_an_answer_shows_the_way_on_by_link_cursor_offset_or_number(
    link: str, body: Any, added: dict[str, Any] | None
) -> None:
    assert shown_next(link, body, count=1) == added


@pytest.mark.parametrize(("more", "query"), [(True, {"starting_after": "b"}), (False, None)])
def test_a_list_that_only_says_that_there_is_more_goes_on_behind_its_last_item(
    *, more: bool, query: dict[str, Any] | None
) -> None:
    parameters = [{"name": "starting_after", "in": "query", "schema": {"type": "string"}}]
    paths = {"/files": {"get": {"operationId": "files", "parameters": parameters, "responses": {}}}}
    files = Contract("files", Path("files.yaml"), {"openapi": "3.1.0", "paths": paths}).operation("files")
    page = following(files, {}, {"data": [{"id": "a"}, {"id": "b"}], "has_more": more}, count=2, last="b")
    assert (None if page is None else page.query) == query
