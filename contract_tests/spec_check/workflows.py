"""Rules on Arazzo descriptions: their structure, and that everything they refer to exists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from contract_tests.openapi.pointers import escape
from contract_tests.openapi.yaml_file import UnreadableError, YamlFile
from contract_tests.spec_check.operations import path_names
from contract_tests.spec_check.problems import SpecProblem, problem_at
from contract_tests.spec_check.spec import Operation, Spec

_EXPRESSION = re.compile(
    r"\$([A-Za-z]+)(?:\.([A-Za-z0-9_-]+))?(?:\.([A-Za-z0-9_-]+))?(?:\.([A-Za-z0-9_-]+))?"
)
_STEP_ROOTS = frozenset(
    {"url", "method", "statusCode", "request", "response", "outputs", "sourceDescriptions"}
)


class Description:
    """One Arazzo file with the operations of the specs it names."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.value: dict[str, Any] = file.value

    def problem(self, pointer: str, message: str, *, rule: str = "arazzo") -> SpecProblem:
        """A problem of this file."""
        return problem_at(self.file, pointer, rule, message)

    @cached_property
    def sources(self) -> Mapping[str, dict[str, Operation] | None]:
        """Operations by id of each source; None for one that cannot be looked into from here."""
        found: dict[str, dict[str, Operation] | None] = {}
        for source in self.value["sourceDescriptions"]:
            path = self.file.path.parent / source["url"]
            if source.get("type", "openapi") == "openapi" and path.is_file():
                operations = Spec.read(path).operations
                found[source["name"]] = {each.operation_id: each for each in operations if each.operation_id}
            else:
                found[source["name"]] = None
        return found

    @cached_property
    def workflows(self) -> Mapping[str, dict[str, Any]]:
        """The workflows by id."""
        return {workflow["workflowId"]: workflow for workflow in self.value["workflows"]}

    def operation(self, reference: str) -> Operation | None:
        """The operation a step names; None when it cannot be found out. Raises LookupError."""
        name = reference
        sources = list(self.sources.values())
        if reference.startswith("$sourceDescriptions."):
            source, _, name = reference.removeprefix("$sourceDescriptions.").partition(".")
            if source not in self.sources:
                raise LookupError(f"unknown source {source!r}")
            sources = [self.sources[source]]
        for operations in sources:
            if operations and name in operations:
                return operations[name]
        if None in sources:
            return None
        raise LookupError(f"no source has an operation {name!r}")

    def component(self, reference: str) -> dict[str, Any] | None:
        """What `$components.<kind>.<name>` names."""
        kind, _, name = reference.removeprefix("$components.").partition(".")
        found = self.value.get("components", {}).get(kind, {}).get(name)
        return found if isinstance(found, dict) else None


def workflow_problems(file: YamlFile) -> Iterator[SpecProblem]:
    """Every reference of a structurally valid Arazzo description that leads nowhere."""
    description = Description(file)
    yield from _sources(description)
    yield from _unique(description, "/workflows", description.value["workflows"], "workflowId")
    for index, workflow in enumerate(description.value["workflows"]):
        at = f"/workflows/{index}"
        yield from _unique(description, f"{at}/steps", workflow["steps"], "stepId")
        for number, name in enumerate(workflow.get("dependsOn", ())):
            yield from _workflow_exists(description, name, f"{at}/dependsOn/{number}")
        yield from _WorkflowRules(description, workflow, at).problems()


def _sources(description: Description) -> Iterator[SpecProblem]:
    listed = description.value["sourceDescriptions"]
    yield from _unique(description, "/sourceDescriptions", listed, "name")
    for index, source in enumerate(listed):
        path = description.file.path.parent / source["url"]
        if "://" not in source["url"] and not path.is_file():
            yield description.problem(f"/sourceDescriptions/{index}/url", f"the file {path} does not exist")
        elif path.is_file():
            try:
                YamlFile.read(path)
            except UnreadableError as error:
                yield description.problem(f"/sourceDescriptions/{index}/url", str(error))


def _unique(
    description: Description, at: str, items: list[dict[str, Any]], key: str
) -> Iterator[SpecProblem]:
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item[key] in seen:
            yield description.problem(f"{at}/{index}/{key}", f"{key} {item[key]!r} is already taken")
        seen.add(item[key])


def _workflow_exists(description: Description, name: str, at: str) -> Iterator[SpecProblem]:
    if not name.startswith("$sourceDescriptions.") and name not in description.workflows:
        yield description.problem(at, f"unknown workflow {name!r}")


