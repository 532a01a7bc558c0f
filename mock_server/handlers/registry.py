"""Where a contract's own behaviour is registered: one handler per operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, OperationBehaviour
    from mock_server.behaviours.policy import Policy
    from mock_server.contract.operation import Operation
    from mock_server.principals import Principal
    from mock_server.seeded_random import SeededRandom
    from mock_server.store.protocol import Transaction


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler is given: a request that is routed, authenticated, parsed and valid, inside its
    transaction.

    path, query, headers: declared parameters only, coerced to their schema's type, defaults filled in, header
    names in lower case; an optional parameter that was not sent and has no default is missing. body: the
    parsed JSON, or None. principal: who asks (None when nobody needs to say). now: the instant of this
    request. url: the address asked for, as the client reached us, without query. sent_query: every query pair
    as sent, decoded, in order, declared or not. policies: how records move in this world, by storage name,
    where that is not as declared.
    """

    operation: Operation
    behaviour: OperationBehaviour
    behaviours: Behaviours
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
    policies: Mapping[str, Policy] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers: a record, a list of records or nothing; envelope and projection are the
    renderer's.

    status: None for the operation's documented success. meta: members the declared envelope asks for beside
    the data (next_cursor, has_more, total, page …). literal: True when `data` is the whole body already.
    written: the body's text where its form matters too; `data` is then the value it says.
    """

    data: Any = None
    status: int | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    literal: bool = False
    written: str | None = None


Handler = Callable[[Call], Reply]


class Registry:
    """Handlers by contract and operationId; a second one for the same operation is refused."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, str], Handler] = {}

    def handles(self, contract: str, *operation_ids: str) -> Callable[[Handler], Handler]:
        """Decorator: this function answers these operations. Raises ValueError on a second claim."""

        def register(handler: Handler) -> Handler:
            for operation_id in operation_ids:
                if (contract, operation_id) in self._handlers:
                    raise ValueError(f"{contract}.{operation_id} already has a handler")
                self._handlers[contract, operation_id] = handler
            return handler

        return register

    def get(self, contract: str, operation_id: str) -> Handler | None:
        """The handler of an operation, or None: then the declared action answers."""
        return self._handlers.get((contract, operation_id))

    def only(self, contracts: Iterable[str]) -> Registry:
        """A registry with the handlers of these contracts alone."""
        registry, names = Registry(), frozenset(contracts)
        registry._handlers = {
            claimed: handler for claimed, handler in self._handlers.items() if claimed[0] in names
        }
        return registry

    def operations(self) -> frozenset[tuple[str, str]]:
        """Every claimed (contract, operationId), for the check at start that each of them exists."""
        return frozenset(self._handlers)
