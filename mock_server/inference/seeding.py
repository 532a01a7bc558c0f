"""Generate some records for each inferred collection, so that the first list is not empty."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from mock_server.behaviours.declared import Collection
from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.inference.envelopes import plain_shape
from mock_server.inference.response_builder import NUMERIC_TYPES, ResponseBuilder
from mock_server.sampling.sampler import SampleOptions

RECORDS = 5
_TRIES = 50


def records(builder: ResponseBuilder, *, scale: int = 0) -> dict[str, dict[str, dict[str, Any]]]:
    """Generate records by storage and key, parents first. scale: number of records beyond RECORDS."""
    generated: dict[str, dict[str, dict[str, Any]]] = {}
    pending = list(builder.behaviours.collections.values())
    while pending:
        ready = [collection for collection in pending if _parents_exist(collection, builder, generated)]
        # Collections that are each other's parents are never ready: one of them has to be first.
        for collection in ready or pending[:1]:
            generated[collection.storage] = _rows(builder, collection, generated, RECORDS + scale)
            pending.remove(collection)
    return generated


def key_for(builder: ResponseBuilder, collection: Collection, number: int) -> Any:
    """Return the n-th key of a collection, of the type that its schema declares.

    If paths declare a number but records a string, the key is a string of digits.
    """
    schema = builder.key_schema(collection)
    shape = plain_shape(schema, builder.contract.schemas)
    if collection.ids == "integer" or shape.json_type in NUMERIC_TYPES:
        own = plain_shape(builder.key_member(collection), builder.contract.schemas)
        integer = _nth_integer(shape.keywords, number)
        return str(integer) if own.json_type == "string" else integer
    if collection.ids == "uuid":
        return builder.sampler.rng.uuid(collection.storage, number)
    for attempt in range(_TRIES):
        place = (collection.storage, collection.key, number, attempt, collection.key)
        key = builder.sampler.sample(schema, place, SampleOptions(use_examples=number == 1 and attempt == 0))
        # A key must be usable as one segment of a path.
        if isinstance(key, str) and key not in {"", ".", ".."} and "/" not in key:
            return key
    return f"{collection.name}-{number}"


def _nth_integer(keywords: Mapping[str, Any], number: int) -> int:
    """The n-th positive integer that these keywords allow."""
    low = max([keywords.get("minimum", 1), keywords.get("exclusiveMinimum", 0) + 1])
    step = keywords.get("multipleOf", 1)
    return int(-(-low // step) * step + (number - 1) * step)


def _parents_exist(collection: Collection, builder: ResponseBuilder, generated: Container[str]) -> bool:
    """Whether records of all other collections that this one belongs to have been generated."""
    parents = [name for name in collection.parents.values() if name != collection.name]
    return all(builder.behaviours.collections[parent].storage in generated for parent in parents)


def _rows(
    builder: ResponseBuilder,
    collection: Collection,
    generated: Mapping[str, Mapping[str, Mapping[str, Any]]],
    count: int,
) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    taken: set[str] = set()
    number = 0
    # Short enumerations have fewer keys than are wanted: the attempts are bounded.
    while len(rows) < count and number < count * 4:
        number += 1
        key = key_for(builder, collection, number)
        if canonical_key(key, collection) in taken:
            continue
        taken.add(canonical_key(key, collection))
        record = _record(builder, collection, key, number, generated)
        rows[key_of(record, collection)] = record
    return rows


def _record(
    builder: ResponseBuilder,
    collection: Collection,
    key: Any,
    number: int,
    generated: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> dict[str, Any]:
    place = (collection.name, str(key))
    schema = builder.records[collection.name]
    sample = builder.sampler.valid_value(schema, place, use_examples=number == 1)
    ties = {}
    for member, parent in collection.parents.items():
        other = builder.behaviours.collections[parent]
        rows = list(generated.get(other.storage, {}).values())
        if rows:
            # Two children for each parent in turn, so that nested lists have entries.
            ties[member] = rows[(number - 1) // 2 % len(rows)][other.key]
    record = {**(sample if isinstance(sample, dict) else {}), **ties, collection.key: key}
    return builder.whole(record, collection, key)
