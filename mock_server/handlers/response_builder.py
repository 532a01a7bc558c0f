"""Build the responses of an inferred contract, always in the shape that its operations declare."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

from mock_server.behaviours.declared import Behaviours, Collection, Envelope, OperationBehaviour
from mock_server.behaviours.keys import key_of
from mock_server.behaviours.paging import RecordPage
from mock_server.by_identity import ByIdentity
from mock_server.contract.json_text import dumps
from mock_server.contract.operation import (
    Contract,
    DocumentedResponse,
    Operation,
    Schema,
    body_schema,
    success_schema,
)
from mock_server.contract.plan import json_content
from mock_server.contract.presentation import SplitSchema, split, value_at
from mock_server.contract.schema import follow, member
from mock_server.handlers.key_space import NUMERIC_TYPES, KeySpace, key_space
from mock_server.handlers.record_addresses import RecordAddresses
from mock_server.messages import Upload
from mock_server.sampling.headers import response_headers
from mock_server.sampling.meanings import normalized
from mock_server.sampling.new_records import completed
from mock_server.sampling.place import Place
from mock_server.sampling.sampler import NO_VALUE, Sampler, sampled_body
from mock_server.sampling.shapes import Shape, identifying, plain_shape

_SHOWING = ("read", "list", "replace", "merge", "create")
"""Actions whose replies contain a record, those with the most complete schema first."""

_PAGING = re.compile(r"(next|prev|first|last|cursor|hasmore|hasnext|offset|after|before|continuation)")
"""Normalized names of members that describe a page begin like this."""

_FILE_NAMES = frozenset({"filename", "originalfilename", "originalname", "name"})
_FILE_SIZES = frozenset({"size", "bytes", "filesize", "sizebytes", "contentlength", "sizeinbytes"})
_FILE_TYPES = frozenset({"contenttype", "mimetype", "mediatype"})
"""Normalized names of members that describe a file."""

_ADDRESSES = frozenset({"self", "first", "last", "next", "prev", "next_path", "prev_path"})
"""Metadata of lists that are addresses."""


@dataclass(frozen=True, slots=True)
class Apart:
    """A record or list that is complete by itself. around: the body with an empty list, or null, in its
    place."""

    data: Any
    around: Any


@dataclass(frozen=True, slots=True)
class Stream:
    """A list that is completed while it is sent. around: the body with an empty list in its place. settle:
    completes some of its records."""

    around: Any
    settle: Callable[[list[Any]], list[Any]]


@dataclass(frozen=True, slots=True)
class RecordForm:
    """What the schema of a collection's records says of their members, worked out once.

    members: the declared ones, with their schemas. objects: those of them that replies show as objects, or as
    lists of objects. counts_id: whether they have, besides another key, an `id` that is a number.
    """

    members: Mapping[str, Schema]
    objects: Mapping[str, Schema]
    counts_id: bool


@dataclass(slots=True)
class ResponseBuilder:
    """Completes the records and replies of one contract. sampler: of that contract. records: collection → the
    schema of one record, from the operation that shows it most completely.
    """

    contract: Contract
    behaviours: Behaviours
    sampler: Sampler
    records: dict[str, Schema] = field(init=False)
    _operations: dict[str, list[OperationBehaviour]] = field(init=False)
    _keys: dict[str, KeySpace] = field(default_factory=dict)
    _writable_members: dict[str, frozenset[str]] = field(default_factory=dict)
    _created: dict[str, Any] = field(default_factory=dict)
    _parts: dict[tuple[str, int], SplitSchema | None] = field(default_factory=dict)
    _whole: dict[int, ByIdentity[Any]] = field(default_factory=dict)
    _whole_by_schema: dict[int, tuple[Schema, ByIdentity[Any]]] = field(default_factory=dict)
    _spellings: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _forms: dict[str, RecordForm] = field(default_factory=dict)
    _besides: dict[str, frozenset[str]] = field(default_factory=dict)
    _addresses: dict[str, RecordAddresses] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._operations = {name: [] for name in self.behaviours.collections}
        for behaviour in self.behaviours.operations.values():
            for name in {behaviour.collection, *behaviour.scope.values()} - {None}:
                self._operations[str(name)].append(behaviour)
        self.records = {name: self._record_schema(name) for name in self.behaviours.collections}

    def body(
        self,
        operation: Operation,
        behaviour: OperationBehaviour,
        status: int,
        value: Any,
        *,
        place: Place,
        meta: Mapping[str, Any],
        whole: bool = False,
    ) -> Any:
        """Return the body of a response, repaired to satisfy its schema; NO_VALUE for one without a body.

        value: the record or list for the envelope, NO_VALUE for a generated response. place: seed of
        generated parts. meta: metadata of a list. whole: whether the value is the body with its envelope.
        """
        declared = operation.response(status)
        if declared is None or not declared.content:
            # Generators of documents often forget what a success contains, or that there is one.
            is_forgotten = declared is not None or _documents_no_success(operation)
            shows_record = is_forgotten and status in {200, 201} and behaviour.action in _SHOWING
            return _without_passwords(value) if shows_record else NO_VALUE
        media_type, schema = json_content(declared.content)
        examples = tuple(declared.examples.get(media_type, {}).values())
        if value is NO_VALUE:
            return sampled_body(self.sampler, media_type, schema, place, examples)
        if not whole:
            example = self._documented_body(declared, media_type, schema, behaviour.envelope)
            around = _surroundings(example, behaviour.envelope)
            value = self._wrapped(value, around, behaviour, schema, meta)
        return self.sampler.valid_value(schema, place, value, examples=examples)

    def apart(
        self,
        operation: Operation,
        behaviour: OperationBehaviour,
        status: int,
        value: Any,
        *,
        meta: Mapping[str, Any],
    ) -> Apart | None:
        """Return a record or list, and the body around it, as body() would return them together.

        None where they must be repaired together: where a record lacks something, or the schema does not
        describe it apart from the body.
        """
        parts = self._split(operation, behaviour, status)
        if parts is None or parts.is_list != isinstance(value, list):
            return None
        if parts.is_list:
            data: Any = [self._settled(parts.record, record) for record in value]
            is_settled = all(record is not NO_VALUE for record in data)
        else:
            data = self._settled(parts.record, value)
            is_settled = data is not NO_VALUE
        if not is_settled:
            return None
        around = self._settled_around(operation, behaviour, status, parts, meta)
        return None if around is NO_VALUE else Apart(data, around)

    def stream(
        self, operation: Operation, behaviour: OperationBehaviour, status: int, *, meta: Mapping[str, Any]
    ) -> Stream | None:
        """Return the body around a list whose records are completed a few at a time.

        None where the list shows another schema than the one by which the records were completed when they
        were stored, so that one of them might have to be repaired together with the body.
        """
        parts = self._split(operation, behaviour, status)
        schemas = self.contract.schemas
        own = self.records[behaviour.collection or ""]
        if parts is None or not parts.is_list or follow(parts.record, schemas) is not follow(own, schemas):
            return None
        around = self._settled_around(operation, behaviour, status, parts, meta)
        if around is NO_VALUE:
            return None
        schema = parts.record

        def settle(records: list[Any]) -> list[Any]:
            settled = [self._settled(schema, record) for record in records]
            return [
                record if whole is NO_VALUE else whole for record, whole in zip(records, settled, strict=True)
            ]

        return Stream(around, settle)

    def _settled_around(
        self,
        operation: Operation,
        behaviour: OperationBehaviour,
        status: int,
        parts: SplitSchema,
        meta: Mapping[str, Any],
    ) -> Any:
        """The body with an empty list, or null, in the place of its records; NO_VALUE where it lacks
        something."""
        empty: Any = [] if parts.is_list else None
        if behaviour.envelope.data is None:
            return empty
        declared = operation.responses[str(status)]
        media_type, schema = json_content(declared.content)
        example = self._documented_body(declared, media_type, schema, behaviour.envelope)
        surroundings = _surroundings(example, behaviour.envelope)
        body = self._wrapped(empty, surroundings, behaviour, schema, meta)
        return self.sampler.settled(parts.around, body)

    def _documented_body(
        self, declared: DocumentedResponse | None, media_type: str, schema: Schema | None, envelope: Envelope
    ) -> Any:
        """The first example of a response, or that of the schema of its envelope; None without one."""
        examples = declared.examples.get(media_type, {}) if declared else {}
        if examples or envelope.data is None:
            return next(iter(examples.values()), None)
        # Without an envelope the schema is that of the record, whose examples count wherever it is shown.
        keywords = plain_shape(schema, self.contract.schemas).keywords
        several = keywords.get("examples")
        return keywords.get("example", several[0] if isinstance(several, list) and several else None)

    def _split(self, operation: Operation, behaviour: OperationBehaviour, status: int) -> SplitSchema | None:
        """The schemas of the body and of its records, None where they are not described apart, and where a
        header is worked out of the whole body."""
        key = operation.id, status
        if key not in self._parts:
            declared = operation.responses.get(str(status))
            parts: SplitSchema | None = None
            if declared is not None and declared.content and "etag" not in declared.headers:
                _media_type, schema = json_content(declared.content)
                parts = split(schema, behaviour.envelope.data or "", self.contract.schemas)
            self._parts[key] = parts
        return self._parts[key]

    def _settled(self, schema: Schema, record: Any) -> Any:
        """A record as Sampler.settled returns it, looked at once in each version."""
        known = self._known(schema)
        settled = known.get(record)
        if settled is None:
            settled = self.sampler.settled(schema, record)
            known.keep(record, settled)
        return settled

    def _known(self, schema: Schema) -> ByIdentity[Any]:
        """What is known to be settled of a schema."""
        known = self._whole_by_schema.get(id(schema))
        if known is None:
            shared = self._whole.setdefault(id(follow(schema, self.contract.schemas)), ByIdentity())
            # The schema is kept so that its id() is not reused.
            known = self._whole_by_schema[id(schema)] = schema, shared
        return known[1]

    def members(self, collection: Collection) -> Mapping[str, Schema]:
        """Return the declared members of the collection's records, with their schemas."""
        return self._form(collection).members

    def _form(self, collection: Collection) -> RecordForm:
        form = self._forms.get(collection.name)
        if form is None:
            members = plain_shape(self.records[collection.name], self.contract.schemas).properties
            objects = {name: schema for name, schema in members.items() if self._shows_objects(schema)}
            counts_id = collection.key != "id" and self._json_type(members.get("id")) in NUMERIC_TYPES
            form = self._forms[collection.name] = RecordForm(members, objects, counts_id)
        return form

    def _shows_objects(self, schema: Schema | None) -> bool:
        """Whether values of a schema are objects with declared members, or lists of such."""
        shape = plain_shape(schema, self.contract.schemas)
        if shape.json_type == "array":
            # Entries are followed once: deeper lists are looked at value by value.
            entries = plain_shape(shape.keywords.get("items"), self.contract.schemas)
            return entries.json_type == "array" or bool(entries.properties)
        return shape.json_type == "object" and bool(shape.properties)

    def maps(self, collection: Collection) -> frozenset[str]:
        """Return the members of the collection's records that are objects whose keys the client chooses."""
        shapes = {
            name: plain_shape(schema, self.contract.schemas)
            for name, schema in self.members(collection).items()
        }
        return frozenset(
            name
            for name, shape in shapes.items()
            if shape.json_type == "object" and not shape.properties and not shape.closed
        )

    def spelled(self, sent: Mapping[str, Any], collection: Collection) -> dict[str, Any]:
        """Return the sent members of a record under the names that its schema has.

        A member that it lacks is the one of the same words: FriendlyName is friendly_name.
        """
        own = self.members(collection)
        if sent.keys() <= own.keys():
            return dict(sent)
        if collection.name not in self._spellings:
            # Reversed, so that the first of equally normalized members counts.
            self._spellings[collection.name] = {normalized(name): name for name in reversed(list(own))}
        spellings = self._spellings[collection.name]
        respelled: dict[str, Any] = {}
        for name, value in sent.items():
            spelling = name if name in own else spellings.get(normalized(name), name)
            if spelling == name or spelling not in sent:
                respelled[spelling] = value
        return respelled

    def shown_besides(self, operation: Operation, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sent members that the reply of a creation shows, and records do not have."""
        besides = self._besides.get(operation.id)
        if besides is None:
            behaviour = self.behaviours.operation(operation.id)
            own = self.records[behaviour.collection or ""]
            declared = self._schema_at(success_schema(operation), behaviour.envelope.data)
            shown = plain_shape(declared, self.contract.schemas).properties
            members = plain_shape(own, self.contract.schemas).properties
            besides = self._besides[operation.id] = frozenset(shown.keys() - members.keys())
        if not besides:
            return {}
        keys = self._key_beside(operation, besides, sent)
        return {**keys, **{name: value for name, value in sent.items() if name in besides}}

    def _key_beside(
        self, operation: Operation, besides: frozenset[str], sent: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The key of a new record in the only member of an answer that is called like it: {run_ids: [7]}."""
        behaviour = self.behaviours.operation(operation.id)
        key = self.behaviours.collections[behaviour.collection or ""].key
        shown = self._schema_at(success_schema(operation), behaviour.envelope.data)
        properties = plain_shape(shown, self.contract.schemas).properties
        named = next(
            (name for name in besides if normalized(name).removesuffix("s") == normalized(key)), None
        )
        if named is None or len(properties) > 1 or key not in sent:
            return {}
        is_list = self._json_type(properties[named]) == "array"
        return {named: [sent[key]] if is_list else sent[key]}

    def required_members(self, operation: Operation, behaviour: OperationBehaviour) -> frozenset[str]:
        """Return the members that a record must have in the success of an operation."""
        schema = self._schema_at(success_schema(operation), behaviour.envelope.data)
        shape = plain_shape(schema, self.contract.schemas)
        if shape.json_type == "array":
            shape = plain_shape(shape.keywords.get("items"), self.contract.schemas)
        return shape.required

    def as_objects(self, sent: Mapping[str, Any], collection: Collection) -> dict[str, Any]:
        """Return sent members with an object for each key or name that the record's schema shows as one.

        `region: nyc3` becomes `region: {slug: nyc3}`; a list is treated entry by entry.
        """
        objects = self._form(collection).objects
        converted = {
            name: self._as_object(sent[name], schema) for name, schema in objects.items() if name in sent
        }
        return {**sent, **converted}

    def _as_object(self, value: Any, schema: Schema | None) -> Any:
        is_list = isinstance(value, list)
        if isinstance(value, dict | bool) or value is None or (is_list and not _has_scalars(value)):
            return value
        shape = plain_shape(schema, self.contract.schemas)
        if is_list:
            items = shape.keywords.get("items") if shape.json_type == "array" else None
            return value if items is None else [self._as_object(entry, items) for entry in value]
        if shape.json_type != "object" or not shape.properties or self.sampler.holds(schema or True, value):
            return value
        for name in identifying(shape):
            if self.sampler.holds(shape.properties[name], value):
                return {name: value}
        return value

    def of_upload(self, upload: Upload, collection: Collection) -> dict[str, Any]:
        """Return the members of the collection's records that describe an uploaded file."""
        known: dict[str, Any] = {}
        for name, schema in self.members(collection).items():
            json_type = self._json_type(schema)
            if json_type == "string" and normalized(name) in _FILE_NAMES and upload.name:
                known[name] = upload.name
            elif json_type in NUMERIC_TYPES and normalized(name) in _FILE_SIZES:
                known[name] = upload.size
            elif json_type == "string" and normalized(name) in _FILE_TYPES and upload.media_type:
                known[name] = upload.media_type
        return known

    def whole(self, record: Mapping[str, Any], collection: Collection, key: Any) -> dict[str, Any]:
        """Return a record completed so that it satisfies its schema; private members are added unchanged."""
        schema = self.records[collection.name]
        # The schema describes the records that replies show in the place of keys.
        apart = collection.hidden | collection.in_place
        private = {name: value for name, value in record.items() if name in apart} if apart else {}
        visible = record
        if private:
            visible = {name: value for name, value in record.items() if name not in private}
        valid = self.sampler.arranged(schema, visible)
        is_valid = valid is not NO_VALUE
        if not is_valid:
            valid = self.sampler.valid_value(schema, (collection.name, str(key)), visible)
        if is_valid and not private and isinstance(valid, dict) and valid.get(collection.key) is key:
            # The usual case. Replies show it as it is, where they show the same schema.
            self._known(schema).keep(valid, valid)
            return valid
        whole = {**(valid if isinstance(valid, dict) else visible), **private, collection.key: key}
        if whole == valid and (is_valid or self.sampler.holds(schema, whole)):
            self._known(schema).keep(whole, whole)
        return whole

    def new(
        self, record: Mapping[str, Any], collection: Collection, operation: Operation, now: datetime
    ) -> dict[str, Any]:
        """Return a new record completed by what the server sets, its key included in `record`.

        operation: that creates it; the server sets the members that its body cannot contain. now: the time of
        the request.
        """
        behaviour = self.behaviours.operation(operation.id)
        if operation.id not in self._created:
            declared = operation.response(operation.success())
            media_type, schema = json_content(declared.content if declared else {})
            example = self._documented_body(declared, media_type, schema, behaviour.envelope)
            self._created[operation.id] = value_at(example, behaviour.envelope.data)
        shown = self._created[operation.id]
        key = record[collection.key]
        whole = completed(
            self.sampler,
            self.records[collection.name],
            (collection.name, str(key)),
            {**self._number(record, collection), **record} if self._form(collection).counts_id else record,
            now=now,
            writable=self._writable(operation, behaviour),
            example=shown if isinstance(shown, dict) else None,
        )
        return self.whole(self.addressed(whole, collection, sent=record), collection, key)

    def addressed(
        self, record: Mapping[str, Any], collection: Collection, *, sent: Container[str] = ()
    ) -> Mapping[str, Any]:
        """Return a record with its own addresses where examples show those of others.

        sent: the members that a client chose, which stay.
        """
        if collection.name not in self._addresses:
            examples = self._examples(collection)
            self._addresses[collection.name] = RecordAddresses(
                collection, self.behaviours, self.contract, examples
            )
        return self._addresses[collection.name].filled(record, but=sent)

    def _examples(self, collection: Collection) -> Iterator[Mapping[str, Any]]:
        """The records in the examples of a collection's operations, and what the schemas of members show."""
        for behaviour in sorted(self._operations[collection.name], key=_completeness):
            operation = self.contract.operations[behaviour.id]
            declared = operation.response(operation.success())
            is_own = behaviour.collection == collection.name and behaviour.action in _SHOWING
            for examples in declared.examples.values() if is_own and declared is not None else ():
                for example in examples.values():
                    shown = value_at(example, behaviour.envelope.data)
                    entries = shown if isinstance(shown, list) else [shown]
                    yield from (entry for entry in entries[:1] if isinstance(entry, Mapping))
        members = self.members(collection).items()
        keywords = {name: plain_shape(schema, self.contract.schemas).keywords for name, schema in members}
        yield {name: each["example"] for name, each in keywords.items() if "example" in each}

    def fresh(self, operation: Operation, sent: Mapping[str, Any], now: datetime) -> Any:
        """Return the answer to a request that makes something which belongs to no collection.

        It has the first state, empty lists and no results yet, like a new record. NO_VALUE where the answer
        is no object, or a documented example shows it. sent: the body. now: the time of the request.
        """
        declared = operation.response(operation.success())
        media_type, schema = json_content(declared.content if declared else {})
        if declared is None or not declared.content or declared.examples.get(media_type):
            return NO_VALUE
        shape = plain_shape(schema, self.contract.schemas)
        if shape.json_type != "object" or not shape.properties or "example" in shape.keywords:
            return NO_VALUE
        known = {name: value for name, value in sent.items() if name in shape.properties}
        writable = frozenset(plain_shape(body_schema(operation), self.contract.schemas).properties)
        place = (operation.id, *map(str, sent.values()))
        return completed(self.sampler, schema, place, known, now=now, writable=writable)

    def _number(self, record: Mapping[str, Any], collection: Collection) -> dict[str, Any]:
        """The `id` of a new record with another key: its number, or one that hardly any other record has."""
        key = str(record[collection.key])
        if key.isascii() and key.isdecimal():
            return {"id": int(key)}
        # A key that is a text has no number: that of the text is the same whenever it is looked at.
        digest = blake2b(key_of(record, collection).encode(), digest_size=3).digest()
        return {"id": int.from_bytes(digest)}

    def _writable(self, operation: Operation, behaviour: OperationBehaviour) -> frozenset[str]:
        """The members of a record that the body of an operation can contain."""
        if operation.id not in self._writable_members:
            sent = plain_shape(body_schema(operation), self.contract.schemas)
            entries = sent.keywords.get("items") if behaviour.each else None
            schema = sent.properties.get(behaviour.record) if behaviour.record else entries
            if behaviour.each and behaviour.record:
                schema = plain_shape(schema, self.contract.schemas).keywords.get("items")
            members = (sent if schema is None else plain_shape(schema, self.contract.schemas)).properties
            writable = frozenset(members) - behaviour.read_only
            if behaviour.collection is not None:
                collection = self.behaviours.collections[behaviour.collection]
                writable |= self.spelled(dict.fromkeys(writable), collection).keys()
            self._writable_members[operation.id] = writable
        return self._writable_members[operation.id]

    def keys(self, collection: Collection) -> KeySpace:
        """Return the keys that the collection's records can have."""
        if collection.name not in self._keys:
            schema = self.key_schema(collection)
            self._keys[collection.name] = key_space(
                collection,
                schema,
                shape=plain_shape(schema, self.contract.schemas),
                own=plain_shape(self.key_member(collection), self.contract.schemas),
                sampler=self.sampler,
            )
        return self._keys[collection.name]

    def typed_key(self, key: Any, collection: Collection) -> Any:
        """Return a key of a path in the type that it has in records."""
        json_type = self._json_type(self.key_member(collection))
        if json_type == "string":
            return str(key)
        is_digits = isinstance(key, str) and key.isascii() and key.removeprefix("-").isdecimal()
        return int(key) if is_digits and json_type in NUMERIC_TYPES else key

    def typed_member(self, value: Any, name: str, collection: Collection) -> Any:
        """Return a value of a path in the type that a member of the collection's records has."""
        json_type = self._json_type(self.members(collection).get(name))
        if json_type == "string":
            return str(value)
        is_digits = isinstance(value, str) and value.isascii() and value.isdecimal()
        return int(value) if is_digits and json_type in NUMERIC_TYPES else value

    def key_schema(self, collection: Collection) -> Schema | None:
        """Return the schema of a key, as a member of records and as a parameter of paths, or None."""
        own_schema = self.key_member(collection)
        is_number = self._json_type(own_schema) in NUMERIC_TYPES
        schemas = [own_schema]
        for behaviour in self._operations[collection.name]:
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
            elif "." in place and not purpose.endswith("_object"):
                self._show_around(body, place.rpartition(".")[0], schema)
        return body

    def _show_around(self, body: dict[str, Any], place: str, schema: Schema) -> None:
        """Show the object that describes a page though it has nothing to tell of the last one."""
        shape = plain_shape(self._schema_at(schema, place), self.contract.schemas)
        if "." not in place and not shape.required and not shape.nullable:
            body.setdefault(place, {})

    def with_page(  # noqa: PLR0917 - a body, and all that says where its page belongs
        self,
        operation: Operation,
        envelope: Envelope,
        status: int,
        body: Any,
        place: str,
        page: RecordPage,
    ) -> Any:
        """Return a copy of a complete body with a page of its list, and what the page tells of itself.

        place: dotted path of the list, empty if it is the body.
        """
        if not place:
            return list(page.records)
        declared = operation.response(status)
        _media_type, schema = json_content(declared.content) if declared is not None else ("", True)
        paged: dict[str, Any] = copy.deepcopy(body)
        _put(paged, place, list(page.records))
        for purpose, dotted in envelope.meta.items():
            value = self._meta_value(purpose, page.meta, schema, dotted)
            if value is not NO_VALUE:
                _put(paged, dotted, value)
            elif not purpose.endswith("_object") and purpose != "per_page":
                _remove(paged, dotted)
        return paged

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
        """The schema of the records that the most telling operation shows, if one does with their key."""
        declared = self.behaviours.collections[collection]
        # A key that stands inside the record is no member of it.
        key = declared.places.get(declared.key, declared.key).partition(".")[0]
        found = list(self._record_schemas(collection))
        with_key = (each for each in found if key in plain_shape(each, self.contract.schemas).properties)
        return next(with_key, found[0] if found else {"type": "object"})

    def _record_schemas(self, collection: str) -> Iterator[Schema]:
        """The schemas with members that operations have of a collection's records, the most telling first."""
        behaviours = [
            behaviour for behaviour in self._operations[collection] if behaviour.collection == collection
        ]
        for behaviour in sorted(behaviours, key=_completeness):
            operation = self.contract.operations[behaviour.id]
            for top in (success_schema(operation), body_schema(operation)):
                record_schema = self._schema_at(top, behaviour.envelope.data)
                if behaviour.action == "list" and record_schema is not None:
                    record_schema = plain_shape(record_schema, self.contract.schemas).keywords.get("items")
                if record_schema is not None and plain_shape(record_schema, self.contract.schemas).properties:
                    yield record_schema

    def headers(
        self,
        operation: Operation,
        behaviour: OperationBehaviour,
        status: int,
        body: Any,
        *,
        url: str,
        now: datetime,
        meta: Mapping[str, Any],
        key: str | None,
    ) -> dict[str, str]:
        """Return the declared headers of a response with this body.

        url: address of the request. key: of a record that it created.
        """
        declared, described_by = operation.response(status), behaviour.envelope.headers
        if declared is None or not declared.headers:
            return {}
        known: dict[str, Any] = {"location": url if key is None else f"{url.rstrip('/')}/{key}"}
        for name in declared.headers:
            described = described_by.get(name)
            if described is not None and meta.get(described) is not None:
                known[name] = meta[described]
            elif name == "link" and (links := _link_header(meta)):
                known[name] = links
            elif name == "etag":
                known[name] = f'"{blake2b(dumps(body), digest_size=8).hexdigest()}"'
            elif name == "last-modified":
                known[name] = format_datetime(now, usegmt=True)
        return response_headers(self.sampler, declared, operation.id, status=status, known=known)


def _documents_no_success(operation: Operation) -> bool:
    """Whether an operation documents refusals alone, or nothing."""
    return not any(status.startswith("2") for status in operation.responses)


def _has_scalars(values: list[Any]) -> bool:
    return any(not isinstance(value, dict | list | bool) and value is not None for value in values)


def _without_passwords(value: Any) -> Any:
    """A record, or a list of records, without what no API would show of itself."""
    if isinstance(value, list):
        return [_without_passwords(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {name: member for name, member in value.items() if not normalized(name).endswith(_NEVER_SHOWN)}


_NEVER_SHOWN = ("password", "passwd", "passphrase")
"""Normalized names of members that are shown only where a response declares them end like this."""


def _completeness(behaviour: OperationBehaviour) -> int:
    """Sort key: operations whose replies show a record most completely come first."""
    return _SHOWING.index(behaviour.action) if behaviour.action in _SHOWING else len(_SHOWING)


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


def _remove(body: dict[str, Any], dotted: str) -> None:
    """Remove what is at a dotted path, if anything is."""
    *outer, last = dotted.split(".")
    inner: Any = body
    for name in outer:
        inner = inner.get(name) if isinstance(inner, dict) else None
    if isinstance(inner, dict):
        inner.pop(last, None)


def _in_declared_type(purpose: str, meta: Mapping[str, Any], shape: Shape) -> Any:
    """The metadatum of a list, or the variant of it that a member's schema asks for.

    "next" may mean a page number, a cursor, an address, or a path: the schema decides.
    """
    page, _, variant = purpose.partition("_")
    if variant == "object":
        # The object around the address or position of a page that exists is put together from its members.
        return None if meta.get(f"{page}_cursor") is None and meta.get(page) is None else NO_VALUE
    if shape.json_type == "boolean" and purpose == "last_page":
        return meta.get("is_last")
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
    # A list that is not paged has no size of its own: it shows the documented one.
    depending = [place for purpose, place in envelope.meta.items() if purpose != "per_page"]
    for place in (envelope.data, *depending):
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
