"""Which action an operation takes on the records of a resource: list, read, create, change or another."""

from __future__ import annotations

from typing import Any

from mock_server.contract.operation import Contract, Operation, body_schema, success_schema
from mock_server.inference import graph as graphs
from mock_server.inference.envelopes import LocatedSchema, component, find_list, find_record, sole_list
from mock_server.inference.graph import Graph
from mock_server.inference.naming import singular
from mock_server.inference.operations import local_path, without_parameter_names
from mock_server.inference.references import Resource
from mock_server.sampling.meanings import normalized
from mock_server.sampling.shapes import Shape, plain_shape

_BOUND_ACTIONS = frozenset({"list", "read", "create", "replace", "merge", "delete"})


def action_of(  # noqa: PLR0911 - one return per kind of operation
    operation: Operation, resource: Resource | None, *, on_item: bool, graph: Graph
) -> str:
    """The action as a behaviour document names it; `custom` for what is none of the usual ones.

    on_item: whether the operation is on one record of the resource rather than on all.
    """
    contract = graph.contract
    if resource is None:
        return "custom"
    if on_item:
        put = "merge" if _requires_nothing(operation, resource, contract) else "replace"
        actions = {"GET": "read", "PUT": put, "PATCH": "merge", "DELETE": "delete"}
        return actions.get(operation.method, "custom")
    if operation.method == "GET":
        return "list" if _lists_records(operation, resource, contract) else "custom"
    if graph.is_list_by_post(operation, resource):
        return "list"
    sent = plain_shape(body_schema(operation), contract.schemas)
    if (
        operation.method != "POST"
        or sent.json_type == "array"
        or graphs.sent_list(operation, resource, contract)
    ):
        return "custom"
    is_own_path = resource.path == without_parameter_names(local_path(operation, contract))
    if is_own_path or graph.is_upload(operation, resource):
        return "create"
    # A collection that is shared with a nested path: /owners/{id}/pets creates a pet if it returns one.
    last = local_path(operation, contract).rpartition("/")[2]
    is_nested = bool(resource.parents) or last == resource.path.rpartition("/")[2]
    shows = shows_record(operation, resource, contract) or resembles(operation, resource, contract)
    is_created = shows or _is_described(operation, resource, contract)
    return "create" if is_nested and is_created else "custom"


def is_bound(operation: Operation, graph: Graph) -> bool:
    """Whether an operation acts on the records that the values of its path belong to."""
    resource, on_item = graph.of(operation)
    if resource is None:
        return False
    action = action_of(operation, resource, on_item=on_item, graph=graph)
    return action in _BOUND_ACTIONS


def resembles(operation: Operation, resource: Resource, contract: Contract) -> bool:
    """Whether an answer has the key of a resource and another of its members, though another schema."""
    record = find_record(success_schema(operation), contract.schemas, called=singular(resource.name))
    members = plain_shape(resource.item, contract.schemas).properties
    shown = plain_shape(record.schema if record is not None else None, contract.schemas).properties
    return resource.key in shown and len(shown.keys() & members.keys()) > 1


def record_place(schema: Any, resource: Resource, contract: Contract) -> str | None:
    """The name of the member of a request body that contains the record, None for a body without envelope.

    An envelope is an object with a single member, an object that is required or called "data", unless the
    record has a member of this name itself. Files beside it in a form do not count.
    """
    shape = plain_shape(schema, contract.schemas)
    members = {name: each for name, each in shape.properties.items() if not is_file(each, contract)}
    if len(members) != 1:
        return None
    name, inner = next(iter(members.items()))
    if name in plain_shape(resource.item, contract.schemas).properties:
        return None
    is_object = plain_shape(inner, contract.schemas).json_type in {"object", "any"}
    return name if is_object and name in shape.required | {"data"} else None


def is_file(schema: Any, contract: Contract) -> bool:
    """Whether a member of a form is a file."""
    keywords = plain_shape(schema, contract.schemas).keywords
    return keywords.get("format") == "binary" or "contentMediaType" in keywords


def _requires_nothing(operation: Operation, resource: Resource, contract: Contract) -> bool:
    """Whether the record in the body of an operation requires no member, and so need not be whole.

    One that says what kind of thing it is does not count: {type: incident_reference}.
    """
    place = record_place(body_schema(operation), resource, contract)
    sent = plain_shape(body_schema(operation), contract.schemas)
    record = sent if place is None else plain_shape(sent.properties.get(place), contract.schemas)
    kinds = {name for name in record.required if _names_kind(name, record, contract)}
    return record.json_type == "object" and bool(record.properties) and record.required <= kinds


def _names_kind(name: str, record: Shape, contract: Contract) -> bool:
    """Whether a member only says what kind of thing an object is, in words of the document."""
    keywords = plain_shape(record.properties.get(name), contract.schemas).keywords
    return normalized(name) == "type" and not {"enum", "const"}.isdisjoint(keywords)


def _is_described(operation: Operation, resource: Resource, contract: Contract) -> bool:
    """Whether a body has the key of a record and another of its members, and the answer shows nothing."""
    answer = plain_shape(success_schema(operation), contract.schemas)
    sent = plain_shape(body_schema(operation), contract.schemas).properties.keys()
    members = plain_shape(resource.item, contract.schemas).properties.keys()
    return not answer.properties and resource.key in sent and len(sent & members) > 1


def _lists_records(operation: Operation, resource: Resource, contract: Contract) -> bool:
    """Whether an operation answers a list of what may be records; a list of texts is none."""
    answer = success_schema(operation)
    if answer is None:
        return True
    listed = list_of(operation, resource, contract)
    return listed is not None and plain_shape(listed.schema, contract.schemas).json_type in {"object", "any"}


def list_of(operation: Operation, resource: Resource, contract: Contract) -> LocatedSchema | None:
    """The list in an answer: one called like the path or the collection, else the only one of its records."""
    schema, schemas = success_schema(operation), contract.schemas
    last = operation.path.rstrip("/").rpartition("/")[2]
    for called in (last, resource.name):
        found = find_list(schema, schemas, called=called)
        if found is not None:
            return found
    sole, record = sole_list(schema, schemas), component(resource.item, schemas)
    is_of_records = sole is not None and record is not None and component(sole.schema, schemas) == record
    return sole if is_of_records else None


def shows_record(operation: Operation, resource: Resource, contract: Contract) -> bool:
    """Whether an operation returns a record of the resource."""
    record = find_record(success_schema(operation), contract.schemas, called=singular(resource.name))
    if record is None:
        return False
    return component(record.schema, contract.schemas) == component(resource.item, contract.schemas)
