"""What a behaviour document says of the collection of a resource: keys, parents, times, relations, counts."""

from __future__ import annotations

from typing import Any

from mock_server.contract.operation import Operation, body_schema, success_schema
from mock_server.inference import graph as graphs
from mock_server.inference.actions import is_bound
from mock_server.inference.envelopes import find_record
from mock_server.inference.graph import Graph
from mock_server.inference.lifecycles import lifecycle
from mock_server.inference.naming import CREATED, STATES, singular
from mock_server.inference.operations import PARAMETER, local_path, put_creates, without_parameter_names
from mock_server.inference.own_records import names_people
from mock_server.inference.path_members import nested_members, record_bindings
from mock_server.inference.references import Resource
from mock_server.sampling.meanings import normalized
from mock_server.sampling.media import bare_type, is_binary
from mock_server.sampling.shapes import plain_shape

_UPDATED = frozenset(
    {
        "updatedat",
        "updated",
        "updatedon",
        "modifiedat",
        "lastmodified",
        "modified",
        "dateupdated",
        "lastupdated",
        "updateddate",
    }
)


def collection_of(resource: Resource, graph: Graph) -> dict[str, Any]:
    """The entry of a resource under `collections`."""
    contract = graph.contract
    own = graph.own(resource)
    item_puts = [
        operation for operation in own if operation.method == "PUT" and _is_on_item(operation, graph)
    ]
    created_by_put = any(put_creates(operation, own) for operation in item_puts)
    ids = _ids(resource, graph)
    members = plain_shape(resource.item, contract.schemas).properties
    declared: dict[str, Any] = {
        **({"own_keys": ["me"]} if ids == "text" and names_people(resource) else {}),
        "called": singular(resource.name).replace("_", " ").capitalize(),
        "key": resource.key,
        # A string key in the path of a PUT that creates records is the client's choice.
        "ids": "given" if created_by_put and ids == "text" else ids,
    }
    for stamp, names in (("created", CREATED), ("updated", _UPDATED)):
        for name, member in members.items():
            shape = plain_shape(member, contract.schemas)
            if normalized(name) in names and shape.keywords.get("format") == "date-time":
                declared.setdefault(stamp, name)
    places = nested_members(resource, graph)
    if places:
        declared["places"] = places
    if resource.parents:
        declared["parents"] = {member: parent.name for member, parent in resource.parents.items()}
        # Clients of different parents may choose the same key.
        if (created_by_put or ids == "given" or places) and _always_below(resource, graph):
            declared["within"] = list(resource.parents)
    if resource.is_compound and (first_parts := _first_parts(resource, graph)):
        declared["within"] = first_parts
    # What the spec does not declare must not appear in replies.
    # Where no operation says what it returns, the key is shown: clients need it.
    is_shown = any(success_schema(operation) is not None for operation in own)
    hidden = (resource.key, *resource.parents) if is_shown else tuple(resource.parents)
    bound = {
        member
        for operation in own
        for member in bound_members(operation, resource, graph).get("binds", {}).values()
    }
    declared |= _keeping(resource, graph)
    relations = graph.references.get(resource.name, [])
    if relations:
        declared["relations"] = {
            each.shown: {
                "listed" if each.is_list else "one": each.target.name,
                "by": each.by,
                "shown": each.shown,
                "always": each.is_shown,
            }
            for each in relations
        }
    hidden = tuple(dict.fromkeys([*hidden, *(each.by for each in relations), *sorted(bound)]))
    private = [name for name in hidden if members and name not in members]
    if private:
        declared["private"] = private
    return declared


def _first_parts(resource: Resource, graph: Graph) -> list[str]:
    """The members of a compound key's records within which its second part is unique."""
    if resource.first_part is not None:
        return [resource.first_part]
    own = graph.own(resource)
    bound = {each for operation in own for each in record_bindings(operation, resource, graph).values()}
    return sorted(bound & plain_shape(resource.item, graph.contract.schemas).properties.keys())


