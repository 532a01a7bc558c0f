"""Lists are sorted and paginated, whatever they contain."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.behaviours.declared import Collection, Page
from mock_server.behaviours.listing import sort_records
from mock_server.behaviours.paging import (
    RecordPage,
    page_by_cursor,
    page_by_number,
    page_by_offset,
    page_of,
)
from mock_server.errors.api_error import ApiError

THINGS = Collection(name="things", storage="things", key="id", ids="given", called="Thing")
CURSOR = Page(mode="cursor", size="limit", at="cursor", default=3, maximum=None)
OFFSET = Page(mode="offset", size="limit", at="skip", default=3, maximum=10)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.lists(st.integers())
)
RECORDS = st.dictionaries(st.text(min_size=1), VALUES).map(
    lambda rows: [{"id": key, "rank": value} for key, value in rows.items()]
)
URL = "https://api.example.com/things"


def walk(records: list[Any], order: str, limit: int) -> list[Any]:
    """All pages of a list, in order."""
    seen: list[Any] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        cut = page_by_cursor(sort_records(records, order, THINGS), query, CURSOR, order, THINGS)
        seen += cut.records
        assert len(cut.records) <= limit
        if cut.meta["next_cursor"] is None:
            return seen
        query["cursor"] = cut.meta["next_cursor"]


@given(RECORDS, st.sampled_from(["rank", "-rank", "missing"]), st.integers(1, 4))
def test_pages_by_cursor_contain_every_record_once(records: list[Any], order: str, limit: int) -> None:
    assert walk(records, order, limit) == list(sort_records(records, order, THINGS))


def test_timestamps_are_sorted_by_time_whatever_their_form() -> None:
    written = ["2026-06-01T10:00:00Z", "2026-06-01T10:00:00.500Z", "2026-06-01T12:00:01+02:00"]
    records = [{"id": str(number), "at": at} for number, at in enumerate(written)]
    assert sort_records(records[::-1], "at", THINGS) == records


def test_numbers_are_ordered_by_size() -> None:
    records: list[Any] = [
        {"id": "a", "n": 10},
        {"id": "b", "n": 9},
        {"id": "c", "n": None},
        {"id": "d", "n": 9.5},
    ]
    assert [record["id"] for record in sort_records(records, "-n", THINGS)] == ["a", "d", "b", "c"]


def test_a_lenient_list_ignores_an_invalid_cursor() -> None:
    records: list[Any] = [{"id": "a"}, {"id": "b"}]
    cut = page_by_cursor(records, {"cursor": "nonsense"}, CURSOR, "id", THINGS, lenient=True)
    assert cut.records == records


def test_an_offset_skips_records_and_links_keep_it() -> None:
    records: list[Any] = [{"id": str(number)} for number in range(8)]
    sent = [("skip", "3"), ("q", "x y")]
    cut = page_by_offset(records, {"skip": 3}, OFFSET, url=URL, sent=sent)
    assert [record["id"] for record in cut.records] == ["3", "4", "5"]
    assert parse_qs(urlsplit(cut.meta["next"]).query) == {"skip": ["6"], "q": ["x y"]}
    assert parse_qs(urlsplit(cut.meta["prev"]).query)["skip"] == ["0"]
    assert (cut.meta["total"], cut.meta["has_more"]) == (8, True)
    beyond = page_by_offset(records, {"skip": 99}, OFFSET, url=URL, sent=[])
    assert (beyond.records, beyond.meta["next"], beyond.meta["has_more"]) == ([], None, False)


def test_an_empty_list_has_one_empty_page() -> None:
    page = Page(mode="page", size="per_page", at="page", default=15, maximum=100)
    meta = page_by_number([], {}, page, url=URL, sent=[]).meta
    assert (meta["current_page"], meta["last_page"], meta["total"]) == (1, 1, 0)
    assert (meta["from"], meta["to"], meta["next"], meta["prev"]) == (None, None, None, None)


def test_impossible_timestamps_are_sortable() -> None:
    times = ["2016-12-31T23:59:60Z", "0001-01-01T00:00:00+23:59", "2020-02-30T00:00:00Z"]
    records: list[Any] = [{"id": text, "at": text} for text in times]
    assert [record["at"] for record in sort_records(records, "at", THINGS)] == sorted(times)


TOKEN = Page(mode="token", size="limit", at="token", default=3, maximum=None, skip="offset")
KEY = Page(mode="key", size="limit", at="after", default=3, maximum=None, before="before")
SEVEN = [{"id": key} for key in "gbadcfe"]


def ids(page: RecordPage) -> str:
    return "".join(record["id"] for record in page.records)


def test_tokens_keep_their_place_in_the_order_of_the_list():
    first = page_of(SEVEN, TOKEN, {}, THINGS, url=URL)
    assert ids(first) == "gba"
    query = {"token": first.meta["next_cursor"]}
    assert ids(page_of([{"id": "new"}, *SEVEN], TOKEN, query, THINGS)) == "dcf"
    # The record that the token names is gone: its index counts.
    assert ids(page_of([{"id": "x"}, *SEVEN[:2], *SEVEN[3:]], TOKEN, query, THINGS)) == "dcf"


def test_tokens_need_no_keys():
    page = page_of([1, 2, 3, 4], TOKEN, {}, None)
    last = page_of([1, 2, 3, 4], TOKEN, {"token": page.meta["next_cursor"]}, None)
    assert (last.records, last.meta["next_cursor"], last.meta["has_more"]) == ([4], None, False)


def test_a_number_of_records_may_be_skipped_instead():
    page = page_of(SEVEN, TOKEN, {"offset": 4}, THINGS)
    assert (ids(page), page.meta["total"], page.meta["offset"]) == ("cfe", 7, 4)


def test_a_token_that_was_not_issued_is_refused():
    with pytest.raises(ApiError):
        page_of(SEVEN, TOKEN, {"token": "nonsense"}, THINGS)


def test_keys_lead_forwards_and_backwards():
    after = page_of(SEVEN, KEY, {"after": "a"}, THINGS)
    assert (ids(after), after.meta["has_more"]) == ("dcf", True)
    before = page_of(SEVEN, KEY, {"before": "f"}, THINGS)
    assert (ids(before), before.meta["has_more"]) == ("adc", True)
    between = page_of(SEVEN, KEY, {"after": "g", "before": "d"}, THINGS)
    assert (ids(between), between.meta["has_more"]) == ("ba", False)
    with pytest.raises(ApiError):
        page_of(SEVEN, KEY, {"after": "z"}, THINGS)


def test_pages_may_count_from_zero():
    page = Page(mode="page", size="limit", at="page", default=3, maximum=None, first=0)
    first = page_of(SEVEN, page, {}, THINGS, url=URL)
    assert (ids(first), first.meta["current_page"], first.meta["next_number"]) == ("gba", 0, 1)
    last = page_of(SEVEN, page, {"page": 2}, THINGS, url=URL)
    assert (ids(last), last.meta["last_page"], last.meta["pages"], last.meta["next"]) == ("e", 2, 3, None)
