"""The documented workflows: each Arazzo description of a contract is walked from first step to last."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from contract_tests.arazzo.runner import StepResult, run
from contract_tests.evidence.citations import Citations
from contract_tests.evidence.levels import Level, carrying, level_of
from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.files import openapi_dir
from contract_tests.openapi.schemas import cited
from contract_tests.openapi.yaml_file import read_yaml
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Session
from contract_tests.verdicts import Inconclusive

_MARKS = ("x-cites", "x-decision")

_IN_BODY = re.compile(r"\$response\.body#((?:/[^\s()=!<>&|]*)*)")
"""A member of an answer that a criterion names, as a JSON pointer."""


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """One per workflow whose source is this contract; blamed is the operation of its first step."""
    build = RequirementBuilder(contract, citations, Family.EXAMPLES)
    for document in documents():
        if contract.name not in [source["name"] for source in document["sourceDescriptions"]]:
            continue
        for workflow in document["workflows"]:
            named = [contract.operations[step["operationId"]] for step in workflow["steps"]]
            yield build(
                named[0],
                f"workflow.{workflow['workflowId']}",
                title=f"the documented workflow holds: {workflow['summary']}",
                cites=_cites(workflow),
                check=partial(walk, document=document, workflow=workflow),
                others=[operation.id for operation in named[1:]],
                waits=any(action["type"] == "retry" for action in _actions(workflow)),
                compares=True,
            )


def _actions(workflow: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a workflow does after a step that succeeded or failed."""
    for step in workflow["steps"]:
        yield from (*step.get("onSuccess", ()), *step.get("onFailure", ()))


@cache
def documents() -> tuple[Mapping[str, Any], ...]:
    """Every workflow description that comes with the contracts."""
    return tuple(read_yaml(path) for path in sorted(Path(openapi_dir(), "workflows").glob("*.arazzo.yaml")))


@dataclass(frozen=True, slots=True)
class Answer:
    """An exchange as a workflow sees it."""

    exchange: Exchange

    @property
    def status(self) -> int:
        """The status code."""
        return self.exchange.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, names in lower case."""
        return self.exchange.headers

    @property
    def body(self) -> Any:
        """Parsed JSON, or the text when it is none."""
        parsed = self.exchange.parsed
        return self.exchange.content.decode("utf-8", "replace") if parsed is None else parsed


def walk(session: Session, document: Mapping[str, Any], workflow: Mapping[str, Any]) -> None:
    """Each step's criteria hold. Credentials and things are the target's, not the description's defaults."""

    def send(
        operation_id: str,
        *,
        path: Mapping[str, Any],
        query: Mapping[str, Any],
        headers: Mapping[str, str],
        body: Any,
    ) -> Answer:
        spoken = {name: value for name, value in headers.items() if name.lower() not in _carriers(session)}
        operation = session.contract.operation(operation_id)
        return Answer(
            session.call(
                operation_id,
                path=path,
                query=query,
                headers=spoken,
                body=body if operation.body is not None else None,
            )
        )

    if session.context.endless[workflow["workflowId"]]:
        raise Inconclusive(f"a step of {workflow['workflowId']} did not come about before")
    _prepare(session, workflow)
    for result in run(
        document,
        workflow["workflowId"],
        inputs=_inputs(session, workflow),
        send=send,
        pause=_pause(session, workflow),
    ):
        if result.then == "stop":
            _report(session, result)


def _pause(session: Session, workflow: Mapping[str, Any]) -> Callable[[float], None]:
    """Waits between attempts, in seconds, no longer altogether than the target's deadline."""
    waited = 0.0

    def pause(seconds: float) -> None:
        nonlocal waited
        waited += seconds
        if waited > session.target.deadline:
            session.context.endless[workflow["workflowId"]] += 1
            within = f"within {session.target.deadline:g} s"
            raise Inconclusive(f"a step of {workflow['workflowId']} did not come about {within}")
        session.context.sleep(seconds)

    return pause


def _prepare(session: Session, workflow: Mapping[str, Any]) -> None:
    """The first action that can be taken back finds things as if it had never happened."""
    for step in workflow["steps"]:
        operation = session.contract.operation(step["operationId"])
        if session.resources.opposite(operation) is not None:
            session.ready(
                operation,
                {name: session.fixtures.known(name, operation.path) for name in operation.path_parameters},
            )
            return


def _report(session: Session, result: StepResult) -> None:
    exchange = session.exchanges[-1]
    if result.attempt > 1 and exchange.ok:
        raise Inconclusive(f"step {result.step_id} did not come about in {result.attempt} attempts")
    if exchange.status == 409 or session.tracker.names_old(exchange):
        raise Inconclusive(
            f"step {result.step_id} was answered {exchange.status}: there may be such a thing already"
        )
    failed = next(each.condition for each in result.criteria if not each.passed)
    session.broken(
        expected=f"{failed} in step {result.step_id}",
        received=str(exchange.status) if "statusCode" in failed else "an answer for which it does not hold",
        exchange=exchange,
        readings=_readings(session, failed, exchange),
    )


