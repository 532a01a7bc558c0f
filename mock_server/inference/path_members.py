"""Find the members of records and answers that have the values of path parameters."""

from __future__ import annotations

import re

from mock_server.contract.operation import Contract, Operation, success_schema
from mock_server.inference.graph import Graph
from mock_server.inference.naming import singular
from mock_server.inference.operations import PARAMETER, local_path, without_parameter_names
from mock_server.inference.references import Resource, scalar_members
from mock_server.sampling.meanings import normalized
from mock_server.sampling.shapes import plain_shape

_NO_PARENT = frozenset({"version", "apiversion", "locale", "lang", "language", "format"})
"""Normalized names of parameters that choose a variant of the API, not what its records belong to."""


def record_bindings(operation: Operation, resource: Resource, graph: Graph) -> dict[str, str]:
    """Return path parameter → member of the records, for parents that have no endpoint of their own.

    These are the parameters that are no key of a record. A member that the records do not declare is named
    like the parameter. A key is among them where the records have a list of their parents.
    """
    named = graph.scope(operation)
    parents = {
        parameter: graph.reference_to(parent, resource)
        for parameter, parent in named.items()
        if parent is not resource
    }
    listed = {
        parameter: reference.by
        for parameter, reference in parents.items()
        if reference is not None and reference.is_list
    }
    own_key = resource.parameter if graph.of(operation)[1] else None
    return (
        listed
        | _same_collection(operation, resource, graph)
        | {
            parameter: _bound_member(parameter, operation, resource, graph.contract)
            for parameter in PARAMETER.findall(local_path(operation, graph.contract))
            if parameter not in {*named, own_key, resource.first_part}
            and normalized(parameter) not in _NO_PARENT
        }
        | _first_part(operation, resource, graph)
    )


def nested_members(resource: Resource, graph: Graph) -> dict[str, str]:
    """Return hidden member with a key → dotted path at which the records have this key themselves.

    `metadata.name` for /namespaces/{namespace}/pods/{name}, whose pods have no name beside their metadata,
    and `metadata.namespace` for the key of the namespace above.
    """
    schemas = graph.contract.schemas
    members = plain_shape(resource.item, schemas).properties
    word = normalized(resource.parameter or "")
    if not word or resource.key in members or resource.is_compound:
        return {}
    inner = {name: scalar_members(member, graph.contract) for name, member in members.items()}
    holders = [name for name, found in inner.items() if word in found]
    if len(holders) != 1:
        return {}
    holder, found = holders[0], inner[holders[0]]
    nested = {resource.key: f"{holder}.{found[word]}"}
    for operation in graph.own(resource):
        for parameter, parent in graph.scope(operation).items():
            member = next((name for name, other in resource.parents.items() if other is parent), None)
            if member is not None and member not in members and normalized(parameter) in found:
                nested[member] = f"{holder}.{found[normalized(parameter)]}"
    return nested


def _bound_member(parameter: str, operation: Operation, resource: Resource, contract: Contract) -> str:
    """The member of the records with the value of a parameter.

    It has another name where this one is that of an object, or of the key of the records themselves: the `id`
    of /bundles/{id}/invocations is that of the bundle, `bundle_id`.
    """
    declared = plain_shape(resource.item, contract.schemas).properties
    member = scalar_members(resource.item, contract).get(normalized(parameter), parameter)
    if member != resource.key:
        is_object = member == parameter and plain_shape(declared.get(member), contract.schemas).properties
        return f"{parameter}_key" if is_object else member
    above = operation.path.partition(f"/{{{parameter}}}")[0].rpartition("/")[2]
    return f"{singular(above)}_{parameter}" if re.fullmatch(r"\w+", above) else f"parent_{parameter}"


def _first_part(operation: Operation, resource: Resource, graph: Graph) -> dict[str, str]:
    """Path parameter → member with the first part of a compound key.

    It stands before the second part, or names the record below which others are created: /orgs/{org}/repos.
    """
    segments = local_path(operation, graph.contract).split("/")
    if resource.first_part is None:
        return {}
    above = PARAMETER.fullmatch(segments[-2]) if len(segments) > 2 else None
    if above is None:
        return {}
    parent = graph.scope(operation).get(above[1])
    shown = (each for each in graph.references[resource.name] if each.by == resource.first_part)
    is_owner = any(each.target is parent for each in shown)
    is_created = graph.is_created_at(resource, local_path(operation, graph.contract))
    is_item = graph.of(operation)[1]
    return {above[1]: resource.first_part} if is_item or is_owner or is_created else {}


def _same_collection(operation: Operation, resource: Resource, graph: Graph) -> dict[str, str]:
    """Path parameter → member with the key of the record of the same collection: /tasks/{id}/subtasks."""
    _home, on_item = graph.of(operation)
    is_below = without_parameter_names(local_path(operation, graph.contract)) != resource.path
    parent = graph.reference_to(resource, resource)
    if on_item or not is_below or parent is None or parent.is_list:
        return {}
    return {parameter: parent.by for parameter, other in graph.scope(operation).items() if other is resource}


def answer_bindings(operation: Operation, contract: Contract) -> dict[str, str]:
    """Return path parameter → member of the answer with its name.

    The key of what the path names may be called as in a record: petId is the `id` below /pets.
    """
    members = scalar_members(success_schema(operation), contract)
    path = local_path(operation, contract)
    parameters = PARAMETER.findall(path)
    bound = {name: members[normalized(name)] for name in parameters if normalized(name) in members}
    above, _, last = path.rpartition("/")
    key = PARAMETER.fullmatch(last)
    if key is not None and key[1] not in bound:
        word = normalized(key[1])
        own = normalized(singular(above.rpartition("/")[2]))
        usual = [word.removeprefix(own), *(end for end in ("id", "uuid", "sid") if word.endswith(end))]
        member = next((members[name] for name in usual if name in members), None)
        if member is not None and member not in bound.values():
            bound[key[1]] = member
    return bound
