"""Every answer is judged, whichever check provoked it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.evidence.citations import Citations
from contract_tests.exchange import Exchange, SentRequest
from contract_tests.openapi.contract import Contract
from contract_tests.response_checks.monitor import ResponseMonitor
from contract_tests.session.client import Client
from contract_tests.session.context import RunContext
from contract_tests.target.target_file import ContractTarget

Make = Callable[..., RunContext]
BOOK = {
    "id": "a3d5b6c4-0000-4000-8000-000000000001",
    "title": "A",
    "pages": 1,
    "made_at": "2026-01-02T03:04:05+00:00",
}


def _exchange(
    status: int, body: Any, *, sent: bytes | None = None, media: str = "application/json"
) -> Exchange:
    request = SentRequest("createBook", "POST", "http://shelf.test/api/shelves/one/books", {}, sent, None)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(request, status, {"content-type": media}, content, 0.0)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, {"data": {**BOOK, "more": 1}, "meta": {}}),
        (422, {"detail": "no", "errors": []}),
        (405, {"detail": ""}),
    ],
)
def test_a_conforming_response_breaks_no_rule(
    *, status: int, body: Any, shelf_app: Any, shelf_context: Make
) -> None:
    monitor = ResponseMonitor(shelf_context(shelf_app()))

    assert monitor.judge([_exchange(status, body)]) == {}


@pytest.mark.parametrize(
    ("status", "body", "requirement"),
    [
        (201, {"data": {**BOOK, "id": "1"}}, "schema.body"),
        (201, b"{", "schema.body"),
        (202, {"data": BOOK}, "schema.status"),
        (302, b"", "schema.status"),
        (422, {"message": "no"}, "errors.shape"),
        (422, {"detail": "Traceback (most recent call last): ..."}, "errors.no-trace"),
        (500, {"detail": "no"}, "robustness.no-server-error"),
    ],
)
def test_a_nonconforming_response_breaks_its_rule(
    *, status: int, body: Any, requirement: str, shelf_app: Any, shelf_context: Make
) -> None:
    monitor = ResponseMonitor(shelf_context(shelf_app()))

    assert f"shelf.createBook.{requirement}" in monitor.judge([_exchange(status, body)])


def test_a_finding_names_every_violation_of_an_answer(shelf_app: Any, shelf_context: Make) -> None:
    body = {"data": {**BOOK, "id": "1", "title": 2, "pages": "many"}}
    broken = ResponseMonitor(shelf_context(shelf_app())).judge([_exchange(201, body)])

    received = broken["shelf.createBook.schema.body"].received
    assert all(member in received for member in ("data.id", "data.title", "data.pages"))


def test_a_canary_may_be_echoed_by_the_refusal_of_its_own_request_only(
    shelf_app: Any, shelf_context: Make
) -> None:
    context = shelf_context(shelf_app())
    canary = context.canaries.make(("seller", "key"))
    echo = {"detail": f"seller is {canary}"}

    assert ResponseMonitor(context).judge([_exchange(422, echo, sent=canary.encode())]) == {}
    assert "shelf.createBook.secrets.never-shown" in ResponseMonitor(context).judge(
        [_exchange(422, echo, sent=b"{}")]
    )


@pytest.mark.parametrize(("content", "breaks"), [(b"", False), (b"null", False), (b"{", True)])
def test_a_schema_without_constraints_asks_for_no_body(
    *, content: bytes, breaks: bool, citations: Citations
) -> None:
    request = SentRequest("resetConnectorProvider", "DELETE", "http://platform.test/setup", {}, None, None)
    exchange = Exchange(request, 200, {"content-type": "application/json"}, content, 0.0)
    contract, target = Contract.load("fastapi_platform"), ContractTarget(base_url="http://platform.test")
    context = RunContext(contract, target, citations, Client(contract, target), seed=1)
    broken = ResponseMonitor(context).judge([exchange])
    assert any(name.endswith("schema.body") for name in broken) is breaks
