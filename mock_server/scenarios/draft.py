"""The records of a scenario: layers clear, generate, change, remove and add records."""

from __future__ import annotations

from collections.abc import Collection as Sized
from collections.abc import Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from mock_server.behaviours.ages import aged
from mock_server.behaviours.allowed_members import known_members, unknown_members
from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.behaviours.scaling import generate_records
from mock_server.behaviours.seeding import Seeds, growth_of
from mock_server.errors.startup import StartupError

if TYPE_CHECKING:
    from mock_server.scenarios.context import ScenarioContext
    from mock_server.scenarios.files import Layer
    from mock_server.seeded_random import SeededRandom
    from mock_server.store.protocol import Record

_ALL = "*"
_OF_SPECS = "--spec/*"
"""Stands for the collections of all files that are served with --spec."""


class Draft:
    """The records of the fixtures with the layers of a scenario applied.

    Only collections that change are copied. problems: the errors of the layers so far.
    """

    def __init__(self, seeds: Seeds, context: ScenarioContext, *, start: datetime) -> None:
        """start: the time to which the ages of records refer."""
        self._start = start
        self._seeds = seeds
        self._context = context
        self._rows: dict[str, dict[str, Record]] = {}
        self._places: dict[str, dict[str, str]] = {}
        self.problems: list[str] = list(seeds.problems)

    def apply(self, layer: Layer, *, rng: SeededRandom) -> None:
        """Apply one scenario file. rng: for generated records."""
        place, document = str(layer.path), layer.document
        self._clear(document.get("clear", ()), place)
        for storage, count in self._known(document.get("grow", {}), f"{place}: grow"):
            self._grow(storage, count, rng, f"{place}: grow.{storage}")
        for storage, entries in self._known(document.get("records", {}), f"{place}: records"):
            self._write(storage, aged(entries, self._start), f"{place}: records.{storage}")

    def seeds(self) -> Seeds:
        """The resulting records."""
        return Seeds(
            {**self._seeds.rows, **self._rows}, self._seeds.fixtures, self._places, tuple(self.problems)
        )

    def _known(self, entries: Mapping[str, Any], place: str) -> Iterator[tuple[str, Any]]:
        """The entries for mounted collections. Those of contracts that are not mounted are left out."""
        for storage, entry in entries.items():
            if storage in self._context.collections:
                yield storage, entry
            elif not self._context.is_elsewhere(storage):
                self.problems.append(f"{place}: {self._context.no_collection(storage)}")

    def _clear(self, patterns: Sized[str], place: str) -> None:
        for pattern in patterns:
            matching = [name for name in self._context.collections if fnmatchcase(name, pattern)]
            if pattern == _OF_SPECS:
                matching = list(self._context.generated)
            elif not matching and pattern != _ALL and not self._context.is_elsewhere(pattern):
                self.problems.append(f"{place}: clear: {self._context.no_collection(pattern)}")
            for storage in matching:
                self._remove(storage, set(self._current(storage)))

    def _grow(self, storage: str, count: int, rng: SeededRandom, place: str) -> None:
        collection = self._context.collections[storage]
        if not collection.grow:
            growing = [name for name, other in self._context.collections.items() if other.grow]
            allowed = ", ".join(growing) or "none"
            self.problems.append(f"{place}: records cannot be generated here (allowed: {allowed})")
            return
        try:
            made_from = growth_of(collection, self._context.behaviours, self._current, self._start)
            new_records = dict(generate_records(made_from, collection, rng=rng, count=count))
        except StartupError as error:
            self.problems += [f"{place}: {problem}" for problem in error.problems]
            return
        if len(new_records) < count:
            self.problems.append(f"{place}: needs a record that new ones are modelled on")
        self._own(storage).update(new_records)
        self._places.setdefault(storage, {}).update(dict.fromkeys(new_records, place))

    def _write(self, storage: str, entries: Mapping[str, Any], place: str) -> None:
        members = self._members(storage)
        for key, entry in entries.items():
            misspellings = unknown_members(entry, members) if entry else ()
            self.problems += [f"{place}: record {key!r}: {misspelling}" for misspelling in misspellings]
        # First what applies to all records, so that an entry for one record overrides it, wherever it is
        # written.
        if _ALL in entries:
            for key in list(self._current(storage)):
                self._change(storage, key, entries[_ALL], place)
        for key, entry in entries.items():
            if key != _ALL:
                self._write_record(storage, key, entry, place)

    def _write_record(self, storage: str, text: str, entry: Mapping[str, Any] | None, place: str) -> None:
        key = canonical_key(text, self._context.collections[storage])
        exists = key in self._current(storage)
        if entry is None and exists:
            self._remove(storage, {key})
        elif entry is None:
            self.problems.append(f"{place}: record {text!r}: cannot be removed: it does not exist")
        elif exists:
            self._change(storage, key, entry, place)
        else:
            self._add(storage, key, entry, place)

    def _change(self, storage: str, key: str, entry: Mapping[str, Any], place: str) -> None:
        collection, rows = self._context.collections[storage], self._own(storage)
        changed = {**rows[key], **entry}
        if changed[collection.key] != rows[key][collection.key]:
            self.problems.append(f"{place}: record {key!r}: {collection.key}: cannot be changed")
            return
        rows[key] = changed
        self._places.setdefault(storage, {})[key] = place

    def _add(self, storage: str, key: str, entry: Mapping[str, Any], place: str) -> None:
        collection = self._context.collections[storage]
        value: str | int = key
        if self._has_integer_keys(storage):
            if not key.isdecimal():
                self.problems.append(f"{place}: record {key!r}: {collection.key} must be an integer")
                return
            value = int(key)
        # Where keys are unique only within parent records, the storage key contains the parents' keys too and
        # is not the value of the member: the entry must contain it.
        record = {**entry} if collection.within else {collection.key: value, **entry}
        if collection.key not in record or key_of(record, collection) != key:
            self.problems.append(f"{place}: record {key!r}: {collection.key} must equal the key of the entry")
            return
        self._own(storage)[key] = record
        self._places.setdefault(storage, {})[key] = f"{place}: new"

    def _has_integer_keys(self, storage: str) -> bool:
        """Whether keys are integers, as declared, or, where requests bring the keys, as in the first
        record."""
        collection = self._context.collections[storage]
        first = next(iter(self._seeds.rows[storage].values()), {})
        return collection.ids == "integer" or isinstance(first.get(collection.key), int)

    def _remove(self, storage: str, keys: set[str]) -> None:
        """Remove records and, recursively, the records that refer to them, as a DELETE request does."""
        if not keys:
            return
        rows = self._own(storage)
        for key in keys:
            del rows[key]
        for child, member, parent in self._context.children(storage):
            orphans = {
                key
                for key, record in self._current(child).items()
                if record.get(member) is not None and canonical_key(record[member], parent) in keys
            }
            self._remove(child, orphans)

    def _members(self, storage: str) -> frozenset[str]:
        return known_members(
            storage,
            self._seeds.rows.get(storage, {}).values(),
            self._seeds.fixtures.get(storage),
            contracts=self._context.contracts,
            behaviours=self._context.behaviours,
        )

    def _current(self, storage: str) -> Mapping[str, Record]:
        return self._rows[storage] if storage in self._rows else self._seeds.rows[storage]

    def _own(self, storage: str) -> dict[str, Record]:
        """The records of a collection, copied when first changed."""
        if storage not in self._rows:
            self._rows[storage] = dict(self._seeds.rows[storage])
        return self._rows[storage]
