"""A handful of records for each inferred collection, so that the first list is not empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.behaviours.declared import Collection
from mock_server.behaviours.keys import canonical_key, key_of
from mock_server.inference.envelopes import plain
from mock_server.inference.response_builder import NUMBERS, ResponseBuilder
from mock_server.sampling.sampler import SampleOptions

RECORDS = 5
_TRIES = 50


def records(builder: ResponseBuilder, *, scale: int = 0) -> dict[str, dict[str, dict[str, Any]]]:
    """Generated records by storage and key, parents first. scale: how many beyond the handful."""
    made: dict[str, dict[str, dict[str, Any]]] = {}
    waiting = list(builder.behaviours.collections.values())
    while waiting:
        ready = [
            candidate
            for candidate in waiting
            if all(builder.behaviours.collections[parent].storage in made for parent in _outer(candidate))
        ]
        for collection in ready or waiting[:1]:
            made[collection.storage] = _rows(builder, collection, made, RECORDS + scale)
            waiting.remove(collection)
    return made


def key_for(builder: ResponseBuilder, collection: Collection, number: int) -> Any:
    """The n-th key of a collection: in the form its schema gives it; the digits of a number where paths take
    a number and records show a text."""
    schema = builder.key_schema(collection)
    shape = plain(schema, builder.contract.schemas)
    if collection.ids == "integer" or shape.json_type in NUMBERS:
        own = plain(builder.key_member(collection), builder.contract.schemas)
        counted = _counted(shape.keywords, number)
        return str(counted) if own.json_type == "string" else counted
    if collection.ids == "uuid":
        return builder.sampler.rng.uuid(collection.storage, number)
    for attempt in range(_TRIES):
        place = (collection.storage, collection.key, number, attempt, collection.key)
        key = builder.sampler.sample(schema, place, SampleOptions(use_examples=number == 1 and attempt == 0))
        if isinstance(key, str) and key not in {"", ".", ".."} and "/" not in key:
            return key
    return f"{collection.name}-{number}"


def _counted(keywords: Mapping[str, Any], number: int) -> int:
    """The n-th number these keywords allow."""
    low = max([keywords.get("minimum", 1), keywords.get("exclusiveMinimum", 0) + 1])
    step = keywords.get("multipleOf", 1)
    return int(-(-low // step) * step + (number - 1) * step)


def _outer(collection: Collection) -> list[str]:
    return [name for name in collection.parents.values() if name != collection.name]


def _rows(
    builder: ResponseBuilder,
    collection: Collection,
    made: Mapping[str, Mapping[str, Mapping[str, Any]]],
    count: int,
) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    taken: set[str] = set()
    number = 0
    while len(rows) < count and number < count * 4:
        number += 1
        key = key_for(builder, collection, number)
        if canonical_key(key, collection) in taken:
            continue
        taken.add(canonical_key(key, collection))
        record = _record(builder, collection, key, number, made)
        rows[key_of(record, collection)] = record
    return rows


def _record(
    builder: ResponseBuilder,
    collection: Collection,
    key: Any,
    number: int,
    made: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> dict[str, Any]:
    place = (collection.name, str(key))
    schema = builder.records[collection.name]
    sample = builder.sampler.valid_value(schema, place, use_examples=number == 1)
    ties = {}
    for member, parent in collection.parents.items():
        other = builder.behaviours.collections[parent]
        rows = list(made.get(other.storage, {}).values())
        if rows:
            ties[member] = rows[(number - 1) // 2 % len(rows)][other.key]
    record = {**(sample if isinstance(sample, dict) else {}), **ties, collection.key: key}
    return builder.whole(record, collection, key)
