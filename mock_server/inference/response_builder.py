"""An inferred contract on stage: what its operations answer, always in the shape they declare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.behaviours.declared import Behaviours, Collection, OperationBehaviour
from mock_server.contract.operation import Contract, Response, Schema
from mock_server.contract.plan import json_content
from mock_server.contract.schema import member
from mock_server.handlers.registry import Call, Reply
from mock_server.inference.envelopes import plain_shape
from mock_server.inference.operations import body_schema, put_creates, success_schema
from mock_server.sampling.headers import header_name, header_text
from mock_server.sampling.sampler import NO_VALUE, Sampler
from mock_server.sampling.texts import Place
from mock_server.store.protocol import Record

_TELLING = ("read", "list", "replace", "merge", "create")
"""Actions whose replies show a record, the most telling first."""

NUMERIC_TYPES = frozenset({"integer", "number"})
"""The types of keys that are counted."""


@dataclass(slots=True)
class ResponseBuilder:
    """What is needed to answer one inferred contract's operations.

    contract: as its spec states it. behaviours: inferred, or kept beside the spec. sampler: of that contract.
    records: collection → the schema of one record, as the most telling operation on it has it.
    """

    contract: Contract
    behaviours: Behaviours
    sampler: Sampler
    records: dict[str, Schema] = field(init=False)

    def __post_init__(self) -> None:
        self.records = {name: self._record_schema(name) for name in self.behaviours.collections}

    def reply(
        self,
        call: Call,
        value: Any = NO_VALUE,
        *,
        place: Place = (),
        status: int | None = None,
        meta: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Reply:
        """A reply with this value in its envelope, mended to what the operation declares; without a value one
        that is made up.

        place: where chance starts, the operation and its path when not given. status: the operation's success
        when not given. meta: what is told about a list. key: of a record that has come to be.
        """
        operation = call.operation
        status = status or operation.success()
        declared = operation.response(status)
        place = place or (operation.id, *(f"{name}={text}" for name, text in sorted(call.path.items())))
        if declared is None or not declared.content:
            return Reply(None, status=status, headers=self._headers(declared, call, meta or {}, key))
        kind, schema = json_content(declared.content)
        if value is not NO_VALUE:
            value = self._wrapped(value, call.behaviour, schema, meta or {})
        examples = tuple(declared.examples.get(kind, {}).values())
        body = self.sampler.valid_value(schema, place, value, examples=examples)
        return Reply(
            body, status=status, literal=True, headers=self._headers(declared, call, meta or {}, key)
        )

    def show(
        self,
        call: Call,
        record: Record,
        collection: Collection,
        *,
        status: int | None = None,
        key: str | None = None,
    ) -> Reply:
        """A reply that shows a record. key: its key, if it has come to be just now."""
        place = (collection.name, str(record[collection.key]))
        return self.reply(call, self.shown(record, collection), place=place, status=status, key=key)

    def members(self, collection: Collection) -> Mapping[str, Schema]:
        """The members the schema of the collection's records declares."""
        return plain_shape(self.records[collection.name], self.contract.schemas).properties

    def shown(self, record: Record, collection: Collection) -> dict[str, Any]:
        """The members of a record that may be seen."""
        return {name: value for name, value in record.items() if name not in collection.private}

    def whole(self, record: Mapping[str, Any], collection: Collection, key: Any) -> dict[str, Any]:
        """A record with everything its schema asks for; what only we keep stays beside it."""
        schema = self.records[collection.name]
        private = {name: value for name, value in record.items() if name in collection.private}
        seen = {name: value for name, value in record.items() if name not in collection.private}
        made = self.sampler.valid_value(schema, (collection.name, str(key)), seen)
        return {**(made if isinstance(made, dict) else seen), **private, collection.key: key}

    def key_schema(self, collection: Collection) -> Schema | None:
        """What a key of the collection must satisfy: as a member, and as the parameter of a path. A parameter
        that is text says nothing of a number: in a path everything is text."""
        own = self.key_member(collection)
        numbers = _kind(own, self.contract) in NUMERIC_TYPES
        schemas = [own] + [
            parameter.schema
            for behaviour in self.behaviours.operations.values()
            for parameter in self.contract.operations[behaviour.id].parameters
            if parameter.location == "path"
            and behaviour.scope.get(parameter.name) == collection.name
            and not (numbers and _kind(parameter.schema, self.contract) == "string")
        ]
        stated = [schema for schema in schemas if isinstance(schema, Mapping)]
        distinct = [schema for at, schema in enumerate(stated) if schema not in stated[:at]]
        return {"allOf": distinct} if len(distinct) > 1 else next(iter(distinct), None)

    def key_member(self, collection: Collection) -> Schema | None:
        """The schema of the key in a record."""
        return member(self.records[collection.name], collection.key, self.contract.schemas)

    def put_creates(self, call: Call, collection: Collection) -> bool:
        """Whether a PUT makes the record it names when it is not there."""
        operations = self.contract.operations
        every = self.behaviours.operations.values()
        return put_creates(
            call.operation,
            [operations[behaviour.id] for behaviour in every if behaviour.collection == collection.name],
        )

    def sent(self, call: Call, *, whole: bool = False) -> Any:
        """The record in a request body: taken out of its envelope, members the server alone writes left out;
        a body that is no object as it is.

        whole: members that are not sent take the defaults of their schemas.
        """
        schema = body_schema(call.operation)
        body = call.body
        place = _body_place(schema, body, self.contract)
        if place is not None and schema is not None:
            schema, body = member(schema, place, self.contract.schemas), body[place]
        if not isinstance(body, dict):
            return body
        shape = plain_shape(schema, self.contract.schemas)
        fixed = {
            name
            for name, property_ in shape.properties.items()
            if plain_shape(property_, self.contract.schemas).keywords.get("readOnly") is True
        }
        usual = {
            name: inner.keywords["default"]
            for name, one in (shape.properties.items() if whole else ())
            if "default" in (inner := plain_shape(one, self.contract.schemas)).keywords
        }
        return {name: value for name, value in {**usual, **body}.items() if name not in fixed}

    def _wrapped(
        self, value: Any, behaviour: OperationBehaviour, schema: Schema, meta: Mapping[str, Any]
    ) -> Any:
        envelope = behaviour.envelope
        if envelope.data is None:
            return value
        body: dict[str, Any] = {}
        _put(body, envelope.data, value)
        for purpose, place in envelope.meta.items():
            meta_schema = self._told(purpose, meta, self._schema_at(schema, place))
            if meta_schema is not NO_VALUE:
                _put(body, place, meta_schema)
        return body

    def _told(self, purpose: str, meta: Mapping[str, Any], schema: Schema | None) -> Any:
        """What a list's envelope says for a purpose, in the type its place has."""
        value = meta.get(purpose)
        shape = plain_shape(schema, self.contract.schemas)
        if purpose in {"next", "prev"}:
            if shape.json_type in {"integer", "number"}:
                value = meta.get(f"{purpose}_number")
            elif (
                value is not None
                and purpose == "next"
                and meta.get("next_cursor")
                and "uri" not in str(shape.keywords.get("format"))
            ):
                value = meta["next_cursor"]
        if value is None:
            return None if shape.nullable or shape.json_type == "any" else NO_VALUE
        return str(value) if shape.json_type == "string" else value

    def _schema_at(self, schema: Schema | None, dotted: str | None) -> Schema | None:
        """The schema at a dotted place of a body."""
        for name in dotted.split(".") if dotted else ():
            schema = member(schema, name, self.contract.schemas) if schema is not None else None
        return schema

    def _record_schema(self, collection: str) -> Schema:
        behaviours = [
            candidate
            for candidate in self.behaviours.operations.values()
            if candidate.collection == collection
        ]
        behaviours.sort(
            key=lambda candidate: (
                _TELLING.index(candidate.action) if candidate.action in _TELLING else len(_TELLING)
            )
        )
        for behaviour in behaviours:
            operation = self.contract.operations[behaviour.id]
            for top in (success_schema(operation), body_schema(operation)):
                record_schema = self._schema_at(top, behaviour.envelope.data)
                if behaviour.action == "list" and record_schema is not None:
                    record_schema = plain_shape(record_schema, self.contract.schemas).keywords.get("items")
                if record_schema is not None and plain_shape(record_schema, self.contract.schemas).properties:
                    return record_schema
        return {"type": "object"}

    def _headers(
        self, declared: Response | None, call: Call, meta: Mapping[str, Any], key: str | None
    ) -> dict[str, str]:
        """The headers a response declares."""
        headers: dict[str, str] = {}
        for name, schema in declared.headers.items() if declared else ():
            if name == "content-type":
                continue
            value: Any = NO_VALUE
            if name == "location":
                value = call.url if key is None else f"{call.url.rstrip('/')}/{key}"
            elif "total" in name and "total" in meta:
                value = meta["total"]
            if value is NO_VALUE or not self.sampler.holds(schema, value):
                value = self.sampler.valid_value(schema, (call.operation.id, "header", name))
            headers[header_name(name)] = header_text(value)
        return headers


def _kind(schema: Schema | None, contract: Contract) -> str:
    return plain_shape(schema, contract.schemas).json_type


def _put(body: dict[str, Any], dotted: str, value: Any) -> None:
    """Write a value at a dotted place."""
    *outer, last = dotted.split(".")
    for name in outer:
        body = body.setdefault(name, {})
    body[last] = value


def _body_place(schema: Schema | None, body: Any, contract: Contract) -> str | None:
    """The only member of a body, where it holds the record."""
    if not isinstance(body, dict) or len(body) != 1:
        return None
    name, inner = next(iter(body.items()))
    shape = plain_shape(schema, contract.schemas)
    alone = len(shape.properties) == 1 and name in shape.properties
    return name if alone and isinstance(inner, dict) and name in shape.required | {"data"} else None
