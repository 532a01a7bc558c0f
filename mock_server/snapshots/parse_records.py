"""Parse the records of a serialized snapshot, with the same checks as those of fixtures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jsonschema_rs import Draft202012Validator

from mock_server.behaviours.allowed_members import possible_members, unknown_members
from mock_server.behaviours.declared import SCHEDULE
from mock_server.behaviours.keys import key_of
from mock_server.behaviours.schedule import Schedule, ScheduleError
from mock_server.behaviours.seeding import Fixture, Seeds, base_of, collections_of
from mock_server.contract.validation import Check
from mock_server.errors.sentences import requirement
from mock_server.errors.startup import StartupError
from mock_server.handlers.registry import Reply
from mock_server.json_pointer import pointer
from mock_server.store.base import Base

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, Collection
    from mock_server.contract.operation import Contract
    from mock_server.store.protocol import Record

_MAX_NAMES: Final = 20
"""The maximum number of unknown collections that are listed."""

_STORED_REPLY: Final[Mapping[str, Any]] = {
    "status": {"type": ["integer", "null"], "minimum": 200, "maximum": 599},
    "meta": {"type": "object"},
    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
    "literal": {"type": "boolean"},
    "written": {"type": ["string", "null"]},
}
"""The schemas of members of a stored reply. Members that are not listed can have any value."""

_INTERNAL: Final[Mapping[str, Mapping[str, Any]]] = {
    "idempotency": {
        "type": "object",
        "required": ["fingerprint", "answer"],
        "properties": {
            "fingerprint": {"type": "string"},
            "answer": {
                "type": "object",
                "additionalProperties": False,
                "properties": {field.name: _STORED_REPLY.get(field.name, {}) for field in fields(Reply)},
            },
        },
    },
    "documents": {
        "type": "object",
        "required": ["address"],
        "properties": {"address": {"type": "string"}, "gone": {"const": True}},
    },
}
"""The schemas of records that a contract stores besides its collections: the first reply to each idempotency
key (a Reply), and documents that were written to an address outside of all collections."""


def base_of_records(
    entries: Mapping[str, Sequence[Mapping[str, Any]]],
    sequences: Mapping[str, int],
    *,
    contracts: Mapping[str, Contract],
    behaviours: Mapping[str, Behaviours],
    fixtures: Mapping[str, Fixture],
    problems: list[str],
) -> Base:
    """The base of worlds that are restored from a snapshot.

    entries: collection → list of {key, record}, valid by the schema of snapshots. Errors are appended to
    `problems`; the result is not usable then.
    """
    declared = collections_of(behaviours)
    rows: dict[str, dict[str, Record]] = {storage: {} for storage in declared}
    places: dict[str, dict[str, str]] = {}
    known = {
        storage: listed for storage, listed in entries.items() if _is_known(storage, declared, contracts)
    }
    problems += _unknown([storage for storage in entries if storage not in known], declared)
    for storage, listed in known.items():
        rows[storage], places[storage] = _by_key(listed, storage, declared.get(storage), problems)
        if storage in declared:
            fixture = fixtures.get(storage)
            members = possible_members(storage, fixture, contracts=contracts, behaviours=behaviours)
            problems += _misspelled(rows[storage], places[storage], members)
    try:
        base = base_of(Seeds(rows, fixtures, places), contracts, behaviours)
    except StartupError as error:
        problems += error.problems
        return Base()
    # A record may have a larger number than the sequence in the text. The larger one wins, so that no id is
    # used twice.
    raised = {name: max(int(number), base.sequences.get(name, 0)) for name, number in sequences.items()}
    return replace(base, sequences={**base.sequences, **raised}, own=True)


def _is_known(storage: str, declared: Mapping[str, Collection], contracts: Mapping[str, Contract]) -> bool:
    contract, _, name = storage.partition("/")
    return storage in declared or (contract in contracts and name in _INTERNAL)


def _unknown(unknown: Sequence[str], declared: Mapping[str, Collection]) -> Iterator[str]:
    """One sentence for all unknown collections, at the place of the first."""
    if unknown:
        more = len(unknown) - _MAX_NAMES
        names = ", ".join(map(repr, unknown[:_MAX_NAMES])) + (f" and {more} more" if more > 0 else "")
        noun = "collection" if len(unknown) == 1 else "collections"
        place = pointer(("collections", unknown[0]))
        yield f"{place}: unknown {noun} {names} (allowed: {', '.join(declared)})"


def _misspelled(
    rows: Mapping[str, Record], places: Mapping[str, str], members: frozenset[str]
) -> Iterator[str]:
    """A sentence for each member that records of the collection do not have."""
    for key, record in rows.items():
        for misspelling in unknown_members(record, members):
            yield f"{places[key]}: {misspelling}"


def _by_key(
    listed: Sequence[Mapping[str, Any]], storage: str, collection: Collection | None, problems: list[str]
) -> tuple[dict[str, Record], dict[str, str]]:
    """The valid entries of a collection and their places, by key. Errors are appended to `problems`."""
    rows: dict[str, Record] = {}
    places: dict[str, str] = {}
    for number, entry in enumerate(listed):
        key, record = entry["key"], entry["record"]
        place = pointer(("collections", storage, number))
        if collection is None:
            violations = _internal_violations(storage, record)
        else:
            violations = _violations(key, record, collection)
        entry_problems = [f"{place}: {violation}" for violation in violations]
        if key in rows:
            entry_problems.append(f"{place}: the key {key!r} is a duplicate")
        problems += entry_problems
        if not entry_problems:
            rows[key], places[key] = record, place
    return rows, places


def _violations(key: str, record: Record, collection: Collection) -> Iterator[str]:
    """What is wrong with the key of a record or its schedule. The schema is checked later, with all
    records."""
    identity = record.get(collection.key)
    if not isinstance(identity, (str, int)) or isinstance(identity, bool):
        yield f"{collection.key} is required and must be a string or an integer"
    elif collection.ids == "integer" and not isinstance(identity, int):
        yield f"{collection.key} must be an integer"
    elif key_of(record, collection) != key:
        yield f"the key must be {key_of(record, collection)!r} as in the record, not {key!r}"
    if collection.lifecycle is not None and SCHEDULE in record:
        try:
            outcome = Schedule.read(record[SCHEDULE]).outcome
        except ScheduleError:
            yield f"{SCHEDULE} must be a valid schedule"
        else:
            if outcome not in collection.lifecycle.outcomes:
                allowed = ", ".join(collection.lifecycle.outcomes)
                yield f"{SCHEDULE}: unknown outcome {outcome!r} (allowed: {allowed})"


def _internal_violations(storage: str, record: Record) -> Iterator[str]:
    for violation in _shape(storage.partition("/")[2]).violations(record, where="record"):
        yield f"{'.'.join(map(str, violation.path))} {requirement(violation)}"


@cache
def _shape(name: str) -> Check:
    return Check(cache(lambda: Draft202012Validator(dict(_INTERNAL[name]))), _INTERNAL[name], {})
