"""The store keeps a bounded number of snapshots, also when several clients save at once."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread

import pytest

from mock_server.snapshots.snapshot import take
from mock_server.snapshots.snapshot_store import SnapshotStore, SnapshotStoreFullError
from mock_server.worlds.world import World


def test_snapshots_are_kept_listed_replaced_and_deleted(world: World) -> None:
    shelf, b, a = SnapshotStore(), take("b", world), take("a", world)
    assert not shelf.put(b)
    assert not shelf.put(a)
    assert shelf.list() == (a, b)
    again = replace(b, seed=9)
    assert shelf.put(again)
    assert shelf.get("b") is again
    assert shelf.delete("b")
    assert not shelf.delete("b")
    assert shelf.get("b") is None
    assert len(shelf) == 1


def test_a_full_shelf_takes_only_what_takes_the_place_of_another(world: World) -> None:
    shelf = SnapshotStore(limit=1)
    shelf.put(take("a", world))
    with pytest.raises(SnapshotStoreFullError, match="1 snapshots"):
        shelf.put(take("b", world))
    assert shelf.put(take("a", world))


def test_many_threads_leave_the_shelf_within_its_bound(world: World) -> None:
    shelf, refused = SnapshotStore(limit=10), []

    def fill(thread: int) -> None:
        for number in range(20):
            try:
                shelf.put(take(f"s-{thread}-{number}", world))
            except SnapshotStoreFullError:
                refused.append(number)

    threads = [Thread(target=fill, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shelf.list()) == 10
    assert len(refused) == 70
