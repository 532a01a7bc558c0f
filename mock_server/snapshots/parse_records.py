"""The records of a snapshot's text, checked as those of the fixtures are, and made ready to be restored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jsonschema_rs import Draft202012Validator

from mock_server.behaviours.allowed_members import possible_members, unknown_members
from mock_server.behaviours.keys import key_of
from mock_server.behaviours.lifecycle import SCHEDULE
from mock_server.behaviours.schedule import Schedule, ScheduleError
from mock_server.behaviours.seeding import Fixture, Seeds, base_of, collections_of
from mock_server.contract.validation import Check
from mock_server.errors.sentences import asked
from mock_server.errors.startup import StartupError
from mock_server.handlers.registry import Reply
from mock_server.json_pointer import pointer
from mock_server.store.base import Base

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection
    from mock_server.contract.operation import Contract
    from mock_server.store.protocol import Record

_NAMED: Final = 20
"""So many collections that are not played are named."""

_ANSWER: Final[Mapping[str, Any]] = {
    "status": {"type": ["integer", "null"], "minimum": 200, "maximum": 599},
    "meta": {"type": "object"},
    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
    "literal": {"type": "boolean"},
    "written": {"type": ["string", "null"]},
}
"""What the members of a kept answer must be where not everything will do."""

_BESIDE: Final[Mapping[str, Mapping[str, Any]]] = {
    "idempotency": {
        "type": "object",
        "required": ["fingerprint", "answer"],
        "properties": {
            "fingerprint": {"type": "string"},
            "answer": {
                "type": "object",
                "additionalProperties": False,
                "properties": {field.name: _ANSWER.get(field.name, {}) for field in fields(Reply)},
            },
        },
    },
    "documents": {
        "type": "object",
        "required": ["address"],
        "properties": {"address": {"type": "string"}, "gone": {"const": True}},
    },
}
"""What a contract keeps beside its collections: first answers under a key, each a Reply, and what is written
to an address that belongs to no collection."""


def base_of_records(
    entries: Mapping[str, Sequence[Mapping[str, Any]]],
    sequences: Mapping[str, int],
    *,
    contracts: Mapping[str, Contract],
    behaviours: Mapping[str, Behaviours],
    fixtures: Mapping[str, Fixture],
    problems: list[str],
) -> Base:
    """What a restored world is laid on: its own, shared with nothing but other worlds restored from it.

    entries: collection → list of {key, record}, of the shape the schema of snapshots demands. Whatever is
    wrong goes to problems, with its place; then what is returned is of no use.
    """
    declared = collections_of(behaviours)
    rows: dict[str, dict[str, Record]] = {storage: {} for storage in declared}
    places: dict[str, dict[str, str]] = {}
    played = {
        storage: listed for storage, listed in entries.items() if _is_played(storage, declared, contracts)
    }
    problems += _unplayed([storage for storage in entries if storage not in played], declared)
    for storage, listed in played.items():
        rows[storage], places[storage] = _by_key(listed, storage, declared.get(storage), problems)
        if storage in declared:
            fixture = fixtures.get(storage)
            known = possible_members(storage, fixture, contracts=contracts, behaviours=behaviours)
            problems += _misspelled(rows[storage], places[storage], known)
    try:
        base = base_of(Seeds(rows, fixtures, places), contracts, behaviours)
    except StartupError as error:
        problems += error.problems
        return Base()
    reached = {name: max(int(number), base.sequences.get(name, 0)) for name, number in sequences.items()}
    return replace(base, sequences={**base.sequences, **reached}, own=True)


def _is_played(storage: str, declared: Mapping[str, Collection], contracts: Mapping[str, Contract]) -> bool:
    contract, _, name = storage.partition("/")
    return storage in declared or (contract in contracts and name in _BESIDE)


def _unplayed(unknown: Sequence[str], declared: Mapping[str, Collection]) -> Iterator[str]:
    """One sentence for all collections there are not, at the place of the first."""
    if unknown:
        more = len(unknown) - _NAMED
        names = ", ".join(map(repr, unknown[:_NAMED])) + (f" and {more} more" if more > 0 else "")
        kinds = "collection" if len(unknown) == 1 else "collections"
        place = pointer(("collections", unknown[0]))
        yield f"{place}: no {kinds} {names} (allowed: {', '.join(declared)})"


def _misspelled(
    rows: Mapping[str, Record], places: Mapping[str, str], known: frozenset[str]
) -> Iterator[str]:
    """Members no record of the collection has."""
    for key, record in rows.items():
        for misspelling in unknown_members(record, known):
            yield f"{places[key]}: {misspelling}"


def _by_key(
    listed: Sequence[Mapping[str, Any]], storage: str, collection: Collection | None, problems: list[str]
) -> tuple[dict[str, Record], dict[str, str]]:
    """The sound ones among the entries of a collection, and their places, by key."""
    rows: dict[str, Record] = {}
    places: dict[str, str] = {}
    for number, entry in enumerate(listed):
        key, record = entry["key"], entry["record"]
        place = pointer(("collections", storage, number))
        misfits = _beside(storage, record) if collection is None else _misfits(key, record, collection)
        own_problems = [f"{place}: {misfit}" for misfit in misfits]
        if key in rows:
            own_problems.append(f"{place}: an entry before it has the key {key!r} too")
        problems += own_problems
        if not own_problems:
            rows[key], places[key] = record, place
    return rows, places


def _misfits(key: str, record: Record, collection: Collection) -> Iterator[str]:
    """Why a record cannot stand under its key in its collection, whatever its schema says."""
    named = record.get(collection.key)
    if not isinstance(named, (str, int)) or isinstance(named, bool):
        yield f"the record has no {collection.key!r}"
    elif collection.ids == "integer" and not isinstance(named, int):
        yield f"{collection.key} {named!r} must be an integer"
    elif key_of(record, collection) != key:
        yield f"the key is {key!r}, that of the record {key_of(record, collection)!r}"
    if collection.lifecycle is not None and SCHEDULE in record:
        try:
            outcome = Schedule.read(record[SCHEDULE]).outcome
        except ScheduleError:
            yield f"{SCHEDULE} is none that a record could follow"
        else:
            if outcome not in collection.lifecycle.outcomes:
                there = ", ".join(collection.lifecycle.outcomes)
                yield f"{SCHEDULE}: no outcome {outcome!r} (allowed: {there})"


def _beside(storage: str, record: Record) -> Iterator[str]:
    for violation in _shape(storage.partition("/")[2]).violations(record, where="record"):
        yield f"{'.'.join(map(str, violation.path))} {asked(violation)}"


@cache
def _shape(name: str) -> Check:
    return Check(Draft202012Validator(dict(_BESIDE[name])), _BESIDE[name], {})
