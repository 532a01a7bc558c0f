"""Objects in an array of a body: the mock keeps them; each defect breaks what it is about, at its level."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.checks import lifecycle_elements
from contract_tests.evidence.levels import Level
from tests.contract_tests.playing import Answer, Asked, Defect, Serve, judged, not_passed, requirements_of

REQUIRED = requirements_of("patchworks", lifecycle_elements)
STORE, UPDATE = (f"{name}.lifecycle.objects.variables" for name in ("storeConnector", "updateConnector"))

Variable = dict[str, Any]


def shown(change: Callable[[Variable], Variable]) -> Defect:
    """Each variable is shown as `change` makes of it."""
    return all_shown(lambda variables: list(map(change, variables)))


def all_shown(change: Callable[[list[Variable]], list[Variable]]) -> Defect:
    """The variables of a connector are shown as `change` makes of them."""

    def changed(record: Any) -> Any:
        return {**record, "variables": change(record["variables"])} if "variables" in record else record

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.method != "GET" or not answer.ok:
            return answer
        data = answer.json["data"]
        records = [changed(each) for each in data] if isinstance(data, list) else changed(data)
        return answer.with_json({**answer.json, "data": records})

    return defect


def updated(change: Callable[[list[Variable]], list[Variable] | None]) -> Defect:
    """An update is sent on with other variables; without them for None."""

    def defect(asked: Asked, serve: Serve) -> Answer:
        body = asked.json if asked.method == "PUT" else {}
        if "variables" not in body:
            return serve(asked)
        variables = change(body.pop("variables"))
        return serve(asked.with_json(body if variables is None else {**body, "variables": variables}))

    return defect


def swapped(variable: Variable) -> Variable:
    return {**variable, "pivot": {**variable["pivot"], "required": variable["pivot"]["configurable"]}}


def made_anew(variable: Variable) -> Variable:
    return {name: value for name, value in variable.items() if name != "id"}


def without_value(variable: Variable) -> Variable:
    return {name: value for name, value in variable.items() if name != "value"}


def test_the_mock_keeps_them() -> None:
    assert not_passed("patchworks", REQUIRED.values()) == []


@pytest.mark.parametrize(
    ("requirement", "defect", "level"),
    [
        (STORE, shown(lambda each: {**each, "label": each["key"]}), Level.MUST),
        (STORE, shown(swapped), Level.MUST),
        (STORE, shown(lambda each: {**each, "locked": False}), Level.ASSUMED),
        (STORE, all_shown(lambda each: each[:1]), Level.MUST),
        (STORE, all_shown(lambda each: each[::-1]), Level.ASSUMED),
        (UPDATE, updated(lambda _: None), Level.MUST),
        (UPDATE, updated(lambda sent: list(map(made_anew, sent))), Level.MUST),
        (UPDATE, updated(lambda sent: list(map(without_value, sent))), Level.MUST),
        (UPDATE, updated(lambda sent: [{**each, "secret": False} for each in sent]), Level.MUST),
    ],
)
def test_a_defect_is_seen(requirement: str, defect: Defect, level: Level) -> None:
    (outcome,) = judged("patchworks", [REQUIRED[requirement]], defect)

    assert outcome.finding is not None, outcome.reason
    assert outcome.finding.level is level