def _keeping(resource: Resource, graph: Graph) -> dict[str, Any]:
    """How records of a collection end, and what else they are found by and keep."""
    declared: dict[str, Any] = {}
    members = plain_shape(resource.item, graph.contract.schemas).properties
    ending = lifecycle(resource, graph, STATES)
    if ending is not None:
        declared["lifecycle"] = ending
    counted = _counts(resource, graph)
    if counted:
        declared["counts"] = counted
    if resource.other_keys:
        declared["other_keys"] = list(resource.other_keys)
    if takes_uploads(resource, graph):
        declared["content"] = "content" if "content" not in members else "uploaded_content"
    return declared


def _counts(resource: Resource, graph: Graph) -> dict[str, str]:
    """The numbers by which a record counts those below it: comments_count, numComments, totalComments."""
    below = [
        other
        for other in graphs.distinct_resources(graph.resources.values())
        if any(parent is resource for parent in other.parents.values())
    ]
    schemas, counts = graph.contract.schemas, {}
    for name, member in plain_shape(resource.item, schemas).properties.items() if below else ():
        shape = plain_shape(member, schemas)
        for other in below if shape.json_type == "integer" else ():
            last = normalized(other.path.rpartition("/")[2])
            of_one = normalized(singular(other.path.rpartition("/")[2]))
            usual = (f"{last}count", f"{of_one}count", f"num{last}", f"numberof{last}", f"total{last}")
            if normalized(name) in usual:
                counts[name] = other.name
    return counts


def bound_members(operation: Operation, resource: Resource, graph: Graph) -> dict[str, Any]:
    """The members of the records that an operation is about that have values of its path."""
    bound = record_bindings(operation, resource, graph) if is_bound(operation, graph) else {}
    return {"binds": bound} if bound else {}


def _is_on_item(operation: Operation, graph: Graph) -> bool:
    _resource, on_item = graph.of(operation)
    return on_item


def _always_below(resource: Resource, graph: Graph) -> bool:
    """Whether every path to the collection contains the keys of all its parents, or lists those below any."""
    for operation in graph.about(resource):
        if operation.method == "GET" and not PARAMETER.search(operation.path):
            continue
        above = {id(other) for other in graph.scope(operation).values()}
        if any(id(parent) not in above for parent in resource.parents.values()):
            return False
    return True


def _ids(resource: Resource, graph: Graph) -> str:
    """How a new record gets its key (see Collection.ids): "given" if requests must contain it."""
    contract = graph.contract
    for operation in graph.own(resource):
        path = without_parameter_names(local_path(operation, contract))
        if operation.method == "POST" and path == resource.path:
            record_schema = find_record(
                body_schema(operation), contract.schemas, called=singular(resource.name)
            )
            sent = plain_shape(record_schema.schema if record_schema else None, contract.schemas)
            key = normalized(resource.key)
            name = next((each for each in sent.properties if normalized(each) == key), resource.key)
            shape = plain_shape(sent.properties.get(name), contract.schemas)
            if name in sent.required and shape.keywords.get("readOnly") is not True:
                return "given"
    member = plain_shape(resource.item, contract.schemas).properties.get(resource.key)
    shape = plain_shape(
        member if member is not None else _parameter_schema(resource, graph), contract.schemas
    )
    if shape.json_type in {"integer", "number"}:
        return "integer"
    return "uuid" if shape.keywords.get("format") == "uuid" else "text"


def _parameter_schema(resource: Resource, graph: Graph) -> Any:
    for operation in graph.about(resource):
        path = without_parameter_names(local_path(operation, graph.contract))
        if path.startswith(f"{resource.path}/{{}}"):
            for parameter in operation.parameters:
                if parameter.location == "path" and parameter.name == resource.parameter:
                    return parameter.schema
    return None


def takes_uploads(resource: Resource, graph: Graph) -> bool:
    own = graph.own(resource)
    bodies = [operation.body.content for operation in own if operation.body is not None]
    is_form = any(bare_type(each) == "multipart/form-data" for content in bodies for each in content)
    return is_form or any(operation.method == "POST" and is_file_alone(operation) for operation in own)


def is_file_alone(operation: Operation) -> bool:
    """Whether a body is nothing but the bytes of a file."""
    return operation.body is not None and all(map(is_binary, operation.body.content))
