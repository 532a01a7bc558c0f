"""Which records of a world an operation can be asked for: what stands for the parameters of its path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mock_server.contract.operation import Operation

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, OperationBehaviour
    from mock_server.sampling.sampler import Sampler
    from mock_server.store.protocol import Record, Transaction

PARAMETER = re.compile(r"\{([^{}]+)\}")
"""A parameter in a path template; its name is the group."""


def path_values(
    operation: Operation, behaviours: Behaviours, state: Transaction, *, sampler: Sampler | None = None
) -> Mapping[str, Any] | None:
    """A value for each parameter of an operation's path, None where nothing is known for one of them.

    state: of the world. Keys of its first records are used, of parents those that the record names; for
    other parameters their examples. sampler: generates values of parameters that name no record, since the
    operation answers for any of them; without it they stay unknown.
    """
    examples = {
        parameter.name: parameter.example
        for parameter in operation.parameters
        if parameter.location == "path" and parameter.example is not None
    }
    behaviour = behaviours.operation(operation.id)
    keys = _keys(behaviour, behaviours, state)
    if sampler is not None:
        # What a record is looked up by is known where a record shows it, or not at all.
        looked_up = behaviour.binds if behaviour.target == "bound" else {}
        examples = {**_samples(operation, {**behaviour.scope, **looked_up}, sampler), **examples}
    examples |= {name: values[0] for name, values in behaviour.known.items() if values}
    values = {name: keys.get(name, examples.get(name)) for name in PARAMETER.findall(operation.path)}
    return None if None in values.values() else values


def filled_path(operation: Operation, values: Mapping[str, Any]) -> str:
    """The path of an operation with these values, percent-encoded."""
    return PARAMETER.sub(lambda match: quote(str(values[match[1]]), safe=""), operation.path)


def _samples(operation: Operation, scope: Mapping[str, str], sampler: Sampler) -> dict[str, Any]:
    """Generated values of the path parameters that name no record of a collection, equal in all paths that
    begin alike: the first parent without an endpoint that is read gets the initial records."""
    samples: dict[str, Any] = {}
    for parameter in operation.parameters:
        if parameter.location == "path" and parameter.name not in scope:
            before = operation.path.partition(f"{{{parameter.name}}}")[0]
            value = sampler.valid_value(parameter.schema, (before, parameter.name))
            # A path that is generated for a parameter of that name is more than one segment.
            segment = value.strip("/").rpartition("/")[2] if isinstance(value, str) else value
            is_scalar = not isinstance(segment, list | dict)
            if segment != "" and is_scalar and sampler.holds(parameter.schema, segment):
                samples[parameter.name] = segment
    return samples


def _keys(behaviour: OperationBehaviour, behaviours: Behaviours, state: Transaction) -> dict[str, Any]:
    """The keys by path parameter, from the innermost record outwards, and the values of its members that
    path parameters are bound to."""
    keys: dict[str, Any] = {}
    inner: list[tuple[Mapping[str, str], Record]] = []
    if behaviour.target == "bound" and behaviour.collection is not None:
        records = state.find(behaviours.collections[behaviour.collection].storage)
        shown = next((each for each in records if _has_all(each, behaviour.binds.values())), {})
        keys |= {parameter: shown[member] for parameter, member in behaviour.binds.items() if shown}
    for parameter, name in reversed([*behaviour.scope.items()]):
        collection = behaviours.collections[name]
        wanted = _named_parent(name, inner)
        records = state.find(collection.storage, None if wanted is None else {collection.key: wanted})
        bound = behaviour.binds if name == behaviour.collection else {}
        candidates = [*records]
        any_record = next(iter(candidates), None)
        record = next((each for each in candidates if _has_all(each, bound.values())), any_record)
        if record is None:
            continue
        values = {bound_to: record.get(member) for bound_to, member in bound.items()}
        keys |= {bound_to: value for bound_to, value in values.items() if value is not None}
        keys[parameter] = record[collection.key]
        inner.append((collection.ties, record))
    return keys


def _has_all(record: Record, members: Iterable[str]) -> bool:
    return all(record.get(member) is not None for member in members)


def _named_parent(name: str, inner: list[tuple[Mapping[str, str], Record]]) -> Any:
    """The key of the parent in this collection that a record found before names."""
    for ties, record in inner:
        for member, parent in ties.items():
            if parent == name and record.get(member) is not None:
                return record[member]
    return None
