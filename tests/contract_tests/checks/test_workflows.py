"""Workflows: the mock walks each of them; a step that does not hold is named."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.checks import workflows
from contract_tests.openapi.files import openapi_dir
from tests.contract_tests.playing import (
    Asked,
    Defect,
    answers,
    data,
    judged,
    not_passed,
    refuses,
    requirements_of,
)

CONTRACTS = ("aimable", "hydracore", "patchworks")
REQUIRED = {name: requirements_of(name, workflows) for name in CONTRACTS}


def without_capabilities(body: Any, asked: Asked) -> Any:
    del asked
    return {**body, "capabilities": []} if "credentials" in body else body


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


def test_every_workflow_is_a_requirement_with_a_defect() -> None:
    files = list((openapi_dir() / "workflows").glob("*.arazzo.yaml"))
    assert {(contract, name) for contract, name, *_ in PLANTED} == {
        (contract, name) for contract, named in REQUIRED.items() for name in named
    }
    assert len(PLANTED) == len(files)
