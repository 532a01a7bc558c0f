"""The inferred behaviour written as a behaviour document: the form people declare behaviour in, so that it
can be printed, corrected and kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.contract.operation import Contract, Operation, Parameter
from mock_server.contract.schema import follow
from mock_server.inference import graph as graphs
from mock_server.inference.envelopes import component, find_list, find_record, normalized, plain_shape
from mock_server.inference.graph import Graph, Resource
from mock_server.inference.naming import singular
from mock_server.inference.operations import (
    body_schema,
    local_path,
    put_creates,
    success_schema,
    without_parameter_names,
)

_CREATED = frozenset(
    {
        "createdat",
        "created",
        "createdon",
        "datecreated",
        "creationdate",
        "createdate",
        "createddate",
        "creationtime",
    }
)
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
_SIZE = frozenset(
    {"limit", "perpage", "pagesize", "size", "maxresults", "take", "top", "count", "first", "pagelimit"}
)
_OFFSET = frozenset({"offset", "skip", "start", "startindex", "pageoffset"})
_PAGE = frozenset({"page", "pagenumber", "pageno", "p", "pageindex"})
_CURSOR = frozenset(
    {
        "cursor",
        "after",
        "nexttoken",
        "pagetoken",
        "startingafter",
        "continuation",
        "continuationtoken",
        "marker",
        "pagecursor",
        "pageafter",
    }
)
_SORT = frozenset({"sort", "sortby", "orderby", "ordering", "order"})
_USUAL_SIZE = 20


def document(contract: Contract) -> dict[str, Any]:
    """The behaviour document inferred for a contract, with every operation; what is no CRUD is `custom`."""
    graph = graphs.build(contract)
    resources = graphs.distinct_resources(graph.resources)
    return {
        "contract": contract.name,
        "dialect": "declared",
        "collections": {one.name: _collection(one, graph) for one in resources},
        "operations": {
            operation.id: _operation(operation, graph) for operation in contract.operations.values()
        },
    }


def _collection(resource: Resource, graph: Graph) -> dict[str, Any]:
    contract = graph.contract
    own = [operation for operation in contract.operations.values() if graph.of(operation)[0] is resource]
    by_put = any(one.method == "PUT" and graph.of(one)[1] and put_creates(one, own) for one in own)
    ids = _ids(resource, contract)
    members = plain_shape(resource.item, contract.schemas).properties
    declared: dict[str, Any] = {
        "called": singular(resource.name).replace("_", " ").capitalize(),
        "key": resource.key,
        "ids": "given" if by_put and ids == "text" else ids,
    }
    for stamp, names in (("created", _CREATED), ("updated", _UPDATED)):
        for name, member in members.items():
            shape = plain_shape(member, contract.schemas)
            if normalized(name) in names and shape.keywords.get("format") == "date-time":
                declared.setdefault(stamp, name)
    if resource.parents:
        declared["parents"] = {member: parent.name for member, parent in resource.parents.items()}
        if (by_put or ids == "given") and _always_below(resource, graph):
            declared["within"] = list(resource.parents)
    private = [name for name in (resource.key, *resource.parents) if members and name not in members]
    if private:
        declared["private"] = private
    return declared


def _always_below(resource: Resource, graph: Graph) -> bool:
    """Whether no path leads to the collection that leaves out a record it belongs to."""
    for operation in graph.contract.operations.values():
        scope = list(graph.scope(operation).values())
        about = resource in scope or graph.of(operation)[0] is resource
        if about and any(parent not in scope for parent in resource.parents.values()):
            return False
    return True


def _ids(resource: Resource, contract: Contract) -> str:
    """How a new record gets its key: by the request that must bring it, else as its schema says."""
    for operation in contract.operations.values():
        path = without_parameter_names(local_path(operation, contract))
        if operation.method == "POST" and path == resource.path:
            record_schema = find_record(
                body_schema(operation), contract.schemas, called=singular(resource.name)
            )
            sent = plain_shape(record_schema.schema if record_schema else None, contract.schemas)
            member = sent.properties.get(resource.key)
            shape = plain_shape(member, contract.schemas)
            if resource.key in sent.required and shape.keywords.get("readOnly") is not True:
                return "given"
    member = plain_shape(resource.item, contract.schemas).properties.get(resource.key)
    shape = plain_shape(
        member if member is not None else _parameter_schema(resource, contract), contract.schemas
    )
    if shape.json_type in {"integer", "number"}:
        return "integer"
    return "uuid" if shape.keywords.get("format") == "uuid" else "text"


def _parameter_schema(resource: Resource, contract: Contract) -> Any:
    for operation in contract.operations.values():
        path = without_parameter_names(local_path(operation, contract))
        if path.startswith(f"{resource.path}/{{}}"):
            for parameter in operation.parameters:
                if parameter.location == "path" and parameter.name == resource.parameter:
                    return parameter.schema
    return None


def _operation(operation: Operation, graph: Graph) -> dict[str, Any]:
    contract = graph.contract
    resource, on_item = graph.of(operation)
    scope = graph.scope(operation)
    action = _action(operation, resource, on_item=on_item, contract=contract)
    innermost = next(reversed(scope.values()), None)
    if resource is None and innermost is not None and _shows(operation, innermost, contract):
        resource = innermost
    declared: dict[str, Any] = {"action": action}
    if resource is not None:
        declared["collection"] = resource.name
    if scope:
        declared["scope"] = {parameter: parent.name for parameter, parent in scope.items()}
    if resource is not None:
        declared |= _envelope(operation, declared["action"], resource, contract)
    if declared["action"] == "list" and resource is not None:
        declared |= _listing(operation, resource, contract)
    return declared


def _action(operation: Operation, resource: Resource | None, *, on_item: bool, contract: Contract) -> str:
    if resource is None:
        return "custom"
    if on_item:
        actions = {"GET": "read", "PUT": "replace", "PATCH": "merge", "DELETE": "delete"}
        return actions.get(operation.method, "custom")
    if operation.method == "GET":
        listed = find_list(success_schema(operation), contract.schemas, called=resource.name)
        return "list" if listed is not None else "custom"
    sent = plain_shape(body_schema(operation), contract.schemas)
    if operation.method == "POST" and resource.path == without_parameter_names(
        local_path(operation, contract)
    ):
        return "custom" if sent.json_type == "array" else "create"
    nested = operation.method == "POST" and resource.parents and sent.json_type != "array"
    return "create" if nested and _shows(operation, resource, contract) else "custom"


def _shows(operation: Operation, resource: Resource, contract: Contract) -> bool:
    record_schema = find_record(success_schema(operation), contract.schemas, called=singular(resource.name))
    return record_schema is not None and component(record_schema.schema, contract.schemas) == component(
        resource.item, contract.schemas
    )


def _envelope(operation: Operation, action: str, resource: Resource, contract: Contract) -> dict[str, Any]:
    schema = success_schema(operation)
    if action == "list":
        last = operation.path.rstrip("/").rpartition("/")[2]
        data = find_list(schema, contract.schemas, called=last)
    else:
        data = find_record(schema, contract.schemas, called=singular(resource.name))
    if data is None or data.place is None:
        return {}
    return {"envelope": {"data": data.place, **({"meta": dict(data.meta)} if data.meta else {})}}


def _listing(operation: Operation, resource: Resource, contract: Contract) -> dict[str, Any]:
    queries = [parameter for parameter in operation.parameters if parameter.location == "query"]
    page = _page(queries, contract)
    declared: dict[str, Any] = {}
    if page is not None:
        declared["page"] = page
        if page["kind"] == "cursor":
            declared["order"] = resource.key
    members = {normalized(name): name for name in plain_shape(resource.item, contract.schemas).properties}
    used = {page.get("size"), page.get("at")} if page else set()
    free = [query for query in queries if query.name not in used]
    sort = next(
        (one for one in free if normalized(one.name) in _SORT and not _is_direction(one, contract)), None
    )
    if sort is not None:
        declared["sort"] = {"parameter": sort.name, "allow": {name: name for name in members.values()}}
    filters = {
        one.name: members[_filtered(one.name)]
        for one in free
        if one is not sort and _filtered(one.name) in members
    }
    if filters:
        declared["filters"] = filters
    return declared


def _filtered(name: str) -> str:
    """The word of the member a query parameter filters by: `filter[status]` and `status` alike."""
    return normalized(name.removeprefix("filter[").removesuffix("]").removesuffix("[]"))


def _is_direction(parameter: Parameter, contract: Contract) -> bool:
    options = plain_shape(parameter.schema, contract.schemas).keywords.get("enum", ())
    return {str(option).lower() for option in options} == {"asc", "desc"}


def _page(queries: list[Parameter], contract: Contract) -> dict[str, Any] | None:
    by_word = {normalized(query.name): query for query in reversed(queries)}

    def named(names: frozenset[str]) -> Parameter | None:
        return next((one for word, one in by_word.items() if word in names), None)

    size = named(_SIZE)
    size = size if size is not None and _is_whole(size, contract) else None
    declared: dict[str, Any] = {"size": size.name} if size else {}
    for kind, names in (("cursor", _CURSOR), ("page", _PAGE), ("offset", _OFFSET)):
        at = named(names)
        if at is not None and (kind == "cursor") != _is_whole(at, contract):
            return {"kind": kind, **declared, "at": at.name, **_default(size, contract)}
    return {"kind": "offset", **declared, **_default(size, contract)} if size else None


def _is_whole(parameter: Parameter, contract: Contract) -> bool:
    return plain_shape(parameter.schema, contract.schemas).json_type in {"integer", "number"}


def _default(size: Parameter | None, contract: Contract) -> dict[str, int]:
    resolved = follow(size.schema, contract.schemas) if size else None
    known = isinstance(resolved, Mapping) and isinstance(resolved.get("default"), int)
    return {} if known else {"default": _USUAL_SIZE}
