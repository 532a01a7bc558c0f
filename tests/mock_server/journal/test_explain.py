"""An explanation tells which operation, why it was allowed, what made the body and what that rests on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_server.data import openapi_dir
from mock_server.journal.citations import Citations, Decision
from mock_server.journal.explain import explain
from tests.mock_server.journal.conftest import Recorded

ADMIN = {"authorization": "Bearer mock-aimable-admin", "content-type": "application/json"}
MEMBER = {"authorization": "Bearer mock-aimable-member", "content-type": "application/json"}
PROVIDERS = "/api-proxy/v1/admin/connector-providers"
CONNECTORS = (
    "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
    "/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
)
NEW = {"provider_slug": "slack", "credential": {"access_token": "s"}, "scope_config": {"channel_ids": ["C1"]}}


@pytest.fixture(scope="module")
def citations() -> Citations:
    return Citations(openapi_dir())


def _explained(recorded: Recorded, citations: Citations, *request: Any, **more: Any) -> dict[str, Any]:
    return explain(recorded.send(*request, **more), recorded.engine.context, citations)


def test_the_operation_and_its_path_are_named(recorded: Recorded, citations: Citations) -> None:
    told = _explained(recorded, citations, "GET", f"{PROVIDERS}/slack", headers=ADMIN)
    assert told["matched"]["operation"] == "getConnectorProvider"
    assert told["matched"]["template"] == f"{PROVIDERS}/{{provider_slug}}"
    assert told["matched"]["path"] == {"provider_slug": "slack"}


def test_a_declared_action_is_reported_with_its_place_and_rows(
    recorded: Recorded, citations: Citations
) -> None:
    answered = _explained(recorded, citations, "GET", f"{PROVIDERS}/slack", headers=ADMIN)["answered"]
    assert (answered["by"], answered["rule"], answered["collection"]) == ("action", "read", "providers")
    assert answered["declared"] == "aimable.behaviour.yaml: operations.getConnectorProvider"
    assert {"collection": "aimable/providers", "key": "slack"} in answered["rows"]


def test_a_handler_is_reported_by_its_name(recorded: Recorded, citations: Citations) -> None:
    answered = _explained(recorded, citations, "DELETE", f"{PROVIDERS}/slack/setup", headers=ADMIN)[
        "answered"
    ]
    assert (answered["by"], answered["rule"]) == ("handler", "mock_server.handlers.aimable.reset")


def test_changes_are_reported(recorded: Recorded, citations: Citations) -> None:
    body = json.dumps({"client_id": "a", "client_secret": "b"}).encode()
    told = _explained(
        recorded, citations, "POST", f"{PROVIDERS}/google-drive/setup", headers=ADMIN, body=body
    )
    assert told["status"] == 200
    assert "changed aimable/providers google-drive" in told["changed"]["sentence"]


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("mock-aimable-admin", "Identified by bearer as admin, who has the required roles (admin)."),
        ("mock-aimable-member", "Identified by bearer as member, who lacks admin (required: admin)."),
        ("unknown-token", "The sender could not be identified: the credential is unknown."),
    ],
)
def test_the_decision_on_access_is_a_sentence(
    recorded: Recorded, citations: Citations, token: str, sentence: str
) -> None:
    told = _explained(recorded, citations, "GET", PROVIDERS, headers={"authorization": f"Bearer {token}"})
    assert told["allowed"]["sentence"] == sentence


def test_a_reply_rests_on_facts_and_on_decisions_in_full(recorded: Recorded, citations: Citations) -> None:
    rests = _explained(recorded, citations, "GET", PROVIDERS, headers=ADMIN)["rests_on"]
    assert "000-10" in rests["facts"]
    (first,) = [one for one in rests["decisions"] if one["id"] == "A1"]
    assert first["question"].endswith("?")
    assert "Either is accepted" in first["reading"]


def test_only_the_response_that_was_given_counts(citations: Citations) -> None:
    found = citations.of("hydracore", "fetchConnectionCredentials", 200)
    missing = citations.of("hydracore", "fetchConnectionCredentials", 404)
    assert "H22" in {one.id for one in found.decisions}
    assert "H22" not in {one.id for one in missing.decisions}


def test_a_contract_without_a_file_rests_on_nothing(citations: Citations) -> None:
    grounds = citations.of("unknown", "any", 200)
    assert (grounds.facts, grounds.decisions) == ((), ())


def test_every_decision_a_spec_names_can_be_reported(recorded: Recorded, citations: Citations) -> None:
    named: set[Decision] = set()
    for name, mounted in recorded.engine.context.contracts.items():
        for operation in mounted.contract.operations.values():
            for status in operation.responses:
                named |= {*citations.of(name, operation.id, int(status)).decisions}
    assert len(named) > 60
    assert [one.id for one in named if not one.question or not one.reading] == []


def test_a_request_that_matched_nothing_is_shown_what_it_may_have_meant(
    recorded: Recorded, citations: Citations
) -> None:
    told = _explained(recorded, citations, "GET", "/api/v1/conectors")
    assert told["matched"]["operation"] is None
    assert told["matched"]["near"][0]["operation"] == "listConnectors"


def test_a_preference_is_reported_in_place_of_a_rule(recorded: Recorded, citations: Citations) -> None:
    told = _explained(recorded, citations, "GET", PROVIDERS, headers={**ADMIN, "prefer": "code=401"})
    assert told["interfered"]["sentence"] == "The Prefer header asked for code=401."
    assert "asked for" in told["answered"]["sentence"]
    assert told["interfered"]["override"] == {"code": 401}


def test_a_method_the_path_does_not_take_is_reported_with_those_it_takes(
    recorded: Recorded, citations: Citations
) -> None:
    told = _explained(recorded, citations, "PATCH", PROVIDERS)
    assert told["matched"]["sentence"].endswith("is no operation of any contract. The path takes GET.")


def test_a_repeated_answer_and_a_key_that_was_used_up_are_reported_as_such(
    recorded: Recorded, citations: Citations
) -> None:
    headers = {**MEMBER, "idempotency-key": "the-same"}
    first, again, other = (
        _explained(recorded, citations, "POST", CONNECTORS, headers=headers, body=json.dumps(body).encode())
        for body in (NEW, NEW, {**NEW, "scope_config": {}})
    )
    assert "The declared action create answered" in first["answered"]["sentence"]
    assert "first answer under the same idempotency key" in again["answered"]["sentence"]
    assert "idempotency key belongs to another request" in other["answered"]["sentence"]
    rows = [row["collection"] for told in (first, again, other) for row in told["answered"]["rows"]]
    assert "aimable/connectors" not in rows
    assert {*rows} <= {"aimable/spaces", "aimable/collections", "aimable/providers"}


def test_a_refusal_is_reported_with_the_records_it_looked_at(
    recorded: Recorded, citations: Citations
) -> None:
    told = _explained(recorded, citations, "GET", f"{PROVIDERS}/nobody", headers=ADMIN)
    sentence = "The request was refused as not found, having looked at 1 record."
    assert told["answered"]["sentence"] == sentence
