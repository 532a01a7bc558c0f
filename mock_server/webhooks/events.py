"""Events for the start and end of lifecycles, derived from the changes of a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from mock_server.behaviours.relations import Presenter
from mock_server.clock import to_rfc3339

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection, Lifecycle
    from mock_server.redaction import Secrets
    from mock_server.store.protocol import Change, Record, Transaction

Show = Callable[["Behaviours", "Collection", "Record"], Mapping[str, Any]]
"""Returns a record as in a reply, with secrets masked."""


@dataclass(frozen=True, slots=True)
class Event:
    """A record entered a state of its lifecycle.

    id: of the message, the same for each attempt to send it. type: the storage name with a dot instead of the
    slash, a dot and the state. at: the time of the world, RFC 3339. before: the previous state, None for a
    new record. after: the new state. record: as in a reply.
    """

    id: str
    type: str
    at: str
    collection: str
    key: str
    before: str | None
    after: str
    record: Mapping[str, Any]

    def to_json(self, world: str) -> dict[str, Any]:
        """The body of the message. world: its name."""
        return {
            "id": self.id,
            "type": self.type,
            "at": self.at,
            "world": world,
            "from": self.before,
            "to": self.after,
            "record": self.record,
        }


def message_id() -> str:
    """A globally unique id, by which receivers recognize repeated messages."""
    return f"msg_{uuid4().hex}"


def transitions(
    changes: Iterable[Change],
    behaviours: Iterable[Behaviours],
    show: Show,
    *,
    at: datetime,
    new_id: Callable[[], str] = message_id,
) -> tuple[Event, ...]:
    """An event for each record that started or ended its lifecycle, in the order of the changes.

    A record that is created in a final state, or deleted before its end, has none. at: the time of the world.
    """
    declarations = _with_lifecycle(behaviours)
    events: list[Event] = []
    for change in changes:
        if change.collection not in declarations or change.after is None:
            continue
        declared, collection, lifecycle = declarations[change.collection]
        before = change.before.get(lifecycle.member) if change.before else None
        after = change.after.get(lifecycle.member)
        if after == before or after not in _states(lifecycle):
            continue
        if change.before is None and after != lifecycle.running:
            continue
        visible = show(declared, collection, change.after)
        event_type = _type(change.collection, after)
        events.append(
            Event(new_id(), event_type, to_rfc3339(at), change.collection, change.key, before, after, visible)
        )
    return tuple(events)


def record_view(state: Transaction, secrets: Secrets) -> Show:
    """A function that returns records as in a reply, with their secrets and those of included records
    masked."""

    def show(declared: Behaviours, collection: Collection, record: Record) -> Mapping[str, Any]:
        visible = Presenter(declared, state).show(secrets.mask_record(collection, record), collection)
        masked: dict[str, Any] = secrets.mask(visible)
        return masked

    return show


def event_types(behaviours: Iterable[Behaviours]) -> tuple[str, ...]:
    """All possible event types, sorted."""
    types = [
        _type(storage, state)
        for storage, (_, _, lifecycle) in _with_lifecycle(behaviours).items()
        for state in _states(lifecycle)
    ]
    return tuple(sorted(types))


def _with_lifecycle(behaviours: Iterable[Behaviours]) -> dict[str, tuple[Behaviours, Collection, Lifecycle]]:
    """The collections with a lifecycle by storage name. Records that two contracts share are presented as the
    first contract declares."""
    declarations: dict[str, tuple[Behaviours, Collection, Lifecycle]] = {}
    for declared in behaviours:
        for collection in declared.collections.values():
            if collection.lifecycle is not None:
                declarations.setdefault(collection.storage, (declared, collection, collection.lifecycle))
    return declarations


def _states(lifecycle: Lifecycle) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*lifecycle.active, *lifecycle.outcomes, *lifecycle.stops)))


def _type(storage: str, state: str) -> str:
    return f"{storage.replace('/', '.')}.{state}"
