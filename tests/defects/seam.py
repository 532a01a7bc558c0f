"""Where a defect is planted: around the engine's exchanges, and between its handlers and their store."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

from mock_server.contract.router import Match
from mock_server.engine import Engine, Request, Response
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.mounted_contracts import MountedContract, ServerContext
from mock_server.store.index import Kind
from mock_server.store.protocol import Change, Order, Record, Transaction
from mock_server.worlds.worlds import Worlds

UNREADABLE = object()
"""The value of a body that is not JSON."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that found its operation."""

    request: Request
    operation: str
    path: Mapping[str, str]

    def query(self) -> list[tuple[str, str]]:
        """Every pair of the query string, decoded, in its order."""
        return parse_qsl(self.request.query, keep_blank_values=True)

    def asks(self, name: str) -> str | None:
        """The last value of a query parameter."""
        return dict(self.query()).get(name)

    def body(self) -> Any:
        """The JSON value of the body, UNREADABLE where it is none or nests too deeply for the parser."""
        try:
            return json.loads(self.request.body)
        except (ValueError, RecursionError):
            return UNREADABLE

    def with_query(self, pairs: list[tuple[str, str]]) -> Request:
        """The request with another query."""
        return replace(self.request, query=urlencode(pairs))

    def with_body(self, value: Any) -> Request:
        """The request with another JSON body."""
        headers = {**self.request.headers, "content-type": "application/json"}
        return replace(self.request, body=json.dumps(value).encode(), headers=headers)

    def with_headers(self, **headers: str | None) -> Request:
        """The request with these headers (underscores for hyphens) set, or without those that are None."""
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in self.request.headers.items() if name not in changed}
        return replace(
            self.request, headers=kept | {name: value for name, value in changed.items() if value is not None}
        )


class Serve(Protocol):
    """The healthy engine, as a defect sees it."""

    def __call__(self, request: Request) -> Response:
        """Its answer."""

    def quietly(self, request: Request) -> Response:
        """Its answer to a request nobody made: the clock stands still."""


Around = Callable[[Asked, Serve], Response]
Storage = Callable[[Transaction, Asked], Transaction]


@dataclass(frozen=True, slots=True)
class PlantedDefect:
    """A defect, ready to be planted.

    around: takes an exchange into its hands. storage: what handlers are given instead of a transaction.
    everywhere: `around` is asked for every operation, not only the defect's own. saves: whether what the
    defect's operation writes is kept.
    """

    around: Around | None = None
    storage: Storage | None = None
    everywhere: bool = False
    saves: bool = True


@dataclass(frozen=True, slots=True)
class Plot:
    """The engine and contract that a defect is planted in."""

    operation: str
    mounted: MountedContract
    worlds: Worlds

    def storage_of(self, collection: str) -> str:
        """The name a collection has in the store."""
        return self.mounted.behaviours.collections[collection].storage

    def key_of(self, collection: str, record: Record) -> str:
        """The key of a record in the store."""
        return str(record[self.mounted.behaviours.collections[collection].key])

    def refusal(self, status: int, text: str) -> Response:
        """An error in the platform's own shape."""
        member = "message" if self.mounted.contract.name == "patchworks" else "detail"
        return json_response(status, {member: text})


