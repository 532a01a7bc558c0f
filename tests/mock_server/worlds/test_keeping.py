"""Worlds by name: limited in number, removed when idle, reset to their initial state."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mock_server.messages import DEFAULT_WORLD
from mock_server.worlds.worlds import Beginnings, WorldError, Worlds
from tests.mock_server.worlds.conftest import Server

IDLE = 60.0


class Machine:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def worlds(running: Server, machine: Machine) -> Worlds:
    served = running.engine.worlds
    return Worlds(
        served.scenarios, Beginnings(), served.webhook_config, limit=4, idle=IDLE, rate=1, now=machine
    )


def names(worlds: Worlds) -> list[str]:
    return [world.name for world in worlds.known()]


def reason_of(act: Callable[[], object]) -> str:
    with pytest.raises(WorldError) as refused:
        act()
    return refused.value.reason


def test_a_world_is_made_on_first_use_and_found_again(worlds: Worlds) -> None:
    assert names(worlds) == ["default"]
    assert worlds.find("b") is worlds.find("b") is worlds.get("b")
    worlds.find("a")
    assert names(worlds) == ["default", "a", "b"]


def test_looking_for_a_world_makes_none(worlds: Worlds) -> None:
    assert reason_of(lambda: worlds.get("a")) == "missing"
    assert reason_of(lambda: worlds.reset("a")) == "missing"
    assert reason_of(lambda: worlds.remove("a")) == "missing"
    assert names(worlds) == ["default"]


def test_there_is_a_bound_which_replacing_does_not_touch(worlds: Worlds) -> None:
    for name in ("a", "b", "c"):
        worlds.create(name)
    assert reason_of(lambda: worlds.find("d")) == "full"
    assert reason_of(lambda: worlds.create("d")) == "full"
    worlds.reset("c")
    worlds.remove("c")
    assert worlds.find("d").name == "d"


def test_names_are_checked_wherever_a_world_is_made(worlds: Worlds) -> None:
    assert reason_of(lambda: worlds.find("No")) == "name"
    assert reason_of(lambda: worlds.create("No")) == "name"
    assert reason_of(lambda: worlds.create("default")) == "taken"


def test_the_default_world_cannot_be_removed(worlds: Worlds) -> None:
    assert reason_of(lambda: worlds.remove(DEFAULT_WORLD)) == "kept"


def test_a_world_unused_for_too_long_is_forgotten(worlds: Worlds, machine: Machine) -> None:
    worlds.find("left"), worlds.find("used")
    machine.seconds += IDLE - 1
    worlds.find("used")
    machine.seconds += 2
    assert names(worlds) == ["default", "used"]


def test_the_default_world_is_never_forgotten(worlds: Worlds, machine: Machine) -> None:
    first = worlds.find(DEFAULT_WORLD)
    machine.seconds += 1000 * IDLE
    assert names(worlds) == ["default"]
    assert worlds.find(DEFAULT_WORLD) is first


def test_a_forgotten_world_begins_anew_and_makes_room(worlds: Worlds, machine: Machine) -> None:
    first = [worlds.find(name) for name in ("a", "b", "c")]
    machine.seconds += IDLE + 2
    assert worlds.find("a") is not first[0]
    assert worlds.create("d").name == "d"


def test_a_reset_counts_as_being_asked_for(worlds: Worlds, machine: Machine) -> None:
    worlds.find("a")
    machine.seconds += IDLE - 1
    worlds.reset("a")
    machine.seconds += IDLE - 1
    assert names(worlds) == ["default", "a"]


def test_a_reset_keeps_scenario_and_seed_unless_asked_otherwise(worlds: Worlds) -> None:
    worlds.create("a", scenario="empty", seed=7)
    again = worlds.reset("a")
    assert (again.scenario.name, again.rng.seed) == ("empty", 7)
    other = worlds.reset("a", scenario="default")
    assert (other.scenario.name, other.rng.seed) == ("default", 0)
    seeded = worlds.reset("a", seed=3)
    assert (seeded.scenario.name, seeded.rng.seed) == ("default", 3)


def test_worlds_of_one_scenario_share_its_records_and_no_more(worlds: Worlds) -> None:
    a, b = worlds.find("a"), worlds.find("b")
    assert a.store.base is b.store.base
    for part in ("store", "clock", "faults", "overrides", "journal", "policies"):
        assert getattr(a, part) is not getattr(b, part)


def test_the_admin_api_uses_the_world_it_names(worlds: Worlds, machine: Machine) -> None:
    worlds.find("a")
    machine.seconds += IDLE - 1
    worlds.get("a")
    machine.seconds += IDLE - 1
    assert names(worlds) == ["default", "a"]


def test_a_world_with_a_request_under_way_is_never_forgotten(worlds: Worlds, machine: Machine) -> None:
    worlds.enter_new("busy")
    worlds.find("left")
    machine.seconds += 1000 * IDLE
    assert names(worlds) == ["default", "busy"]
    worlds.leave(worlds.get("busy"), sending=10)
    machine.seconds += IDLE + 9
    assert names(worlds) == ["default", "busy"]
    machine.seconds += 3
    assert names(worlds) == ["default"]


def test_requests_create_worlds_below_a_rate_only(worlds: Worlds, machine: Machine) -> None:
    for _ in range(10):
        worlds.enter_new("a")
        worlds.remove("a")
    assert reason_of(lambda: worlds.enter_new("a")) == "rate"
    assert worlds.create("a").name == "a"
    machine.seconds += 1
    assert worlds.enter_new("b").name == "b"
    assert reason_of(lambda: worlds.enter_new("c")) == "rate"


def test_worlds_come_page_by_page_in_one_order(worlds: Worlds) -> None:
    for name in ("c", "a", "b"):
        worlds.find(name)
    pages = [[world.name for world in worlds.page(offset, 2)] for offset in range(5)]
    assert pages == [["default", "a"], ["a", "b"], ["b", "c"], ["c"], []]
    assert len(worlds) == 4
