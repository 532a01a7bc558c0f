"""Every response that an operation documents can be asked for, and conforms to its documentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from mock_server.app import build_engine
from mock_server.contract.operation import body_schema
from mock_server.contract.router import Match
from mock_server.contract.schema import declared_members
from mock_server.engine import Engine
from mock_server.messages import Response
from mock_server.pipeline.documented import documented_response, documented_statuses
from mock_server.pipeline.mounted_contracts import Route
from mock_server.seeded_random import SeededRandom
from mock_server.settings import Settings

SPECS = sorted((Path(__file__).parent.parent / "inference" / "specs").glob("*.yaml"))


def routes(engine: Engine) -> list[Route]:
    """Every operation there is."""
    operations = (
        one for each in engine.context.contracts.values() for one in each.contract.operations.values()
    )
    found = (engine.context.router.match(one.method, one.path) for one in operations)
    return [one.target for one in found if isinstance(one, Match)]


def check_documented_responses(engine: Engine) -> int:
    """The number of documented responses; each is asked for and checked."""
    asked = 0
    for route in routes(engine):
        for key, examples in documented_statuses(route.plan.operation).items():
            status = {"default": 418}.get(key.lower()) or int(key.upper().replace("XX", "01"))
            for example in (None, *examples):
                response = documented_response(route, status, example, rng=SeededRandom(3))
                check(route, response, status, f"{route.plan.operation.id} {key} {example}")
                asked += 1
    return asked


def check(route: Route, response: Response, status: int, place: str) -> None:
    plan = route.plan.reply(status)
    assert plan is not None, place
    assert response.status == status, place
    assert {name.lower() for name in response.headers} >= plan.headers.keys() - {"content-type"}, place
    assert (plan.check is None) == (response.body == b""), place
    media_type = response.headers.get("Content-Type", "")
    if plan.check is not None and "json" in media_type:
        assert plan.check.holds(json.loads(response.body)), place


def test_every_answer_of_the_shipped_contracts_can_be_had(shipped: Flask) -> None:
    assert check_documented_responses(shipped.extensions["mock_server"]) > 200


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_every_answer_of_any_spec_can_be_had(spec: Path) -> None:
    assert check_documented_responses(build_engine(Settings(contracts=(), specs=(spec,)))) > 5


def named_places(body: Any) -> list[list[str]]:
    """The parameters and members that a FastAPI or Laravel error names."""
    detail = body.get("detail")
    entries = detail if isinstance(detail, list) else []
    return [[str(step) for step in entry["loc"]] for entry in entries] + [
        ["body", *field.split(".")] for field in body.get("errors", ())
    ]


def test_forced_errors_name_only_what_the_operation_has(shipped: Flask) -> None:
    named = 0
    for route in routes(shipped.extensions["mock_server"]):
        operation = route.operation
        parameters = {(each.location, each.name) for each in operation.parameters}
        schema = body_schema(operation)
        schemas = route.mounted.contract.schemas
        members = set() if schema is None else set(declared_members(schema, schemas))
        for key, examples in documented_statuses(operation).items():
            for example in (None, *examples):
                body = documented_response(route, int(key), example, rng=SeededRandom(3)).body
                for where, *path in named_places(json.loads(body)) if int(key) >= 400 and body else ():
                    place = f"{operation.id} {key} {example}: {where} {path}"
                    if where == "body":
                        assert schema is not None, place
                        assert not path or path[0] in members, place
                    else:
                        assert (where, path[0]) in parameters, place
                    named += 1
    assert named > 70


def test_a_forced_error_says_what_the_operation_would_say(shipped: Flask) -> None:
    by_name = {
        (route.operation.contract, route.operation.id): route
        for route in routes(shipped.extensions["mock_server"])
    }

    def forced(contract: str, operation: str, status: int, **path: str) -> Any:
        route = by_name[contract, operation]
        return json.loads(documented_response(route, status, rng=SeededRandom(3), path=path).body)

    assert forced("aimable", "cancelSync", 409) == {"detail": "No sync is running"}
    assert forced("aimable", "triggerSync", 409) == {"detail": "A sync is already running"}
    assert forced("aimable", "listSyncs", 422)["detail"][0]["loc"] == ["query", "limit"]
    assert forced("patchworks", "showConnector", 404, connector="12") == {
        "message": "No query results for model [App\\Models\\Connector] 12"
    }
    assert forced("patchworks", "testConnector", 502) == {"message": "Bad Gateway"}


def test_an_undocumented_response_is_refused_with_what_is_documented(shipped: Flask) -> None:
    route = routes(shipped.extensions["mock_server"])[0]
    for status, example in ((418, None), (200, "nothing")):
        problem = documented_response(route, status, example, rng=SeededRandom())
        assert problem.status == 400
        assert json.loads(problem.body)["possible"] == documented_statuses(route.plan.operation)
