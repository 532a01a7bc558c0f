"""A state that was saved comes back as it was; a fork goes its own way; a new base keeps what fits."""

from __future__ import annotations

import contextlib
from threading import Thread
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mock_server.store.memory import Base, MemoryStore
from mock_server.store.protocol import Dropped, Record
from tests.mock_server.state import dump_state, fork_store

SEED: dict[str, dict[str, Any]] = {
    "things": {"a": {"parent": "p"}, "b": {"parent": "q"}, "c": {"parent": "p"}},
    "parents": {"p": {}, "q": {}},
}
WRITES = st.lists(
    st.one_of(
        st.tuples(
            st.just("put"),
            st.sampled_from("abcdef"),
            st.fixed_dictionaries({"parent": st.sampled_from(["p", "q", 1, True])}),
        ),
        st.tuples(st.just("delete"), st.sampled_from("abcdef"), st.none()),
        st.tuples(st.just("count"), st.sampled_from("xy"), st.none()),
    ),
    max_size=8,
)


def seeded() -> MemoryStore:
    return MemoryStore(Base.build(SEED, sequences={"x": 7}))


def write(store: MemoryStore, writes: list[tuple[str, str, Any]]) -> None:
    with store.transaction() as state:
        for kind, key, record in writes:
            if kind == "put":
                state.put("things", key, record)
            elif kind == "count":
                state.next_number(key)
            elif state.get("things", key) is not None:
                state.delete("things", key)


def seen(store: MemoryStore) -> object:
    """Everything a client can tell of a store, order and indexes included."""
    dump = dump_state(store)
    with store.transaction() as state:
        found = {parent: list(state.find("things", {"parent": parent})) for parent in ("p", "q", 1)}
    return (
        [(name, list(rows.items())) for name, rows in dump["collections"].items()],
        dump["sequences"],
        found,
    )


@given(WRITES, WRITES, WRITES)
def test_a_restored_state_is_the_saved_one_and_goes_on_like_it(
    before: list[Any], between: list[Any], after: list[Any]
) -> None:
    store, undisturbed = seeded(), seeded()
    write(store, before)
    write(undisturbed, before)
    saved = store.save()
    write(store, between)
    store.restore(saved)
    assert seen(store) == seen(undisturbed)
    write(store, after)
    write(undisturbed, after)
    assert seen(store) == seen(undisturbed)


@given(WRITES, WRITES, WRITES)
def test_a_fork_and_its_origin_do_not_see_each_other(
    before: list[Any], own: list[Any], foreign: list[Any]
) -> None:
    store = seeded()
    write(store, before)
    saved = store.save()
    fork = fork_store(store)
    begun = seen(fork)
    write(store, own)
    assert seen(fork) == begun
    origin = seen(store)
    write(fork, foreign)
    assert seen(store) == origin
    store.restore(saved)
    assert seen(store) == begun


@given(WRITES, WRITES)
def test_changes_tell_what_a_transaction_made_of_each_record(before: list[Any], writes: list[Any]) -> None:
    store = seeded()
    write(store, before)
    earlier = dict(store.save().items("things"))
    with store.transaction() as state:
        first: dict[str, None] = {}
        for kind, key, record in writes:
            if kind == "put":
                state.put("things", key, record)
            elif kind == "delete" and state.get("things", key) is not None:
                state.delete("things", key)
            else:
                continue
            first.setdefault(key)
        within = state.changes()
    later = dict(store.save().items("things"))
    told = {change.key: (change.before, change.after) for change in within}
    differing = {
        key: (earlier.get(key), later.get(key))
        for key in {*earlier, *later}
        if repr(earlier.get(key)) != repr(later.get(key))
    }
    assert told == differing
    assert len(within) == len(told)
    assert state.changes() == within
    assert [change.key for change in within] == [key for key in first if key in told]


def test_changes_stay_readable_when_another_transaction_has_written_since() -> None:
    store = seeded()
    with store.transaction() as state:
        state.put("things", "a", {"parent": "q"})
    write(store, [("put", "a", {"parent": 1})])
    assert [change.after for change in state.changes()] == [{"parent": "q"}]


def test_a_transaction_that_failed_has_changed_nothing() -> None:
    with contextlib.suppress(ZeroDivisionError), seeded().transaction() as state:
        state.delete("things", "a")
        assert state.changes() != ()
        raise ZeroDivisionError
    assert state.changes() == ()


