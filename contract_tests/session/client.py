"""The wire: one request at a time to a server or to an application in this process."""

from __future__ import annotations

import base64
import statistics
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import httpx

from contract_tests.exchange import Exchange, SentRequest
from contract_tests.openapi.contract import Contract, Operation, SecurityScheme
from contract_tests.openapi.encoding import path_text
from contract_tests.openapi.paths import filled
from contract_tests.session.permissions import Permissions
from contract_tests.session.request import Request
from contract_tests.session.throttle import Throttle
from contract_tests.session.transports import transport_of
from contract_tests.session.turns import Turns
from contract_tests.target.connection import ConnectionProblem
from contract_tests.target.target_file import ContractTarget, Credential, TargetError
from contract_tests.verdicts import Skipped, Unanswered

ATTEMPTS = 6
"""How often a request is sent while the server asks us to wait."""

PATIENCE = 60.0
"""The seconds a contract's run waits in all because of 429 and 503, beside those for each answer."""

PATIENCE_PER_ANSWER = 0.5
"""The seconds it waits besides for each other answer: a target that goes on answering is waited for."""

LONGEST_WAIT = 30.0
"""A longer Retry-After is not waited for."""

_LAST_ANSWERS = 100
"""Answers whose times are remembered."""


class NoAnswerError(Exception):
    """The request was not answered.

    exchange: the request, with the status 0 where nothing arrived. timed_out: whether time ran out.
    """

    def __init__(self, text: str, exchange: Exchange, *, timed_out: bool = False) -> None:
        super().__init__(text)
        self.exchange = exchange
        self.timed_out = timed_out


