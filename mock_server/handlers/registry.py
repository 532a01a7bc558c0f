"""The interface of handlers, and the registry of those that a contract brings: one per operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mock_server.sampling.pruning import NO_VALUE

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection, OperationBehaviour
    from mock_server.behaviours.policy import Policy
    from mock_server.contract.operation import Operation
    from mock_server.handlers.response_builder import ResponseBuilder
    from mock_server.messages import Upload
    from mock_server.principals import Principal
    from mock_server.seeded_random import SeededRandom
    from mock_server.store.protocol import Record, Transaction

NO_COLLECTION: Any = None
"""The collection of an operation that is about no records: its handler never looks at it."""


@dataclass(slots=True)
class Call:
    """A handler's input: a routed, authenticated, parsed and valid request with its transaction.

    collection: of the records that the operation is about, NO_COLLECTION for one without. path, query,
    headers: declared parameters only, coerced to their schema's type, with defaults, header names in lower
    case; an optional parameter that was not sent and has no default is missing. body: the parsed JSON, or
    None. principal: the caller, None for an operation without authentication. state: the transaction. now:
    the time of this request. url: the address as the client sees it, without query. sent_query: all query
    pairs as sent, decoded, in order, declared or not. kept_replies: the maximum number of replies to
    idempotency keys that the contract keeps. policies: storage name → policy, for lifecycles that do not
    follow the declared one in this world. builder: completes records and replies, None if they are not
    completed. located: the records in the path by collection, None until they are looked up (scope.locate).
    idempotency_key: sent in the usual header to an operation that declares none; None where replies are not
    completed. upload: the first file of a multipart form. accepted: the media type that the reply is to have,
    empty for the usual one. may_stream: whether the records of a long list may be shown while it is sent."""

    operation: Operation
    behaviour: OperationBehaviour
    behaviours: Behaviours
    collection: Collection
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Any
    principal: Principal | None
    state: Transaction
    now: datetime
    rng: SeededRandom
    url: str
    sent_query: tuple[tuple[str, str], ...]
    kept_replies: int
    policies: Mapping[str, Policy] = field(default_factory=dict)
    builder: ResponseBuilder | None = None
    located: Mapping[str, Record] | None = None
    idempotency_key: str | None = None
    upload: Upload | None = None
    accepted: str = ""
    may_stream: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A handler's output. The renderer adds the envelope and projects the data.

    data: a record, a list of records or None. status: None for the operation's documented success. meta:
    values for the declared envelope (next_cursor, has_more, total, page ...). literal: `data` is the whole
    body. written: the text of the body if its exact form matters; `data` is then its parsed value. around:
    the completed body with an empty list, or null, in the place of `data`; NO_VALUE for one that the renderer
    makes. is_settled: whether each record in `data` is known to satisfy its schema. show: gives some of the
    records in `data` as the reply contains them, after the transaction as well; None where they are so
    already.
    """

    data: Any = None
    status: int | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    literal: bool = False
    written: str | None = None
    around: Any = NO_VALUE
    is_settled: bool = False
    show: Callable[[Sequence[Record]], list[Any]] | None = None


Handler = Callable[[Call], Reply]


class Registry:
    """Handlers by contract and operationId, one per operation."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, str], Handler] = {}

    def handles(self, contract: str, *operation_ids: str) -> Callable[[Handler], Handler]:
        """Decorate a function as the handler of these operations.

        The decorator raises ValueError if one of them already has a handler.
        """

        def register(handler: Handler) -> Handler:
            for operation_id in operation_ids:
                if (contract, operation_id) in self._handlers:
                    raise ValueError(f"{contract}.{operation_id} already has a handler")
                self._handlers[contract, operation_id] = handler
            return handler

        return register

    def get(self, contract: str, operation_id: str) -> Handler | None:
        """Return the handler of an operation, or None if its declared action answers."""
        return self._handlers.get((contract, operation_id))

    def only(self, contracts: Iterable[str]) -> Registry:
        """Return a registry with the handlers of these contracts only."""
        registry, names = Registry(), frozenset(contracts)
        registry._handlers = {
            (contract, operation_id): handler
            for (contract, operation_id), handler in self._handlers.items()
            if contract in names
        }
        return registry

    def operations(self) -> frozenset[tuple[str, str]]:
        """Return the (contract, operationId) of every handler, to check at start that each exists."""
        return frozenset(self._handlers)
