"""Build the responses of an inferred contract, always in the shape that its operations declare."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

from mock_server.behaviours.declared import Behaviours, Collection, Envelope, OperationBehaviour
from mock_server.contract.json_text import dumps
from mock_server.contract.operation import Contract, DocumentedResponse, Operation, Schema
from mock_server.contract.plan import json_content
from mock_server.contract.schema import member
from mock_server.handlers.registry import Call, Reply
from mock_server.inference.envelopes import metadatum, normalized, plain_shape
from mock_server.inference.operations import body_schema, put_creates, success_schema
from mock_server.sampling.headers import response_headers
from mock_server.sampling.new_records import completed
from mock_server.sampling.place import Place
from mock_server.sampling.sampler import NO_VALUE, Sampler, sampled_body
from mock_server.sampling.shapes import Shape
from mock_server.store.protocol import Record

_SHOWING = ("read", "list", "replace", "merge", "create")
"""Actions whose replies contain a record, those with the most complete schema first."""

_PAGING = re.compile(r"(next|prev|first|last|cursor|hasmore|hasnext|offset|after|before|continuation)")
"""Normalized names of members that describe a page begin like this."""

_ADDRESSES = frozenset({"self", "first", "last", "next", "prev", "next_path", "prev_path"})
"""Metadata of lists that are addresses."""

NUMERIC_TYPES = frozenset({"integer", "number"})
"""The JSON types of keys that are consecutive numbers."""


@dataclass(slots=True)
class ResponseBuilder:
    """Builds the replies of one inferred contract.

    behaviours: inferred, or from a file beside the spec. sampler: of that contract. records: collection → the
    schema of one record, from the operation that shows it most completely.
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
        """Return a reply with a value in its envelope, repaired to satisfy the operation's schema.

        Without a value the reply is generated. place: seed of generated parts; default: the operation and its
        path. status: default: the operation's success. meta: metadata of a list. key: of a record that was
        created.
        """
        operation = call.operation
        status = status or operation.success()
        declared = operation.response(status)
        place = place or (operation.id, *(f"{name}={text}" for name, text in sorted(call.path.items())))
        if declared is None or not declared.content:
            headers = self._headers(declared, call, meta or {}, key, status=status)
            return Reply(None, status=status, headers=headers)
        media_type, schema = json_content(declared.content)
        examples = tuple(declared.examples.get(media_type, {}).values())
        if value is not NO_VALUE:
            around = _surroundings(next(iter(examples), None), call.behaviour.envelope)
            value = self._wrapped(value, around, call.behaviour, schema, meta or {})
        if value is NO_VALUE:
            body = sampled_body(self.sampler, media_type, schema, place, examples)
        else:
            body = self.sampler.valid_value(schema, place, value, examples=examples)
        headers = self._headers(declared, call, meta or {}, key, status=status, body=body)
        return Reply(body, status=status, literal=True, headers=headers)

    def show(
        self,
        call: Call,
        record: Record,
        collection: Collection,
        *,
        status: int | None = None,
        key: str | None = None,
    ) -> Reply:
        """Return a reply with a record. key: its key if this call created it."""
        place = (collection.name, str(record[collection.key]))
        return self.reply(call, self.shown(record, collection), place=place, status=status, key=key)

    def members(self, collection: Collection) -> Mapping[str, Schema]:
        """Return the declared members of the collection's records, with their schemas."""
        return plain_shape(self.records[collection.name], self.contract.schemas).properties

    def shown(self, record: Record, collection: Collection) -> dict[str, Any]:
        """Return the members of a record that are not private."""
        return {name: value for name, value in record.items() if name not in collection.private}

    def whole(self, record: Mapping[str, Any], collection: Collection, key: Any) -> dict[str, Any]:
        """Return a record completed so that it satisfies its schema; private members are added unchanged."""
        schema = self.records[collection.name]
        private = {name: value for name, value in record.items() if name in collection.private}
        visible = self.shown(record, collection)
        valid = self.sampler.valid_value(schema, (collection.name, str(key)), visible)
        return {**(valid if isinstance(valid, dict) else visible), **private, collection.key: key}

    def new(
        self, record: Mapping[str, Any], collection: Collection, operation: Operation, now: datetime
    ) -> dict[str, Any]:
        """Return a new record completed by what the server sets, its key included in `record`.

        operation: that creates it; the server sets the members that its body cannot contain. now: the time of
        the request.
        """
        schemas = self.contract.schemas
        sent = plain_shape(body_schema(operation), schemas).properties
        writable = {
            name
            for member_schema in (sent, *self._nested_bodies(sent))
            for name, value in member_schema.items()
            if plain_shape(value, schemas).keywords.get("readOnly") is not True
        }
        behaviour = self.behaviours.operation(operation.id)
        declared = operation.response(operation.success())
        media_type, _schema = json_content(declared.content if declared else {})
        examples = declared.examples.get(media_type, {}) if declared else {}
        shown = value_at(next(iter(examples.values()), None), behaviour.envelope.data)
        key = record[collection.key]
        whole = completed(
            self.sampler,
            self.records[collection.name],
            (collection.name, str(key)),
            record,
            now=now,
            writable=writable,
            example=shown if isinstance(shown, dict) else None,
        )
        return self.whole(whole, collection, key)

    def _nested_bodies(self, sent: Mapping[str, Schema]) -> Iterator[Mapping[str, Schema]]:
        """The members of the only member of a body, which may be an envelope."""
        if len(sent) == 1:
            yield plain_shape(next(iter(sent.values())), self.contract.schemas).properties

    def key_schema(self, collection: Collection) -> Schema | None:
        """Return the schema of a key, as a member of records and as a parameter of paths, or None."""
        own_schema = self.key_member(collection)
        is_number = self._json_type(own_schema) in NUMERIC_TYPES
        schemas = [own_schema]
        for behaviour in self.behaviours.operations.values():
            for parameter in self.contract.operations[behaviour.id].parameters:
                names_key = behaviour.scope.get(parameter.name) == collection.name
                if parameter.location != "path" or not names_key:
                    continue
                # Everything in a path is text, so a string parameter does not contradict a number.
                if not (is_number and self._json_type(parameter.schema) == "string"):
                    schemas.append(parameter.schema)
        distinct: list[Schema] = []
        for schema in schemas:
            if isinstance(schema, Mapping) and schema not in distinct:
                distinct.append(schema)
        return {"allOf": distinct} if len(distinct) > 1 else next(iter(distinct), None)

    def _json_type(self, schema: Schema | None) -> str:
        return plain_shape(schema, self.contract.schemas).json_type

    def key_member(self, collection: Collection) -> Schema | None:
        """Return the schema of the key as a member of records, or None if it is undeclared."""
        return member(self.records[collection.name], collection.key, self.contract.schemas)

    def put_creates(self, call: Call, collection: Collection) -> bool:
        """Whether this PUT creates its record if it does not exist."""
        operations = self.contract.operations
        every = self.behaviours.operations.values()
        return put_creates(
            call.operation,
            [operations[behaviour.id] for behaviour in every if behaviour.collection == collection.name],
        )

    def sent(self, call: Call, *, whole: bool = False) -> Any:
        """Return the record in a request body: without its envelope and without readOnly members.

        A body that is not an object is returned unchanged. whole: add the defaults of members that were not
        sent.
        """
        schema = body_schema(call.operation)
        body = call.body
        place = _body_place(schema, body, self.contract)
        if place is not None and schema is not None:
            schema, body = member(schema, place, self.contract.schemas), body[place]
        if not isinstance(body, dict):
            return body
        shape = plain_shape(schema, self.contract.schemas)
        read_only: set[str] = set()
        defaults: dict[str, Any] = {}
        for name, member_schema in shape.properties.items():
            keywords = plain_shape(member_schema, self.contract.schemas).keywords
            if keywords.get("readOnly") is True:
                read_only.add(name)
            if whole and "default" in keywords:
                defaults[name] = keywords["default"]
        return {name: value for name, value in {**defaults, **body}.items() if name not in read_only}

    def _wrapped(
        self,
        value: Any,
        around: dict[str, Any],
        behaviour: OperationBehaviour,
        schema: Schema,
        meta: Mapping[str, Any],
    ) -> Any:
        """The body with a value in its envelope. around: the envelope's members that an example gives."""
        envelope = behaviour.envelope
        if envelope.data is None:
            return value
        body = around
        _put(body, envelope.data, value)
        for purpose, place in envelope.meta.items():
            meta_value = self._meta_value(purpose, meta, schema, place)
            if meta_value is not NO_VALUE:
                _put(body, place, meta_value)
        return body

    def _meta_value(self, purpose: str, meta: Mapping[str, Any], schema: Schema, place: str) -> Any:
        """The value of a member of a list's envelope in the declared type, or NO_VALUE.

        schema: of the whole body. place: of the member.
        """
        shape = plain_shape(self._schema_at(schema, place), self.contract.schemas)
        value = _in_declared_type(purpose, meta, shape)
        if value is not None:
            return str(value) if shape.json_type == "string" else value
        if shape.nullable or shape.json_type == "any":
            return None
        outer, _, name = place.rpartition(".")
        around = plain_shape(self._schema_at(schema, outer or None), self.contract.schemas)
        # A made-up value would lead clients on from the last page.
        return "" if shape.json_type == "string" and name in around.required else NO_VALUE

    def _schema_at(self, schema: Schema | None, dotted: str | None) -> Schema | None:
        """The schema at a dotted path of a body; the schema itself without a path."""
        for name in dotted.split(".") if dotted else ():
            # Merged, because several parts of an allOf may describe the same member.
            shape = plain_shape(schema, self.contract.schemas)
            schema = shape.properties.get(name, shape.keywords.get("additionalProperties"))
        return schema

    def _record_schema(self, collection: str) -> Schema:
        behaviours = [
            behaviour
            for behaviour in self.behaviours.operations.values()
            if behaviour.collection == collection
        ]
        for behaviour in sorted(behaviours, key=_completeness):
            operation = self.contract.operations[behaviour.id]
            for top in (success_schema(operation), body_schema(operation)):
                record_schema = self._schema_at(top, behaviour.envelope.data)
                if behaviour.action == "list" and record_schema is not None:
                    record_schema = plain_shape(record_schema, self.contract.schemas).keywords.get("items")
                if record_schema is not None and plain_shape(record_schema, self.contract.schemas).properties:
                    return record_schema
        return {"type": "object"}

    def _headers(
        self,
        declared: DocumentedResponse | None,
        call: Call,
        meta: Mapping[str, Any],
        key: str | None,
        *,
        status: int,
        body: Any = None,
    ) -> dict[str, str]:
        """The declared headers of a response. key: of a record that was created. body: of the response."""
        known: dict[str, Any] = {"location": call.url if key is None else f"{call.url.rstrip('/')}/{key}"}
        for name in declared.headers if declared else ():
            described = metadatum(name.removeprefix("x-"))
            if described is not None and meta.get(described) is not None:
                known[name] = meta[described]
            elif name == "link" and (links := _link_header(meta)):
                known[name] = links
            elif name == "etag":
                known[name] = f'"{blake2b(dumps(body), digest_size=8).hexdigest()}"'
            elif name == "last-modified":
                known[name] = format_datetime(call.now, usegmt=True)
        return response_headers(self.sampler, declared, call.operation.id, status=status, known=known)