class Client:
    """Sends requests, waits where asked to, and follows no redirect. Safe to use from several threads."""

    def __init__(
        self,
        contract: Contract,
        target: ContractTarget,
        *,
        permissions: Permissions | None = None,
        throttle: Throttle | None = None,
        turns: Turns | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = (target.base_url or f"http://in-process{contract.base_path}").rstrip("/")
        self.waited = 0.0
        self._answers = 0
        self.permissions = permissions or Permissions(contract, target)
        self._contract = contract
        self._target = target
        self._sleep = sleep
        self._throttle = throttle or Throttle()
        self._turns = turns or Turns()
        self._seconds: deque[float] = deque(maxlen=_LAST_ANSWERS)
        self._transport = transport or transport_of(target)
        self._timeout = httpx.Timeout(target.timeout).as_dict()
        try:
            self._always = target.connection.carried()
        except ConnectionProblem as problem:
            raise TargetError(f"connection.{problem}") from problem
        self._refused_anew: set[str] = set()

    @property
    def is_in_process(self) -> bool:
        """Whether requests go to an application in this process."""
        return self._target.application is not None

    @property
    def timeout(self) -> float:
        """The seconds after which an answer is not waited for any more."""
        return self._target.timeout

    @property
    def typical_seconds(self) -> float:
        """How long the target took for half of its last answers at most; 0 before the first."""
        return statistics.median(self._seconds) if self._seconds else 0.0

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    def read(self, address: str) -> httpx.Response | None:
        """What a GET of an address of the deployment answers that is none of its operations, sent without
        credentials; None where nothing arrives."""
        if pause := self._throttle.turn():
            self._sleep(pause)
        browser = httpx.Client(transport=self._transport, timeout=self.timeout, trust_env=False)
        try:
            return browser.get(address, headers=list(self._always), follow_redirects=True)
        except (httpx.HTTPError, httpx.InvalidURL):
            return None

    def send(self, request: Request, *, on_exchange: Callable[[Exchange], None]) -> Exchange:
        """Send a request and return its exchange.

        on_exchange: called with every exchange on the way, those whose response asked to wait too.

        Raises NotPermittedError when the run may not send it, NoAnswerError when there is no answer,
        Unanswered when the server keeps asking to wait, Skipped when HTTP cannot carry the request.
        """
        self.permissions.assert_permitted(request)
        for _ in range(ATTEMPTS):
            exchange = self._once(request, on_exchange)
            if not self._worth_waiting(exchange):
                return exchange
            self._wait(seconds_to_wait(exchange))
        raise Unanswered(f"{request.operation} answers {exchange.status} and asks to wait again and again")

    def _once(self, request: Request, on_exchange: Callable[[Exchange], None]) -> Exchange:
        held = () if request.credential is None else self._credentials(request, request.credential)
        used = [credential.secret for credential in held]
        exchange = self._exchange(request, held)
        self._answers += not asks_to_wait(exchange)
        if exchange.status == 401 and held and self._is_renewed(request, held, used):
            exchange = self._exchange(request, held)
            if exchange.status == 401:
                self._refused_anew.add(str(request.credential))
        on_exchange(exchange)
        return exchange

    def _is_renewed(self, request: Request, held: tuple[Credential, ...], used: list[str]) -> bool:
        """Whether a credential that may have expired was obtained anew.

        One that was refused again after that is not obtained a third time: 401 has another reason then.
        """
        if not held[0].valid or request.credential in self._refused_anew:
            return False
        renewed = [each.renewed(value) for each, value in zip(held, used, strict=True)]
        return any(renewed)

    def _exchange(self, request: Request, held: tuple[Credential, ...]) -> Exchange:
        wire = self._wire(request, held)
        sent = SentRequest(
            operation=request.operation,
            method=request.method,
            url=str(wire.url),
            headers=dict(wire.headers.items()),
            body=request.content,
            credential=request.credential,
        )
        with self._turns.aside():
            return self._sent(wire, sent)

    def _sent(self, wire: httpx.Request, sent: SentRequest) -> Exchange:
        if pause := self._throttle.turn():
            self._sleep(pause)
        started = time.perf_counter()
        try:
            # Not by way of httpx.Client, which adds redirects, cookies and a fifth to the time of a run.
            answer = self._transport.handle_request(wire)
            content = self._content(answer, started)
        except httpx.LocalProtocolError as error:
            raise Skipped(f"HTTP cannot carry the request: {error}") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise NoAnswerError(
                f"{type(error).__name__}: {error}".removesuffix(": "),
                Exchange(sent, 0, {}, b"", time.perf_counter() - started),
                timed_out=isinstance(error, httpx.TimeoutException),
            ) from error
        seconds = time.perf_counter() - started
        self._seconds.append(seconds)
        return Exchange(sent, answer.status_code, dict(answer.headers.items()), content, seconds)

    def _content(self, answer: httpx.Response, started: float) -> bytes:
        """The whole body. Raises ReadTimeout when it takes longer than the target's time-out altogether:
        httpx limits only the wait for each piece.
        """
        pieces = []
        try:
            for piece in answer.iter_bytes():
                pieces.append(piece)
                if time.perf_counter() - started > self._target.timeout:
                    raise httpx.ReadTimeout("the body did not end in time")
        finally:
            answer.close()
        return b"".join(pieces)

    def _wire(self, request: Request, held: tuple[Credential, ...]) -> httpx.Request:
        query = list(request.query)
        headers = [(name.lower(), value) for name, value in request.headers]
        for credential in held:
            place, pair = _carried(self._contract.schemes[credential.scheme], credential.secret)
            if pair[0] == "authorization" and any(name == "authorization" for name, _ in headers):
                # A request has one such field (RFC 9110, section 11.6.2): the credential asked for counts.
                continue
            (query if place == "query" else headers).append(pair)
        own = {name for name, _ in headers} - {"cookie"}
        headers += [(name, value) for name, value in self._always if name not in own]
        question = f"?{urlencode(query, errors='replace')}" if query else ""
        url = f"{self.base_url}{request.path}{question}"
        encoded = [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in headers]
        try:
            return httpx.Request(
                request.method,
                url,
                headers=encoded,
                content=request.content,
                extensions={"timeout": self._timeout},
            )
        except httpx.InvalidURL as error:
            raise Skipped(f"HTTP cannot carry the request: {error}") from error

    def _credentials(self, request: Request, label: str) -> tuple[Credential, ...]:
        """The credential of a request, and those that its operation requires together with it."""
        operation = self._contract.operations.get(request.operation)
        held = self._target.credentials[label]
        if operation is None or request.alone:
            return (held,)
        return held, *self._target.sent_beside(label, operation)

    def _worth_waiting(self, exchange: Exchange) -> bool:
        patience = PATIENCE + self._answers * PATIENCE_PER_ANSWER
        is_bearable = self.waited < patience and seconds_to_wait(exchange) <= LONGEST_WAIT
        return asks_to_wait(exchange) and is_bearable

    def _wait(self, seconds: float) -> None:
        self.waited += self._throttle.hold(seconds)  # until the next turn, which all contracts wait for


def asks_to_wait(exchange: Exchange) -> bool:
    """Whether a response asks for the same request later."""
    return exchange.status == 429 or (exchange.status == 503 and "retry-after" in exchange.headers)


def seconds_to_wait(exchange: Exchange) -> float:
    """What Retry-After says, in seconds (RFC 9110 section 10.2.3); one second when it says nothing we can
    read.
    """
    value = exchange.headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 1.0
    return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())


def path_of(operation: Operation, values: Mapping[str, Any]) -> str:
    """The operation's path with the values put in, encoded."""
    written = {
        name: path_text(operation.parameter(name, "path"), name, values[name])
        for name in operation.path_parameters
    }
    return filled(operation.path, written)


def _carried(scheme: SecurityScheme, secret: str) -> tuple[str, tuple[str, str]]:
    if scheme.type == "basic":
        return "header", ("authorization", "Basic " + base64.b64encode(secret.encode()).decode())
    if scheme.type == "bearer":
        return "header", ("authorization", f"Bearer {secret}")
    if scheme.place == "cookie":
        return "header", ("cookie", f"{scheme.name}={secret}")
    return scheme.place, (scheme.name if scheme.place == "query" else scheme.name.lower(), secret)
