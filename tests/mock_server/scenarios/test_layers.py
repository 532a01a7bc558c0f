"""A team's own scenario: one file over another, by name or by path."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mock_server.app import build_engine
from mock_server.behaviours.policy import Policy
from mock_server.clock import machine_time
from mock_server.scenarios.scenario import ScenarioError
from mock_server.scenarios.scenarios import Scenarios
from mock_server.seeded_random import SeededRandom
from mock_server.settings import Settings

from .conftest import FROZEN, SHIPPED, Visitor, played, visit

DRIVE = "c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e"
Write = Callable[..., Path]
NEW_USER = {"name": "Night shift", "email": "night@example.com", "role": "user"}


def records(scenarios: Scenarios, name: str, storage: str) -> Mapping[str, Mapping[str, Any]]:
    return scenarios.get(name).base.records[storage]


def test_members_are_laid_over_every_record_then_over_single_ones(write: Write, own: Scenarios) -> None:
    changes = {"*": {"status": "error"}, DRIVE.upper(): {"status": "disabled", "scope_config": {}}}
    write("mine.json", over="default", records={"aimable/connectors": changes})
    laid, below = records(own, "mine", "aimable/connectors"), records(own, "default", "aimable/connectors")
    assert laid[DRIVE] == {**below[DRIVE], "status": "disabled", "scope_config": {}}
    assert {one["status"] for key, one in laid.items() if key != DRIVE} == {"error"}
    assert below[DRIVE]["status"] == "active"
    assert list(laid) == list(below)


def test_a_new_record_is_added_and_numbers_go_on_after_it(write: Write, own: Scenarios) -> None:
    write("mine.json", records={"patchworks/users": {"77": NEW_USER}})
    assert records(own, "mine", "patchworks/users")["77"] == {"id": 77, **NEW_USER}
    assert own.get("mine").base.sequences["patchworks/users"] == 77


def test_a_removed_record_takes_along_what_belongs_to_it(write: Write, own: Scenarios) -> None:
    write("mine.json", records={"aimable/connectors": {DRIVE: None}})
    assert DRIVE not in records(own, "mine", "aimable/connectors")
    owners = {one["collection_connector_id"] for one in records(own, "mine", "aimable/syncs").values()}
    assert owners
    assert DRIVE not in owners


def test_everything_of_a_contract_can_be_cleared(write: Write, own: Scenarios) -> None:
    write("mine.json", clear=["aimable/*"])
    base = own.get("mine").base
    assert {name for name, rows in base.records.items() if not rows} == {
        name for name in base.records if name.startswith("aimable/")
    }


def test_files_lie_over_one_another_by_name_and_by_path(write: Write, own: Scenarios) -> None:
    write(
        "deep/lowest.json",
        about="lowest",
        over="empty",
        seed=5,
        records={"patchworks/users": {"77": NEW_USER}},
    )
    write("middle.json", over="deep/lowest.json", records={"patchworks/users": {"77": {"role": "manager"}}})
    write("top.json", about="top", over="middle", records={"patchworks/users": {"78": NEW_USER}})
    top = own.get("top")
    assert (top.name, top.about, top.seed) == ("top", "top", 5)
    assert top.base.records["patchworks/users"]["77"]["role"] == "manager"
    assert "78" in top.base.records["patchworks/users"]
    assert not top.base.records["aimable/connectors"]


def test_a_file_of_the_team_hides_a_shipped_one_and_may_lie_over_it(write: Write, own: Scenarios) -> None:
    write("default.json", about="ours", over="default", records={"patchworks/users": {"77": NEW_USER}})
    assert own.get("default").about == "ours"
    assert "77" in records(own, "large", "patchworks/users")
    assert ("default", "ours") in own.known()


def test_a_single_file_is_known_by_its_name(write: Write) -> None:
    scenarios = Scenarios([SHIPPED], played(), rng=SeededRandom(0))
    assert scenarios.add(write("elsewhere/mine.json", over="empty")) == "mine"
    assert scenarios.get("mine").name == "mine"
    assert "mine" in dict(scenarios.known())


def test_growth_goes_on_where_the_scenario_below_left_off(write: Write, own: Scenarios) -> None:
    write("some.json", grow={"aimable/connectors": 3, "patchworks/connectors": 3})
    write("more.json", over="some", grow={"aimable/connectors": 2, "patchworks/connectors": 2})
    for storage in ("aimable/connectors", "patchworks/connectors"):
        some, more = records(own, "some", storage), records(own, "more", storage)
        assert len(more) == len(some) + 2
        assert some.items() <= more.items()


def test_growth_goes_on_after_records_the_server_was_asked_to_generate() -> None:
    scaled = Scenarios([SHIPPED], played(scale=7), rng=SeededRandom(0))
    for storage, more in (("aimable/connectors", 5000), ("patchworks/connectors", 3000)):
        below, large = records(scaled, "default", storage), records(scaled, "large", storage)
        assert len(large) == len(below) + more
        assert below.items() <= large.items()


def test_generated_records_are_drawn_from_the_seed_of_the_scenario(write: Write, own: Scenarios) -> None:
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        write(f"{name}.json", seed=seed, grow={"aimable/connectors": 5})
    one, same, other = (records(own, name, "aimable/connectors") for name in ("one", "same", "other"))
    assert one == same
    assert one.keys() != other.keys()


def test_people_take_the_place_of_those_of_their_name_or_are_new(write: Write, own: Scenarios) -> None:
    people = [
        {"name": "guest", "credentials": {"bearer": "mock-patchworks-guest"}, "roles": ["read"]},
        {
            "name": "auditor",
            "credentials": {"bearer": "audit"},
            "roles": ["read"],
            "scope": {"connector": [1]},
        },
    ]
    write("mine.json", principals={"patchworks": people})
    visitor = visit("mine", own)
    assert visitor.as_("mock-patchworks-guest").status("/api/v1/connectors") == 200
    assert [one["id"] for one in visitor.as_("audit").get("/api/v1/connectors")["data"]] == [1]
    assert visitor.as_("mock-patchworks-admin").status("/api/v1/connectors") == 200
    assert visit("default", own).as_("audit").status("/api/v1/connectors") == 401


def test_lifecycles_and_rules_of_the_upper_file_take_the_place_of_the_lower_ones(
    write: Write, own: Scenarios
) -> None:
    rule = {"id": "slow", "kind": "latency", "fixed_ms": 10}
    write("lower.json", lifecycles={"aimable/syncs": {"pace": "by_hand"}}, faults=[rule, {"kind": "reset"}])
    write(
        "upper.json",
        over="lower",
        lifecycles={"aimable/syncs": {"fail_at": 1}},
        faults=[{**rule, "fixed_ms": 20}],
    )
    upper = own.get("upper")
    assert upper.policies == {"aimable/syncs": Policy(fail_at=1)}
    assert [one.to_json() for one in upper.faults] == [
        {**rule, "fixed_ms": 20},
        {"id": "lower-2", "kind": "reset"},
    ]


def test_a_clock_begins_where_the_files_say_and_else_now(write: Write, own: Scenarios) -> None:
    write("lower.json", clock={"mode": "stepped", "now": "2026-11-20T13:00:00+01:00", "step": 5})
    write("upper.json", over="lower", clock={"mode": "frozen"})
    write("fast.json", clock={"scale": 60})
    lower, upper, fast = (own.get(name).clock for name in ("lower", "upper", "fast"))
    assert lower is not None
    assert (lower.mode, lower.now, lower.step) == ("stepped", FROZEN.now, 5)
    assert upper is not None
    assert (upper.mode, upper.now) == ("frozen", FROZEN.now)
    assert fast is not None
    assert (fast.mode, fast.scale) == ("running", 60)
    assert abs(fast.now - machine_time()) < timedelta(minutes=1)


def test_what_is_about_contracts_that_are_not_played_is_passed_over(tmp_path: Path) -> None:
    scenarios = Scenarios([SHIPPED], played("hydracore"), rng=SeededRandom(0))
    for name, _ in scenarios.known():
        assert {one.partition("/")[0] for one in scenarios.get(name).base.records} == {"hydracore"}
    assert [one.id for one in scenarios.get("rate-limited").faults] == ["limit-hydracore"]


def test_numbers_may_be_keys_in_yaml(tmp_path: Path, own: Scenarios) -> None:
    text = "scenario: mine\nrecords:\n  patchworks/users:\n    1: {role: user}\n"
    (tmp_path / "mine.yaml").write_text(text)
    assert records(own, "mine", "patchworks/users")["1"]["role"] == "user"


def test_a_scenario_is_built_once_however_many_ask(write: Write, own: Scenarios) -> None:
    write("mine.json", grow={"aimable/connectors": 50})
    with ThreadPoolExecutor(8) as pool:
        built = list(pool.map(own.get, ["mine"] * 16))
    assert all(one is built[0] for one in built)


def test_a_file_put_right_is_had_without_another_start(write: Write, own: Scenarios) -> None:
    path = write("mine.json", clear=["aimable/nothing"])
    with pytest.raises(ScenarioError):
        own.get("mine")
    path.write_text(json.dumps({"scenario": "mine"}))
    assert own.get("mine").name == "mine"


def test_records_of_an_inferred_contract_are_laid_over_those_it_made_up(write: Write, tmp_path: Path) -> None:
    pet = {
        "type": "object",
        "required": ["id", "name"],
        "properties": {"id": {"type": "integer"}, "name": {"type": "string"}, "tag": {"type": "string"}},
    }

    def answers(schema: dict[str, Any]) -> dict[str, Any]:
        return {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}

    one = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]
    paths = {
        "/pets": {"get": {"operationId": "listPets", "responses": answers({"type": "array", "items": pet})}},
        "/pets/{id}": {"get": {"operationId": "getPet", "parameters": one, "responses": answers(pet)}},
    }
    spec = tmp_path / "zoo" / "zoo.yaml"
    spec.parent.mkdir()
    spec.write_text(
        json.dumps({"openapi": "3.1.0", "info": {"title": "Zoo", "version": "1"}, "paths": paths})
    )
    mine = write(
        "mine.json", over="default", records={"zoo/pets": {"*": {"tag": "old"}, "99": {"name": "Rex"}}}
    )
    settings = Settings(contracts=(), specs=(spec,), scenario=str(mine), strict_replies=True)
    shown = Visitor(build_engine(settings)).get("/pets")
    assert shown[-1] == {"id": 99, "name": "Rex"}
    assert {pet["tag"] for pet in shown[:-1]} == {"old"}
