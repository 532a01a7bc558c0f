"""Requests, and what is held against their answers."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any, Final, NoReturn

from contract_tests.exchange import Exchange
from contract_tests.openapi.contract import Operation
from contract_tests.openapi.pointers import at
from contract_tests.requirements.results import Broken, Inconclusive, Skipped
from contract_tests.session.client import Request, path_of, query_of, text
from contract_tests.session.lookups import Lookups

SUCCESS: Final = frozenset(range(200, 300))

_EXCERPT = 160


class Default(Enum):
    """Stands for a credential nobody named: the first of the target that may make the call."""

    CREDENTIAL = "default"


class Prepared(Enum):
    """Stands for a body nobody gave: a valid one."""

    BODY = "prepared"


class StoppedError(Exception):
    """The run is to end: no further request is sent but those that delete what was created."""


DEFAULT: Final = Default.CREDENTIAL
PREPARED: Final = Prepared.BODY


class Calls(Lookups):
    """The part of a session that sends requests and judges single answers."""

    def call(
        self,
        operation: str,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = PREPARED,
        content: bytes | None = None,
        credential: str | Default | None = DEFAULT,
        without: Collection[str] = (),
    ) -> Exchange:
        """Call an operation and return the exchange, whatever its status.

        path: path values; those not given come from the target's known things. query, headers: laid over the
        prepared and the required ones. body: JSON; a valid one unless given, None for none. content: raw
        bytes instead of a body. credential: a label of the target, None for no credential. without: required
        query parameters and headers to leave out, "Accept" and "Content-Type" included.

        Raises Skipped when the target lacks a path value or a credential, Inconclusive without an answer or
        with a 429, Broken when the connection is dropped.
        """
        called = self._allowed(operation)
        values = {
            name: self.known(name) if path is None or name not in path else path[name]
            for name in called.path_parameters
        }
        label = self.default_credential(called, values) if credential is DEFAULT else credential
        raw = self._content(called, body) if content is None else content
        asked = {**self.valid.query(called, without=without), **(query or {})}
        request = Request(
            operation=called.id,
            method=called.method,
            path=path_of(called, values),
            query=query_of(called, {name: one for name, one in asked.items() if name not in without}),
            headers=self._headers(called, raw, headers or {}, without),
            content=raw,
            credential=label,
        )
        exchange = self.bench.client.send(request, heard=self.exchanges.append)
        self._book(called, values, label, exchange)
        if exchange.status == 429:
            raise Inconclusive(f"{operation} answers 429: the rate limit is used up")
        return exchange

    def _allowed(self, operation: str) -> Operation:
        if self.bench.stopped.is_set() and not self._cleaning:
            raise StoppedError
        called = self.contract.operation(operation)
        if not self.target.third_party and self.bench.is_third_party(called):
            raise Skipped(
                f"{operation} reaches a third party, which the target forbids (third_party = false)"
            )
        return called

    def expect(
        self, exchange: Exchange, statuses: str | int | Collection[int], *, what: str = ""
    ) -> Exchange:
        """Hold an answer against statuses, or against a situation of the decisions; what: "for a body without
        name".

        A situation nobody decided anything about asserts nothing. Returns the exchange; raises Broken.
        """
        operation = self.contract.operation(exchange.sent.operation)
        if isinstance(statuses, str):
            allowed, _ = self.bench.accepted(statuses, operation)
            if allowed is None:
                return exchange
        else:
            allowed = frozenset([statuses] if isinstance(statuses, int) else statuses)
        if exchange.status in allowed:
            return exchange
        return self.broken(
            expected=f"{in_words(allowed, operation)} {what}".rstrip(),
            received=described(exchange),
            exchange=exchange,
        )

    def control(self, exchange: Exchange, statuses: Collection[int] = SUCCESS) -> Exchange:
        """A precondition or positive control: returns the exchange, raises Inconclusive when it does not
        hold.
        """
        if exchange.status in statuses:
            return exchange
        sent = exchange.sent
        wanted = in_words(statuses, self.contract.operation(sent.operation))
        raise Inconclusive(
            f"{sent.operation} was to answer {wanted} first, but answered {described(exchange)}"
        )

    def broken(self, *, expected: str, received: str, exchange: Exchange | None = None) -> NoReturn:
        """The promise is not kept. Both are one line each; together they read "expected …, received …"."""
        raise Broken(expected=expected, received=received, exchange=exchange)

    def _content(self, operation: Operation, body: Any) -> bytes | None:
        value = self.valid.body(operation) if body is PREPARED else body
        if value is None and (body is not None or operation.body is None):
            return None
        return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False).encode()

    def _headers(
        self, operation: Operation, content: bytes | None, given: Mapping[str, str], without: Collection[str]
    ) -> list[tuple[str, str]]:
        plain = {"accept": "application/json"}
        if content is not None:
            plain["content-type"] = operation.body.media_type if operation.body else "application/json"
        prepared = self.valid.headers(operation, without=without)
        every = {**plain, **{name.lower(): text(one) for name, one in {**prepared, **given}.items()}}
        left_out = {name.lower() for name in without}
        return [(name, one) for name, one in every.items() if name not in left_out]

    def _book(
        self, operation: Operation, path: Mapping[str, Any], credential: str | None, exchange: Exchange
    ) -> None:
        if not exchange.ok:
            return
        kind = self.resources.creating(operation)
        if kind is not None:
            found = at(exchange.parsed, kind.id_pointer)
            if found is not None and not isinstance(found, dict | list):
                self.ledger.enter(kind, {**path, kind.key: found}, credential)
        for each in self.resources.all:
            if each.delete is operation:
                self.ledger.strike(each, path)


def in_words(statuses: Collection[int], operation: Operation) -> str:
    """Statuses as a person lists them, the documented ones first: "422 or 400"; whole classes as "2xx"."""
    classes = [first for first in range(100, 600, 100) if {*range(first, first + 100)} <= set(statuses)]
    single = [one for one in statuses if one // 100 * 100 not in classes]
    ordered = [
        *map(str, sorted(single, key=lambda one: (str(one) not in operation.responses, one))),
        *(f"{first // 100}xx" for first in classes),
    ]
    return " or ".join(part for part in (", ".join(ordered[:-1]), ordered[-1]) if part)


def described(exchange: Exchange) -> str:
    """An answer in one line: its status, and of a refusal what it says."""
    if exchange.status < 400:
        return str(exchange.status)
    said = " ".join(exchange.content.decode("utf-8", "replace").split())
    return f"{exchange.status}: {said[:_EXCERPT]}" if said else str(exchange.status)
