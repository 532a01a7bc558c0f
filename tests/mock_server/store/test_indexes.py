"""What an index answers is what a look at every record finds, whatever happened before."""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mock_server.store import index, sorted_keys
from mock_server.store.base import Base
from mock_server.store.memory import MemoryStore, SavedState
from mock_server.store.protocol import Order, Transaction
from mock_server.store.selection import Selection
from mock_server.store.sorted_keys import EMPTY, SortedKeys
from tests.mock_server.state import dump_state, fork_store
from tests.naive_selection import scan

BY_SIZE = Order("size", lambda record: record["size"])
BY_TEXT = Order("text", lambda record: index.query_text(record["tags"]))
PARENTS = st.sampled_from([None, "p", "q", 1, True, 1.0, ["p"], {"a": 1}])
TAGS = st.one_of(st.sampled_from(["x", "y", 1, None]), st.lists(st.sampled_from(["x", "y", 1]), max_size=2))
KEYS = st.sampled_from("abcdefgh")
RECORDS = st.fixed_dictionaries({"parent": PARENTS, "size": st.integers(0, 2), "tags": TAGS})
WRITES = st.lists(st.one_of(st.tuples(KEYS, RECORDS), st.tuples(KEYS, st.none())), max_size=6)
SEED: dict[str, dict[str, Any]] = {
    "a": {"parent": "p", "size": 1, "tags": "x"},
    "b": {"parent": 1, "size": 0, "tags": ["x", "y"]},
    "c": {"parent": "p", "size": 2, "tags": []},
    "d": {"parent": True, "size": 1, "tags": 1},
}
OTHER_SEED: dict[str, dict[str, Any]] = {
    "c": {"parent": "q", "size": 0, "tags": "y"},
    "h": {"parent": "p", "size": 2, "tags": "x"},
}


class GaveUpError(Exception):
    """What a failing request raises in these tests."""


@dataclass(frozen=True)
class Asked:
    """The arguments of a selection."""

    where: Mapping[str, Any]
    texts: Mapping[Any, Any]
    order: Order | None
    descending: bool


ASKED = st.builds(
    Asked,
    where=st.one_of(st.just({}), st.fixed_dictionaries({"parent": PARENTS})),
    texts=st.one_of(
        st.just({}),
        st.fixed_dictionaries({("size", "text"): st.sets(st.sampled_from("012"), max_size=2)}),
        st.fixed_dictionaries(
            {("tags", "entries"): st.sets(st.sampled_from(["x", "1", "null"]), min_size=1)}
        ),
        st.fixed_dictionaries({("tags", "text"): st.sets(st.sampled_from(["x", "1", '["x", "y"]']))}),
    ),
    order=st.sampled_from([None, BY_SIZE, BY_TEXT]),
    descending=st.booleans(),
)


def agree(state: Transaction, asked: Asked) -> None:
    """Compare a selection with a look at every record, as a whole and in parts."""
    descending = asked.descending and asked.order is not None
    found = state.select("things", asked.where, texts=asked.texts, order=asked.order, descending=descending)
    assert isinstance(found, Selection)
    everything = list(state.find("things"))
    having = [
        record
        for record in everything
        if all(index.token(record[name]) == index.token(value) for name, value in asked.where.items())
    ]
    expected = list(scan(having, asked.texts, asked.order, descending=descending))
    assert list(found) == expected
    assert len(found) == len(expected)
    for start in range(4):
        for stop in (start, start + 1, start + 3):
            part = found[start:stop]
            assert list(part) == expected[start:stop]
            assert list(part[1:]) == expected[start:stop][1:]
    for key in "abcdefgh":
        record = state.get("things", key)
        places = [place for place, other in enumerate(expected) if other is record]
        assert found.place_of(key) == next(iter(places), None)
    if asked.order is not None:
        ranks = [asked.order.rank(record) for record in expected]
        for rank in {*ranks, *([] if asked.order is BY_TEXT else [-1, 5])}:
            if descending:
                following = [record for record, own in zip(expected, ranks, strict=True) if own < rank]
            else:
                following = expected[bisect_right(ranks, rank) :]
            assert list(found.after(rank)) == following