def _completeness(behaviour: OperationBehaviour) -> int:
    """Sort key: operations whose replies show a record most completely come first."""
    return _SHOWING.index(behaviour.action) if behaviour.action in _SHOWING else len(_SHOWING)


def value_at(value: Any, dotted: str | None) -> Any:
    """Return the value at a dotted path of a body, the body itself without a path; None if there is none."""
    for name in dotted.split(".") if dotted else ():
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _put(body: dict[str, Any], dotted: str, value: Any) -> None:
    """Write a value at a dotted path, creating objects on the way."""
    *outer, last = dotted.split(".")
    for name in outer:
        if name in body and body[name] is None:
            return
        if not isinstance(body.get(name), dict):
            body[name] = {}
        body = body[name]
    body[last] = value


def _in_declared_type(purpose: str, meta: Mapping[str, Any], shape: Shape) -> Any:
    """The metadatum of a list, or the variant of it that a member's schema asks for.

    "next" may mean a page number, a cursor, an address, or a path: the schema decides.
    """
    page, _, variant = purpose.partition("_")
    if variant == "object":
        # The object around the address or position of a page that exists is put together from its members.
        return None if meta.get(f"{page}_cursor") is None and meta.get(page) is None else NO_VALUE
    if shape.json_type == "boolean" and purpose in {"first", "last"}:
        return meta.get(f"is_{purpose}")
    if page in {"next", "prev"} and shape.json_type in NUMERIC_TYPES:
        return meta.get(f"{page}_number")
    address = meta.get(page if variant == "path" else purpose)
    is_address = address is not None and purpose in _ADDRESSES
    return _in_declared_form(str(address), page, meta, shape, variant) if is_address else address


