"""Answer a valid call: as before where its idempotency key was used before, else by the operation's
own handler or its declared action."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from functools import partial
from hashlib import sha256
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import orjson

from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.handlers.known_values import noting_names
from mock_server.handlers.registry import Call, Handler, Registry, Reply
from mock_server.handlers.resource import ACTIONS
from mock_server.sampling.pruning import NO_VALUE

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, OperationBehaviour
    from mock_server.contract.operation import Operation
    from mock_server.store.protocol import Transaction


_MEMBERS = tuple(member.name for member in fields(Reply) if member.name not in {"is_settled", "show"})
"""What is stored of a reply to a creation. The record of one that is given again is checked again."""
_VALUES = attrgetter(*_MEMBERS)

_ENCODER = json.JSONEncoder(sort_keys=True)


def compile_handler(
    operation: Operation,
    behaviour: OperationBehaviour,
    registry: Registry,
    *,
    completes: bool,
    has_known_values: bool,
) -> Handler:
    """Return what answers calls whose records exist (scope.locate has passed).

    completes: whether replies are completed, as those of inferred contracts are. has_known_values: see
    Behaviours.
    """
    act = registry.get(operation.contract, operation.id) or ACTIONS[behaviour.action]
    if behaviour.answers is not None:
        act = partial(_answer_always, act, behaviour.answers)
    elif completes:
        act = _in_requested_form(act, operation)
        if has_known_values and operation.method in {"POST", "PUT", "PATCH"}:
            act = noting_names(act)
    if behaviour.idempotency is not None or (completes and operation.method == "POST"):
        act = partial(_answer_once, act)
    return act


def _answer_always(act: Handler, body: Any, call: Call) -> Reply:
    act(call)
    return Reply(body, literal=True)


def _in_requested_form(act: Handler, operation: Operation) -> Handler:
    """A handler whose reply can also be a stream of events, where the operation has one."""
    # Here, because it loads what generates values, which few contracts need.
    from mock_server.handlers.event_stream import has_event_stream, in_requested_form

    if not has_event_stream(operation):
        return act
    return lambda call: in_requested_form(call, act(call))


def _answer_once(act: Handler, call: Call) -> Reply:
    """Answer a call as before where its idempotency key was used before.

    Raises ApiError (CONFLICT) when the key was used for another request.
    """
    header = call.behaviour.idempotency
    key = call.headers.get(header) if header else call.idempotency_key
    if key is None:
        return act(call)
    caller = call.principal.name if call.principal else None
    # The same key means another attempt for another caller, operation or path. What is stored are digests, so
    # that no credential is stored a second time.
    place = _digest([caller, call.operation.id, dict(call.path), key])
    fingerprint = _digest(call.body)
    storage = idempotency_storage(call.operation.contract)
    earlier = call.state.get(storage, place)
    if earlier is not None:
        if earlier["fingerprint"] != fingerprint:
            raise ApiError(ErrorCode.CONFLICT, message="The idempotency key was used for another request")
        return Reply(**earlier["answer"])
    reply = act(call)
    answer = dict(zip(_MEMBERS, _VALUES(reply), strict=True))
    if reply.around is NO_VALUE:  # what is stored is JSON
        del answer["around"]
    # In the transaction of the request: a failed attempt stores nothing.
    if call.state.count(storage) >= call.kept_replies:
        _forget_oldest(call.state, storage)
    call.state.put(storage, place, {"fingerprint": fingerprint, "answer": answer})
    return reply


def _forget_oldest(state: Transaction, storage: str) -> None:
    """Delete the first record of a storage."""
    (oldest,) = state.select(storage)[:1].keys()
    state.delete(storage, oldest)


def _digest(value: Any) -> str:
    # Sorted, because a repeated request may send its members in another order.
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # orjson refuses integers beyond 64 bits
        text = _ENCODER.encode(value).encode()
    return sha256(text).hexdigest()


def idempotency_storage(contract: str) -> str:
    """Return the name of the storage for the first answers to the idempotency keys of a contract."""
    return f"{contract}/idempotency"


def check(registry: Registry, behaviours: Iterable[Behaviours]) -> list[str]:
    """Return a message for each handler of an unknown operation and each custom action without handler."""
    served = {declared.contract: declared for declared in behaviours}
    known = {(name, id_) for name, declared in served.items() for id_ in declared.operations}
    custom = {
        (name, id_)
        for name, declared in served.items()
        for id_, operation in declared.operations.items()
        if operation.action == "custom"
    }
    handled = {(name, id_) for name, id_ in registry.operations() if name in served}
    unknown = [
        f"{name}: a handler is registered for the unknown operation {id_!r}"
        for name, id_ in sorted(handled - known)
    ]
    missing = [
        f"{name}: {id_!r} is declared custom but has no handler" for name, id_ in sorted(custom - handled)
    ]
    return [*unknown, *missing]
