"""A comparison shows exactly what differs, and no secret."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.behaviours.policy import Policy
from mock_server.faults.rules import parse_rule
from mock_server.redaction import Secrets
from mock_server.snapshots.comparison import Comparison, compare
from mock_server.snapshots.parse import LoadedContracts, parse
from mock_server.snapshots.serialize import serialize
from mock_server.snapshots.snapshot import Snapshot, take
from mock_server.store.base import Base
from mock_server.store.memory import MemoryStore, SavedState
from mock_server.worlds.world import World
from tests.mock_server.snapshots.conftest import NewWorld

NO_SECRETS = Secrets(frozenset(), {}, {})
SEED: dict[str, dict[str, Any]] = {
    "shop/things": {key: {"size": 1} for key in "abc"},
    "shop/other": {"z": {}},
}
WRITES = st.lists(
    st.tuples(
        st.sampled_from(list(SEED)),
        st.sampled_from("abcdz"),
        st.none() | st.fixed_dictionaries({"size": st.sampled_from([1, True, 2, None])}),
    ),
    max_size=8,
)


def written(snapshot: Snapshot, writes: list[Any], *, base: Base) -> Snapshot:
    store = MemoryStore(base)
    with store.transaction() as state:
        for collection, key, record in writes:
            if record is not None:
                state.put(collection, key, record)
            elif state.get(collection, key) is not None:
                state.delete(collection, key)
    return replace(snapshot, saved=store.save())


def told(comparison: Comparison) -> set[tuple[str, str, str]]:
    found = set()
    for one in comparison.collections:
        found |= {(one.storage, key, "added") for key in one.added}
        found |= {(one.storage, key, "removed") for key in one.removed}
        found |= {(one.storage, key, "changed") for key in one.changed}
    return found


def expected(left: SavedState, right: SavedState) -> set[tuple[str, str, str]]:
    found = set()
    for name in {*left.collections, *right.collections}:
        before, after = dict(left.items(name)), dict(right.items(name))
        found |= {(name, key, "added") for key in after.keys() - before.keys()}
        found |= {(name, key, "removed") for key in before.keys() - after.keys()}
        both = before.keys() & after.keys()
        found |= {(name, key, "changed") for key in both if repr(before[key]) != repr(after[key])}
    return found


@given(one=WRITES, other=WRITES)
def test_exactly_the_writes_are_found_whether_a_base_is_shared_or_not(
    one: list[Any], other: list[Any], world: World
) -> None:
    empty, base = take("x", world), Base.build(SEED)
    left, right = written(empty, one, base=base), written(empty, other, base=base)
    apart = written(empty, other, base=Base.build(SEED))
    assert told(compare(left, right, NO_SECRETS)) == expected(left.saved, right.saved)
    assert compare(left, apart, NO_SECRETS).to_json() == compare(left, right, NO_SECRETS).to_json()


def test_a_shared_base_is_not_looked_at(world: World) -> None:
    class Untouchable(dict[str, Any]):
        def items(self) -> Any:
            raise AssertionError("walked")

    base = Base.build(SEED)
    object.__setattr__(base, "records", {"shop/things": Untouchable(SEED["shop/things"])})
    left = written(take("x", world), [], base=base)
    right = written(take("x", world), [("shop/things", "a", {"size": 2})], base=base)
    assert told(compare(left, right, NO_SECRETS)) == {("shop/things", "a", "changed")}


def test_fields_are_reported_as_deep_as_they_differ(world: World) -> None:
    base = Base.build({"shop/things": {"a": {"in": {"x/y": 1, "b": [1, {"c": 2}], "d": [1]}, "gone": 1}}})
    after = {"in": {"x/y": 2, "b": [1, {"c": 3}], "d": []}, "new": None}
    left = written(take("x", world), [], base=base)
    right = written(take("x", world), [("shop/things", "a", after)], base=base)
    assert compare(left, right, NO_SECRETS).to_json() == {
        "same": False,
        "collections": [
            {
                "contract": "shop",
                "collection": "things",
                "added": [],
                "removed": [],
                "changed": [
                    {
                        "key": "a",
                        "fields": [
                            {"field": "/in/x~1y", "before": 1, "after": 2},
                            {"field": "/in/b/1/c", "before": 2, "after": 3},
                            {"field": "/in/d", "before": [1], "after": []},
                            {"field": "/gone", "before": 1},
                            {"field": "/new", "after": None},
                        ],
                    }
                ],
            }
        ],
        "settings": [],
    }


def test_a_secret_that_differs_is_reported_and_masked_on_both_sides(world: World, secrets: Secrets) -> None:
    before = take("x", world)
    with world.store.transaction() as state:
        chosen = next(state.find("aimable/connectors"))
        state.put("aimable/connectors", chosen["id"], {**chosen, "credential": {"access_token": "canary"}})
        system = next(state.find("patchworks/variables", {"secret": True}))
        state.put("patchworks/variables", str(system["id"]), {**system, "value": "canary"})
    found = compare(before, take("x", world), secrets).to_json()
    assert "canary" not in repr(found)
    assert "mock-ya29" not in repr(found)
    fields = [one["fields"] for each in found["collections"] for one in each["changed"]]
    assert [[one["field"] for one in each] for each in fields] == [["/credential"], ["/value"]]
    assert all(one["before"] == one["after"] for each in fields for one in each)


def test_a_snapshot_without_its_secrets_differs_by_nothing_else(
    world: World, secrets: Secrets, loaded: LoadedContracts
) -> None:
    snapshot = take("x", world)
    assert compare(snapshot, parse(serialize(snapshot, secrets), loaded), secrets).same
    assert compare(parse(serialize(snapshot, None), loaded), snapshot, secrets).same


def test_settings_that_differ_are_reported(world: World, new_world: NewWorld) -> None:
    other = new_world()
    other.policies["aimable/syncs"] = Policy(pace="by_hand")
    other.faults.add(parse_rule({"id": "slow", "kind": "latency", "fixed_ms": 5}))
    other.clock.set(replace(other.clock.state, mode="frozen"))
    found = compare(take("x", world), replace(take("x", other), seed=8), NO_SECRETS)
    assert [one.field for one in found.settings] == [
        "/seed",
        "/clock/mode",
        "/policies/aimable~1syncs",
        "/faults/rules/slow",
        "/faults/counts/slow",
    ]


@pytest.mark.parametrize(("speed", "same"), [(1.0, True), (2.0, False)])
def test_clocks_that_run_at_one_speed_do_not_differ(world: World, speed: float, same: bool) -> None:
    snapshot = take("x", world)
    running = replace(snapshot.clock, mode="running")
    later = replace(running, now=running.now.replace(year=2030), scale=speed)
    one, other = replace(snapshot, clock=running), replace(snapshot, clock=later)
    assert compare(one, other, NO_SECRETS).same is same
