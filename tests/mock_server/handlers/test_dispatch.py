"""Handlers must match the declared operations; concurrent writers do not interfere."""

from __future__ import annotations

import json
from threading import Barrier, Thread

import pytest

from mock_server.app import build_engine
from mock_server.behaviours.declared import Behaviours, OperationBehaviour
from mock_server.handlers.dispatch import check
from mock_server.handlers.registry import Call, Registry, Reply
from mock_server.messages import Request
from mock_server.settings import Settings


def nothing(_: Call) -> Reply:
    return Reply()


def declared(**operations: str) -> Behaviours:
    found = {id_: OperationBehaviour(id=id_, action=action) for id_, action in operations.items()}  # type: ignore[arg-type]
    return Behaviours(contract="library", dialect="fastapi", collections={}, operations=found)


def test_unknown_operations_and_missing_handlers_are_reported() -> None:
    registry = Registry()
    registry.handles("library", "burnBook")(nothing)
    registry.handles("elsewhere", "anything")(nothing)
    assert check(registry, [declared(lendBook="custom", readBook="read")]) == [
        "library: a handler is registered for the unknown operation 'burnBook'",
        "library: 'lendBook' is declared custom but has no handler",
    ]


def test_an_operation_has_one_handler() -> None:
    registry = Registry()
    registry.handles("library", "readBook")(nothing)
    with pytest.raises(ValueError, match=r"library\.readBook"):
        registry.handles("library", "readBook")(nothing)


COLLECTION = (
    "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
    "/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors"
)
HEADERS = {
    "authorization": "Bearer mock-aimable-admin",
    "idempotency-key": "same",
    "content-type": "application/json",
}


def test_the_oldest_of_too_many_keys_is_forgotten() -> None:
    engine = build_engine(Settings(contracts=("aimable",), max_idempotency_keys=2))
    body = json.dumps({"provider_slug": "slack", "credential": {}}).encode()

    def created(key: str) -> str:
        response = engine.handle(Request("POST", COLLECTION, "", {**HEADERS, "idempotency-key": key}, body))
        return str(json.loads(response.body)["data"]["id"])

    first, second = created("a"), created("b")
    assert created("a") == first
    created("c")
    assert created("b") == second
    assert created("a") != first


def test_the_answer_kept_for_a_key_is_json() -> None:
    engine = build_engine(Settings(contracts=("aimable",), strict_replies=True))
    body = json.dumps({"provider_slug": "slack", "credential": {}}).encode()
    assert engine.handle(Request("POST", COLLECTION, "", HEADERS, body)).status == 201
    with engine.world().store.transaction() as state:
        (kept,) = state.find("aimable/idempotency")
    assert json.loads(json.dumps(kept)) == kept


def test_equal_requests_at_the_same_moment_make_one_record() -> None:
    engine = build_engine(Settings(contracts=("aimable",), strict_replies=True))
    body = json.dumps({"provider_slug": "slack", "credential": {}}).encode()
    start, answers = Barrier(8), list[bytes]()

    def create() -> None:
        start.wait()
        answers.append(engine.handle(Request("POST", COLLECTION, "", HEADERS, body)).body)

    threads = [Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
