"""Find operations about the caller's own record, which has no key in its path: GET /users/me."""

from __future__ import annotations

from typing import Any

from mock_server.contract.operation import Operation, success_schema
from mock_server.inference.envelopes import component, find_record
from mock_server.inference.graph import Graph, distinct_resources
from mock_server.inference.naming import singular
from mock_server.inference.operations import local_path
from mock_server.inference.references import Resource
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
    name = component(record.schema, contract.schemas) if record is not None else None
    if record is None or name is None:
        return None
    for resource in distinct_resources(graph.resources.values()):
        if resource.parameter is not None and component(resource.item, contract.schemas) == name:
            return resource, _example_key(operation, resource, record.place)
    return None


def _example_key(operation: Operation, resource: Resource, place: str | None) -> Any:
    """The key in the first example of a success; None without one."""
    response = operation.response(operation.success())
    for examples in response.examples.values() if response is not None else ():
        for example in examples.values():
            shown = example.get(place) if place is not None and isinstance(example, dict) else example
            key = shown.get(resource.key) if isinstance(shown, dict) else None
            return key if isinstance(key, str | int) and not isinstance(key, bool) else None
    return None
