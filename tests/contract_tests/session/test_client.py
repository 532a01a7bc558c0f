"""The HTTP client: requests, timeouts and Retry-After."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.encoding import query_pairs
from contract_tests.session.client import (
    Client,
    NoAnswerError,
    Request,
    path_of,
    seconds_to_wait,
)
from contract_tests.target.target_file import ContractTarget
from contract_tests.verdicts import Inconclusive, Skipped

CONTRACT = Contract.load("shelf", Path(__file__).parents[1] / "shelf.yaml")
LIST = Request("listBooks", "GET", "/shelves/one/books")


def _client(answer: Callable[[httpx.Request], httpx.Response], pauses: list[float] | None = None) -> Client:
    target = ContractTarget(base_url="http://shelf.test/api")
    waited: list[float] = [] if pauses is None else pauses
    return Client(CONTRACT, target, transport=httpx.MockTransport(answer), sleep=waited.append)


def _always(status: int, headers: dict[str, str] | None = None) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        del request
        return httpx.Response(status, headers=headers)

    return answer


def _send(client: Client) -> tuple[Exchange, list[int]]:
    heard: list[Exchange] = []
    return client.send(LIST, on_exchange=heard.append), [one.status for one in heard]


def test_endless_requests_to_wait_are_inconclusive() -> None:
    pauses: list[float] = []
    client = _client(_always(429, {"Retry-After": "2"}), pauses)

    with pytest.raises(Inconclusive, match="answers 429 and asks to wait again and again"):
        _send(client)

    assert {round(pause) for pause in pauses} == {2}


def test_an_excessive_retry_after_is_not_waited_for() -> None:
    pauses: list[float] = []
    client = _client(_always(503, {"Retry-After": "3600"}), pauses)

    exchange, _ = _send(client)

    assert exchange.status == 503
    assert pauses == []


def test_a_503_without_retry_after_is_an_answer() -> None:
    exchange, heard = _send(_client(_always(503)))

    assert (exchange.status, heard) == (503, [503])


@pytest.mark.parametrize(
    ("trouble", "timed_out"),
    [
        (httpx.RemoteProtocolError("Server disconnected"), False),
        (httpx.ConnectError("refused"), False),
        (httpx.ReadTimeout("timed out"), True),
    ],
)
def test_a_missing_response_gives_the_reason(*, trouble: httpx.TransportError, timed_out: bool) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise trouble

    with pytest.raises(NoAnswerError, match=str(trouble)) as caught:
        _send(_client(fail))

    assert (caught.value.exchange.status, caught.value.timed_out) == (0, timed_out)


def test_a_request_that_http_cannot_carry_is_skipped() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError("Illegal header value")

    with pytest.raises(Skipped, match="HTTP cannot carry the request"):
        _send(_client(refuse))


def test_no_redirect_is_followed() -> None:
    exchange, _ = _send(_client(_always(307, {"Location": "/elsewhere"})))

    assert exchange.status == 307


def test_retry_after_may_be_a_date() -> None:
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=20)
    client = _client(_always(200, {"Retry-After": format_datetime(moment, usegmt=True)}))

    exchange, _ = _send(client)

    before = moment - datetime.now(UTC)
    seconds = seconds_to_wait(exchange)
    after = moment - datetime.now(UTC)
    assert after.total_seconds() <= seconds <= before.total_seconds()


def test_path_values_are_encoded_completely() -> None:
    operation = CONTRACT.operation("listBooks")

    assert path_of(operation, {"shelf": "a/b ü"}) == "/shelves/a%2Fb%20%C3%BC/books"


@pytest.mark.parametrize(
    ("style", "explode", "value", "pairs"),
    [
        ("form", True, ["a", "b"], [("q", "a"), ("q", "b")]),
        ("form", False, ["a", "b"], [("q", "a,b")]),
        ("pipeDelimited", False, ["a", "b"], [("q", "a|b")]),
        ("deepObject", True, {"a": 1}, [("q[a]", "1")]),
        ("form", True, True, [("q", "true")]),
    ],
)
def test_query_values_are_serialized_in_the_style_of_their_parameter(
    *, style: str, explode: bool, value: Any, pairs: list[tuple[str, str]]
) -> None:
    node = {"name": "q", "in": "query", "style": style, "explode": explode, "schema": {}}
    document = {"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "a", "parameters": [node]}}}}
    operation = Contract("any", Path("any.yaml"), document).operation("a")

    assert query_pairs(operation, {"q": value}) == pairs


def test_schemes_that_share_a_header_are_sent_one_at_a_time() -> None:
    document = {
        "openapi": "3.0.3",
        "paths": {
            "/a": {"get": {"operationId": "a", "security": [{"key": [], "token": []}], "responses": {}}}
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "Authorization"},
                "token": {"type": "http", "scheme": "bearer"},
            }
        },
    }
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    credentials = {name: {"scheme": name, "value": f"value-of-{name}"} for name in ("key", "token")}
    target = ContractTarget(base_url="http://a.test", credentials=credentials)
    client = Client(
        Contract("a", Path("a.json"), document), target, transport=httpx.MockTransport(answer), sleep=print
    )
    for name in credentials:
        client.send(Request("a", "GET", "/a", credential=name), on_exchange=lambda _: None)
    fields = [request.headers.get_list("authorization") for request in sent]
    assert fields == [["value-of-key"], ["Bearer value-of-token"]]