def _readings(session: Session, condition: str, exchange: Exchange) -> Iterator[str]:
    """What a failed criterion needs besides what the workflow cites, where no document states it.

    A criterion on a member of the answer needs what the document says of that member. A refusal needs that
    the values which were sent are valid.
    """
    operation = session.contract.operation(exchange.sent.operation)
    places: list[tuple[str, ...]] = []
    if "statusCode" in condition and not exchange.ok and operation.body is not None:
        members = operation.body.schema.properties
        places += [cited(members[name].flat) for name in _sent_members(exchange) if name in members]
    response = operation.response(exchange.status)
    for body in response.bodies.values() if response is not None else ():
        cites = dict(body.schema.cited_places())
        for pointer in _IN_BODY.findall(condition):
            places += [cites.get(place, ()) for place in _on_the_way(pointer)]
    citations = session.citations
    needed = [cite for place in places for cite in carrying(place, citations, session.contract)]
    for cite in dict.fromkeys(needed):
        if level_of([cite], citations, session.contract) is not Level.MUST:
            yield cite


def _on_the_way(pointer: str) -> Iterator[str]:
    """A member and every object around it, as dotted paths, the outermost first."""
    steps = [step for step in pointer.split("/") if step and not step.isdecimal()]
    for length in range(len(steps) + 1):
        yield ".".join(steps[:length])


def _sent_members(exchange: Exchange) -> Iterable[str]:
    try:
        body = json.loads(exchange.sent.body or b"null")
    except ValueError:
        return ()
    return tuple(body) if isinstance(body, Mapping) else ()


def _inputs(session: Session, workflow: Mapping[str, Any]) -> dict[str, Any]:
    """The target's values for inputs that name things; prepared members where they are sent; unused keys."""
    chosen: dict[str, Any] = {}
    for step in workflow["steps"]:
        operation = session.contract.operation(step["operationId"])
        _choose_body(session, operation, workflow, step.get("requestBody", {}).get("payload"), chosen)
        for parameter in step.get("parameters", ()):
            name = _input(parameter.get("value"))
            if name is not None:
                _choose_value(session, operation, parameter, name, chosen)
    return chosen


def _input(value: Any) -> str | None:
    """The input that a value is, when it is one and nothing else."""
    return value.removeprefix("$inputs.") if isinstance(value, str) and value.startswith("$inputs.") else None


def _choose_body(
    session: Session,
    operation: Operation,
    workflow: Mapping[str, Any],
    payload: Any,
    chosen: dict[str, Any],
) -> None:
    prepared = session.valid.body(operation) if operation.body is not None else None
    if not isinstance(prepared, Mapping):
        return
    whole = _input(payload)
    if whole is not None:
        default = workflow["inputs"]["properties"][whole].get("default", {})
        owed = operation.body.schema.flat.get("required", ()) if operation.body is not None else ()
        kept = {name: value for name, value in prepared.items() if name in default or name in owed}
        chosen.setdefault(whole, {**default, **kept})
    elif isinstance(payload, Mapping):
        for member, value in payload.items():
            name = _input(value)
            if name is not None and member in session.target.known:
                chosen.setdefault(name, session.fixtures.known(member))
            elif name is not None and member in prepared:
                chosen.setdefault(name, prepared[member])


def _choose_value(
    session: Session, operation: Operation, parameter: Mapping[str, Any], name: str, chosen: dict[str, Any]
) -> None:
    if parameter["in"] == "path":
        chosen.setdefault(name, session.fixtures.known(parameter["name"], operation.path))
    elif parameter["in"] == "header" and parameter["name"].lower() == "idempotency-key":
        chosen.setdefault(name, session.unique())
    elif parameter["in"] == "query" and parameter["name"] in session.target.queries.get(operation.id, {}):
        chosen.setdefault(name, session.target.queries[operation.id][parameter["name"]])


def _carriers(session: Session) -> set[str]:
    """Headers that carry credentials: the session sets them itself."""
    return {"authorization", *(scheme.name.lower() for scheme in session.contract.schemes.values())}


def _cites(value: Any) -> tuple[str, ...]:
    """Every citation in a workflow, its steps' included."""
    found: list[str] = []
    if isinstance(value, Mapping):
        found += [cite for mark in _MARKS for cite in value.get(mark, ())]
        found += [cite for inner in value.values() for cite in _cites(inner)]
    elif isinstance(value, list):
        found += [cite for inner in value for cite in _cites(inner)]
    return tuple(dict.fromkeys(found))
