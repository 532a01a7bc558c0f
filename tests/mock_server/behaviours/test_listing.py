"""Lists that are filtered by an index contain what looking at each record would find."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mock_server.behaviours.declared import Behaviours, Collection, Filter
from mock_server.behaviours.listing import _condition, select_records, sort_order
from mock_server.store.base import Base
from mock_server.store.memory import MemoryStore
from mock_server.store.record import Record
from tests.naive_selection import scan

THINGS = Collection("things", "things", "id", "integer", "Thing")
BEHAVIOURS = Behaviours("test", "problem_json", {"things": THINGS}, {})

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(-3, 3),
    st.sampled_from(
        [
            "",
            "a",
            "Ab",
            "b",
            "2",
            "ß",
            "2026-01-01T00:00:00Z",
            "2026-01-01T01:00:00+01:00",
            "2026-01-02T00:00:00Z",
        ]
    ),
    st.lists(st.integers(0, 2), max_size=2),
)
REQUESTED = st.one_of(
    VALUES,
    st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte", "after", "name"]), VALUES, max_size=2),
)
FILTERS = st.lists(
    st.tuples(
        st.builds(
            Filter,
            st.sampled_from(["size", "at", None]),
            st.sampled_from(["gt", "ge", "lt", "le", "contains", "any", "equal", "differs"]),
        ),
        REQUESTED,
    ),
    max_size=3,
)
ORDERS = st.sampled_from([(), (("size", False),), (("size", True),), (("at", True), ("size", False))])


def satisfies(record: Record, declared: Filter, requested: Any) -> bool:
    """Whether looking at the record alone shows that it satisfies a filter."""
    accepts = _condition(declared, requested)
    values = record.values() if declared.member is None else [record.get(declared.member)]
    return accepts is None or any(map(accepts, values))


@given(
    rows=st.lists(st.tuples(VALUES, VALUES), max_size=12),
    written=st.dictionaries(st.integers(0, 14), st.one_of(st.none(), st.tuples(VALUES, VALUES)), max_size=4),
    filters=FILTERS,
    order=ORDERS,
)
def test_filters_find_the_same_with_and_without_indexes(
    rows: list[Any], written: dict[int, Any], filters: list[Any], order: Any
) -> None:
    records = {str(n): {"id": n, "size": size, "at": at} for n, (size, at) in enumerate(rows)}
    store = MemoryStore(Base.build({"things": records}))
    asked = {"below": {}, "bound": {}, "filters": filters, "order": sort_order(order, None, "id")}
    with store.transaction() as state:
        select_records(state, BEHAVIOURS, THINGS, **asked)  # builds the indexes, which writes must keep
        for number, values in written.items():
            if values is not None:
                state.put("things", str(number), {"id": number, "size": values[0], "at": values[1]})
            elif state.get("things", str(number)) is not None:
                state.delete("things", str(number))
        by_index = select_records(state, BEHAVIOURS, THINGS, **asked)
        by_looking = [
            record
            for record in state.find("things")
            if all(satisfies(record, declared, requested) for declared, requested in filters)
        ]
        index, descending = asked["order"]
        assert list(by_index) == scan(by_looking, order=index, descending=descending)