class _WorkflowRules:
    """The rules of one workflow, which share its inputs and the steps seen so far."""

    def __init__(self, description: Description, workflow: dict[str, Any], at: str) -> None:
        self.description = description
        self.workflow = workflow
        self.at = at
        self.inputs = self._input_names(workflow.get("inputs"))
        self.all_steps = {step["stepId"]: step for step in workflow["steps"]}

    def problems(self) -> Iterator[SpecProblem]:
        """Every problem of the workflow, step by step."""
        shared = self.workflow.get("parameters", [])
        for index, step in enumerate(self.workflow["steps"]):
            at = f"{self.at}/steps/{index}"
            yield from self._target(step, shared, at)
            yield from self._actions(step, ("onSuccess", "onFailure"), at)
            known = {other["stepId"] for other in self.workflow["steps"][: index + 1]}
            yield from self._expressions(_without_extensions(step), at, known)
        yield from self._actions(self.workflow, ("successActions", "failureActions"), self.at)
        for key in ("parameters", "outputs", "successActions", "failureActions"):
            yield from self._expressions(self.workflow.get(key, {}), f"{self.at}/{key}", set(self.all_steps))

    def _target(self, step: dict[str, Any], shared: list[Any], at: str) -> Iterator[SpecProblem]:
        if "workflowId" in step:
            yield from _workflow_exists(self.description, step["workflowId"], f"{at}/workflowId")
        if "operationId" not in step:
            return
        try:
            operation = self.description.operation(step["operationId"])
        except LookupError as error:
            yield self.description.problem(f"{at}/operationId", str(error.args[0]))
            return
        if operation is not None:
            yield from self._parameters(step, shared, operation, at)

    def _parameters(
        self, step: dict[str, Any], shared: list[Any], operation: Operation, at: str
    ) -> Iterator[SpecProblem]:
        declared = {(str(found.get("in")), str(found.get("name"))) for found in operation.parameters}
        own = step.get("parameters", [])
        given = {(found.get("in"), found.get("name")) for found in map(self._reused, [*shared, *own])}
        for index, parameter in enumerate(map(self._reused, own)):
            place, name = parameter.get("in"), parameter.get("name")
            if place in ("path", "query") and (place, name) not in declared:
                message = f"{operation.operation_id} has no {place} parameter {name!r}"
                yield self.description.problem(f"{at}/parameters/{index}", message)
        for name in path_names(operation.path):
            if ("path", name) not in given:
                message = f"the step does not say what {{{name}}} of {operation.operation_id} is"
                yield self.description.problem(at, message)

    def _reused(self, parameter: dict[str, Any]) -> dict[str, Any]:
        if "reference" in parameter:
            return self.description.component(parameter["reference"]) or {}
        return parameter

    def _actions(self, node: dict[str, Any], keys: tuple[str, ...], at: str) -> Iterator[SpecProblem]:
        for key in keys:
            for index, action in enumerate(node.get(key, ())):
                here = f"{at}/{key}/{index}"
                if "reference" in action and self.description.component(action["reference"]) is None:
                    continue  # the rule on expressions names it
                target = self._reused(action)
                if "workflowId" in target:
                    yield from _workflow_exists(self.description, target["workflowId"], f"{here}/workflowId")
                if "stepId" in target and target["stepId"] not in self.all_steps:
                    yield self.description.problem(f"{here}/stepId", f"unknown step {target['stepId']!r}")

    def _input_names(self, schema: Any) -> set[str] | None:
        """The declared inputs; None when the schema is one we cannot look into."""
        if isinstance(schema, dict) and "$ref" in schema:
            name = str(schema["$ref"]).removeprefix("#/components/inputs/")
            schema = self.description.value.get("components", {}).get("inputs", {}).get(name)
        if not isinstance(schema, dict):
            return set()
        return set(schema.get("properties", ())) if not {"allOf", "anyOf", "oneOf"} & set(schema) else None

    def _expressions(self, node: Any, at: str, steps: set[str]) -> Iterator[SpecProblem]:
        for text, pointer in _strings(node, at):
            for match in _EXPRESSION.finditer(text):
                problem = self._problem(match, steps)
                if problem:
                    yield self.description.problem(pointer, problem, rule="expression")

    def _problem(self, match: re.Match[str], steps: set[str]) -> str | None:
        root, first, second, third = match.groups()
        if root == "inputs":
            known = self.inputs is None or first in self.inputs
            return None if known else f"{match.group()}: the workflow has no input {first!r}"
        if root == "steps":
            return self._step_problem(match.group(), first, second, third, steps)
        if root == "workflows":
            exists = first in self.description.workflows
            return None if exists else f"{match.group()}: unknown workflow {first!r}"
        if root == "components":
            found = self.description.component(".".join(filter(None, ("$components", first, second))))
            return None if found else f"{match.group()} names no component"
        return None if root in _STEP_ROOTS else f"{match.group()} is not a runtime expression"

    def _step_problem(
        self, text: str, step: str, kind: str | None, output: str | None, steps: set[str]
    ) -> str | None:
        if step not in self.all_steps:
            return f"{text}: unknown step {step!r}"
        if step not in steps:
            return f"{text}: step {step!r} comes later"
        outputs = self.all_steps[step].get("outputs", {})
        if "workflowId" in self.all_steps[step]:
            called = self.description.workflows.get(self.all_steps[step]["workflowId"], {})
            outputs = {**outputs, **called.get("outputs", {})}
        if kind != "outputs" or output not in outputs:
            return f"{text}: step {step!r} has no output {output!r}"
        return None


def _without_extensions(node: dict[str, Any]) -> dict[str, Any]:
    return {key: child for key, child in node.items() if not key.startswith("x-") and key != "description"}


def _strings(node: Any, at: str) -> Iterator[tuple[str, str]]:
    """Every string that may hold runtime expressions; of a JSONPath or a regex only the embedded ones do."""
    if isinstance(node, str):
        yield node, at
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from _strings(child, f"{at}/{index}")
    for key, child in node.items() if isinstance(node, dict) else ():
        if key == "condition" and node.get("type", "simple") != "simple":
            for embedded in re.findall(r"\{(\$[^{}]+)\}", child):
                yield embedded, f"{at}/condition"
        else:
            yield from _strings(child, f"{at}/{escape(key)}")
