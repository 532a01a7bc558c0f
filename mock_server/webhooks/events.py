"""Events of records that move by themselves, derived from the changes of a transaction."""

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
"""A record as a reply shows it, its secrets masked."""


@dataclass(frozen=True, slots=True)
class Event:
    """A record of a lifecycle that reached a state.

    id: of the message, the same however often it is sent. type: the collection's storage name, dotted, and
    the state. at: of the world's clock. before: the state it was in, None for a new record.
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
        """The message's body."""
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
    """An id no other message has, of this server or another: receivers sort out repeats by it."""
    return f"msg_{uuid4().hex}"


def transitions(
    changes: Iterable[Change],
    behaviours: Iterable[Behaviours],
    show: Show,
    *,
    at: datetime,
    new_id: Callable[[], str] = message_id,
) -> tuple[Event, ...]:
    """Every beginning and every end of a lifecycle among these changes, in their order.

    A record that is put there already ended, or deleted while it runs, has gone through neither.
    """
    moving = _moving(behaviours)
    events: list[Event] = []
    for change in changes:
        if change.collection not in moving or change.after is None:
            continue
        declared, collection, lifecycle = moving[change.collection]
        before = change.before.get(lifecycle.member) if change.before else None
        after = change.after.get(lifecycle.member)
        if after == before or after not in _states(lifecycle):
            continue
        if change.before is None and after != lifecycle.running:
            continue
        visible = show(declared, collection, change.after)
        named = _type(change.collection, after)
        events.append(
            Event(new_id(), named, to_rfc3339(at), change.collection, change.key, before, after, visible)
        )
    return tuple(events)


def record_view(state: Transaction, secrets: Secrets) -> Show:
    """Records as replies show them, with their secrets and those of the records inside them masked."""

    def show(declared: Behaviours, collection: Collection, record: Record) -> Mapping[str, Any]:
        visible = Presenter(declared, state).show(secrets.mask_record(collection, record), collection)
        masked: dict[str, Any] = secrets.mask(visible)
        return masked

    return show


def event_types(behaviours: Iterable[Behaviours]) -> tuple[str, ...]:
    """The type of every event there can be, sorted."""
    return tuple(
        sorted(
            _type(storage, state)
            for storage, (_, _, lifecycle) in _moving(behaviours).items()
            for state in _states(lifecycle)
        )
    )


def _moving(behaviours: Iterable[Behaviours]) -> dict[str, tuple[Behaviours, Collection, Lifecycle]]:
    """By storage name; records two contracts share are shown as the first of them shows them."""
    moving: dict[str, tuple[Behaviours, Collection, Lifecycle]] = {}
    for declared in behaviours:
        for collection in declared.collections.values():
            if collection.lifecycle is not None:
                moving.setdefault(collection.storage, (declared, collection, collection.lifecycle))
    return moving


def _states(lifecycle: Lifecycle) -> tuple[str, ...]:
    return tuple(dict.fromkeys((lifecycle.running, *lifecycle.outcomes, *lifecycle.stops)))


def _type(storage: str, state: str) -> str:
    return f"{storage.replace('/', '.')}.{state}"
