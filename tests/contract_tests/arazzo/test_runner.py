"""The workflow runner: requests, criteria and actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from contract_tests.arazzo.runner import StepResult, WorkflowError, run, workflow_ids
from contract_tests.openapi.files import openapi_dir
from contract_tests.openapi.yaml_file import read_yaml


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Server:
    """Sends prepared responses, repeating the last one, and records the requests."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.sent: list[dict[str, Any]] = []
        self.pauses: list[float] = []

    def __call__(self, operation_id: str, **sent: Any) -> Answer:
        self.sent.append({"operation_id": operation_id, **sent})
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def run(self, document: Mapping[str, Any], workflow: str = "w", **inputs: Any) -> list[StepResult]:
        return list(run(document, workflow, inputs=inputs, send=self, pause=self.pauses.append))

    @property
    def operations(self) -> list[str]:
        return [sent["operation_id"] for sent in self.sent]


def step(name: str, **members: Any) -> dict[str, Any]:
    return {"stepId": name, "operationId": name, **members}


def document(
    *steps: dict[str, Any], others: tuple[dict[str, Any], ...] = (), **members: Any
) -> dict[str, Any]:
    components = members.pop("components", {})
    return {
        "arazzo": "1.0.1",
        "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "api.yaml", "type": "openapi"}],
        "workflows": [{"workflowId": "w", "steps": list(steps), **members}, *others],
        "components": components,
    }


OK = [{"condition": "$statusCode == 200"}]


def test_parameters_are_sent_in_their_locations() -> None:
    server = Server(Answer())
    values = [
        ("path", "id", "$inputs.id"),
        ("query", "limit", 5),
        ("header", "Authorization", "Bearer {$inputs.id}"),
        ("cookie", "a", "1"),
        ("cookie", "b", "2"),
    ]
    parameters = [{"in": place, "name": name, "value": value} for place, name, value in values]
    server.run(document(step("a", parameters=parameters)), id="x")
    assert server.sent == [
        {
            "operation_id": "a",
            "path": {"id": "x"},
            "query": {"limit": 5},
            "headers": {"Authorization": "Bearer x", "Cookie": "a=1; b=2"},
            "body": None,
        }
    ]


def test_a_step_parameter_overrides_the_workflow_parameter() -> None:
    server = Server(Answer())
    shared = [{"in": "header", "name": "X", "value": "shared"}, {"in": "header", "name": "Y", "value": "y"}]
    server.run(
        document(step("a", parameters=[{"in": "header", "name": "X", "value": "own"}]), parameters=shared)
    )
    assert server.sent[0]["headers"] == {"X": "own", "Y": "y"}


def test_the_value_of_a_reusable_parameter_can_be_overridden() -> None:
    server = Server(Answer())
    components = {"parameters": {"page": {"name": "page", "in": "query", "value": 1}}}
    plain = {"reference": "$components.parameters.page"}
    server.run(
        document(
            step("a", parameters=[plain]),
            step("b", parameters=[{**plain, "value": 2}]),
            components=components,
        )
    )
    assert [sent["query"] for sent in server.sent] == [{"page": 1}, {"page": 2}]


def test_a_payload_keeps_the_types_of_its_expressions() -> None:
    server = Server(Answer())
    payload = {"all": "$inputs.thing", "text": "n={$inputs.n}", "list": ["$inputs.n", "costs $5"], "plain": 7}
    server.run(
        document(step("a", requestBody={"contentType": "application/json", "payload": payload})),
        thing={"k": [1]},
        n=3,
    )
    assert server.sent[0]["body"] == {"all": {"k": [1]}, "text": "n=3", "list": [3, "costs $5"], "plain": 7}
    assert server.sent[0]["headers"] == {"Content-Type": "application/json"}


