"""The initial records of inferred collections: those that examples show, then generated ones."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from mock_server.behaviours.declared import Collection
from mock_server.behaviours.keys import canonical_key, key_of, placed
from mock_server.handlers.response_builder import ResponseBuilder
from mock_server.inference.documented import DocumentedRecord, DocumentedRecords, Examples
from mock_server.sampling.sampler import SampleOptions

_Rows = dict[str, dict[str, Any]]


def records(builder: ResponseBuilder, *, scale: int = 0) -> dict[str, _Rows]:
    """Return records by storage and key, parents first. scale: number of generated records beyond the usual.

    The records of a documented list are those of its example. Otherwise the documented ones are followed by
    generated ones, together as many as the collection generates.
    """
    return _Seeding(builder, scale).records()


class _Seeding:
    """Creates the records of one contract."""

    def __init__(self, builder: ResponseBuilder, scale: int) -> None:
        self._builder = builder
        self._scale = scale
        self._examples = Examples(builder)
        self._documented = self._examples.records()
        self._rows: dict[str, _Rows] = {}

    def records(self) -> dict[str, _Rows]:
        pending = list(self._builder.behaviours.collections.values())
        while pending:
            ready = [collection for collection in pending if self._parents_exist(collection, self._rows)]
            # Collections that are each other's parents are never ready: one of them has to be first.
            for collection in ready or pending[:1]:
                # Several collections may share a storage.
                self._rows[collection.storage] = {}
                self._add_rows(collection)
                pending.remove(collection)
        return self._rows

    def _parents_exist(self, collection: Collection, generated: Container[str]) -> bool:
        """Whether records of all other collections that this one belongs to have been created."""
        related = [relation.collection for relation in collection.relations.values()]
        parents = [name for name in (*collection.parents.values(), *related) if name != collection.name]
        return all(self._builder.behaviours.collections[parent].storage in generated for parent in parents)

    def _add_rows(self, collection: Collection) -> None:
        documented = self._documented[collection.name]
        taken: set[str] = set()
        records = documented.all()
        shown_below = frozenset[str]().union(*(record.below for record in records))
        for record in records:
            self._add_documented(collection, record, taken, shown_below - record.below)
        for key, parents in documented.keys.items():
            if canonical_key(key, collection) not in taken:
                self._add_generated(collection, key, parents, taken)
        self._fill(collection, documented, taken)

    def _fill(self, collection: Collection, documented: DocumentedRecords, taken: set[str]) -> None:
        """Add generated records up to the wanted number, or none beyond those of a documented list."""
        size = self._builder.keys(collection).size
        # Where few keys are allowed, one is left for a new record.
        wanted = collection.generate if size is None or size < 3 else min(collection.generate, size - 1)
        missing = 0 if documented.listed else max(0, wanted - len(taken))
        for _ in range(missing + self._scale):
            key = self._new_key(collection, taken)
            # Short enumerations have fewer keys than are wanted.
            if key is None:
                return
            self._add_generated(collection, key, {}, taken)

    def _new_key(self, collection: Collection, taken: set[str]) -> Any:
        """The first key that no record has, None if there is none."""
        keys = self._builder.keys(collection)
        return keys.free(len(taken) + 1, lambda key: canonical_key(key, collection) in taken)

    def _add_documented(
        self,
        collection: Collection,
        record: DocumentedRecord,
        taken: set[str],
        elsewhere: Container[str],
    ) -> None:
        """Add a documented record. elsewhere: collections below which examples show other records alone."""
        key = record.key
        if key is None:
            key = self._new_key(collection, taken)
        if key is None:
            return
        # Records of one example are listed together, below one parent.
        ties = self._ties(collection, record.members, record.parents, 0, elsewhere)
        members = {**record.members, **self._first_parts(collection, record.members), **ties}
        self._add(collection, members, key, taken)

    def _first_parts(self, collection: Collection, members: Mapping[str, Any]) -> dict[str, Any]:
        """The first part of a record's key, from the object that an example shows in its place."""
        parts: dict[str, Any] = {}
        for relation in collection.relations.values():
            shown = members.get(relation.by)
            if relation.by in collection.within and isinstance(shown, Mapping):
                other = self._builder.behaviours.collections[relation.collection]
                parts[relation.by] = shown.get(other.key)
        return parts

    def _add_generated(
        self, collection: Collection, key: Any, parents: Mapping[str, Any], taken: set[str]
    ) -> None:
        # Examples of single members only for one record, so that not all look alike.
        schema, place = self._builder.records[collection.name], (collection.name, str(key))
        # It is made valid with the keys of its parents, below.
        sample = self._builder.sampler.sample(schema, place, SampleOptions(use_examples=not taken))
        members = sample if isinstance(sample, dict) else {}
        ties = self._ties(collection, {}, parents, len(taken))
        generated = {**members, **self._referred(collection, len(taken)), **ties, collection.key: key}
        self._add(collection, self._builder.addressed(generated, collection), key, taken)

    def _add(self, collection: Collection, members: Mapping[str, Any], key: Any, taken: set[str]) -> None:
        keyed = placed({**members, collection.key: key}, collection)
        record = self._builder.whole(keyed, collection, key)
        record = self._without_parents(record, collection)
        taken.add(canonical_key(key, collection))
        self._rows[collection.storage][key_of(record, collection)] = record

    def _without_parents(self, record: dict[str, Any], collection: Collection) -> dict[str, Any]:
        """A record that is found below every value of a path's parameter, except for a documented one."""
        loose = {
            member
            for member, examples in self._examples.bound(collection).items()
            if member not in {collection.key, *collection.within} and record.get(member) not in examples
        }
        return {name: value for name, value in record.items() if name not in loose} if loose else record

    def _ties(
        self,
        collection: Collection,
        members: Mapping[str, Any],
        parents: Mapping[str, Any],
        number: int,
        elsewhere: Container[str] = (),
    ) -> dict[str, Any]:
        """The members that hold the keys of a record's parents.

        Those that an example names count; else two records for each parent in turn, so that nested lists have
        entries. Outer parents are those of the inner ones. A record is below no parent of the collections
        `elsewhere` unless one is named.
        """
        keys = dict(parents)
        ties: dict[str, Any] = {}
        for member, name in reversed(list(collection.parents.items())):
            parent = self._builder.behaviours.collections[name]
            named = self._examples.usable_key(parent, members.get(member))
            rows = self._rows.get(parent.storage, {})
            key = named if named is not None else keys.get(name)
            row = next((row for row in rows.values() if row[parent.key] == key), None)
            if row is None and rows and key is None and name not in elsewhere:
                row = list(rows.values())[number // 2 % len(rows)]
            if row is not None:
                key = row[parent.key]
                for outer_member, outer_name in parent.parents.items():
                    keys.setdefault(outer_name, row.get(outer_member))
            if key is not None:
                ties[member] = key
        return {member: ties[member] for member in collection.parents if member in ties}

    def _referred(self, collection: Collection, number: int) -> dict[str, Any]:
        """The members of a generated record that name records of other collections, as far as these exist."""
        referred: dict[str, Any] = {}
        for member, name in self._examples.references(collection).items():
            other = self._builder.behaviours.collections[name]
            rows = list(self._rows.get(other.storage, {}).values())
            if rows:
                referred[member] = rows[number % len(rows)][other.key]
        for relation in collection.relations.values():
            other = self._builder.behaviours.collections[relation.collection]
            rows = list(self._rows.get(other.storage, {}).values())
            if rows:
                key = rows[number % len(rows)][other.key]
                referred[relation.by] = [key] if relation.cardinality == "listed" else key
        return referred
