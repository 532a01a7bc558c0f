"""Scenario files with errors are refused; all errors are reported, with file, record and member."""

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
    ("document", "problem"),
    [
        ({"overs": "default"}, "unknown key 'overs' (allowed: scenario, about, over"),
        ({"scenario": "other"}, "scenario: must be 'mine', the name of the file"),
        ({"seed": "seven"}, "seed: "),
        ({"clock": {"mode": "stopped"}}, "clock.mode: "),
        ({"clock": {"pace": 1}}, "clock: unknown key 'pace' (allowed: mode, now, scale, step)"),
        ({"clock": {"now": "noon"}}, "clock.now: 'noon' is not an RFC 3339 time such as"),
        (
            {"clear": ["aimable/connector"]},
            "clear: unknown collection 'aimable/connector' (allowed: aimable/providers",
        ),
        ({"clear": ["aimabel/*"]}, "clear: unknown collection 'aimabel/*'"),
        ({"grow": {"aimable/nothing": 5}}, "grow: unknown collection 'aimable/nothing'"),
        (
            {"grow": {"aimable/spaces": 5}},
            "grow.aimable/spaces: records cannot be generated here (allowed: aimable/connectors",
        ),
        ({"grow": {"aimable/connectors": -1}}, "grow.aimable/connectors: "),
        (
            {"clear": ["aimable/connectors"], "grow": {"aimable/connectors": 5}},
            "grow.aimable/connectors: needs a record that new ones are modelled on",
        ),
        ({"records": {"aimable/nothing": {}}}, "records: unknown collection 'aimable/nothing'"),
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
            f"records.aimable/connectors: record '{DRIVE}': id: cannot be changed",
        ),
        (
            {"records": {"aimable/connectors": {"x": None}}},
            "record 'x': cannot be removed: it does not exist",
        ),
        (
            {"records": {"patchworks/users": {"x": {}}}},
            "records.patchworks/users: record 'x': id must be an integer",
        ),
        (
            {"records": {"patchworks/users": {"77": {"id": 78}}}},
            "record '77': id must equal the key of the entry",
        ),
        (
            {"records": {"hydracore/connections": {"*": {"name": "same", "provider": "same"}}}},
            "duplicate customer_id, provider, name: same as ",
        ),
        ({"principals": {"nobody": []}}, "principals.nobody: unknown contract 'nobody' (allowed: aimable"),
        (
            {"principals": {"patchworks": [{"name": "a", "role": []}]}},
            "principals.patchworks[0]: unknown member 'role' (allowed: credentials",
        ),
        (
            {
                "principals": {
                    "patchworks": [{"name": "a", "credentials": {"bearer": "mock-patchworks-admin"}}]
                }
            },
            "principals.patchworks: a and admin have the same bearer credential",
        ),
        (
            {"lifecycles": {"aimable/connectors": {}}},
            "lifecycles.aimable/connectors: must be a collection with a lifecycle (allowed: aimable/syncs)",
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
            "faults[0]: when.contract: unknown contract 'nobody'",
        ),
        (
            {"faults": [{"kind": "reset", "when": {"operation": "getSink"}}]},
            "faults[0]: when.operation: unknown operation 'getSink' (allowed: listConnectorProviders",
        ),
        (
            {"faults": [{"kind": "status", "code": 418, "when": {"operation": "getSync"}}]},
            "faults[0]: no matching operation documents this response (documented: 200, 401",
        ),
        ({"faults": [{"kind": "reset"}] * 101}, "faults: must be at most 100 rules, with all layers: 101"),
        ({"over": "nothing"}, "over: unknown scenario 'nothing' (allowed: default, "),
        ({"over": "./nothing.yaml"}, "nothing.yaml: cannot be read: No such file or directory"),
        ({"over": "mine"}, "over: must not form a cycle: mine.json over mine.json"),
    ],
    ids=range(37),
)
def test_an_error_names_its_file_and_place(
    write: Write, own: Scenarios, document: dict[str, Any], problem: str
) -> None:
    path = write("mine.json", **document)
    reported = problems(own)
    assert [sentence for sentence in reported if problem in sentence]
    assert all(str(path.parent) in sentence for sentence in reported)


def test_all_errors_are_reported_at_once_each_with_its_file(write: Write, own: Scenarios) -> None:
    lower = write(
        "lower.json", clear=["aimable/nothing"], records={"aimable/connectors": {DRIVE: {"status": 5}}}
    )
    mine = write("mine.json", over="lower", clock={"now": "noon"}, faults=[{"kind": "gremlin"}])
    files = [sentence.partition(":")[0] for sentence in problems(own)]
    assert (files.count(str(lower)), files.count(str(mine)), len(files)) == (2, 2, 4)


def test_a_cycle_of_files_is_refused(write: Write, own: Scenarios) -> None:
    write("mine.json", over="other")
    write("other.json", over="./mine.json")
    assert "over: must not form a cycle: mine.json over other.json over mine.json" in problems(own)[0]


def test_an_unknown_name_is_refused_with_the_known_ones(own: Scenarios) -> None:
    (problem,) = problems(own, "nothing")
    assert problem.startswith("unknown scenario 'nothing' (allowed: default, all-failing, empty, first-run, ")


def test_invalid_yaml_is_refused_with_its_line(tmp_path: Path, own: Scenarios) -> None:
    (tmp_path / "mine.yaml").write_text("scenario: mine\nclear: ]")
    assert f"{tmp_path / 'mine.yaml'}:2: " in problems(own)[0]


def test_a_faulty_file_is_listed_as_faulty_and_others_still_work(write: Write, own: Scenarios) -> None:
    write("mine.json", seed="seven")
    assert own.get("empty").name == "empty"
    assert dict(own.known())["mine"].startswith("faulty: ")


@pytest.mark.parametrize("stem", ["my_scene", "Scene", "-scene", "a scene", "s" * 64])
def test_a_file_with_an_invalid_name_is_listed_as_faulty(write: Write, own: Scenarios, stem: str) -> None:
    path = write(f"{stem}.json")
    problem = f"{path}: the name of a scenario and its file must have 1 to 63 characters"
    assert dict(own.known())[stem].startswith(f"faulty: {problem}")
    assert problems(own, stem)[0].startswith(problem)


def test_schemas_and_hidden_files_are_not_scenarios(write: Write, own: Scenarios) -> None:
    before = own.known()
    write("scenario.schema.json")
    write(".draft.yaml")
    assert own.known() == before


def test_a_faulty_scenario_is_a_startup_error(write: Write, own: Scenarios) -> None:
    write("mine.json", clear=["aimable/nothing"])
    with pytest.raises(StartupError, match="unknown collection"):
        own.get("mine")
    with pytest.raises(StartupError, match="no such file"):
        own.add(Path("nowhere.yaml"))
