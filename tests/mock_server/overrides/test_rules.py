"""Armed overrides: so many requests get them, no more and no fewer."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.operation import DocumentedResponse, Operation
from mock_server.object_reader import MemberError
from mock_server.overrides.preference import ResponsePreference
from mock_server.overrides.rules import (
    MAX_OVERRIDES,
    Override,
    OverrideConflictError,
    OverrideRules,
    parse_override,
    parse_overrides,
)
from mock_server.when import METHODS, RequestFacts

EXAMPLES: dict[str, dict[str, Any]] = {"application/json": {"short": {}, "long": {}}}
ITEM = Operation(
    "shop",
    "getItem",
    "GET",
    "/item",
    (),
    None,
    {"200": DocumentedResponse({}, {}), "404": DocumentedResponse({"application/json": True}, {}, EXAMPLES)},
    (),
)
ASKED = RequestFacts("shop", ITEM, None, datetime(2026, 3, 1, tzinfo=UTC), method="GET")
NAMES = st.text(min_size=1, max_size=20)
OVERRIDES = st.fixed_dictionaries(
    {"id": st.just("an-id"), "code": st.integers(200, 599), "times": st.integers(1, 10**6)},
    optional={
        "contract": NAMES,
        "operation": NAMES,
        "method": st.sampled_from(METHODS),
        "example": NAMES,
        "wait": st.floats(0, 60),
    },
)


def override(**members: Any) -> Override:
    return parse_override({"code": 404, **members})


@given(OVERRIDES)
def test_an_override_is_written_as_it_was_read(document: dict[str, Any]) -> None:
    read = parse_override(document)
    assert json.loads(json.dumps(read.to_json())) == document
    assert parse_override(read.to_json()) == read


@pytest.mark.parametrize(
    ("document", "place", "told"),
    [
        ({}, "", "at least one of: code, example, wait"),
        ({"code": 199}, "/code", "from 200 to 599"),
        ({"code": "404"}, "/code", "an integer"),
        ({"wait": 60.5}, "/wait", "from 0 to 60"),
        ({"code": 404, "method": "get"}, "/method", "one of: GET, PUT"),
        ({"code": 404, "times": 0}, "/times", 'from 1 to 1000000, or "unlimited"'),
        ({"code": 404, "reply": {}}, "/code", "cannot stand beside reply"),
        ({"reply": {"status": 204, "json": 1}}, "/reply/json", "has no body"),
        ({"reply": {"json": 1, "body": ""}}, "/reply/body", "cannot stand beside json"),
        ({"reply": {"headers": {"Content-Length": "3"}}}, "/reply/headers/Content-Length", "may set"),
        ({"reply": {"headers": {"X": "a\r\nb"}}}, "/reply/headers/X", "printable"),
        ({"sequence": []}, "/sequence", "1 to 100 replies"),
        ({"sequence": ["later"]}, "/sequence/0", "must be an object"),
        ({"wait": 1, "operation": "x", "when": {"operation": "y"}}, "/when/operation", "beside when"),
        ({"wait": 1, "when": {"body": {"$.a[": 1}}}, "/when/body", "'$.a[' is not a JSONPath"),
        ({"wait": 1, "when": {"body": {"$[?" + "(" * 990: 1}}}, "/when/body", "is not a JSONPath"),
        ({"wait": 1, "when": {"body": {"$" + ".a" * 900: 1}}}, "/when/body", "at most 1000 characters"),
        ({"wait": 1, "when": {"body": {"$[?match(@.a,'x')]": 1}}}, "/when/body", "match"),
        ({"wait": 1, "when": {"body": {"type": "none"}}}, "/when/body", "is not a JSON Schema"),
        ({"wait": 1, "when": {"body": {"$ref": "http://x.example/"}}}, "/when/body", "is not a JSON Schema"),
        ({"wait": 1, "when": {"query": {"a": [1]}}}, "/when/query/a", "the text or number to equal, true"),
        ({"code": 404, "status": 4}, "/status", "(allowed: id, contract"),
    ],
)
def test_an_error_names_its_place(document: Any, place: str, told: str) -> None:
    with pytest.raises(MemberError) as caught:
        parse_override(document)
    assert caught.value.place == place
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("members", "fits"),
    [
        ({}, True),
        ({"contract": "shop", "operation": "getItem", "method": "GET"}, True),
        ({"contract": "bank"}, False),
        ({"operation": "putItem"}, False),
        ({"method": "HEAD"}, False),
        ({"code": 409}, False),
        ({"example": "short"}, True),
        ({"example": "missing"}, False),
        ({"code": 200}, True),
        ({"code": 200, "example": "short"}, False),
    ],
)
def test_an_override_meets_requests_that_can_grant_it(members: dict[str, Any], fits: bool) -> None:
    assert (OverrideRules([override(**members)]).take(ASKED) is not None) is fits


@pytest.mark.parametrize(
    ("preference", "status"),
    [
        (ResponsePreference(code=404), 404),
        (ResponsePreference(code=200), None),
        (ResponsePreference(wait=1), None),
        (ResponsePreference(example="long"), 404),
        (ResponsePreference(code=200, example="x"), 200),
    ],
)
def test_the_status_of_success_alone_is_earned_in_the_usual_way(
    preference: ResponsePreference, status: int | None
) -> None:
    assert preference.status(ITEM) == status


def test_the_first_that_fits_is_used_until_it_is_used_up() -> None:
    overrides = OverrideRules([override(id="one", times=2), override(id="two")])
    taken = [overrides.take(ASKED) for _ in range(4)]
    assert [use and use.override.id for use in taken] == ["one", "one", "two", None]
    assert overrides.list() == ()
    assert overrides.left("one") == 0


def test_threads_together_get_it_exactly_so_often() -> None:
    overrides = OverrideRules([override(times=137)])
    with ThreadPoolExecutor(16) as pool:
        got = sum(pool.map(lambda _: overrides.take(ASKED) is not None, range(500)))
    assert got == 137


def test_a_taken_id_and_one_too_many_are_refused() -> None:
    overrides = OverrideRules([override(id="override-1")])
    assert overrides.add(override()).id == "override-2"
    with pytest.raises(OverrideConflictError, match="'override-1' exists already"):
        overrides.add(override(id="override-1"))
    for _ in range(MAX_OVERRIDES - 2):
        overrides.add(override())
    with pytest.raises(OverrideConflictError, match="at most 100"):
        overrides.add(override())


def test_a_removed_override_is_gone() -> None:
    overrides = OverrideRules([override(id="one"), override(id="two")])
    assert overrides.get("one") is not None
    assert overrides.remove("one")
    assert not overrides.remove("one")
    overrides.clear()
    assert overrides.take(ASKED) is None


def test_parsed_overrides_continue_with_their_uses() -> None:
    overrides = OverrideRules([override(times=3), override(example="short", wait=0.5)])
    overrides.take(ASKED)
    again = parse_overrides(json.loads(json.dumps(overrides.to_json())))
    assert again.to_json() == overrides.to_json()
    assert [again.take(ASKED) is not None for _ in range(4)] == [True, True, True, False]
    assert again.add(override()).id == "override-3"


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({}, "/overrides"),
        ({"overrides": [{"code": 404}]}, "/overrides/0/id"),
        ({"overrides": [{"id": "a", "code": 404, "left": 2}]}, "/overrides/0/left"),
        ({"overrides": [{"id": "a", "code": 404}] * 2}, "/overrides/1"),
        ({"overrides": [], "x": 1}, "/x"),
    ],
)
def test_a_damaged_text_is_refused_with_its_place(document: dict[str, Any], place: str) -> None:
    with pytest.raises(MemberError) as caught:
        parse_overrides(document)
    assert caught.value.place == place
