"""All values are comparable; timestamps sort by time, whatever their form."""

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
    lambda moment: moment.replace(tzinfo=UTC)
)


def written(moment: datetime, offset: int) -> str:
    """A timestamp written at this UTC offset in minutes, with Z for 0."""
    there = moment.astimezone(timezone(timedelta(minutes=offset))).isoformat()
    return there if offset else there.replace("+00:00", "Z")


@given(moments, moments, st.sampled_from([0, 60, -330]), st.sampled_from([0, 60, -330]))
def test_timestamps_sort_by_time(first: datetime, second: datetime, here: int, there: int) -> None:
    first_key, second_key = comparable(written(first, here)), comparable(written(second, there))
    assert (first_key < second_key, first_key == second_key) == (first < second, first == second)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("2026-11-20T09:00:00Z", "2026-11-20T09:00:00.000Z"),
        ("2026-11-20T09:00:00.5Z", "2026-11-20T09:00:00.500+00:00"),
        ("2026-11-20T09:00:00Z", "2026-11-20T10:00:00+01:00"),
    ],
)
def test_equal_times_have_equal_sort_keys(left: str, right: str) -> None:
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
def test_other_strings_sort_as_text(text: str) -> None:
    assert comparable(text) == (2, text)


def test_null_sorts_before_numbers_before_strings() -> None:
    assert sorted(["a", 2, None, 1.5], key=comparable) == [None, 1.5, 2, "a"]


UUID = "c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e"


@pytest.mark.parametrize(
    "value", [UUID, UUID.upper(), UUID.replace("-", ""), f"{{{UUID}}}", f"urn:uuid:{UUID}"]
)
def test_all_forms_of_a_uuid_have_one_canonical_key(value: str) -> None:
    assert canonical_key(value, THINGS) == UUID


@pytest.mark.parametrize("value", [f"{UUID}\n", f"{UUID}0", "no-id", "", UUID.replace("a", "g")])
def test_other_keys_stay_as_they_are(value: str) -> None:
    assert canonical_key(value, THINGS) == value
