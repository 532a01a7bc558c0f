"""Which records of a world an operation can be asked for: what stands for the parameters of its path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mock_server.contract.operation import Operation

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours
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
    scope = behaviours.operation(operation.id).scope
    keys = _keys(scope, behaviours, state)
    if sampler is not None:
        examples = {**_samples(operation, scope, sampler), **examples}
    values = {name: keys.get(name, examples.get(name)) for name in PARAMETER.findall(operation.path)}
    return None if None in values.values() else values


def filled_path(operation: Operation, values: Mapping[str, Any]) -> str:
    """The path of an operation with these values, percent-encoded."""
    return PARAMETER.sub(lambda match: quote(str(values[match[1]]), safe=""), operation.path)


def _samples(operation: Operation, scope: Mapping[str, str], sampler: Sampler) -> dict[str, Any]:
    """Generated values of the path parameters that name no record of a collection."""
    samples: dict[str, Any] = {}
    for parameter in operation.parameters:
        if parameter.location == "path" and parameter.name not in scope:
            value = sampler.valid_value(parameter.schema, (operation.id, parameter.name))
            # A path that is generated for a parameter of that name is more than one segment.
            segment = value.strip("/").rpartition("/")[2] if isinstance(value, str) else value
            if segment != "" and sampler.holds(parameter.schema, segment):
                samples[parameter.name] = segment
    return samples


def _keys(scope: Mapping[str, str], behaviours: Behaviours, state: Transaction) -> dict[str, Any]:
    """The keys by path parameter, from the innermost record outwards."""
    keys: dict[str, Any] = {}
    inner: list[tuple[Mapping[str, str], Record]] = []
    for parameter, name in reversed([*scope.items()]):
        collection = behaviours.collections[name]
        wanted = _named_parent(name, inner)
        records = state.find(collection.storage, None if wanted is None else {collection.key: wanted})
        record = next(iter(records), None)
        if record is None:
            continue
        keys[parameter] = record[collection.key]
        inner.append((collection.ties, record))
    return keys


def _named_parent(name: str, inner: list[tuple[Mapping[str, str], Record]]) -> Any:
    """The key of the parent in this collection that a record found before names."""
    for ties, record in inner:
        for member, parent in ties.items():
            if parent == name and record.get(member) is not None:
                return record[member]
    return None