def _in_declared_form(
    address: str, page: str, meta: Mapping[str, Any], shape: Shape, variant: str
) -> str | None:
    """An address of a list in the form that a member's schema shows."""
    form = _form(shape, is_position=page == "next" and meta.get("is_token", False))
    if variant == "path" or form == "path":
        return _path_of(address)
    return address if form == "address" else meta.get(f"{page}_cursor")


def _form(shape: Shape, *, is_position: bool) -> str:
    """How a schema wants an address: "address", "path" or, if `is_position` and nothing tells, "position"."""
    keywords = shape.keywords
    shown = [str(keywords.get(name) or "") for name in ("example", "default", "const")]
    pattern = str(keywords.get("pattern") or "").lstrip("^").replace("\\/", "/")
    texts = [text for text in (*shown, pattern) if text]
    if any(text.startswith("/") for text in texts):
        return "path"
    about = f"{keywords.get('description') or ''} {keywords.get('title') or ''}"
    names_address = re.search(r"\b(url|uri|link|href|address)s?\b", about, re.IGNORECASE)
    is_address = "uri" in str(keywords.get("format")) or any("://" in text for text in texts) or names_address
    return "position" if is_position and not is_address else "address"


def _path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _link_header(meta: Mapping[str, Any]) -> str:
    """The addresses of other pages as in RFC 8288, empty without any."""
    relations = ("first", "prev", "next", "last")
    return ", ".join(f'<{meta[name]}>; rel="{name}"' for name in relations if isinstance(meta.get(name), str))


