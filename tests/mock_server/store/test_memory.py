"""A store in memory keeps every promise of the protocol, whatever order it is asked in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mock_server.store.memory import Base, MemoryStore
from mock_server.store.protocol import Transaction
from tests.mock_server.state import dump_state

KEYS = st.sampled_from(["a", "b", "c", "d", "e"])
RECORDS = st.fixed_dictionaries(
    {"parent": st.sampled_from([None, "p", "q", 1, True, ["p"]]), "size": st.integers(0, 2)}
)
WHERE = st.one_of(
    st.none(),
    st.fixed_dictionaries({"parent": st.sampled_from([None, "p", "q", 1, True, ["p"]])}),
    st.fixed_dictionaries({"size": st.integers(0, 2)}, optional={"parent": st.sampled_from(["p", "q"])}),
)
WRITES = st.one_of(
    st.tuples(st.just("put"), KEYS, RECORDS),
    st.tuples(st.just("delete"), KEYS, st.none()),
    st.tuples(st.just("count"), st.sampled_from(["x", "y"]), st.none()),
)
SEED = {
    "things": {
        "a": {"parent": "p", "size": 1},
        "b": {"parent": 1, "size": 0},
        "c": {"parent": "p", "size": 2},
    }
}


class GaveUpError(Exception):
    """What a failing request raises in these tests."""


class Model:
    """The same promises kept the plain way."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, Any]] = dict(SEED["things"])
        self.numbers = {"x": 7}

    def write(self, kind: str, key: str, record: dict[str, Any] | None) -> object:
        if kind == "put" and record is not None:
            self.things[key] = record
        elif kind == "delete":
            del self.things[key]
        else:
            self.numbers[key] = self.numbers.get(key, 0) + 1
        return self.numbers.get(key)

    def find(self, where: dict[str, Any] | None) -> list[dict[str, Any]]:
        return [
            record
            for record in self.things.values()
            if all(
                type(record[name]) is type(value) and record[name] == value
                for name, value in (where or {}).items()
            )
        ]


class StoreAgreesWithModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore(Base.build(SEED, sequences={"x": 7}))
        self.model = Model()

    @rule(writes=st.lists(WRITES, max_size=6))
    def commit(self, writes: list[tuple[str, str, Any]]) -> None:
        with self.store.transaction() as state:
            for write in writes:
                self.apply(state, self.model, write)

    @rule(writes=st.lists(WRITES, max_size=6), where=WHERE)
    def fail(self, writes: list[tuple[str, str, Any]], where: dict[str, Any] | None) -> None:
        before, model = dump_state(self.store), Model()
        model.things, model.numbers = dict(self.model.things), dict(self.model.numbers)
        with contextlib.suppress(GaveUpError), self.store.transaction() as state:
            for write in writes:
                self.apply(state, model, write)
            assert list(state.find("things", where)) == model.find(where)
            raise GaveUpError
        assert dump_state(self.store) == before

    @rule()
    def reset(self) -> None:
        self.store.reset()
        self.model = Model()

    @rule(where=WHERE)
    def find(self, where: dict[str, Any] | None) -> None:
        with self.store.transaction() as state:
            assert list(state.find("things", where)) == self.model.find(where)

    @invariant()
    def dumps_agree(self) -> None:
        dump = dump_state(self.store)
        things = dump["collections"].get("things", {})
        assert list(things.items()) == list(self.model.things.items())
        assert dump["sequences"] == self.model.numbers

    @staticmethod
    def apply(state: Transaction, model: Model, write: tuple[str, str, Any]) -> None:
        kind, key, record = write
        if kind == "put":
            state.put("things", key, record)
        elif kind == "count":
            assert state.next_number(key) == model.numbers.get(key, 0) + 1
        elif key in model.things:
            state.delete("things", key)
        else:
            with pytest.raises(KeyError):
                state.delete("things", key)
            return
        model.write(kind, key, record)
        assert state.get("things", key) == model.things.get(key)


TestStoreAgreesWithModel = StoreAgreesWithModel.TestCase
TestStoreAgreesWithModel.settings = settings(max_examples=60, stateful_step_count=20)


def test_two_writers_never_lose_an_update() -> None:
    store = MemoryStore(Base.build({"counters": {"c": {"value": 0}}}))
    start = Barrier(4)

    def count() -> None:
        start.wait()
        for _ in range(500):
            with store.transaction() as state:
                record = state.get("counters", "c")
                assert record is not None
                state.put("counters", "c", {"value": record["value"] + 1})

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.transaction() as state:
        assert state.get("counters", "c") == {"value": 2000}


def test_a_transaction_that_has_ended_refuses_to_work() -> None:
    store = MemoryStore()
    with store.transaction() as state:
        pass
    with pytest.raises(RuntimeError):
        state.put("things", "a", {})


def test_two_stores_on_one_base_do_not_see_each_other() -> None:
    base = Base.build(SEED)
    one, other = MemoryStore(base), MemoryStore(base)
    with one.transaction() as state:
        state.delete("things", "a")
    with other.transaction() as state:
        assert state.get("things", "a") == SEED["things"]["a"]


def test_records_found_may_be_changed_while_walking_them() -> None:
    store = MemoryStore(Base.build(SEED))
    with store.transaction() as state:
        found: Iterator[Any] = state.find("things")
        for key, _ in zip(list(SEED["things"]), found, strict=True):
            state.delete("things", key)
        assert list(state.find("things")) == []


def test_listing_one_parent_reads_no_record_of_another() -> None:
    class Untouchable(dict[str, Any]):
        def get(self, *_: object) -> Any:
            raise AssertionError("read")

    rows: dict[str, Any] = {"mine": {"parent": "p"}, "foreign": {"parent": "q"}}
    base = Base.build({"things": rows})
    with MemoryStore(base).transaction() as state:
        list(state.find("things", {"parent": "q"}))  # the index is built at its first use
    object.__setattr__(base, "records", {"things": {**rows, "foreign": Untouchable()}})
    with MemoryStore(base).transaction() as state:
        assert list(state.find("things", {"parent": "p"})) == [{"parent": "p"}]


def version(store: MemoryStore) -> object:
    with store.transaction() as state:
        return state.version("things")


def test_a_version_stands_for_the_content_of_a_collection_in_any_world() -> None:
    base = Base.build({"things": {"a": {"id": "a"}}})
    one, other = MemoryStore(base), MemoryStore(base)
    assert version(one) is version(other)
    with one.transaction() as state:
        state.put("elsewhere", "b", {"id": "b"})
    assert version(one) is version(other)
    with one.transaction() as state:
        state.put("things", "b", {"id": "b"})
    written = version(one)
    assert written is not version(other)
    with contextlib.suppress(ZeroDivisionError), one.transaction() as state:
        state.put("things", "c", {"id": "c"})
        raise ZeroDivisionError
    assert version(one) is not version(other)
    other.restore(one.save())
    assert version(one) is version(other)


def test_records_are_read_without_looking_for_them() -> None:
    with MemoryStore().transaction() as state:
        state.look_at([("things", "a"), ("things", "a"), ("things", "b")])
        assert state.reads == (("things", "a"), ("things", "b"))
