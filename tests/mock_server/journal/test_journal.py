"""The journal keeps the newest entries that fit, finds them, and lets others wait for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.journal.journal import OTHER_METHODS, Journal, Journals, RequestQuery
from tests.mock_server.journal.entries import Held, held

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


def _entries(sent: list[tuple[str, str, int, str, int]]) -> list[Held]:
    return [
        held(number, method=method, operation=operation, status=status, path=path, size=size)
        for number, (method, operation, status, path, size) in enumerate(sent, 1)
    ]


def _kept(entries: list[Held], most: int, room: int) -> list[Held]:
    """What should be left, said in another way: the longest end of the list that fits."""
    for start in range(len(entries)):
        end = entries[start:]
        if len(end) <= most and (sum(one.size for one in end) <= room or len(end) == 1):
            return end
    return []


def _holds(wanted: RequestQuery, one: Held) -> bool:
    asked = {
        "operation": one.shown.operation,
        "method": one.shown.method,
        "status": one.shown.status,
        "path": one.path,
        "matched": one.shown.operation != "",
    }
    return all(getattr(wanted, name) in {None, value} for name, value in asked.items())


@given(sent=_SENT, most=st.integers(min_value=1, max_value=12), room=st.integers(min_value=1, max_value=200))
def test_the_newest_that_fit_are_kept(
    sent: list[tuple[str, str, int, str, int]], most: int, room: int
) -> None:
    entries, journal = _entries(sent), Journal(entries=most, size=room)
    for one in entries:
        journal.add(one)
    kept = _kept(entries, most, room)
    assert journal.find() == [one.shown for one in kept]
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
    expected = [one.shown for one in later if _holds(wanted, one)]
    all_of_them = [one for one in entries if _holds(wanted, one)]
    assert journal.count(wanted) == len(all_of_them if wanted.is_counted else expected)
    first = 0 if limit is None else max(0, len(expected) - limit)
    assert journal.find(wanted, limit=limit) == expected[first:]


@given(before=_SENT, after=_SENT)
def test_a_cleared_journal_goes_on_as_a_new_one(
    before: list[tuple[str, str, int, str, int]], after: list[tuple[str, str, int, str, int]]
) -> None:
    journal = Journal(entries=10, size=100)
    for one in _entries(before):
        journal.add(one)
    journal.clear()
    assert journal.find() == []
    for one in _entries(after):
        journal.add(one)
    assert journal.find() == [one.shown for one in _kept(_entries(after), 10, 100)]


def test_waiting_ends_when_enough_have_come() -> None:
    journal = Journal()
    journal.add(held(1))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(journal.wait, RequestQuery(method="GET"), count=3, timeout=30)
        for number in range(2, 5):
            journal.add(held(number))
        assert waiting.result(timeout=30) >= 3


def test_waiting_gives_up_when_the_time_is_up() -> None:
    journal = Journal()
    journal.add(held(1, method="POST"))
    assert journal.wait(RequestQuery(method="GET"), count=1, timeout=0.01) == 0


def test_what_is_there_already_is_not_waited_for() -> None:
    journal = Journal()
    journal.add(held(1))
    assert journal.wait(count=1, timeout=0) == 1


def test_an_entry_that_came_and_went_counts_for_who_waits() -> None:
    journal = Journal(entries=1)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(journal.wait, count=5, timeout=30)
        while not waiting.done():
            journal.add(held(1))
        assert waiting.result() >= 5


def test_many_threads_lose_no_held() -> None:
    journal = Journal(entries=10_000, size=10**9)

    def add(start: int) -> None:
        for number in range(start, start + 200):
            journal.add(held(number))

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
        journal.add(held(number))
    assert journal.count(RequestQuery(after=gone)) == 2


def test_methods_that_clients_invent_are_counted_by_name_up_to_a_limit() -> None:
    journal = Journal(entries=1)
    for number in range(200):
        journal.add(held(number, method=f"M{number}"))
    assert journal.count() == 200
    assert journal.count(RequestQuery(method="M7")) == 1
    assert journal.count(RequestQuery(method=OTHER_METHODS)) == 150
    assert len(journal.counts()) == 51


def test_journals_together_stay_below_their_ceiling_and_the_largest_give_way() -> None:
    journals = Journals(ceiling=1000)
    small, large = journals.new(), journals.new()
    for number in range(10):
        small.add(held(number))
    for number in range(500):
        large.add(held(number))
        assert small.bytes + large.bytes == journals.total <= 1000
    assert small.forgotten == 0
    assert large.forgotten > 0
    assert large.count() == 500
    large.close()
    assert journals.total == small.bytes


def test_an_exchange_larger_than_the_ceiling_is_counted_only() -> None:
    journals = Journals(ceiling=100)
    journal = journals.new()
    journal.add(held(1, size=1000))
    assert (journal.kept, journal.count(), journal.forgotten) == (0, 1, 1)


@pytest.mark.parametrize("worlds", [3, 40])
def test_journals_of_one_size_are_shortened_in_turn(worlds: int) -> None:
    journals = Journals(ceiling=10_000)
    all_of_them = [journals.new() for _ in range(worlds)]
    for number in range(2000):
        all_of_them[number % worlds].add(held(number))
    sizes = [journal.bytes for journal in all_of_them]
    assert min(sizes) > max(sizes) // 2
    assert journals.total == sum(sizes) <= 10_000