def _surroundings(example: Any, envelope: Envelope) -> dict[str, Any]:
    """What an example shows around the record or list, except members that depend on the state."""
    if envelope.data is None or not isinstance(example, dict):
        return {}
    around = _without_paging(example)
    for place in (envelope.data, *envelope.meta.values()):
        *outer, last = place.split(".")
        inner = around
        for name in outer:
            inner = inner.get(name, {}) if isinstance(inner, dict) else {}
        if isinstance(inner, dict):
            inner.pop(last, None)
    return around


def _without_paging(example: dict[str, Any]) -> dict[str, Any]:
    """A copy of an example without members that would lead clients to further pages."""
    copied: dict[str, Any] = {}
    for name, value in example.items():
        if not _PAGING.match(normalized(name)):
            copied[name] = _without_paging(value) if isinstance(value, dict) else value
    return copied


def _body_place(schema: Schema | None, body: Any, contract: Contract) -> str | None:
    """The name of the envelope's member that contains the record, or None for a body without envelope.

    An envelope is an object with a single member, an object that is required or called "data".
    """
    if not isinstance(body, dict) or len(body) != 1:
        return None
    name, inner = next(iter(body.items()))
    shape = plain_shape(schema, contract.schemas)
    is_sole_member = len(shape.properties) == 1 and name in shape.properties
    is_envelope = is_sole_member and isinstance(inner, dict) and name in shape.required | {"data"}
    return name if is_envelope else None
