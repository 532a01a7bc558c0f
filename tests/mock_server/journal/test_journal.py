"""The journal keeps the newest entries that fit, finds them, and lets others wait for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.journal.entry import Entry
from mock_server.journal.journal import Journal, RequestQuery
from tests.mock_server.journal.entries import entry

_METHODS = st.sampled_from(["GET", "POST"])
_OPERATIONS = st.sampled_from(["", "listThings", "createThing"])
_STATUSES = st.sampled_from([200, 201, 404])
_PATHS = st.sampled_from(["/things", "/things/1"])
_SENT = st.lists(
    st.tuples(_METHODS, _OPERATIONS, _STATUSES, _PATHS, st.integers(min_value=0, max_value=40)), max_size=30
)
_WANTED = st.builds(
    RequestQuery,
    operation=st.none() | _OPERATIONS,
    method=st.none() | _METHODS,
    status=st.none() | _STATUSES,
    path=st.none() | _PATHS,
    matched=st.none() | st.booleans(),
    after=st.none() | st.integers(min_value=0, max_value=31).map(lambda number: f"w.{number}"),
)


def _entries(sent: list[tuple[str, str, int, str, int]]) -> list[Entry]:
    return [
        entry(number, method=method, operation=operation, status=status, path=path, size=size)
        for number, (method, operation, status, path, size) in enumerate(sent, 1)
    ]


def _kept(entries: list[Entry], most: int, room: int) -> list[Entry]:
    """What should be left, said in another way: the longest end of the list that fits."""
    for start in range(len(entries)):
        end = entries[start:]
        if len(end) <= most and (sum(one.size for one in end) <= room or len(end) == 1):
            return end
    return []


def _holds(wanted: RequestQuery, one: Entry) -> bool:
    asked = {
        "operation": one.operation,
        "method": one.method,
        "status": one.status,
        "path": one.path,
        "matched": one.operation != "",
    }
    return all(getattr(wanted, name) in {None, value} for name, value in asked.items())


@given(sent=_SENT, most=st.integers(min_value=1, max_value=12), room=st.integers(min_value=1, max_value=200))
def test_the_newest_that_fit_are_kept(
    sent: list[tuple[str, str, int, str, int]], most: int, room: int
) -> None:
    entries, journal = _entries(sent), Journal(entries=most, text=room)
    for one in entries:
        journal.add(one)
    kept = _kept(entries, most, room)
    assert journal.find() == kept
    assert journal.forgotten == len(entries) - len(kept)
    assert [one for one in entries if journal.get(one.id) is not None] == kept


@given(sent=_SENT, wanted=_WANTED, limit=st.none() | st.integers(min_value=0, max_value=5))
def test_what_is_asked_for_is_found_in_order_and_counted(
    sent: list[tuple[str, str, int, str, int]], wanted: RequestQuery, limit: int | None
) -> None:
    entries, journal = _entries(sent), Journal(entries=20)
    for one in entries:
        journal.add(one)
    kept = entries[-20:]
    ids = [one.id for one in kept]
    later = kept[ids.index(wanted.after) + 1 :] if wanted.after in ids else kept
    expected = [one for one in later if _holds(wanted, one)]
    assert journal.count(wanted) == len(expected)
    assert journal.find(wanted, limit=limit) == (
        expected if limit is None else expected[-limit:] if limit else []
    )


@given(before=_SENT, after=_SENT)
def test_a_cleared_journal_goes_on_as_a_new_one(
    before: list[tuple[str, str, int, str, int]], after: list[tuple[str, str, int, str, int]]
) -> None:
    journal = Journal(entries=10, text=100)
    for one in _entries(before):
        journal.add(one)
    journal.clear()
    assert journal.find() == []
    for one in _entries(after):
        journal.add(one)
    assert journal.find() == _kept(_entries(after), 10, 100)


def test_waiting_ends_when_enough_have_come() -> None:
    journal = Journal()
    journal.add(entry(1))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(journal.wait, RequestQuery(method="GET"), count=3, timeout=30)
        for number in range(2, 5):
            journal.add(entry(number))
        assert waiting.result(timeout=30) >= 3


def test_waiting_gives_up_when_the_time_is_up() -> None:
    journal = Journal()
    journal.add(entry(1, method="POST"))
    assert journal.wait(RequestQuery(method="GET"), count=1, timeout=0.01) == 0


def test_what_is_there_already_is_not_waited_for() -> None:
    journal = Journal()
    journal.add(entry(1))
    assert journal.wait(count=1, timeout=0) == 1


def test_an_entry_that_came_and_went_counts_for_who_waits() -> None:
    journal = Journal(entries=1)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(journal.wait, count=5, timeout=30)
        while not waiting.done():
            journal.add(entry(1))
        assert waiting.result() >= 5


def test_many_threads_lose_no_entry() -> None:
    journal = Journal(entries=10_000, text=10**9)

    def add(start: int) -> None:
        for number in range(start, start + 200):
            journal.add(entry(number))

    threads = [Thread(target=add, args=(start,)) for start in range(0, 1600, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.id for one in journal.find()} == {f"w.{number}" for number in range(1600)}


@pytest.mark.parametrize("gone", ["w.1", "w.99", "nonsense"])
def test_after_an_entry_that_is_not_there_means_everything(gone: str) -> None:
    journal = Journal(entries=2)
    for number in range(1, 4):
        journal.add(entry(number))
    assert journal.count(RequestQuery(after=gone)) == 2