def test_replacements_change_the_payload_and_not_the_description() -> None:
    server = Server(Answer())
    body = {
        "payload": {"a": {"b/c": 1}, "list": [1, 2]},
        "replacements": [{"target": "/a/b~1c", "value": "$inputs.n"}, {"target": "/list/1", "value": 9}],
    }
    described = document(step("a", requestBody=body))
    server.run(described, n=3)
    assert server.sent[0]["body"] == {"a": {"b/c": 3}, "list": [1, 9]}
    assert described["workflows"][0]["steps"][0]["requestBody"]["payload"] == {
        "a": {"b/c": 1},
        "list": [1, 2],
    }


def test_omitted_inputs_take_their_defaults() -> None:
    server = Server(Answer())
    inputs = {"type": "object", "properties": {"a": {"default": 1}, "b": {"default": 2}, "c": {}}}
    payload = {name: f"$inputs.{name}" for name in "abc"}
    server.run(document(step("a", requestBody={"payload": payload}), inputs=inputs), b=5)
    assert server.sent[0]["body"] == {"a": 1, "b": 5, "c": None}


def test_outputs_of_a_step_reach_the_next() -> None:
    server = Server(Answer(201, {"data": {"id": "k1"}}, {"location": "/k1"}), Answer())
    create = step("create", outputs={"id": "$response.body#/data/id", "at": "$response.header.Location"})
    read = step("read", parameters=[{"in": "path", "name": "id", "value": "$steps.create.outputs.id"}])
    results = server.run(document(create, read))
    assert server.sent[1]["path"] == {"id": "k1"}
    assert results[0].outputs == {"id": "k1", "at": "/k1"}


def test_each_criterion_is_reported() -> None:
    server = Server(Answer(200, {"n": 1}))
    criteria = [*OK, {"condition": "$response.body#/n == 2"}]
    (result,) = server.run(document(step("a", successCriteria=criteria)))
    assert [(one.condition, one.passed) for one in result.criteria] == [
        ("$statusCode == 200", True),
        ("$response.body#/n == 2", False),
    ]
    assert (result.workflow_id, result.step_id, result.operation_id, result.passed) == ("w", "a", "a", False)


def test_an_unhandled_failure_stops_the_workflow() -> None:
    server = Server(Answer(500))
    results = server.run(document(step("a", successCriteria=OK), step("b")))
    assert [(result.step_id, result.then) for result in results] == [("a", "stop")]


def test_a_source_may_be_named_with_the_operation() -> None:
    server = Server(Answer())
    server.run(document(step("a", operationId="$sourceDescriptions.api.readThing")))
    assert server.operations == ["readThing"]


RETRY = {"name": "again", "type": "retry", "retryAfter": 2, "retryLimit": 3}


def test_a_step_is_retried_until_it_succeeds() -> None:
    server = Server(Answer(404), Answer(404), Answer(200))
    results = server.run(document(step("a", successCriteria=OK, onFailure=[RETRY]), step("b")))
    assert [(result.step_id, result.attempt, result.then) for result in results] == [
        ("a", 1, "retry"),
        ("a", 2, "retry"),
        ("a", 3, "next"),
        ("b", 1, "next"),
    ]
    assert server.pauses == [2, 2]


def test_retries_end_at_their_limit() -> None:
    server = Server(Answer(404))
    results = server.run(document(step("a", successCriteria=OK, onFailure=[RETRY]), step("b")))
    assert [result.then for result in results] == ["retry", "retry", "retry", "stop"]
    assert server.pauses == [2, 2, 2]


def test_retry_after_of_the_server_takes_precedence() -> None:
    server = Server(Answer(503, headers={"retry-after": "7"}), Answer(200))
    server.run(document(step("a", successCriteria=OK, onFailure=[RETRY])))
    assert server.pauses == [7]


def test_an_action_is_taken_only_when_its_criteria_hold() -> None:
    server = Server(Answer(404))
    retry = {**RETRY, "criteria": [{"condition": "$statusCode == 503"}]}
    results = server.run(document(step("a", successCriteria=OK, onFailure=[retry])))
    assert [result.then for result in results] == ["stop"]