def json_response(status: int, value: Any) -> Response:
    """A reply with a JSON body."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(status, {"Content-Type": "application/json"}, body)


class PlantedEngine(Engine):
    """An engine with one defect."""

    def __init__(
        self, context: ServerContext, worlds: Worlds, *, operation: str, make: Callable[[Plot], PlantedDefect]
    ) -> None:
        (mounted,) = context.contracts.values()
        plot = Plot(operation, mounted, worlds)
        self.operation = operation
        self.planted = make(plot)
        self._now: ContextVar[Asked | None] = ContextVar("asked", default=None)
        super().__init__(context, worlds)

    def handle(self, request: Request, *, may_stream: bool = False) -> Response:
        """The healthy answer, or the faulty one where the defect has a say.

        may_stream: ignored, since no defect could change an answer that is sent in parts.
        """
        del may_stream
        asked = self.asked(request)
        around = self.planted.around
        if (
            around is None
            or asked is None
            or not (self.planted.everywhere or asked.operation == self.operation)
        ):
            return self(request)
        return around(asked, self)

    def __call__(self, request: Request) -> Response:
        token = self._now.set(self.asked(request))
        try:
            return super().handle(request)
        finally:
            self._now.reset(token)

    def quietly(self, request: Request) -> Response:
        """As Serve says."""
        clock = self.world(request.world).clock
        before = clock.state
        try:
            return self(request)
        finally:
            clock.set(before)

    def asked(self, request: Request) -> Asked | None:
        """The operation a request is for, None where no route fits."""
        found = self.context.router.match(request.method, request.path)
        if not isinstance(found, Match):
            return None
        return Asked(request, found.target.plan.operation.id, found.path)

    @contextmanager
    def transaction(self, exchange: Exchange) -> Iterator[Transaction]:
        """As the healthy engine's, unless the defect lies between handlers and store."""
        asked, planted = self.current(), self.planted
        with (
            self._undoing(exchange) if asked and not planted.saves else super().transaction(exchange) as state
        ):
            yield planted.storage(state, asked) if asked and planted.saves and planted.storage else state

    @contextmanager
    def _undoing(self, exchange: Exchange) -> Iterator[Transaction]:
        """A transaction that is rolled back although nothing failed; numbers handed out stay handed out."""
        numbered: list[str] = []
        try:
            with super().transaction(exchange) as state:
                yield _Counting(state, numbered)
                raise _NothingSavedError  # noqa: TRY301 - the inner transaction rolls back on it
        except _NothingSavedError:
            with super().transaction(exchange) as state:
                for sequence in numbered:
                    state.next_number(sequence)

    def current(self) -> Asked | None:
        """The request in hand when it is for the defect's operation."""
        asked = self._now.get()
        return asked if asked is not None and asked.operation == self.operation else None


class _NothingSavedError(Exception):
    pass


class Passing:
    """A transaction that hands everything on; faults override what they get wrong."""

    def __init__(self, state: Transaction) -> None:
        self.state = state

    def get(self, collection: str, key: str) -> Record | None:
        """As Transaction says."""
        return self.state.get(collection, key)

    def find(self, collection: str, where: Mapping[str, Any] | None = None) -> Iterator[Record]:
        """As Transaction says."""
        return self.state.find(collection, where)

    def select(
        self,
        collection: str,
        where: Mapping[str, Any] | None = None,
        *,
        texts: Mapping[tuple[str, Kind], Collection[str]] | None = None,
        order: Order | None = None,
        descending: bool = False,
    ) -> Sequence[Record]:
        """As Transaction says."""
        return self.state.select(collection, where, texts=texts, order=order, descending=descending)

    def count(self, collection: str) -> int:
        """As Transaction says."""
        return self.state.count(collection)

    def put(self, collection: str, key: str, record: Record) -> None:
        """As Transaction says."""
        self.state.put(collection, key, record)

    def delete(self, collection: str, key: str) -> None:
        """As Transaction says."""
        self.state.delete(collection, key)

    def next_number(self, sequence: str) -> int:
        """As Transaction says."""
        return self.state.next_number(sequence)

    def changes(self) -> tuple[Change, ...]:
        """As Transaction says."""
        return self.state.changes()

    @property
    def reads(self) -> tuple[tuple[str, str], ...]:
        """As Transaction says."""
        return self.state.reads

    def version(self, collection: str) -> object:  # noqa: ARG002 - of the protocol
        """Never the same: a fault may show another content each time."""
        return object()

    def look_at(self, keys: Iterable[tuple[str, str]]) -> None:
        """As Transaction says."""
        self.state.look_at(keys)

    def forget_reads(self) -> None:
        """As Transaction says."""
        self.state.forget_reads()


class _Counting(Passing):
    def __init__(self, state: Transaction, numbered: list[str]) -> None:
        super().__init__(state)
        self._numbered = numbered

    def next_number(self, sequence: str) -> int:
        self._numbered.append(sequence)
        return self.state.next_number(sequence)
