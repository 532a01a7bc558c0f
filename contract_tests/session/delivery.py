"""Getting an answer: what is lost on the way is sent again, and a target that answers no more is found out.

A connection that is dropped, a time-out, and a 502, 503 or 504 say nothing about the application: a proxy, a
restart or the network may be the reason. The same request is sent again a few times. Where it is never
answered while another request is, the request itself is the reason; where nothing is answered, the target is
gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from contract_tests.exchange import Exchange
from contract_tests.openapi.operation import Operation
from contract_tests.session.client import Client, NoAnswerError
from contract_tests.session.request import Request
from contract_tests.verdicts import Broken, TargetGone, Unanswered

GATEWAY_STATUSES = frozenset({502, 503, 504})
"""What a server in front of the application answers when it gets no answer itself."""

PAUSES = (0.1, 0.4)
"""The seconds before a request is sent for the second and the third time."""

SILENCES = 3
"""After so many requests of an operation that timed out again and again, it is not called any more."""

_DETERMINATE = frozenset(range(400, 500)) - {404, 409, 410, 412, 428}
"""Refusals that do not depend on whether an earlier copy of the request had an effect."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An exchange. certain: whether a copy of the request that was lost on the way cannot have had an effect
    that shows in this answer or afterwards.
    """

    exchange: Exchange
    certain: bool = True


@dataclass(frozen=True, slots=True)
class _Sending:
    """A request to be answered.

    own_statuses: those of GATEWAY_STATUSES that the operation itself may answer. on_exchange: called with
    every exchange that counts as an answer.
    """

    request: Request
    operation: Operation
    own_statuses: frozenset[int]
    on_exchange: Callable[[Exchange], None]


class DeliveryService:
    """Sends the requests of one contract. gone: why the target is taken to answer no more, else empty."""

    def __init__(self, client: Client, *, sleep: Callable[[float], None]) -> None:
        self.gone = ""
        self._client = client
        self._sleep = sleep
        self._answered: dict[str, _Sending] = {}
        self._silences: Counter[str] = Counter()

    def send(
        self,
        request: Request,
        operation: Operation,
        *,
        own_statuses: frozenset[int] = frozenset(),
        on_exchange: Callable[[Exchange], None],
    ) -> Delivery:
        """Send a request until it is answered.

        own_statuses: those of GATEWAY_STATUSES that the operation itself may answer. on_exchange: called with
        every exchange that counts as an answer.

        Raises TargetGone when the target answers no request any more, Unanswered when the server keeps asking
        to wait or the operation has been silent too often, and Broken when this very request is never
        answered while others are.
        """
        if self.gone:
            raise TargetGone(self.gone)
        if self._silences[operation.id] >= SILENCES:
            raise Unanswered(f"{operation.id} is not called any more: it timed out again and again")
        sending = _Sending(request, operation, own_statuses, on_exchange)
        first = self._attempt(sending)
        outcome = first if isinstance(first, Exchange) else self._repeated(sending, first)
        if isinstance(outcome, NoAnswerError):
            return self._blame(sending, outcome)
        if operation.is_safe:
            self._answered[operation.id] = sending
        return Delivery(outcome, certain=outcome is first or _is_certain(operation, outcome))

    def _attempt(self, sending: _Sending) -> Exchange | NoAnswerError:
        """The answer, or the trouble met instead of one."""
        arrived: list[Exchange] = []
        try:
            exchange = self._client.send(sending.request, on_exchange=arrived.append)
        except NoAnswerError as error:
            return error
        finally:
            for asking_to_wait in arrived[:-1]:
                sending.on_exchange(asking_to_wait)
        asks_to_wait = "retry-after" in exchange.headers
        if exchange.status in GATEWAY_STATUSES - sending.own_statuses and not asks_to_wait:
            return NoAnswerError(f"the answer is {exchange.status}", exchange)
        sending.on_exchange(exchange)
        return exchange

    def _repeated(self, sending: _Sending, first: NoAnswerError) -> Exchange | NoAnswerError:
        """The answer to a later copy of the request, or the last trouble where other requests are answered.

        A request that timed out is sent once more only, because each try costs the whole time-out. Raises
        TargetGone where no other request is answered either.
        """
        last, alive = first, False
        for pause in PAUSES[: 1 if first.timed_out else None]:
            alive = alive or self._is_alive(sending)
            self._sleep(pause)
            outcome = self._attempt(sending)
            if isinstance(outcome, Exchange):
                return outcome
            last = outcome
        if not alive and (last.timed_out or not self._is_alive(sending)):
            request = sending.request
            self.gone = f"the target does not answer: {request.method} {request.path}: {last}"
            raise TargetGone(self.gone)
        return last

    def _is_alive(self, sending: _Sending) -> bool:
        """Whether the target answers another request, by preference one that it has answered before."""
        control = replace(sending, request=Request(sending.operation.id, "GET", "/"), on_exchange=_unjudged)
        for answered in self._answered.values():
            if answered.operation is not sending.operation:
                control = replace(answered, on_exchange=_unjudged)
        for _ in PAUSES:
            outcome = self._attempt(control)
            if isinstance(outcome, Exchange):
                return True
            if outcome.timed_out:
                return False
        return False

    def _blame(self, sending: _Sending, last: NoAnswerError) -> Delivery:
        """What to make of a request that is never answered while others are."""
        if last.exchange.status:  # the gateway's answer stands for the application's
            sending.on_exchange(last.exchange)
            return Delivery(last.exchange)
        if last.timed_out:
            self._silences[sending.operation.id] += 1
        if sending.own_statuses and last.timed_out:
            # A third party may be slow; it does not make the target drop the connection.
            raise Unanswered(f"{sending.operation.id} reaches a third party and does not answer: {last}")
        request = sending.request
        raise Broken(
            expected=f"an answer to {request.method} {request.path}",
            received=f"none, although other requests are answered: {last}",
            exchange=last.exchange,
        )


def _is_certain(operation: Operation, exchange: Exchange) -> bool:
    """Whether the answer to a repeated request is what its first copy would have had.

    Reading, replacing and deleting may be repeated (RFC 9110 section 9.2.2), and so may what is refused for
    what the request says. What creates may answer otherwise once its thing exists.
    """
    if operation.is_safe or exchange.status in _DETERMINATE:
        return True
    return operation.method in ("PUT", "DELETE") and exchange.ok and not operation.makes


def _unjudged(exchange: Exchange) -> None:
    """A control of the connection is for no check to judge."""
    del exchange
