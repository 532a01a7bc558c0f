"""A runner of Arazzo 1.0 workflows: sends the steps, judges by their criteria, follows their actions."""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from contract_tests.arazzo.criteria import holds
from contract_tests.arazzo.expressions import Scope, StepRequest, StepResponse
from contract_tests.openapi.pointers import put

Then = Literal["next", "end", "goto", "retry", "stop"]
Outcome = tuple[bool, Mapping[str, Any]]

_MOST_STEPS = 1000
"""Attempts after which a workflow is taken to go round in circles."""


class WorkflowError(ValueError):
    """A workflow that cannot be run as written; `contract-tests spec check` names most reasons beforehand."""


class Send(Protocol):
    """Sends one request and gives its answer.

    `body` None means none. Credentials that the steps do not carry are the sender's own affair.
    """

    def __call__(
        self,
        operation_id: str,
        *,
        path: Mapping[str, Any],
        query: Mapping[str, Any],
        headers: Mapping[str, str],
        body: Any,
    ) -> StepResponse:
        """Send the request of that operation."""


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion of a step and whether it held."""

    condition: str
    passed: bool


@dataclass(frozen=True, slots=True)
class StepResult:
    """One attempt at one step, and what followed from it; `stop` is a failure that was not handled."""

    workflow_id: str
    step_id: str
    operation_id: str
    criteria: tuple[CriterionResult, ...]
    outputs: Mapping[str, Any]
    response: StepResponse
    attempt: int
    then: Then

    @property
    def passed(self) -> bool:
        """Whether every criterion held."""
        return all(criterion.passed for criterion in self.criteria)


def workflow_ids(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The workflows of a description, in its order."""
    return tuple(workflow["workflowId"] for workflow in document["workflows"])


def run(
    document: Mapping[str, Any],
    workflow_id: str,
    *,
    inputs: Mapping[str, Any],
    send: Send,
    pause: Callable[[float], None],
) -> Iterator[StepResult]:
    """Run one workflow, and before it those it depends on; each attempt at a step is a result.

    inputs: given values; those left out take the default of the workflow's input schema.
    pause: waits that many seconds, for retries.
    Raises WorkflowError, ConditionError or ExpressionError when the description cannot be run as written.
    What `send` raises passes through.
    """
    yield from _Run(document, send, pause).workflow(workflow_id, inputs)


