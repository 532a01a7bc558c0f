"""What an inferred operation does with the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_server.behaviours.declared import Collection
from mock_server.behaviours.keys import kept_under, key_of
from mock_server.behaviours.stamps import stamp_created, stamp_updated
from mock_server.clock import to_rfc3339
from mock_server.contract.operation import Schema
from mock_server.errors.problem import ApiError, Kind, not_found
from mock_server.handlers.registry import Call, Reply
from mock_server.handlers.resource import own_collection, refuse_taken, remove
from mock_server.handlers.scope import locate, target, ties
from mock_server.inference.envelopes import plain, words
from mock_server.inference.operations import refuses_unknown, success_schema
from mock_server.inference.paging import cut, matching, sorted_as_asked
from mock_server.inference.stage import Stage
from mock_server.sampling.sampler import NOTHING
from mock_server.store.protocol import Record

_STATES = frozenset({"status", "state", "phase", "stage"})
_DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class Actor:
    """Answers every operation of one inferred contract."""

    stage: Stage

    def __call__(self, call: Call) -> Reply:
        """The reply to a valid call. Raises ApiError."""
        return _ACTIONS[call.behaviour.action](self, call)

    def list_(self, call: Call) -> Reply:
        """One page of the records that belong to what the path names and satisfy the filters."""
        collection = own_collection(call)
        records: Sequence[Record] = list(
            call.state.find(collection.storage, ties(collection, locate(call), call))
        )
        records = matching(records, call, collection)
        records = sorted_as_asked(records, call)
        found = cut(records, call, collection)
        shown = [self.stage.shown(one, collection) for one in found.records]
        return self.stage.reply(call, shown, meta=found.meta)

    def read(self, call: Call) -> Reply:
        """The record the path names."""
        collection = own_collection(call)
        return self._show(call, target(call), collection)

    def create(self, call: Call) -> Reply:
        """A new record of what the body says, below what the path names."""
        collection = own_collection(call)
        sent = self.stage.sent(call, whole=True)
        record = self._add(call, collection, sent if isinstance(sent, dict) else {})
        key = str(record[collection.key])
        status = next((one for one in (201, 200, 202) if str(one) in call.operation.responses), None)
        return self._show(call, record, collection, status=status, key=key)

    def replace(self, call: Call) -> Reply:
        """The record the path names, of what the body says; what the server sets stays. Where PUT makes
        records, one that is not there comes to be."""
        collection = own_collection(call)
        sent = self.stage.sent(call, whole=True)
        sent = sent if isinstance(sent, dict) else {}
        try:
            before = target(call)
        except ApiError:
            if not self.stage.put_makes(call, collection):
                raise
            record = self._add(call, collection, sent, key=self._named_key(call))
            status = 201 if "201" in call.operation.responses else None
            return self._show(call, record, collection, status=status, key=str(record[collection.key]))
        fixed = self._fixed(collection)
        kept = {name: value for name, value in before.items() if name in fixed}
        return self._show(call, self._write(call, collection, before, {**sent, **kept}), collection)

    def merge(self, call: Call) -> Reply:
        """The record the path names, with the members of the body in place of its own."""
        collection, before = own_collection(call), target(call)
        sent = self.stage.sent(call)
        sent = _patched(before, sent) if isinstance(sent, list) else sent
        changes = {name: value for name, value in (sent or {}).items() if name != collection.key}
        return self._show(call, self._write(call, collection, before, _merged(before, changes)), collection)

    def delete(self, call: Call) -> Reply:
        """Remove the record the path names, with everything that belongs to it. Where the operation
        has no way to say
        that it is not there, that is no fault."""
        collection = own_collection(call)
        status = next((one for one in (204, 200, 202) if str(one) in call.operation.responses), None)
        try:
            record = target(call)
        except ApiError:
            if refuses_unknown(call.operation):
                raise
            return self.stage.reply(call, status=status)
        remove(call.state, call.behaviours, collection, record)
        self._forget_below(call)
        return self._show(call, record, collection, status=status)

    def custom(self, call: Call) -> Reply:
        """Anything else: by what the path and the method suggest, in the end a made-up answer."""
        located = locate(call)
        method = call.operation.method
        if call.behaviour.collection:
            collection = own_collection(call)
            if collection.name in located and method in {"GET", "HEAD"}:
                return self._show(call, located[collection.name], collection)
            if collection.name in located:
                return self._alter(call, collection, located[collection.name])
            if isinstance(call.body, list) and method == "POST":
                made = [self._add(call, collection, one) for one in call.body if isinstance(one, dict)]
                return self._show_all(call, made, collection)
            if method in {"PUT", "PATCH"} and isinstance(call.body, dict):
                return self._by_body(call, collection)
            if method == "DELETE":
                for record in list(call.state.find(collection.storage, ties(collection, located, call))):
                    remove(call.state, call.behaviours, collection, record)
                return self.stage.reply(call)
        return self._document(call)

    def _named_key(self, call: Call) -> Any:
        return next(
            call.path[name] for name, one in call.behaviour.scope.items() if one == call.behaviour.collection
        )

    def _show(
        self,
        call: Call,
        record: Record,
        collection: Collection,
        *,
        status: int | None = None,
        key: str | None = None,
    ) -> Reply:
        shown = self.stage.shown(record, collection)
        return self.stage.reply(
            call, shown, place=(collection.name, str(record[collection.key])), status=status, key=key
        )

    def _show_all(self, call: Call, records: list[Record], collection: Collection) -> Reply:
        shown = [self.stage.shown(one, collection) for one in records]
        schema = success_schema(call.operation)
        if (
            plain(schema, self.stage.contract.schemas).kind != "array"
            and shown
            and not call.behaviour.envelope.data
        ):
            return self._show(call, records[-1], collection)
        return self.stage.reply(call, shown)

    def _add(
        self,
        call: Call,
        collection: Collection,
        sent: Mapping[str, Any],
        *,
        key: Any = None,
    ) -> Record:
        """Put a new record of these members into a collection. key: its key, when the path names it."""
        outer = ties(collection, locate(call, but=None if key is None else collection.name), call)
        record = {**call.behaviour.defaults, **self._begun(collection), **sent}
        record |= {**outer, **stamp_created(collection, call.now)}
        record[collection.key] = self._new_key(call, collection, record) if key is None else key
        whole = self.stage.whole(record, collection, record[collection.key])
        call.state.put(collection.storage, key_of(whole, collection), whole)
        return whole

    def _new_key(self, call: Call, collection: Collection, record: Record) -> Any:
        """The key the request brings, if it is free; else one that no record of the collection has had."""
        brought = record.get(collection.key)
        free = call.state.get(collection.storage, kept_under(brought, record, collection)) is None
        if isinstance(brought, str | int) and not isinstance(brought, bool) and brought != "":
            if free:
                return brought
            if collection.ids == "given" and call.operation.responses.keys() & {"409", "default", "4XX"}:
                refuse_taken(call.state, collection, record)
            if collection.ids == "given":
                return brought
        return self._fresh_key(call, collection, record)

    def _fresh_key(self, call: Call, collection: Collection, outer: Mapping[str, Any]) -> Any:
        """A key the schema allows and no record of the collection has had."""
        from mock_server.inference.seeding import key_for

        while True:
            number = call.state.next_number(collection.storage)
            key = key_for(self.stage, collection, number)
            if call.state.get(collection.storage, kept_under(key, outer, collection)) is None:
                return key

    def _begun(self, collection: Collection) -> dict[str, Any]:
        """The state a new record is in, where its schema lists the states: the first one."""
        members = plain(self.stage.records[collection.name], self.stage.contract.schemas).properties
        shapes = {
            name: plain(one, self.stage.contract.schemas)
            for name, one in members.items()
            if words(name) in _STATES
        }
        return {
            name: shape.keywords.get("default", shape.keywords["enum"][0])
            for name, shape in shapes.items()
            if shape.keywords.get("enum") and name != collection.key
        }

    def _fixed(self, collection: Collection) -> frozenset[str]:
        """The members no request changes."""
        members = plain(self.stage.records[collection.name], self.stage.contract.schemas).properties
        read_only = {
            name
            for name, one in members.items()
            if plain(one, self.stage.contract.schemas).keywords.get("readOnly")
        }
        own = {collection.key, *collection.parents, *collection.private, *filter(None, [collection.created])}
        return frozenset(read_only | own)

    def _write(self, call: Call, collection: Collection, before: Record, record: Mapping[str, Any]) -> Record:
        stamped = {**record, **stamp_updated(before, collection, call.now)}
        whole = self.stage.whole(stamped, collection, before[collection.key])
        call.state.put(collection.storage, key_of(whole, collection), whole)
        return whole

    def _by_body(self, call: Call, collection: Collection) -> Reply:
        """A change whose body names the record."""
        sent = self.stage.sent(call)
        key = sent.get(collection.key)
        place = kept_under(key, ties(collection, locate(call), call), collection)
        before = call.state.get(collection.storage, place) if key is not None else None
        if before is None and refuses_unknown(call.operation):
            raise not_found(collection.called, key)
        if before is None:
            return self._show(call, self._add(call, collection, sent), collection)
        return self._show(call, self._write(call, collection, before, {**before, **sent}), collection)

    def _alter(self, call: Call, collection: Collection, before: Record) -> Reply:
        """A verb on a record: the members it is sent, and the state its name speaks of."""
        members = plain(self.stage.records[collection.name], self.stage.contract.schemas).properties
        sent = {**dict(call.query), **(call.body if isinstance(call.body, dict) else {})}
        changes = {
            name: sent[name] for name in members if name in sent and name not in self._fixed(collection)
        }
        verb = words(call.operation.path.rstrip("/").rpartition("/")[2].rpartition(":")[2])
        for name, schema in members.items():
            options = plain(schema, self.stage.contract.schemas).keywords.get("enum", ())
            meant = [one for one in options if isinstance(one, str) and _meant(verb, words(one))]
            if words(name) in _STATES and meant:
                changes |= {name: meant[0]} | self._reached(words(meant[0]), members, call)
        return self._show(call, self._write(call, collection, before, {**before, **changes}), collection)

    def _reached(self, state: str, members: Mapping[str, Schema], call: Call) -> dict[str, str]:
        """The members that say when a state was reached: publishedAt for published."""
        schemas = self.stage.contract.schemas
        return {
            name: to_rfc3339(call.now)
            for name, schema in members.items()
            if words(name) in {f"{state}at", f"{state}on"}
            and plain(schema, schemas).keywords.get("format") == "date-time"
        }

    def _document(self, call: Call) -> Reply:
        """What is kept under an address: written by PUT and PATCH, gone after DELETE, made up before
        any of them."""
        storage = f"{call.operation.contract}/{_DOCUMENTS}"
        address = _address(call)
        kept = call.state.get(storage, address)
        method = call.operation.method
        if method == "DELETE":
            call.state.put(storage, address, {"address": address, "gone": True})
            return self.stage.reply(call)
        if method in {"PUT", "PATCH"}:
            before = kept.get("value", {}) if kept and method == "PATCH" else {}
            value = (
                {**before, **call.body}
                if isinstance(call.body, dict) and isinstance(before, dict)
                else call.body
            )
            call.state.put(storage, address, {"address": address, "value": value})
            return self.stage.reply(call, NOTHING if value is None else value)
        if method in {"GET", "HEAD"}:
            if kept and kept.get("gone") and refuses_unknown(call.operation):
                raise ApiError(Kind.NOT_FOUND)
            return self.stage.reply(
                call, kept["value"] if kept and kept.get("value") is not None else NOTHING
            )
        return self._echo(call)

    def _forget_below(self, call: Call) -> None:
        """Drop what is kept under addresses inside that of a record that is gone."""
        storage = f"{call.operation.contract}/{_DOCUMENTS}"
        for kept in list(call.state.find(storage)):
            if kept["address"].startswith(f"{_address(call)}/"):
                call.state.delete(storage, kept["address"])

    def _echo(self, call: Call) -> Reply:
        """A made-up answer in which equally named members of the request come back."""
        made = self.stage.reply(call)
        if not isinstance(made.data, dict) or not isinstance(call.body, dict):
            return made
        echoed = {name: value for name, value in call.body.items() if name in made.data}
        return self.stage.reply(call, {**made.data, **echoed}) if not call.behaviour.envelope.data else made


def _address(call: Call) -> str:
    return call.operation.path.format_map({name: str(value) for name, value in call.path.items()})


def _merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The members of both, those of objects inside likewise, as a merge patch (RFC 7396) has it; a
    null stays a null:
    whether it may stand there is the schema's matter."""
    merged = dict(before)
    for name, value in changes.items():
        inner = merged.get(name)
        merged[name] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged


def _meant(verb: str, state: str) -> bool:
    """Whether a verb leads to a state: cancel to cancelled, publish to published, close to closed."""
    stem = verb.rstrip("e")
    return (len(stem) > 2 and state.startswith(stem) and state != verb) or verb == state


def _patched(before: Record, steps: list[Any]) -> dict[str, Any]:
    """A JSON Patch (RFC 6902), as far as it touches whole members."""
    record = dict(before)
    for step in steps:
        path = str(step.get("path", "")) if isinstance(step, dict) else ""
        name = path.removeprefix("/").replace("~1", "/").replace("~0", "~")
        if step.get("op") in {"add", "replace"} and name and "/" not in path[1:]:
            record[name] = step.get("value")
        elif step.get("op") == "remove":
            record.pop(name, None)
    return record


_ACTIONS: Mapping[str, Callable[[Actor, Call], Reply]] = {
    "list": Actor.list_,
    "read": Actor.read,
    "create": Actor.create,
    "replace": Actor.replace,
    "merge": Actor.merge,
    "delete": Actor.delete,
    "transition": Actor.custom,
    "custom": Actor.custom,
}
