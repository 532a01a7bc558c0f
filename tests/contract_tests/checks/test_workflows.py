"""Workflows: the mock walks each of them; a step that does not hold is named."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from contract_tests.checks import examples, workflows
from contract_tests.evidence.levels import Level
from contract_tests.openapi.files import openapi_dir
from contract_tests.verdicts import Verdict
from tests.contract_tests.playing import (
    Answer,
    Asked,
    Defect,
    Serve,
    answers,
    data,
    judged,
    not_passed,
    refuses,
    requirements_of,
)

CONTRACTS = ("aimable", "hydracore", "patchworks")
_JSON = {"Content-Type": "application/json"}
REQUIRED = {name: requirements_of(name, workflows) for name in CONTRACTS}


def without_capabilities(body: Any, asked: Asked) -> Any:
    del asked
    return {**body, "capabilities": []} if "credentials" in body else body


def without_envelope(body: Any, asked: Asked) -> Any:
    del asked
    return body["data"]


PLANTED = [
    (
        "aimable",
        "listConnectorProviders.examples.workflow.set-up-a-provider",
        answers("GET", "/google-workspace", data(setup_complete=True)),
        "verify-reset",
    ),
    (
        "aimable",
        "createCollectionConnector.examples.workflow.connect-and-sync",
        answers("GET", "/sync", data(id="another")),
        "list-syncs",
    ),
    (
        "hydracore",
        "createConnection.examples.workflow.grant-and-fetch",
        answers("GET", "/connections", without_capabilities),
        "fetch-credentials",
    ),
    (
        "patchworks",
        "storeConnector.examples.workflow.keep-a-connector",
        refuses("PUT", "", 404),
        "update-connector",
    ),
]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_mock_passes(contract: str) -> None:
    assert not not_passed(contract, REQUIRED[contract].values())


@pytest.mark.parametrize(("contract", "requirement", "defect", "step"), PLANTED)
def test_the_step_that_fails_is_named(contract: str, requirement: str, defect: Defect, step: str) -> None:
    (outcome,) = judged(contract, [REQUIRED[contract][requirement]], defect)

    assert outcome.finding is not None, outcome.reason
    assert outcome.finding.expected.endswith(f"in step {step}")


def test_a_criterion_on_a_member_needs_what_is_cited_for_the_member() -> None:
    workflow = REQUIRED["patchworks"]["storeConnector.examples.workflow.keep-a-connector"]
    bare = answers("POST", "/connectors", without_envelope)

    (outcome,) = judged("patchworks", [workflow], bare)

    assert outcome.finding is not None
    assert any("decision P2:" in source for source in outcome.finding.sources)
    assert outcome.finding.level is Level.ASSUMED


def test_a_refusal_needs_what_is_cited_for_the_values_that_were_sent() -> None:
    workflow = REQUIRED["patchworks"]["storeConnector.examples.workflow.keep-a-connector"]

    (outcome,) = judged("patchworks", [workflow], refuses("PUT", "", 422))

    assert outcome.finding is not None
    assert any("decision P14:" in source for source in outcome.finding.sources)


def updates_the_first() -> Defect:
    """A second creation of one provider answers 200 with the first connector."""

    def defect(asked: Asked, serve: Serve) -> Answer:
        if not asked.on("POST", "/connectors"):
            return serve(asked)
        rows = serve(replace(asked, method="GET", body=b"")).json["data"]
        same = [row for row in rows if row["provider_slug"] == asked.json["provider_slug"]]
        return serve(asked) if not same else Answer(200, _JSON, json.dumps({"data": same[0]}).encode())

    return defect


def created_with_200(asked: Asked, serve: Serve) -> Answer:
    """A creation answers 200, though it makes a new connector."""
    answer = serve(asked)
    return replace(answer, status=200) if asked.on("POST", "/connectors") and answer.ok else answer


@pytest.mark.parametrize("name", ["success", "workflow.connect-and-sync"])
def test_a_creation_that_updates_what_was_there_is_left_alone(name: str) -> None:
    examples_of = requirements_of("aimable", workflows, examples)
    chosen = [examples_of[f"createCollectionConnector.examples.{name}"]]

    (honest,) = judged("aimable", chosen, updates_the_first())
    (broken,) = judged("aimable", chosen, created_with_200)

    assert honest.verdict is Verdict.INCONCLUSIVE, honest.finding
    assert broken.finding is not None, broken.reason


def test_every_workflow_is_a_requirement_with_a_defect() -> None:
    files = list((openapi_dir() / "workflows").glob("*.arazzo.yaml"))
    assert {(contract, name) for contract, name, *_ in PLANTED} == {
        (contract, name) for contract, named in REQUIRED.items() for name in named
    }
    assert len(PLANTED) == len(files)