class _Run:
    """What all workflows of one run share."""

    def __init__(self, document: Mapping[str, Any], send: Send, pause: Callable[[float], None]) -> None:
        self.document = document
        self.send = send
        self.pause = pause
        self.done: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        self.attempts = 0

    def workflow(self, workflow_id: str, inputs: Mapping[str, Any]) -> Generator[StepResult, None, Outcome]:
        """Run one workflow; returns whether it held, and its outputs."""
        found = self._find(workflow_id)
        for needed in found.get("dependsOn", ()):
            if needed not in self.done:
                passed, _ = yield from self.workflow(needed, inputs)
                if not passed:
                    return False, {}
        sources = {source["name"]: source for source in self.document["sourceDescriptions"]}
        scope = Scope({**self._defaults(found), **inputs}, sources=sources, workflows=self.done)
        passed = yield from _Steps(self, found, scope).run()
        outputs = {name: scope.value(text) for name, text in found.get("outputs", {}).items()}
        self.done[workflow_id] = {"inputs": scope.inputs, "outputs": outputs}
        return passed, outputs

    def resolved(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """A Reusable Object's target, its value replaced when it gives one; anything else as it is."""
        if "reference" not in item:
            return item
        kind, _, name = item["reference"].removeprefix("$components.").partition(".")
        try:
            found: Mapping[str, Any] = self.document["components"][kind][name]
        except KeyError as error:
            raise WorkflowError(f"{item['reference']} names no component") from error
        return {**found, "value": item["value"]} if "value" in item else found

    def _find(self, workflow_id: str) -> Mapping[str, Any]:
        for workflow in self.document["workflows"]:
            if workflow["workflowId"] == workflow_id:
                return dict(workflow)
        known = ", ".join(workflow_ids(self.document))
        raise WorkflowError(f"unknown workflow {workflow_id!r}; known are {known}")

    def _defaults(self, workflow: Mapping[str, Any]) -> dict[str, Any]:
        schema = workflow.get("inputs", {})
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/components/inputs/")
            schema = self.document.get("components", {}).get("inputs", {}).get(name, {})
        members = schema.get("properties", {}).items()
        return {name: copy.deepcopy(member["default"]) for name, member in members if "default" in member}


class _Steps:
    """One workflow on its way through its steps."""

    def __init__(self, whole: _Run, workflow: Mapping[str, Any], scope: Scope) -> None:
        self.whole = whole
        self.workflow = workflow
        self.scope = scope
        self.steps: list[Mapping[str, Any]] = workflow["steps"]
        self.positions = {step["stepId"]: at for at, step in enumerate(self.steps)}
        self.retries: dict[tuple[str, str], int] = {}

    def run(self) -> Generator[StepResult, None, bool]:
        """Every step in the order the actions ask for; returns whether the workflow held."""
        at: int | None = 0
        passed = True
        while at is not None and at < len(self.steps):
            passed, at = yield from self._step(at)
        return passed

    def _step(self, at: int) -> Generator[StepResult, None, tuple[bool, int | None]]:
        """Run the step at a position; returns whether it held and where to go on, None for the end."""
        step = self.steps[at]
        self.whole.attempts += 1
        if self.whole.attempts > _MOST_STEPS:
            raise WorkflowError(f"workflow {self.workflow['workflowId']!r} does not end")
        if "workflowId" in step:
            passed = yield from self._called(step)
            action = self._action(step, passed=passed)
        else:
            self._send(step)
            criteria = tuple(
                CriterionResult(found["condition"], holds(found, self.scope))
                for found in step.get("successCriteria", ())
            )
            passed = all(criterion.passed for criterion in criteria)
            self._keep_outputs(step)
            action = self._action(step, passed=passed)
            yield self._result(step, criteria, self._then(action, passed=passed))
        return (yield from self._follow(action, at, passed=passed))

    def _called(self, step: Mapping[str, Any]) -> Generator[StepResult, None, bool]:
        parameters = map(self.whole.resolved, step.get("parameters", ()))
        inputs = {found["name"]: self.scope.filled(found["value"]) for found in parameters}
        passed, self.scope.outputs = yield from self.whole.workflow(step["workflowId"], inputs)
        self.scope.steps[step["stepId"]] = self.scope.outputs
        self._keep_outputs(step)
        return passed

    def _send(self, step: Mapping[str, Any]) -> None:
        if "operationId" not in step:
            raise WorkflowError(f"step {step['stepId']!r}: only steps with an operationId can be run")
        given: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        shared, own = self.workflow.get("parameters", ()), step.get("parameters", ())
        for parameter in map(self.whole.resolved, [*shared, *own]):
            given[parameter["in"]][parameter["name"]] = self.scope.filled(parameter["value"])
        headers = {name: str(value) for name, value in given["header"].items()}
        if given["cookie"]:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in given["cookie"].items())
        body = step.get("requestBody", {})
        if "contentType" in body:
            headers["Content-Type"] = body["contentType"]
        self.scope.request = StepRequest(given["path"], given["query"], headers, self._payload(body))
        self.scope.response = self.whole.send(
            _operation_id(step),
            path=given["path"],
            query=given["query"],
            headers=headers,
            body=self.scope.request.body,
        )

    def _payload(self, body: Mapping[str, Any]) -> Any:
        payload = self.scope.filled(body.get("payload"))
        for replacement in body.get("replacements", ()):
            put(payload, replacement["target"], self.scope.filled(replacement["value"]))
        return payload

    def _keep_outputs(self, step: Mapping[str, Any]) -> None:
        outputs = {name: self.scope.value(text) for name, text in step.get("outputs", {}).items()}
        self.scope.steps[step["stepId"]] = {**self.scope.steps.get(step["stepId"], {}), **outputs}

    def _result(
        self, step: Mapping[str, Any], criteria: tuple[CriterionResult, ...], then: Then
    ) -> StepResult:
        if self.scope.response is None:
            raise WorkflowError(f"step {step['stepId']!r} has no answer")
        retried = sum(count for (name, _), count in self.retries.items() if name == step["stepId"])
        return StepResult(
            workflow_id=self.workflow["workflowId"],
            step_id=step["stepId"],
            operation_id=_operation_id(step),
            criteria=criteria,
            outputs=self.scope.steps[step["stepId"]],
            response=self.scope.response,
            attempt=retried + (then != "retry"),
            then=then,
        )

    def _action(self, step: Mapping[str, Any], *, passed: bool) -> Mapping[str, Any] | None:
        """The first action whose criteria hold; a step's own come before the workflow's."""
        own, shared = ("onSuccess", "successActions") if passed else ("onFailure", "failureActions")
        for action in map(self.whole.resolved, [*step.get(own, ()), *self.workflow.get(shared, ())]):
            if all(holds(criterion, self.scope) for criterion in action.get("criteria", ())):
                key = (step["stepId"], action["name"])
                if action["type"] != "retry":
                    return action
                if self.retries.get(key, 0) < action.get("retryLimit", 1):
                    self.retries[key] = self.retries.get(key, 0) + 1
                    return action
        return None

    @staticmethod
    def _then(action: Mapping[str, Any] | None, *, passed: bool) -> Then:
        if action is None:
            return "next" if passed else "stop"
        then: Then = action["type"]
        return then

    def _follow(
        self, action: Mapping[str, Any] | None, at: int, *, passed: bool
    ) -> Generator[StepResult, None, tuple[bool, int | None]]:
        if action is None:
            return passed, at + 1 if passed else None
        if action["type"] == "end":
            return passed, None
        if action["type"] == "retry":
            self.whole.pause(self._delay(action))
        if "workflowId" in action:
            passed, _ = yield from self.whole.workflow(action["workflowId"], self.scope.inputs)
            return passed, at if action["type"] == "retry" else None
        if "stepId" not in action:
            return passed, at
        target = self.positions[action["stepId"]]
        if action["type"] == "retry":
            yield from self._step(target)
            return passed, at
        return passed, target

    def _delay(self, action: Mapping[str, Any]) -> float:
        """How long to wait; what the server says in Retry-After goes before what the workflow says."""
        said = self.scope.response.headers.get("retry-after", "") if self.scope.response else ""
        return float(said) if said.isdecimal() else float(action.get("retryAfter", 0))


def _operation_id(step: Mapping[str, Any]) -> str:
    """The plain operationId of a step that may name its source as well."""
    name: str = step["operationId"]
    return name.rpartition(".")[2] if name.startswith("$sourceDescriptions.") else name
