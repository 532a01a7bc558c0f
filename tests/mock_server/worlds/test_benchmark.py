"""The benchmark of worlds judges honestly: nothing where nothing is wrong, and what two worlds share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.crowd import SHARED, crowd
from benchmarks.world_model import SCENARIO
from benchmarks.worlds import exactly
from mock_server.app import build_engine, create_app
from mock_server.engine import Engine
from mock_server.serving import served
from mock_server.settings import Settings
from mock_server.worlds.world import World

pytestmark = pytest.mark.slow

TWO = ("shared0", "shared1")


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Engine, str]]:
    scenario = folder / "at-noon.yaml"
    scenario.write_text(SCENARIO)
    settings = Settings(scenario=str(scenario))
    engine = build_engine(settings)
    with served(create_app(settings, engine=engine)) as address:
        yield engine, address.removeprefix("http://")


def judged(address: str) -> dict[str, Any]:
    return crowd(address, os.getpid(), worlds=4, threads=2 * SHARED, turns=40)


def test_worlds_that_keep_to_themselves_are_found_so(tmp_path: Path) -> None:
    with serving(tmp_path) as (engine, address):
        found = judged(address)
        assert (found["cross_talk"], found["status_5xx"], found["told"]) == (0, 0, [])
        assert [world.name for world in engine.worlds.known()] == ["default"]


def plant(engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str, **parts: Callable[[], Any]) -> None:
    """Give the world of this name other parts as soon as it is made."""
    add = engine.worlds.add

    def planted(world: World) -> World:
        if world.name == name:
            for part, made in parts.items():
                setattr(world, part, made())
        return add(world)

    monkeypatch.setattr(engine.worlds, "add", planted)


@pytest.mark.parametrize(
    ("part", "one", "other"), [("store", "w0", "w1"), ("clock", "w0", "w1"), ("store", *TWO)]
)
def test_a_part_that_two_worlds_share_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, one: str, other: str
) -> None:
    with serving(tmp_path) as (engine, address):
        plant(engine, monkeypatch, other, **{part: lambda: getattr(engine.worlds.get(one), part)})
        found = judged(address)
        assert found["cross_talk"] > 0
        assert found["status_5xx"] == 0


def test_a_server_that_fails_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(tmp_path) as (engine, address), caplog.at_level("CRITICAL", logger="mock_server"):
        plant(engine, monkeypatch, "w1", policies=lambda: None)
        assert judged(address)["status_5xx"] > 0


WRITTEN = {"added": "a", "removed": "r", "changed": "c"}
FIELDS = [
    {"field": "/scope_config/written", "after": True},
    {"field": "/updated_at", "before": "x", "after": "y"},
]
FOUND: dict[str, Any] = {
    "settings": [],
    "collections": [
        {
            "contract": "aimable",
            "collection": "connectors",
            "added": [],
            "removed": [],
            "changed": [{"key": "c", "fields": FIELDS}],
        },
        {
            "contract": "hydracore",
            "collection": "connections",
            "added": ["a"],
            "removed": ["r"],
            "changed": [],
        },
    ],
}


def test_a_comparison_with_one_difference_more_or_less_is_not_exact() -> None:
    assert exactly(FOUND, WRITTEN)
    assert not exactly({**FOUND, "collections": FOUND["collections"][:1]}, WRITTEN)
    assert not exactly({**FOUND, "settings": [{"field": "/seed"}]}, WRITTEN)
    more = {**FOUND["collections"][1], "added": ["a", "b"]}
    assert not exactly({**FOUND, "collections": [FOUND["collections"][0], more]}, WRITTEN)