def test_after_the_last_retry_the_next_action_is_tried() -> None:
    server = Server(Answer(404), Answer(404), Answer(200))
    actions = [{**RETRY, "retryLimit": 1}, {"name": "away", "type": "goto", "stepId": "c"}]
    results = server.run(document(step("a", successCriteria=OK, onFailure=actions), step("b"), step("c")))
    assert [(result.step_id, result.then) for result in results] == [
        ("a", "retry"),
        ("a", "goto"),
        ("c", "next"),
    ]


def test_a_retry_may_run_another_step_first() -> None:
    server = Server(Answer(401), Answer(200), Answer(200))
    retry = {**RETRY, "stepId": "login"}
    steps = [
        step("a", successCriteria=OK, onFailure=[retry], onSuccess=[{"name": "done", "type": "end"}]),
        step("login"),
    ]
    server.run(document(*steps))
    assert server.operations == ["a", "login", "a"]


def test_success_may_end_or_jump() -> None:
    server = Server(Answer(200))
    jump = [{"name": "jump", "type": "goto", "stepId": "c"}]
    end = [{"name": "end", "type": "end"}]
    results = server.run(document(step("a", onSuccess=jump), step("b"), step("c", onSuccess=end), step("d")))
    assert [(result.step_id, result.then) for result in results] == [("a", "goto"), ("c", "end")]


def test_actions_of_the_workflow_serve_steps_without_their_own() -> None:
    server = Server(Answer(404), Answer(200))
    again = [{"reference": "$components.failureActions.again"}]
    components = {"failureActions": {"again": RETRY}}
    server.run(document(step("a", successCriteria=OK), failureActions=again, components=components))
    assert server.operations == ["a", "a"]


def test_an_endless_workflow_is_stopped() -> None:
    server = Server(Answer(200))
    with pytest.raises(WorkflowError, match="does not end"):
        server.run(document(step("a", onSuccess=[{"name": "jump", "type": "goto", "stepId": "a"}])))


def test_a_step_may_run_another_workflow() -> None:
    inner = {"workflowId": "inner", "steps": [step("i", requestBody={"payload": "$inputs.n"},
             outputs={"x": "$response.body#/x"})], "outputs": {"y": "$steps.i.outputs.x"}}  # fmt: skip
    call = {"stepId": "call", "workflowId": "inner", "parameters": [{"name": "n", "value": "$inputs.m"}],
            "outputs": {"z": "$outputs.y"}}  # fmt: skip
    last = step("last", requestBody={"payload": ["$steps.call.outputs.z", "$workflows.inner.outputs.y"]})
    server = Server(Answer(200, {"x": "deep"}))
    results = server.run(document(call, last, others=(inner,)), m=4)
    assert [sent["body"] for sent in server.sent] == [4, ["deep", "deep"]]
    assert [result.workflow_id for result in results] == ["inner", "w"]


def test_dependencies_of_a_workflow_run_first() -> None:
    first = {"workflowId": "first", "steps": [step("f")]}
    server = Server(Answer(200))
    server.run(document(step("a"), dependsOn=["first"], others=(first,)))
    assert server.operations == ["f", "a"]


def test_a_workflow_whose_dependency_failed_does_not_run() -> None:
    first = {"workflowId": "first", "steps": [step("f", successCriteria=OK)]}
    server = Server(Answer(500))
    server.run(document(step("a"), dependsOn=["first"], others=(first,)))
    assert server.operations == ["f"]


def test_an_unknown_workflow_is_refused_with_the_known_ones() -> None:
    with pytest.raises(WorkflowError, match="'x'; known are w"):
        Server(Answer()).run(document(step("a")), "x")


@pytest.mark.parametrize(
    "path", sorted((openapi_dir() / "workflows").glob("*.yaml")), ids=lambda path: path.stem
)
def test_a_workflow_of_the_project_stops_at_its_first_step_when_nothing_works(path: Any) -> None:
    described = read_yaml(path)
    server = Server(Answer(500, "broken"))
    (name,) = workflow_ids(described)
    results = server.run(described, name)
    assert [(result.step_id, result.then) for result in results] == [
        (described["workflows"][0]["steps"][0]["stepId"], "stop")
    ]
