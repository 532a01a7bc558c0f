"""What is lost on the way, what alone is never answered, and a target that is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Contract
from contract_tests.session.client import Client, Request
from contract_tests.session.delivery import SILENCES, DeliveryService
from contract_tests.target.target_file import ContractTarget
from contract_tests.verdicts import Broken, TargetGone, Unanswered

CONTRACT = Contract.load("shelf", Path(__file__).parents[1] / "shelf.yaml")
LIST, CREATE, DELETE = (CONTRACT.operation(name) for name in ("listBooks", "createBook", "deleteBook"))
READING = Request("listBooks", "GET", "/shelves/one/books")
CREATING = Request("createBook", "POST", "/shelves/one/books")
DELETING = Request("deleteBook", "DELETE", "/shelves/one/books/1")

RESET = httpx.ReadError("reset")
HANG = httpx.ReadTimeout("timed out")


def answering(*answers: int | Exception) -> Callable[[httpx.Request], httpx.Response]:
    """A server that gives these answers in turn, the last one again and again."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        following = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(following, Exception):
            raise following
        return httpx.Response(following)

    return answer


def only(path: str, answer: int | Exception) -> Callable[[httpx.Request], httpx.Response]:
    """A server that gives an answer at a path and 200 elsewhere."""
    spoiled, fine = answering(answer), answering(200)
    return lambda request: (spoiled if request.url.path == path else fine)(request)


class Line:
    """A delivery service, what it sends, and the exchanges it hands on."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.sent: list[str] = []
        self.heard: list[int] = []

        def record(request: httpx.Request) -> httpx.Response:
            self.sent.append(request.method)
            return answer(request)

        target = ContractTarget(base_url="http://shelf.test", may_change=["books"])
        client = Client(CONTRACT, target, transport=httpx.MockTransport(record), sleep=_no_sleep)
        self.service = DeliveryService(client, sleep=_no_sleep)

    def send(self, request: Request, **members: Any) -> Any:
        """Send a request."""
        operation = CONTRACT.operation(request.operation)
        return self.service.send(request, operation, on_exchange=self._hear, **members)

    def _hear(self, exchange: Exchange) -> None:
        self.heard.append(exchange.status)


def _no_sleep(seconds: float) -> None:
    del seconds


@pytest.mark.parametrize("lost", [RESET, HANG, 502, 503, 504])
def test_a_lost_answer_is_asked_for_again(lost: int | Exception) -> None:
    line = Line(answering(lost, 200, 200))

    delivery = line.send(READING)

    assert (delivery.exchange.status, delivery.certain) == (200, True)
    assert line.heard == [200]


@pytest.mark.parametrize(
    ("request_", "status", "certain"),
    [
        (READING, 200, True),
        (CREATING, 201, False),
        (CREATING, 422, True),
        (CREATING, 409, False),
        (DELETING, 204, True),
        (DELETING, 404, False),
    ],
)
def test_an_answer_is_uncertain_where_a_lost_request_may_have_had_an_effect(
    *, request_: Request, status: int, certain: bool
) -> None:
    line = Line(answering(RESET, 200, status))

    assert line.send(request_).certain is certain


def test_a_request_that_alone_is_never_answered_is_a_finding() -> None:
    line = Line(only("/shelves/one/books", RESET))

    with pytest.raises(Broken, match="none, although other requests are answered: ReadError: reset"):
        line.send(CREATING)

    assert line.sent == ["POST", "GET", "POST", "POST"]
    assert not line.service.gone


def test_a_gateway_status_that_alone_comes_again_and_again_is_an_answer() -> None:
    line = Line(only("/shelves/one/books", 503))

    assert line.send(CREATING).exchange.status == 503
    assert line.heard == [503]


def test_a_status_that_an_operation_may_answer_itself_is_not_asked_for_again() -> None:
    line = Line(answering(502))

    assert line.send(READING, own_statuses=frozenset({502, 503, 504})).exchange.status == 502
    assert line.sent == ["GET"]


@pytest.mark.parametrize(("lost", "requests"), [(RESET, 9), (502, 9), (HANG, 3)])
def test_a_target_that_answers_nothing_is_gone_after_a_few_tries(
    *, lost: int | Exception, requests: int
) -> None:
    line = Line(answering(lost))

    with pytest.raises(TargetGone, match="the target does not answer: POST /shelves/one/books"):
        line.send(CREATING)
    with pytest.raises(TargetGone):
        line.send(READING)

    assert len(line.sent) == requests


def test_the_control_is_a_request_that_was_answered_before() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        if request.method == "POST":
            raise RESET
        return httpx.Response(200)

    line = Line(answer)
    line.send(READING)
    with pytest.raises(Broken):
        line.send(CREATING)

    assert asked[2] == "GET /shelves/one/books"


def test_an_operation_that_times_out_again_and_again_is_not_called_any_more() -> None:
    line = Line(only("/shelves/one/books", HANG))

    for _ in range(SILENCES):
        with pytest.raises(Broken):
            line.send(CREATING)
    sent = len(line.sent)
    with pytest.raises(Unanswered, match="createBook is not called any more"):
        line.send(CREATING)

    assert len(line.sent) == sent


def test_a_third_party_that_does_not_answer_breaks_no_promise() -> None:
    line = Line(only("/shelves/one/books", HANG))

    with pytest.raises(Unanswered, match="createBook reaches a third party"):
        line.send(CREATING, own_statuses=frozenset({504}))


def test_a_third_party_does_not_make_the_target_drop_a_connection() -> None:
    line = Line(only("/shelves/one/books", RESET))

    with pytest.raises(Broken, match="an answer to POST /shelves/one/books"):
        line.send(CREATING, own_statuses=frozenset({504}))


def test_a_body_that_never_ends_is_a_time_out() -> None:
    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield b" "

    target = ContractTarget(base_url="http://shelf.test", timeout=0.01)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Endless()))
    client = Client(CONTRACT, target, transport=transport, sleep=_no_sleep)

    with pytest.raises(TargetGone, match="the body did not end in time"):
        DeliveryService(client, sleep=_no_sleep).send(READING, LIST, on_exchange=lambda _: None)
