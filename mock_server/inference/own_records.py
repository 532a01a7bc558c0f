"""Find operations about the caller's own record, which has no key in its path: GET /users/me."""

from __future__ import annotations

from typing import Any

from mock_server.contract.operation import Contract, Operation, Schema, success_schema
from mock_server.contract.record_addresses import address_pattern
from mock_server.inference.envelopes import component, find_list, find_record
from mock_server.inference.example_records import example_records
from mock_server.inference.graph import Graph, distinct_resources
from mock_server.inference.naming import singular
from mock_server.inference.operations import local_path
from mock_server.inference.references import Resource, alternatives
from mock_server.sampling.meanings import normalized

_PEOPLE = frozenset({"account", "customer", "member", "people", "person", "profile", "user"})
_OWN = frozenset(
    {"account", "current", "currentuser", "me", "myself", "profile", "self", "user", "viewer", "whoami"}
)
"""Normalized names of the last word of a path that means the caller."""
_METHODS = frozenset({"GET", "PUT", "PATCH", "DELETE"})


def names_people(resource: Resource) -> bool:
    """Return whether the records of a collection are people, of whom the caller may be one."""
    return normalized(singular(resource.name)) in _PEOPLE


def own_target(operation: Operation, graph: Graph) -> tuple[Resource, Any] | None:
    """Return the collection of the caller's own record and its key in the documented example, else None.

    The key is None without an example.
    """
    contract = graph.contract
    last = normalized(local_path(operation, contract).rpartition("/")[2])
    if operation.method not in _METHODS or last not in _OWN:
        return None
    record = find_record(success_schema(operation), contract.schemas)
    if record is None or find_list(success_schema(operation), contract.schemas) is not None:
        return None
    shown = _components(record.schema, contract)
    fitting = [
        resource
        for resource in distinct_resources(graph.resources.values())
        if resource.parameter is not None and shown & _components(resource.item, contract)
    ]
    if not fitting:
        return None
    resource = next((each for each in fitting if _is_at_home(operation, each, graph)), fitting[0])
    return resource, _example_key(operation, resource, contract)


def _components(schema: Schema | None, contract: Contract) -> frozenset[str]:
    """The components of the alternatives of a schema."""
    schemas = contract.schemas
    whole = component(schema, schemas)
    if whole is not None:
        return frozenset({whole})
    named = (component(branch, schemas) for branch in alternatives(schema))
    return frozenset(name for name in named if name is not None)


def _is_at_home(operation: Operation, resource: Resource, graph: Graph) -> bool:
    """Whether the example of an answer has the address of a record of the collection."""
    pattern = address_pattern(resource.item_path)
    texts = (
        text
        for record in example_records(operation, graph.contract)
        for text in record.values()
        if isinstance(text, str)
    )
    return pattern is not None and any(pattern.values(text) is not None for text in texts)


def _example_key(operation: Operation, resource: Resource, contract: Contract) -> Any:
    """The key in the first example of a success; None without one."""
    record = next(example_records(operation, contract), {})
    key = record.get(resource.key)
    return key if isinstance(key, str | int) and not isinstance(key, bool) else None