def test_reads_are_what_was_asked_for_each_once() -> None:
    with seeded().transaction() as state:
        state.get("things", "missing")
        list(state.find("things", {"parent": "p"}))
        state.get("things", "a")
        state.put("things", "b", {})
    assert state.reads == (("things", "missing"), ("things", "a"), ("things", "c"))


def test_reads_of_a_long_list_are_cut() -> None:
    rows: dict[str, Record] = {str(number): {} for number in range(5000)}
    with MemoryStore(Base.build({"things": rows})).transaction() as state:
        assert len(list(state.find("things"))) == 5000
        state.get("things", "4999")
    assert ("things", "0") in state.reads
    assert len(state.reads) == 100


def test_saving_resetting_and_forking_touch_no_record_of_the_base() -> None:
    class Untouchable(dict[str, Any]):
        def items(self) -> Any:
            raise AssertionError("walked")

        def __iter__(self) -> Any:
            raise AssertionError("walked")

    base = Base.build(SEED)
    object.__setattr__(base, "records", {"things": Untouchable(SEED["things"])})
    store = MemoryStore(base)
    write(store, [("put", "d", {}), ("delete", "a", None)])
    store.restore(fork_store(store).save())
    assert store.save().get("things", "a") is None
    store.reset()
    assert store.save().get("things", "a") == SEED["things"]["a"]


def test_a_reset_to_another_base_forgets_the_first() -> None:
    store = seeded()
    write(store, [("put", "d", {})])
    store.reset(Base.build({"things": {"z": {}}}))
    assert list(dump_state(store)["collections"]["things"]) == ["z"]
    store.reset()
    assert list(dump_state(store)["collections"]["things"]) == ["z"]


class TestANewBase:
    BASE = Base.build(
        {"things": {"c": {"parent": "new"}, "z": {"parent": "p"}}, "parents": {"p": {}}},
        sequences={"x": 9},
    )

    def rebased(
        self, writes: list[tuple[str, str, Any]], *, refused: str = ""
    ) -> tuple[MemoryStore, list[Dropped]]:
        store = seeded()
        write(store, writes)
        dropped = store.rebase(self.BASE, lambda _, key, __: "does not fit" if key == refused else None)
        return store, dropped

    def test_keeps_what_was_written_and_brings_its_own_records(self) -> None:
        store, dropped = self.rebased([("put", "d", {"parent": "p"}), ("put", "a", {"parent": "q"})])
        assert dropped == []
        assert list(store_items(store)) == ["c", "z", "a", "d"]
        with store.transaction() as state:
            assert list(state.find("things", {"parent": "p"})) == [{"parent": "p"}, {"parent": "p"}]

    def test_keeps_deletions(self) -> None:
        store, _ = self.rebased([("delete", "c", None), ("delete", "b", None)])
        assert list(store_items(store)) == ["z"]

    def test_lists_what_does_not_fit_and_shows_the_new_record_in_its_place(self) -> None:
        store, dropped = self.rebased([("put", "c", {"parent": "mine"})], refused="c")
        assert dropped == [Dropped("things", "c", "does not fit")]
        assert store_items(store)["c"] == {"parent": "new"}

    def test_never_hands_out_a_number_twice(self) -> None:
        store, _ = self.rebased([("count", "x", None), ("count", "y", None)])
        assert dump_state(store)["sequences"] == {"x": 9, "y": 1}

    def test_leaves_a_world_its_records_where_the_old_base_was_its_own(self) -> None:
        store = MemoryStore(Base.build(SEED, own=True))
        write(store, [("put", "d", {"parent": "q"})])
        dropped = store.rebase(self.BASE, lambda _, key, __: "gone" if key in ("b", "q") else None)
        assert {(one.collection, one.key) for one in dropped} == {("things", "b"), ("parents", "q")}
        assert list(store_items(store)) == ["a", "c", "d"]
        assert store.base.own
        with store.transaction() as state:
            assert list(state.find("things", {"parent": "q"})) == [{"parent": "q"}]


def store_items(store: MemoryStore) -> dict[str, Record]:
    return dict(store.save().items("things"))


def test_a_saved_state_is_read_unharmed_while_others_write() -> None:
    store = seeded()
    write(store, [("put", "d", {"parent": "p"})])
    saved = store.save()
    expected = list(saved.items("things"))
    wrong: list[object] = []

    def read() -> None:
        for _ in range(200):
            found = list(saved.items("things"))
            wrong.extend([found] if found != expected else [])

    def churn() -> None:
        for number in range(200):
            write(store, [("put", f"n{number}", {}), ("delete", "d", None), ("put", "d", {})])
            store.restore(saved)

    threads = [Thread(target=one) for one in (read, read, churn, churn)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