class IndexesAgreeWithScans(RuleBasedStateMachine):
    """Every rule may use an index before, between or after the writes."""

    def __init__(self) -> None:
        super().__init__()
        self.bases = [Base.build({"things": SEED}), Base.build({"things": OTHER_SEED})]
        self.stores = [MemoryStore(self.bases[0]), MemoryStore(self.bases[0])]
        self.saved: list[SavedState] = []

    @rule(store=st.integers(0, 1), writes=WRITES, before=ASKED, after=ASKED)
    def commit(self, store: int, writes: list[Any], before: Asked, after: Asked) -> None:
        with self.stores[store].transaction() as state:
            agree(state, before)
            self.apply(state, writes)
            agree(state, before)
            agree(state, after)

    @rule(store=st.integers(0, 1), first=WRITES, second=WRITES, between=ASKED)
    def fail(self, store: int, first: list[Any], second: list[Any], between: Asked) -> None:
        before = dump_state(self.stores[store])
        with contextlib.suppress(GaveUpError), self.stores[store].transaction() as state:
            self.apply(state, first)
            agree(state, between)
            self.apply(state, second)
            raise GaveUpError
        assert dump_state(self.stores[store]) == before
        self.ask(store, between)

    @rule(store=st.integers(0, 1), asked=ASKED)
    def ask(self, store: int, asked: Asked) -> None:
        with self.stores[store].transaction() as state:
            agree(state, asked)

    @rule(store=st.integers(0, 1))
    def save(self, store: int) -> None:
        self.saved.append(self.stores[store].save())

    @rule(store=st.integers(0, 1), data=st.data())
    def restore(self, store: int, data: st.DataObject) -> None:
        if self.saved:
            self.stores[store].restore(data.draw(st.sampled_from(self.saved)))

    @rule(store=st.integers(0, 1))
    def fork(self, store: int) -> None:
        self.stores[1 - store] = fork_store(self.stores[store])

    @rule(store=st.integers(0, 1))
    def reset(self, store: int) -> None:
        self.stores[store].reset()

    @rule(store=st.integers(0, 1), base=st.integers(0, 1))
    def rebase(self, store: int, base: int) -> None:
        self.stores[store].rebase(self.bases[base], lambda _, key, __: "unlucky" if key in "bf" else None)

    @invariant()
    def counts_agree(self) -> None:
        for store in self.stores:
            with store.transaction() as state:
                assert state.count("things") == len(dict(store_items(state)))

    @staticmethod
    def apply(state: Transaction, writes: list[Any]) -> None:
        for key, record in writes:
            if record is not None:
                state.put("things", key, record)
            elif state.get("things", key) is not None:
                state.delete("things", key)


def store_items(state: Transaction) -> list[tuple[str, Any]]:
    return [(key, record) for key in "abcdefgh" if (record := state.get("things", key)) is not None]


TestIndexesAgreeWithScans = IndexesAgreeWithScans.TestCase
TestIndexesAgreeWithScans.settings = settings(max_examples=60, stateful_step_count=15)


class TestWithNoRoomForIndexes(IndexesAgreeWithScans.TestCase):
    """A collection that keeps no index any more answers the same."""

    settings = settings(max_examples=15, stateful_step_count=10)

    @pytest.fixture(autouse=True)
    def without_room(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("mock_server.store.base.MAX_INDEXES", 1)
        monkeypatch.setattr("mock_server.store.overlay.MAX_INDEXES", 1)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40))), st.integers(0, 40), st.integers(0, 40))
def test_sorted_keys_agree_with_a_sorted_list(
    changes: list[tuple[bool, int]], start: int, length: int
) -> None:
    keys, plain = EMPTY, []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sorted_keys, "_WIDTH", 3)
        for is_new, number in changes:
            entry = (number, str(number))
            if is_new and entry not in plain:
                keys, plain = keys.with_entry(entry), sorted([*plain, entry])
            elif not is_new and entry in plain:
                keys = keys.without_entry(entry)
                plain.remove(entry)
    assert list(keys) == plain
    assert len(keys) == len(plain)
    start = min(start, len(plain))
    stop = min(start + length, len(plain))
    assert list(keys.between(start, stop)) == plain[start:stop]
    assert [keys.position(entry) for entry in plain] == list(range(len(plain)))
    assert [keys.position_after(rank) for rank, _ in plain] == list(range(1, len(plain) + 1))
    assert list(keys.changed(plain[::2], [(99, "x")])) == [*plain[1::2], (99, "x")]


def test_an_entry_that_is_missing_cannot_be_removed() -> None:
    keys = SortedKeys.of([(1, "a"), (2, "b")])
    with pytest.raises(KeyError):
        keys.without_entry((3, "c"))
