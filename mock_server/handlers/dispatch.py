"""Answer a valid call: idempotency, then the operation's own handler or its declared action."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.idempotency import attempt
from mock_server.handlers.event_stream import has_event_stream, in_requested_form
from mock_server.handlers.registry import Call, Handler, Registry, Reply
from mock_server.handlers.resource import ACTIONS
from mock_server.sampling.pruning import NO_VALUE

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, OperationBehaviour
    from mock_server.contract.operation import Operation


_MEMBERS = tuple(member.name for member in fields(Reply) if member.name not in {"is_settled", "show"})
"""What is stored of a reply to a creation. The record of one that is given again is checked again."""
_VALUES = attrgetter(*_MEMBERS)


def compile_handler(
    operation: Operation, behaviour: OperationBehaviour, registry: Registry, *, completes: bool
) -> Handler:
    """Return what answers calls whose records exist (scope.locate has passed).

    completes: whether replies are completed, as those of inferred contracts are.
    """
    act = registry.get(operation.contract, operation.id) or ACTIONS[behaviour.action]
    if behaviour.answers is not None:
        act = partial(_answer_always, act, behaviour.answers)
    elif completes and has_event_stream(operation):
        act = partial(_answer_in_form, act)
    if behaviour.idempotency is not None or (completes and operation.method == "POST"):
        act = partial(_answer_once, act)
    return act


def _answer_always(act: Handler, body: Any, call: Call) -> Reply:
    act(call)
    return Reply(body, literal=True)


def _answer_in_form(act: Handler, call: Call) -> Reply:
    return in_requested_form(call, act(call))


def _answer_once(act: Handler, call: Call) -> Reply:
    """Answer a call as before where its idempotency key was used before."""
    header = call.behaviour.idempotency
    key = call.headers.get(header) if header else call.idempotency_key
    if key is None:
        return act(call)
    caller = call.principal.name if call.principal else None
    counts_for = [caller, call.operation.id, dict(call.path), key]
    # The same key means another attempt for another caller, operation or path.
    this_attempt = attempt(contract=call.operation.contract, counts_for=counts_for, asked=call.body)
    earlier = this_attempt.earlier(call.state)
    if earlier is not None:
        return Reply(**earlier)
    reply = act(call)
    answered = dict(zip(_MEMBERS, _VALUES(reply), strict=True))
    if reply.around is NO_VALUE:  # what is stored is JSON
        del answered["around"]
    this_attempt.keep(call.state, answered)
    return reply


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
