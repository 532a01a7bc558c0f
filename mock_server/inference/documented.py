"""The records that a spec's examples show, with the keys that its examples of path parameters name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.behaviours.declared import Collection, OperationBehaviour
from mock_server.contract.operation import Schema
from mock_server.contract.plan import json_content
from mock_server.contract.presentation import value_at
from mock_server.contract.schema import member
from mock_server.handlers.response_builder import ResponseBuilder
from mock_server.inference.naming import singular
from mock_server.sampling.meanings import normalized
from mock_server.sampling.shapes import plain_shape

_WRITES = frozenset({"create", "replace", "merge"})
_NO_SEGMENTS = frozenset({"", ".", ".."})


@dataclass(frozen=True, slots=True)
class DocumentedRecord:
    """A record of an example.

    key: None if the spec names none. parents: collection → key of the record that contains this one, as far
    as the example of a path parameter names it. below: the collections in the path that shows it.
    """

    members: Mapping[str, Any]
    key: Any
    parents: Mapping[str, Any] = field(default_factory=dict)
    below: frozenset[str] = frozenset()

    def extended(self, other: DocumentedRecord) -> DocumentedRecord:
        """Return this record with the members and parents of another one with the same key."""
        members, parents = {**self.members, **other.members}, {**self.parents, **other.parents}
        return DocumentedRecord(members, self.key, parents, self.below | other.below)


@dataclass(slots=True)
class DocumentedRecords:
    """The records of one collection that the examples show.

    listed: by the examples of lists, in order. single: by those of one record. named: the same with the key
    that the example of the path names. written: by examples of operations that create or change a record.
    keys: those that must exist, with the keys of their parents.
    """

    listed: list[DocumentedRecord] = field(default_factory=list)
    single: list[DocumentedRecord] = field(default_factory=list)
    named: list[DocumentedRecord] = field(default_factory=list)
    written: list[DocumentedRecord] = field(default_factory=list)
    keys: dict[Any, Mapping[str, Any]] = field(default_factory=dict)

    def all(self) -> list[DocumentedRecord]:
        """Return each record once, merged from all its examples; those of lists first.

        A record without a key in its example is a record of its own.
        """
        by_key: dict[Any, DocumentedRecord] = {}
        without_key: list[DocumentedRecord] = []
        listed = len(self.listed)
        shown = [*self.listed, *self.single]
        named = [record for record in self.named if record.key not in {other.key for other in shown}]
        for position, record in enumerate([*shown, *named] or self.written):
            known = by_key.get(record.key)
            if record.key is None:
                without_key.append(record)
            elif known is None:
                by_key[record.key] = record
            elif position >= listed and self.listed:
                # A read shows more than a list.
                by_key[record.key] = known.extended(record)
        return [*by_key.values(), *without_key]


class Examples:
    """Reads the examples of one contract. builder: of its responses."""

    def __init__(self, builder: ResponseBuilder) -> None:
        self._builder = builder
        self._key_schemas = {
            name: builder.key_schema(collection) for name, collection in self._collections.items()
        }
        self._named = self._collections_by_reference()
        self._bound = {
            name: self._bound_examples(collection) for name, collection in self._collections.items()
        }
        self._references = {
            name: self._referring_members(collection) for name, collection in self._collections.items()
        }

    def _collections_by_reference(self) -> dict[str, list[str]]:
        """Normalized name of a member → the collections whose keys it may hold."""
        named: dict[str, list[str]] = {}
        for collection in self._collections.values():
            for name in _reference_names(collection):
                named.setdefault(normalized(name), []).append(collection.name)
        return named

    @property
    def _collections(self) -> Mapping[str, Collection]:
        return self._builder.behaviours.collections

    def records(self) -> dict[str, DocumentedRecords]:
        """Return the documented records by collection. Records that they refer to are among the keys."""
        documented = {name: DocumentedRecords() for name in self._collections}
        for behaviour in self._builder.behaviours.operations.values():
            self._add_keys(behaviour, documented)
            if behaviour.collection is not None:
                self._add_records(behaviour, documented[behaviour.collection])
        for name, records in documented.items():
            self._add_component_example(name, records)
        for name, records in documented.items():
            for record in records.all():
                self._add_referred(self._collections[name], record, documented)
        return documented

    def bound(self, collection: Collection) -> Mapping[str, list[Any]]:
        """Return member bound to path parameters → the values that examples of these name."""
        return self._bound[collection.name]

    def _bound_examples(self, collection: Collection) -> dict[str, list[Any]]:
        bound: dict[str, list[Any]] = {
            member: [] for member in self._builder.behaviours.bound[collection.name]
        }
        for behaviour in self._builder.behaviours.operations.values():
            if behaviour.collection != collection.name:
                continue
            for parameter in self._builder.contract.operations[behaviour.id].parameters:
                # A list of parents' keys is bound to a key, which identifies a record.
                if parameter.location != "path" or parameter.name in behaviour.scope:
                    continue
                member_name = behaviour.binds.get(parameter.name)
                if member_name and parameter.example is not None:
                    bound[member_name].append(parameter.example)
        return bound

    def references(self, collection: Collection) -> Mapping[str, str]:
        """Return member → collection for members named after another collection: petId, pet_id."""
        return self._references[collection.name]

    def _referring_members(self, collection: Collection) -> dict[str, str]:
        referring: dict[str, str] = {}
        for name in self._builder.members(collection):
            others = [other for other in self._named.get(normalized(name), ()) if other != collection.name]
            if others and name != collection.key and name not in collection.parents:
                referring[name] = others[-1]
        return referring

    def usable_key(self, collection: Collection, key: Any) -> Any:
        """Return a key in the type that the collection's keys have, or None if it cannot be one."""
        if not isinstance(key, str | int) or isinstance(key, bool):
            return None
        if str(key) in _NO_SEGMENTS or "/" in str(key):
            return None
        schema = self._key_schemas[collection.name]
        forms: list[Any] = [key, str(key)]
        if str(key).removeprefix("-").isdecimal():
            forms.append(int(key))
        valid = (form for form in forms if schema is None or self._builder.sampler.holds(schema, form))
        return next(valid, None)

    def _path_keys(self, behaviour: OperationBehaviour) -> dict[str, Any]:
        """Collection → key that the example of a path parameter names."""
        operation = self._builder.contract.operations[behaviour.id]
        examples = {
            parameter.name: parameter.example
            for parameter in operation.parameters
            if parameter.location == "path" and parameter.example is not None
        }
        keys: dict[str, Any] = {}
        for parameter, name in behaviour.scope.items():
            key = self.usable_key(self._collections[name], examples.get(parameter))
            if key is not None:
                keys[name] = key
        return keys

    def _add_keys(self, behaviour: OperationBehaviour, documented: Mapping[str, DocumentedRecords]) -> None:
        """Add the keys that examples of path parameters name, except for records that are created by them."""
        keys = self._path_keys(behaviour)
        outer: dict[str, Any] = {}
        for name in dict.fromkeys(behaviour.scope.values()):
            if name not in keys:
                continue
            is_created = behaviour.action in {"create", "replace"} and name == behaviour.collection
            if not is_created:
                documented[name].keys.setdefault(keys[name], dict(outer))
            outer[name] = keys[name]

    def _add_records(self, behaviour: OperationBehaviour, records: DocumentedRecords) -> None:
        collection = self._collections[str(behaviour.collection)]
        parents = self._path_keys(behaviour)
        named_key = parents.pop(collection.name, None)
        below = frozenset(behaviour.scope.values()) - {collection.name}
        for members in self._shown(behaviour):
            own_key = self.usable_key(collection, members.get(collection.key))
            if behaviour.action == "list":
                records.listed.append(DocumentedRecord(members, own_key, parents, below))
            elif behaviour.action == "read":
                key = named_key if own_key is None else own_key
                records.single.append(DocumentedRecord(members, key, parents, below))
                if named_key not in {None, key}:
                    # Reading the record that the path's example names shows the example, too.
                    records.named.append(DocumentedRecord(members, named_key, parents, below))
            elif behaviour.action in _WRITES:
                records.written.append(DocumentedRecord(members, own_key, parents, below))

    def _shown(self, behaviour: OperationBehaviour) -> Iterator[dict[str, Any]]:
        """The records in the examples of an operation's success."""
        operation = self._builder.contract.operations[behaviour.id]
        declared = operation.response(operation.success())
        if declared is None or not declared.content:
            return
        media_type, schema = json_content(declared.content)
        examples = [*declared.examples.get(media_type, {}).values()]
        for example in examples or self._schema_examples(schema, behaviour.envelope.data):
            shown = value_at(example, behaviour.envelope.data)
            entries = shown if isinstance(shown, list) else [shown]
            if isinstance(shown, list) != (behaviour.action == "list"):
                continue
            yield from (entry for entry in entries if isinstance(entry, dict) and entry)

    def _schema_examples(self, schema: Schema, place: str | None) -> Iterator[Any]:
        """The example of a body's schema, or of its member with the record or list, as a whole body."""
        schemas = self._builder.contract.schemas
        names = place.split(".") if place else []
        for depth in range(len(names) + 1):
            keywords = plain_shape(schema, schemas).keywords
            for example in [keywords.get("example"), *_list_of(keywords.get("examples"))]:
                # The schema of a record's own example counts for all that show it.
                if depth < len(names) or isinstance(example, list):
                    yield _wrapped(example, names[:depth])
            inner = member(schema, names[depth], schemas) if depth < len(names) else None
            if inner is None:
                return
            schema = inner

    def _add_component_example(self, name: str, records: DocumentedRecords) -> None:
        """Add the example of the records' own schema, unless an operation's examples show some."""
        if records.listed or records.single:
            return
        builder, collection = self._builder, self._collections[name]
        keywords = plain_shape(builder.records[name], builder.contract.schemas).keywords
        for members in [keywords.get("example"), *_list_of(keywords.get("examples"))]:
            if isinstance(members, dict) and members:
                key = self.usable_key(collection, members.get(collection.key))
                records.single.append(DocumentedRecord(members, key))

    def _add_referred(
        self,
        collection: Collection,
        record: DocumentedRecord,
        documented: Mapping[str, DocumentedRecords],
    ) -> None:
        """Add the keys of the records that a documented one refers to."""
        for tie, name in {**collection.parents, **self.references(collection)}.items():
            key = self.usable_key(self._collections[name], record.members.get(tie))
            if key is not None:
                documented[name].keys.setdefault(key, {})
        for name, key in record.parents.items():
            documented[name].keys.setdefault(key, {})


def _wrapped(value: Any, names: list[str]) -> Any:
    """Return a value inside objects: the member `names[0]` contains `names[1]`, and so on."""
    for name in reversed(names):
        value = {name: value}
    return value


def _list_of(value: Any) -> list[Any]:
    """Return a value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def _reference_names(collection: Collection) -> Iterator[str]:
    """The names of members that hold a key of the collection."""
    for word in (collection.called, singular(collection.name)):
        yield f"{word}id"
        yield f"{word}{collection.key}"
