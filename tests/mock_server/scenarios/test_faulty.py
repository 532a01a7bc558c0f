"""Scenario files that are faulty: refused with file, record and field, everything at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mock_server.errors.startup import StartupError
from mock_server.scenarios.scenario import ScenarioError
from mock_server.scenarios.scenarios import Scenarios

DRIVE = "c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e"
Write = Callable[..., Path]


def problems(scenarios: Scenarios, name: str = "mine") -> tuple[str, ...]:
    with pytest.raises(ScenarioError) as refused:
        scenarios.get(name)
    return refused.value.problems


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"overs": "default"}, "unknown key 'overs' (allowed: scenario, about, over"),
        ({"scenario": "other"}, "scenario: is not 'mine', the name of the file"),
        ({"seed": "seven"}, "seed: "),
        ({"clock": {"mode": "stopped"}}, "clock.mode: "),
        ({"clock": {"pace": 1}}, "clock: unknown key 'pace' (allowed: mode, now, scale, step)"),
        ({"clock": {"now": "noon"}}, "clock.now: 'noon' is not an RFC 3339 time such as"),
        (
            {"clear": ["aimable/connector"]},
            "clear: no collection 'aimable/connector' (allowed: aimable/providers",
        ),
        ({"clear": ["aimabel/*"]}, "clear: no collection 'aimabel/*'"),
        ({"grow": {"aimable/nothing": 5}}, "grow: no collection 'aimable/nothing'"),
        ({"grow": {"aimable/spaces": 5}}, "grow.aimable/spaces: does not grow (these do: aimable/connectors"),
        ({"grow": {"aimable/connectors": -1}}, "grow.aimable/connectors: "),
        (
            {"clear": ["aimable/connectors"], "grow": {"aimable/connectors": 5}},
            "grow.aimable/connectors: there is no record to model others on",
        ),
        ({"records": {"aimable/nothing": {}}}, "records: no collection 'aimable/nothing'"),
        (
            {"records": {"aimable/connectors": {DRIVE: {"status": 5}}}},
            f"records.aimable/connectors: record '{DRIVE}': status must be a string",
        ),
        (
            {"records": {"aimable/connectors": {"*": {"statsu": "error"}}}},
            "records.aimable/connectors: record '*': unknown member 'statsu' (allowed: collection_id, ",
        ),
        (
            {"records": {"aimable/connectors": {"x": {"status": "error"}}}},
            "records.aimable/connectors: new: record 'x': provider_slug is required",
        ),
        (
            {"records": {"aimable/connectors": {DRIVE: {"provider_slug": "fax"}}}},
            f"record '{DRIVE}': provider_slug 'fax' refers to a missing record of providers",
        ),
        (
            {"records": {"aimable/connectors": {DRIVE: {"id": "x"}}}},
            f"records.aimable/connectors: record '{DRIVE}': id: a record keeps its own",
        ),
        ({"records": {"aimable/connectors": {"x": None}}}, "record 'x': there is none to remove"),
        (
            {"records": {"patchworks/users": {"x": {}}}},
            "records.patchworks/users: record 'x': id must be an integer",
        ),
        (
            {"records": {"patchworks/users": {"77": {"id": 78}}}},
            "record '77': id is not the key it stands under",
        ),
        (
            {"records": {"hydracore/connections": {"*": {"name": "same", "provider": "same"}}}},
            "duplicate customer_id, provider, name: same as ",
        ),
        ({"principals": {"nobody": []}}, "principals.nobody: no contract 'nobody' (allowed: aimable"),
        (
            {"principals": {"patchworks": [{"name": "a", "role": []}]}},
            "principals.patchworks[0]: unknown member 'role'; allowed: credentials",
        ),
        (
            {
                "principals": {
                    "patchworks": [{"name": "a", "credentials": {"bearer": "mock-patchworks-admin"}}]
                }
            },
            "principals.patchworks: a has the bearer of admin",
        ),
        (
            {"lifecycles": {"aimable/connectors": {}}},
            "lifecycles.aimable/connectors: no collection whose records move (allowed: aimable/syncs)",
        ),
        (
            {"lifecycles": {"aimable/syncs": {"pace": "fast"}}},
            "lifecycles.aimable/syncs.pace: must be one of: at_once",
        ),
        ({"lifecycles": {"aimable/syncs": {"fail_at": 9}}}, "lifecycles.aimable/syncs.fail_at: must be"),
        ({"faults": [{"kind": "latency"}]}, "faults[0]"),
        ({"faults": [{"kind": "reset"}, {"kind": "gremlin"}]}, "faults[1].kind: must be one of: latency"),
        (
            {"faults": [{"kind": "reset", "when": {"contract": "nobody"}}]},
            "faults[0]: when.contract: no contract 'nobody'",
        ),
        (
            {"faults": [{"kind": "reset", "when": {"operation": "getSink"}}]},
            "faults[0]: when.operation: no operation 'getSink' (allowed: listConnectorProviders",
        ),
        (
            {"faults": [{"kind": "status", "code": 418, "when": {"operation": "getSync"}}]},
            "faults[0]: no operation it is about can be struck so (documented: 200, 401",
        ),
        ({"faults": [{"kind": "reset"}] * 101}, "faults: 101 rules; a world keeps at most 100"),
        ({"over": "nothing"}, "over: no scenario 'nothing' (allowed: default, "),
        ({"over": "./nothing.yaml"}, "nothing.yaml: cannot be read: No such file or directory"),
        ({"over": "mine"}, "over: it would lie over itself: mine.json over mine.json"),
    ],
    ids=range(37),
)
def test_a_fault_is_told_with_its_file_and_place(
    write: Write, own: Scenarios, document: dict[str, Any], told: str
) -> None:
    path = write("mine.json", **document)
    found = problems(own)
    assert [one for one in found if told in one]
    assert all(str(path.parent) in one for one in found)


def test_every_fault_is_told_at_once_each_with_its_own_file(write: Write, own: Scenarios) -> None:
    lower = write(
        "lower.json", clear=["aimable/nothing"], records={"aimable/connectors": {DRIVE: {"status": 5}}}
    )
    mine = write("mine.json", over="lower", clock={"now": "noon"}, faults=[{"kind": "gremlin"}])
    told = problems(own)
    assert [one.partition(":")[0] for one in told].count(str(lower)) == 2
    assert [one.partition(":")[0] for one in told].count(str(mine)) == 2
    assert len(told) == 4


def test_a_file_that_lies_over_itself_by_way_of_another_is_refused(write: Write, own: Scenarios) -> None:
    write("mine.json", over="other")
    write("other.json", over="./mine.json")
    assert "over: it would lie over itself: mine.json over other.json over mine.json" in problems(own)[0]


def test_a_name_nobody_has_is_told_with_those_there_are(own: Scenarios) -> None:
    (told,) = problems(own, "nothing")
    assert told.startswith("no scenario 'nothing' (allowed: default, all-failing, empty, first-run, ")


def test_text_that_is_no_yaml_is_told_with_its_line(tmp_path: Path, own: Scenarios) -> None:
    (tmp_path / "mine.yaml").write_text("scenario: mine\nclear: ]")
    assert f"{tmp_path / 'mine.yaml'}:2: " in problems(own)[0]


def test_a_faulty_file_spoils_no_other_and_is_listed_as_faulty(write: Write, own: Scenarios) -> None:
    write("mine.json", seed="seven")
    assert own.get("empty").name == "empty"
    assert dict(own.known())["mine"].startswith("faulty: ")


@pytest.mark.parametrize("stem", ["my_scene", "Scene", "-scene", "a scene", "s" * 64])
def test_a_file_whose_name_no_scenario_can_have_is_listed_as_faulty(
    write: Write, own: Scenarios, stem: str
) -> None:
    path = write(f"{stem}.json")
    told = f"{path}: the name of a scenario, and of its file, is made of a-z, 0-9 and -"
    assert dict(own.known())[stem].startswith(f"faulty: {told}")
    assert problems(own, stem)[0].startswith(told)


def test_a_schema_or_a_hidden_file_beside_scenarios_is_none(write: Write, own: Scenarios) -> None:
    before = own.known()
    write("scenario.schema.json")
    write(".draft.yaml")
    assert own.known() == before


def test_at_start_it_is_refused_like_everything_that_is_wrong_then(write: Write, own: Scenarios) -> None:
    write("mine.json", clear=["aimable/nothing"])
    with pytest.raises(StartupError, match="no collection"):
        own.get("mine")
    with pytest.raises(StartupError, match="there is no such file"):
        own.add(Path("nowhere.yaml"))
