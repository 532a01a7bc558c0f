"""Anything can be put in order next to anything; instants go by time, however they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.behaviours.declared import Collection
from mock_server.behaviours.keys import canonical_key
from mock_server.behaviours.listing import comparable

THINGS = Collection(name="things", storage="things", key="id", ids="uuid", called="Thing")

moments = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2900, 1, 1)).map(  # noqa: DTZ001
    lambda one: one.replace(tzinfo=UTC)
)


def written(moment: datetime, offset: int) -> str:
    """An instant as somebody at this offset writes it; none means Z."""
    there = moment.astimezone(timezone(timedelta(minutes=offset))).isoformat()
    return there if offset else there.replace("+00:00", "Z")


@given(moments, moments, st.sampled_from([0, 60, -330]), st.sampled_from([0, 60, -330]))
def test_instants_are_in_order_of_time(one: datetime, other: datetime, here: int, there: int) -> None:
    first, second = comparable(written(one, here)), comparable(written(other, there))
    assert (first < second, first == second) == (one < other, one == other)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("2026-11-20T09:00:00Z", "2026-11-20T09:00:00.000Z"),
        ("2026-11-20T09:00:00.5Z", "2026-11-20T09:00:00.500+00:00"),
        ("2026-11-20T09:00:00Z", "2026-11-20T10:00:00+01:00"),
    ],
)
def test_one_instant_has_one_place(left: str, right: str) -> None:
    assert comparable(left) == comparable(right)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30T09:00:00Z",
        "2026-11-20T24:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-11-20T09:00:00",
        "20 Nov",
        "",
    ],
)
def test_what_is_no_instant_stands_as_a_text(text: str) -> None:
    assert comparable(text) == (2, text)


def test_nothing_comes_before_numbers_before_texts() -> None:
    assert sorted(["a", 2, None, 1.5], key=comparable) == [None, 1.5, 2, "a"]


UUID = "c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e"


@pytest.mark.parametrize(
    "value", [UUID, UUID.upper(), UUID.replace("-", ""), f"{{{UUID}}}", f"urn:uuid:{UUID}"]
)
def test_a_uuid_names_one_record_however_it_is_written(value: str) -> None:
    assert canonical_key(value, THINGS) == UUID


@pytest.mark.parametrize("value", [f"{UUID}\n", f"{UUID}0", "no-id", "", UUID.replace("a", "g")])
def test_what_is_no_uuid_names_itself(value: str) -> None:
    assert canonical_key(value, THINGS) == value
