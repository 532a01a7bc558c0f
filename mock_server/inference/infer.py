"""Write the inferred behaviour as a behaviour document, so that it can be printed, corrected and kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.behaviours.searching import FIELD_NAMES, OPERATOR_NAMES, VALUE_NAMES
from mock_server.contract.operation import Contract, Operation, Parameter, body_schema, success_schema
from mock_server.contract.schema import follow
from mock_server.inference import graph as graphs
from mock_server.inference.envelopes import (
    LocatedSchema,
    component,
    find_list,
    find_record,
    is_record,
    metadatum,
    sole_list,
)
from mock_server.inference.filters import filters
from mock_server.inference.graph import Graph
from mock_server.inference.lifecycles import lifecycle
from mock_server.inference.memberships import through
from mock_server.inference.naming import singular
from mock_server.inference.operations import (
    PARAMETER,
    local_path,
    put_creates,
    refuses_unknown,
    without_parameter_names,
)
from mock_server.inference.own_records import names_people, own_target
from mock_server.inference.path_members import answer_bindings, nested_members, record_bindings
from mock_server.inference.references import Attachment, Resource
from mock_server.inference.resources import answers_sole_entry, build
from mock_server.sampling.meanings import normalized
from mock_server.sampling.media import bare_type, is_binary
from mock_server.sampling.new_records import first_state
from mock_server.sampling.shapes import Shape, branches_of, plain_shape

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
_COPYING = frozenset({"copy", "clone", "duplicate"})
"""Verbs that make a new record of the one in the path."""
_CONTENT = frozenset({"content", "contents", "download", "raw"})
"""Last segments of paths that hold the bytes of a file."""
_TEXT_OFFSET = frozenset({"offset", "skip"})
"""Those that are no time when they are a text."""

_PAGE = frozenset({"page", "pagenumber", "pageno", "p", "pageindex"})
_CURSOR = frozenset(
    {
        "cursor",
        "after",
        "nexttoken",
        "pagetoken",
        "startingafter",
        "continuation",
        "continue",
        "continuationtoken",
        "marker",
        "pagecursor",
        "pageafter",
        "startafter",
        "nextcursor",
        "nextpagetoken",
    }
)
_BEFORE = frozenset({"endingbefore", "before", "endbefore", "beforeid"})
_SORT = frozenset({"sort", "sortby", "orderby", "ordering", "order"})
_DIRECTION = frozenset(
    {"order", "direction", "sortorder", "sortdir", "dir", "sortdirection", "orderdirection"}
)
_STATES = frozenset({"status", "state", "phase", "stage"})
"""Normalized names of members that hold the state of a record."""
_OWN_ACTIONS: Mapping[str, str] = {"GET": "read", "PUT": "merge", "PATCH": "merge", "DELETE": "delete"}
_FIELDS = frozenset({"field", "fields", "select", "only", "attributes", "optfields", "fieldset"})
_EXPANDING = frozenset({"expand", "expands", "expansions", "include", "embed"})
"""Normalized names of parameters with the members that a response is to show as records."""
_CONFIRMING = frozenset({"deleted", "isdeleted", "success", "ok", "acknowledged", "removed", "archived"})
"""Normalized names of members that are true in the response of a deletion."""
_USUAL_SIZE = 20
_BOUND_ACTIONS = frozenset({"list", "read", "create", "replace", "merge", "delete"})


def document(contract: Contract) -> dict[str, Any]:
    """Return the inferred behaviour document of a contract; operations other than CRUD are `custom`."""
    graph = build(contract)
    resources = graphs.distinct_resources(graph.resources.values())
    return {
        "contract": contract.name,
        "dialect": "declared",
        "defaults": {"operations": {"undeclared": "kept"}, "merge": {"nested": True}},
        "collections": {resource.name: _collection(resource, graph) for resource in resources},
        "operations": {
            operation.id: _operation(operation, graph) for operation in contract.operations.values()
        },
    }


def _collection(resource: Resource, graph: Graph) -> dict[str, Any]:
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
    for stamp, names in (("created", _CREATED), ("updated", _UPDATED)):
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
        member for operation in own for member in _binds(operation, resource, graph).get("binds", {}).values()
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
    ending = lifecycle(resource, graph, _STATES)
    if ending is not None:
        declared["lifecycle"] = ending
    counted = _counts(resource, graph)
    if counted:
        declared["counts"] = counted
    if resource.other_keys:
        declared["other_keys"] = list(resource.other_keys)
    if _takes_uploads(resource, graph):
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


def _binds(operation: Operation, resource: Resource, graph: Graph) -> dict[str, Any]:
    """The members of the records that an operation is about that have values of its path."""
    bound = record_bindings(operation, resource, graph) if _is_bound(operation, graph) else {}
    return {"binds": bound} if bound else {}


def _is_bound(operation: Operation, graph: Graph) -> bool:
    """Whether an operation acts on the records that the values of its path belong to."""
    resource, on_item = graph.of(operation)
    if resource is None:
        return False
    action = _action(operation, resource, on_item=on_item, graph=graph)
    return action in _BOUND_ACTIONS


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


def _operation(operation: Operation, graph: Graph) -> dict[str, Any]:
    attachment = graph.attachments.get(operation.id)
    if attachment is not None:
        return _attaching(operation, attachment, graph)
    acting = _own(operation, graph) or _read_by_member(operation, graph) or _acting(operation, graph)
    return {**acting, **_stream(operation, graph.contract)}


def _own(operation: Operation, graph: Graph) -> dict[str, Any] | None:
    """An operation about the caller's own record, whose path has no key; None for others."""
    found = None if graph.scope(operation) else own_target(operation, graph)
    if found is None:
        return None
    resource, key = found
    action = _OWN_ACTIONS[operation.method]
    return {
        "action": action,
        "collection": resource.name,
        "target": "own",
        **({} if key is None else {"own_key": key}),
        **_envelope(operation, action, resource, graph.contract),
        **_details(operation, action, resource, graph),
    }


def _read_by_member(operation: Operation, graph: Graph) -> dict[str, Any] | None:
    """A read of a record by another member than its key: `/find_by_external_id/{external_id}`. Else None.

    The answer is a record, and the last parameter of the path is named like one of its members.
    """
    contract = graph.contract
    parameter = PARAMETER.fullmatch(operation.path.rpartition("/")[2])
    if operation.method != "GET" or parameter is None or graph.of(operation)[0] is not None:
        return None
    for resource in graphs.distinct_resources(graph.resources.values()):
        members = plain_shape(resource.item, contract.schemas).properties
        named = next((name for name in members if normalized(name) == normalized(parameter[1])), None)
        if named is None or resource.parameter is None or not _shows(operation, resource, contract):
            continue
        scope = {name: parent.name for name, parent in graph.scope(operation).items()}
        return {
            "action": "read",
            "collection": resource.name,
            "target": "bound",
            **({"scope": scope} if scope else {}),
            "binds": {parameter[1]: named},
            **_envelope(operation, "read", resource, contract),
            **_fields(operation),
        }
    return None


def _stream(operation: Operation, contract: Contract) -> dict[str, Any]:
    """How a client asks for events, and how they end."""
    response = operation.response(operation.success())
    if response is None or not any(bare_type(each) == "text/event-stream" for each in response.content):
        return {}
    for name, member in plain_shape(body_schema(operation), contract.schemas).properties.items():
        shape = plain_shape(member, contract.schemas)
        if normalized(name) == "stream" and shape.json_type == "boolean":
            is_ended = "[DONE]" in str(shape.keywords.get("description"))
            return {"stream": name, **({"stream_end": "[DONE]"} if is_ended else {})}
    return {}


def _acting(operation: Operation, graph: Graph) -> dict[str, Any]:
    """What an operation does with the state."""
    contract = graph.contract
    resource, on_item = graph.of(operation)
    scope = graph.scope(operation)
    is_record = resource is not None and _names_record(operation, resource, contract)
    if on_item and not is_record and _is_paged_list(operation, contract):
        # `GET /taxonomies/{namespace}` lists what is below a name.
        parents = {parameter: parent.name for parameter, parent in scope.items() if parent is not resource}
        return {**({"scope": parents} if parents else {}), **_value(operation, contract)}
    action = _action(operation, resource, on_item=on_item, graph=graph)
    innermost = next(reversed(scope.values()), None)
    if resource is None and innermost is not None and _shows(operation, innermost, contract):
        resource = innermost
    scope_names = {parameter: parent.name for parameter, parent in scope.items()}
    if resource is None and innermost is not None and _is_download(operation, innermost, graph):
        return {"action": "download", "collection": innermost.name, "scope": scope_names}
    declared: dict[str, Any] = {"action": action}
    if scope:
        declared["scope"] = scope_names
    if resource is None:
        return {**declared, **_value(operation, contract)}
    declared["collection"] = resource.name
    if action == "custom":
        declared |= _special(
            operation,
            resource,
            is_target=any(other is resource for other in scope.values()),
            contract=contract,
        )
    if declared["action"] != "keep":
        declared |= _read_in_list(operation, declared["action"], resource, contract)
        # What an upload creates is listed as the only entry, if the answer is a list.
        if action == "create" and graph.is_upload(operation, resource) and _answers_list(operation, contract):
            declared["each"] = "all"
        shown_as = "list" if declared.get("each") == "all" else declared["action"]
        declared |= _envelope(operation, shown_as, resource, contract)
    declared |= _details(operation, declared["action"], resource, graph)
    declared |= _binds(operation, resource, graph)
    declared |= _through(operation, declared["action"], graph)
    declared |= _queries(operation, declared["action"], resource, graph)
    declared |= _list_inside(operation, declared, contract)
    if declared["action"] in {"keep", "echo"}:
        # The value of an address belongs to no collection.
        del declared["collection"]
    return declared


def _read_in_list(
    operation: Operation, action: str, resource: Resource, contract: Contract
) -> dict[str, Any]:
    """What says that a read answers its record as the only entry of a list."""
    is_listed = action == "read" and answers_sole_entry(operation, resource, contract) is not None
    return {"each": "all"} if is_listed else {}


def _resembles(operation: Operation, resource: Resource, contract: Contract) -> bool:
    """Whether an answer has the key of a resource and another of its members, though another schema."""
    record = find_record(success_schema(operation), contract.schemas, called=singular(resource.name))
    members = plain_shape(resource.item, contract.schemas).properties
    shown = plain_shape(record.schema if record is not None else None, contract.schemas).properties
    return resource.key in shown and len(shown.keys() & members.keys()) > 1


def _through(operation: Operation, action: str, graph: Graph) -> dict[str, Any]:
    """The list of keys in the record above that says which records a nested path shows."""
    found = through(operation, graph) if action in {"list", "read"} else None
    return {} if found is None else {"through": {found[0]: found[1].by}}


def _attaching(operation: Operation, attachment: Attachment, graph: Graph) -> dict[str, Any]:
    """An operation that changes a list of keys; it answers the record in the list, or that with the list."""
    contract, reference = graph.contract, attachment.reference
    scope = {parameter: other.name for parameter, other in graph.scope(operation).items()}
    declared: dict[str, Any] = {
        "action": attachment.action,
        "scope": scope,
        "through": {attachment.parameter: reference.by},
    }
    answers = (reference.target, attachment.holder)
    shown = next((each for each in answers if _shows(operation, each, contract)), None)
    if shown is None and _resembles(operation, reference.target, contract):
        shown = reference.target
    if shown is not None:
        declared |= {"collection": shown.name, **_envelope(operation, "read", shown, contract)}
    if attachment.place is not None:
        declared["record"] = attachment.place
    return {**declared, **({} if attachment.key_from is None else {"key_from": attachment.key_from})}


def _is_download(operation: Operation, resource: Resource, graph: Graph) -> bool:
    """Whether an operation below a record answers with bytes, and its collection takes uploads.

    Some documents describe the bytes as a text in JSON; then the path says that they are the content.
    """
    response = operation.response(operation.success())
    if operation.method != "GET" or response is None or not response.content:
        return False
    schemas = graph.contract.schemas
    is_text = all(plain_shape(each, schemas).json_type == "string" for each in response.content.values())
    is_content = operation.path.rstrip("/").rpartition("/")[2] in _CONTENT and is_text
    return (is_content or all(map(is_binary, response.content))) and _takes_uploads(resource, graph)


def _takes_uploads(resource: Resource, graph: Graph) -> bool:
    own = graph.own(resource)
    bodies = [operation.body.content for operation in own if operation.body is not None]
    is_form = any(bare_type(each) == "multipart/form-data" for content in bodies for each in content)
    return is_form or any(operation.method == "POST" and _is_file_alone(operation) for operation in own)


def _is_file_alone(operation: Operation) -> bool:
    """Whether a body is nothing but the bytes of a file."""
    return operation.body is not None and all(map(is_binary, operation.body.content))


def _list_inside(operation: Operation, declared: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    """The pagination of the only list inside a record that is read, and the envelope with what it tells."""
    page = _page(operation, contract) if declared["action"] == "read" else None
    data = sole_list(success_schema(operation), contract.schemas) if page is not None else None
    if page is None or data is None or data.place is None:
        return {}
    envelope = {**declared.get("envelope", {}), "meta": dict(data.meta)}
    meta = {"envelope": envelope} if data.meta else {}
    return {"page": {**page, "list": data.place}, **meta}


def _is_paged_list(operation: Operation, contract: Contract) -> bool:
    """Whether an operation reads a list page by page."""
    if operation.method != "GET" or _page(operation, contract) is None:
        return False
    listed = find_list(success_schema(operation), contract.schemas)
    return listed is not None and bool(listed.meta)


def _names_record(operation: Operation, resource: Resource, contract: Contract) -> bool:
    """Whether an answer has an object called like a record: its lists are those of the record."""
    of_one = normalized(singular(resource.path.rpartition("/")[2]))
    members = plain_shape(success_schema(operation), contract.schemas).properties
    return any(
        of_one.endswith(normalized(name)) and plain_shape(member, contract.schemas).json_type == "object"
        for name, member in members.items()
    )


def _value(operation: Operation, contract: Contract) -> dict[str, Any]:
    """An operation on an address that belongs to no collection."""
    bound = answer_bindings(operation, contract)
    binds = {"binds": bound} if bound else {}
    if operation.method not in {"GET", "HEAD", "PUT", "PATCH", "DELETE"}:
        return {"action": "echo", **binds}
    missing = {} if refuses_unknown(operation) else {"missing": "ignored"}
    listing = _generated_list(operation, contract) if operation.method == "GET" else {}
    return {"action": "keep", **missing, **binds, **listing}


def _generated_list(operation: Operation, contract: Contract) -> dict[str, Any]:
    """Envelope and pagination of a list of values that belong to no collection; nothing for other answers."""
    last = operation.path.rstrip("/").rpartition("/")[2]
    schema = success_schema(operation)
    page = _page(operation, contract)
    data = find_list(schema, contract.schemas, called=last)
    if data is None and (page is not None or not is_record(schema, contract.schemas)):
        data = sole_list(schema, contract.schemas)
    if data is None or (page is None and not data.meta):
        return {}
    envelope = {"data": data.place, **({"meta": dict(data.meta)} if data.meta else {})}
    return {
        **({} if data.place is None else {"envelope": envelope}),
        **({} if page is None else {"page": page}),
    }


def _creating_several(operation: Operation, resource: Resource, contract: Contract) -> dict[str, Any] | None:
    """An operation that creates a record from each entry of a list; None for a body without one."""
    sent = plain_shape(body_schema(operation), contract.schemas)
    answer = plain_shape(success_schema(operation), contract.schemas)
    if sent.json_type == "array":
        return {"action": "create", "each": "all" if answer.json_type == "array" else "last"}
    batch = graphs.sent_list(operation, resource, contract)
    if batch is None:
        return None
    shows_all = find_list(success_schema(operation), contract.schemas, called=resource.name) is not None
    return {"action": "create", "each": "all" if shows_all else "last", "record": batch[0]}


def _special(
    operation: Operation, resource: Resource, *, is_target: bool, contract: Contract
) -> dict[str, Any]:
    """An operation that is none of the usual ones. is_target: whether its path names a record."""
    method = operation.method
    if is_target:
        if method in {"GET", "HEAD"}:
            return {"action": "read"}
        last = operation.path.rstrip("/").rpartition("/")[2].rpartition(":")[2]
        is_copy = method == "POST" and normalized(last) in _COPYING and _shows(operation, resource, contract)
        return {"action": "copy"} if is_copy else _verb(operation, resource, contract)
    sent = plain_shape(body_schema(operation), contract.schemas)
    if method == "POST" and (several := _creating_several(operation, resource, contract)) is not None:
        return several
    if method in {"PUT", "PATCH"} and sent.json_type in {"object", "any"}:
        missing = {} if refuses_unknown(operation) else {"missing": "created"}
        return {"action": "merge", "target": "body", **missing}
    if method == "DELETE":
        return {"action": "delete", "target": "all"}
    return _value(operation, contract)


def _verb(operation: Operation, resource: Resource, contract: Contract) -> dict[str, Any]:
    """A verb on a record (`/orders/{id}/cancel`): it writes the sent members and the verb's state."""
    members = plain_shape(resource.item, contract.schemas).properties
    shapes = {name: plain_shape(member, contract.schemas) for name, member in members.items()}
    fixed = {resource.key, *resource.parents}
    declared: dict[str, Any] = {
        "action": "merge",
        "members": [
            name
            for name, shape in shapes.items()
            if name not in fixed and shape.keywords.get("readOnly") is not True and not _is_stamp(name, shape)
        ],
        "query_members": True,
    }
    verb = normalized(operation.path.rstrip("/").rpartition("/")[2].rpartition(":")[2])
    for name, shape in shapes.items():
        if normalized(name) not in _STATES:
            continue
        states = [option for option in shape.keywords.get("enum", ()) if isinstance(option, str)]
        state = next((state for state in states if _leads_to(verb, normalized(state))), None)
        if state is None:
            continue
        declared.setdefault("sets", {})[name] = state
        stamps = [other for other in shapes if _is_time_of(other, shapes[other], normalized(state))]
        if stamps:
            declared.setdefault("stamps", []).extend(stamps)
    return declared


def _is_stamp(name: str, shape: Shape) -> bool:
    return normalized(name) in _CREATED and shape.keywords.get("format") == "date-time"


def _is_time_of(name: str, shape: Shape, state: str) -> bool:
    """Whether a member is the timestamp of reaching a state: publishedAt for published."""
    return normalized(name) in {f"{state}at", f"{state}on"} and shape.keywords.get("format") == "date-time"


def _leads_to(verb: str, state: str) -> bool:
    """Whether a verb leads to a state: cancel to cancelled, publish to published, close to closed."""
    # close → clos → closed. A state that only starts like a short verb ("go", "good") is another word.
    stem = verb.rstrip("e")
    return (len(stem) > 2 and state.startswith(stem) and state != verb) or verb == state


def _details(operation: Operation, action: str, resource: Resource, graph: Graph) -> dict[str, Any]:
    """How an operation reads its body, and what it answers."""
    contract = graph.contract
    declared: dict[str, Any] = {}
    place = _record_place(body_schema(operation), resource, contract)
    if action in {"create", "replace", "merge"} and place is not None:
        declared["record"] = place
    if action in {"create", "replace"}:
        initial = _initial_state(resource, contract)
        if initial:
            declared["defaults"] = initial
    if action == "create":
        declared["sent_key"] = _sent_key(operation, resource, graph)
        declared |= _key_from(operation, resource, contract)
        if _is_file_alone(operation):
            # Query parameters say what the file is called.
            members = plain_shape(resource.item, contract.schemas).properties
            queries = (query.name for query in operation.parameters if query.location == "query")
            described = [name for name in queries if name in members]
            declared |= {"members": described, "query_members": True}
    if (
        operation.method == "PUT"
        and action in {"replace", "merge"}
        and put_creates(operation, graph.own(resource))
    ):
        declared["missing"] = "created"
    return declared | _deletion(operation, contract) if action == "delete" else declared


def _sent_key(operation: Operation, resource: Resource, graph: Graph) -> str:
    """What a creation does with a key in its body (see OperationBehaviour.sent_key)."""
    is_elsewhere = nested_members(resource, graph) or _key_from(operation, resource, graph.contract)
    if not is_elsewhere and not _may_send_key(operation, resource, graph.contract):
        return "ignored"
    return "unique" if _refuses_taken(operation, resource, graph) else "overwrites"


def _may_send_key(operation: Operation, resource: Resource, contract: Contract) -> bool:
    """Whether the body of a creation has the record's key, or does not say which members it has."""
    place = _record_place(body_schema(operation), resource, contract)
    sent = plain_shape(body_schema(operation), contract.schemas)
    record = body_schema(operation) if place is None else sent.properties.get(place)
    for branch in branches_of(record, contract.schemas):
        shape = plain_shape(branch, contract.schemas)
        is_open = not shape.properties or shape.keywords.get("additionalProperties", False) is not False
        if is_open or normalized(resource.key) in map(normalized, shape.properties):
            return True
    return False


def _refuses_taken(operation: Operation, resource: Resource, graph: Graph) -> bool:
    """Whether a creation refuses a key that a record has.

    It does if that is documented. Where the client gives the key inside the record (metadata.name) and the
    document describes no refusals, their absence says nothing.
    """
    if operation.responses.keys() & {"409", "default", "4XX", "4xx"}:
        return True
    describes_refusals = any(status[0] == "4" and status != "401" for status in operation.responses)
    return bool(nested_members(resource, graph)) and not describes_refusals


def _deletion(operation: Operation, contract: Contract) -> dict[str, Any]:
    """What a deletion of a missing record does, and what one answers."""
    confirmed = _confirmed(operation, contract)
    documented = [status for status in (204, 200, 202) if str(status) in operation.responses]
    is_other = bool(documented) and documented[0] != operation.success()
    return {
        **({} if refuses_unknown(operation) else {"missing": "ignored"}),
        **({"shows": confirmed} if confirmed else {}),
        **({"status": documented[0]} if is_other else {}),
    }


def _key_from(operation: Operation, resource: Resource, contract: Contract) -> dict[str, str]:
    """The required member of a body that is named like the parameter of the item's path; records have none.

    POST /stores/{id}/files with `file_id` adds the file that GET /stores/{id}/files/{file_id} reads.
    """
    members = plain_shape(resource.item, contract.schemas).properties
    body = plain_shape(body_schema(operation), contract.schemas)
    word = normalized(resource.parameter or "")
    # A member of the record may have another spelling; a file is no key.
    if word in {*map(normalized, members), normalized(resource.key)}:
        return {}
    named = (name for name in sorted(body.required) if normalized(name) == word)
    found = next((name for name in named if not _is_file(body.properties.get(name), contract)), None)
    return {} if found is None else {"key_from": found}


def _confirmed(operation: Operation, contract: Contract) -> dict[str, Any]:
    """The members of the response by which a deletion says that it has happened."""
    confirmed: dict[str, Any] = {}
    for name, member in plain_shape(success_schema(operation), contract.schemas).properties.items():
        shape = plain_shape(member, contract.schemas)
        if shape.json_type == "boolean" and normalized(name) in _CONFIRMING:
            confirmed[name] = True
        elif normalized(name) in _STATES and "deleted" in shape.keywords.get("enum", ()):
            confirmed[name] = "deleted"
    return confirmed


def _record_place(schema: Any, resource: Resource, contract: Contract) -> str | None:
    """The name of the member of a request body that contains the record, None for a body without envelope.

    An envelope is an object with a single member, an object that is required or called "data", unless the
    record has a member of this name itself. Files beside it in a form do not count.
    """
    shape = plain_shape(schema, contract.schemas)
    members = {name: each for name, each in shape.properties.items() if not _is_file(each, contract)}
    if len(members) != 1:
        return None
    name, inner = next(iter(members.items()))
    if name in plain_shape(resource.item, contract.schemas).properties:
        return None
    is_object = plain_shape(inner, contract.schemas).json_type in {"object", "any"}
    return name if is_object and name in shape.required | {"data"} else None


def _is_file(schema: Any, contract: Contract) -> bool:
    """Whether a member of a form is a file."""
    keywords = plain_shape(schema, contract.schemas).keywords
    return keywords.get("format") == "binary" or "contentMediaType" in keywords


def _initial_state(resource: Resource, contract: Contract) -> dict[str, Any]:
    """The state of a new record, if its schema lists the states: the default, else the first one."""
    shapes = {
        name: plain_shape(member, contract.schemas)
        for name, member in plain_shape(resource.item, contract.schemas).properties.items()
        if normalized(name) in _STATES and name != resource.key
    }
    return {
        name: shape.keywords.get("default", first_state(shape.keywords["enum"]))
        for name, shape in shapes.items()
        if shape.keywords.get("enum")
    }


def _requires_nothing(operation: Operation, resource: Resource, contract: Contract) -> bool:
    """Whether the record in the body of an operation requires no member, and so need not be whole.

    One that says what kind of thing it is does not count: {type: incident_reference}.
    """
    place = _record_place(body_schema(operation), resource, contract)
    sent = plain_shape(body_schema(operation), contract.schemas)
    record = sent if place is None else plain_shape(sent.properties.get(place), contract.schemas)
    kinds = {name for name in record.required if _names_kind(name, record, contract)}
    return record.json_type == "object" and bool(record.properties) and record.required <= kinds


def _names_kind(name: str, record: Shape, contract: Contract) -> bool:
    """Whether a member only says what kind of thing an object is, in words of the document."""
    keywords = plain_shape(record.properties.get(name), contract.schemas).keywords
    return normalized(name) == "type" and not {"enum", "const"}.isdisjoint(keywords)


def _action(  # noqa: PLR0911 - one return per kind of operation
    operation: Operation, resource: Resource | None, *, on_item: bool, graph: Graph
) -> str:
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
    shows = _shows(operation, resource, contract) or _resembles(operation, resource, contract)
    is_created = shows or _is_described(operation, resource, contract)
    return "create" if is_nested and is_created else "custom"


def _is_described(operation: Operation, resource: Resource, contract: Contract) -> bool:
    """Whether a body has the key of a record and another of its members, and the answer shows nothing."""
    answer = plain_shape(success_schema(operation), contract.schemas)
    sent = plain_shape(body_schema(operation), contract.schemas).properties.keys()
    members = plain_shape(resource.item, contract.schemas).properties.keys()
    return not answer.properties and resource.key in sent and len(sent & members) > 1


def _answers_list(operation: Operation, contract: Contract) -> bool:
    return find_list(success_schema(operation), contract.schemas) is not None


def _lists_records(operation: Operation, resource: Resource, contract: Contract) -> bool:
    """Whether an operation answers a list of what may be records; a list of texts is none."""
    answer = success_schema(operation)
    if answer is None:
        return True
    listed = _list_of(operation, resource, contract)
    return listed is not None and plain_shape(listed.schema, contract.schemas).json_type in {"object", "any"}


def _list_of(operation: Operation, resource: Resource, contract: Contract) -> LocatedSchema | None:
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


def _shows(operation: Operation, resource: Resource, contract: Contract) -> bool:
    """Whether an operation returns a record of the resource."""
    record = find_record(success_schema(operation), contract.schemas, called=singular(resource.name))
    if record is None:
        return False
    return component(record.schema, contract.schemas) == component(resource.item, contract.schemas)


def _envelope(operation: Operation, action: str, resource: Resource, contract: Contract) -> dict[str, Any]:
    schema = success_schema(operation)
    if action == "list":
        data = _list_of(operation, resource, contract)
    else:
        data = find_record(schema, contract.schemas, called=singular(resource.name))
    envelope: dict[str, Any] = {}
    if data is not None and data.place is not None:
        envelope["data"] = data.place
        if data.meta:
            envelope["meta"] = dict(data.meta)
    headers = _described_headers(operation) if action == "list" else {}
    if headers:
        envelope["headers"] = headers
    return {"envelope": envelope} if envelope else {}


def _described_headers(operation: Operation) -> dict[str, str]:
    """The headers of a response that describe its list, by their usual names."""
    response = operation.response(operation.success())
    names = response.headers if response else ()
    described = {name: metadatum(name.removeprefix("x-")) for name in names}
    return {name: value for name, value in described.items() if value is not None}


def _queries(operation: Operation, action: str, resource: Resource, graph: Graph) -> dict[str, Any]:
    """What the query parameters of an operation say."""
    declared: dict[str, Any] = {}
    if action in {"list", "read", "create", "replace", "merge"}:
        declared = {**_fields(operation), **_expansions(operation, resource, graph)}
    return {**declared, **(_listing(operation, resource, graph) if action == "list" else {})}


def _expansions(operation: Operation, resource: Resource, graph: Graph) -> dict[str, Any]:
    """What names the keys in whose place a response is to show records: a parameter, or a body's member."""
    body = plain_shape(body_schema(operation), graph.contract.schemas).properties
    queries = [parameter.name for parameter in operation.parameters if parameter.location == "query"]
    asked = next((name for name in [*queries, *body] if normalized(name) in _EXPANDING), None)
    members = plain_shape(resource.item, graph.contract.schemas).properties
    references = graph.references.get(resource.name, ())
    expandable = [each.shown for each in references if not each.is_shown and each.shown in members]
    if asked is None or not expandable:
        return {}
    return {"include": {"parameter": asked, "allow": expandable, "lenient": True}}


def _fields(operation: Operation) -> dict[str, Any]:
    """The parameter that names the members which a response is to contain."""
    queries = [parameter for parameter in operation.parameters if parameter.location == "query"]
    found = next((query.name for query in queries if normalized(query.name) in _FIELDS), None)
    return {} if found is None else {"fields": found}


def _listing(operation: Operation, resource: Resource, graph: Graph) -> dict[str, Any]:
    contract = graph.contract
    queries = [parameter for parameter in operation.parameters if parameter.location == "query"]
    page = _page(operation, contract)
    declared: dict[str, Any] = _search(operation, contract)
    if page is not None:
        declared["page"] = page
    members = {normalized(name): name for name in plain_shape(resource.item, contract.schemas).properties}
    used = {page.get(name) for name in ("size", "at", "before", "skip")} if page else set()
    used.add(_fields(operation).get("fields"))
    free = [query for query in queries if query.name not in used]
    # `order` may name a member to sort by or the direction (asc, desc).
    sorts = [
        query for query in free if normalized(query.name) in _SORT and not _is_direction(query, contract)
    ]
    sort = next(iter(sorts), None)
    if sort is not None:
        free.remove(sort)
        allow = {name: name for name in members.values()}
        declared["sort"] = {"parameter": sort.name, "allow": allow, "lenient": True}
        direction = next((query for query in free if normalized(query.name) in _DIRECTION), None)
        if direction is not None:
            declared["sort"]["direction"] = direction.name
    else:
        declared |= _by_creation(free, members, contract)
    found = filters(free, resource, graph)
    if found:
        declared["filters"] = found
        if any("[" in name for name in found):
            declared["unknown_filters"] = "ignored"
    return declared


def _search(operation: Operation, contract: Contract) -> dict[str, str]:
    """The member of a body with a condition, a field that is compared with a value; empty without one."""
    needed = (FIELD_NAMES, OPERATOR_NAMES, VALUE_NAMES)
    for name, member in plain_shape(body_schema(operation), contract.schemas).properties.items():
        for branch in branches_of(member, contract.schemas):
            words = {normalized(each) for each in plain_shape(branch, contract.schemas).properties}
            if all(words & names for names in needed):
                return {"search": name}
    return {}


def _by_creation(free: list[Parameter], members: Mapping[str, str], contract: Contract) -> dict[str, Any]:
    """The sort by the time of creation where a parameter gives a direction alone; empty without one.

    free: the parameters that are left, from which the direction is taken. members: by normalized name.
    """
    direction = next((query for query in free if _is_direction(query, contract)), None)
    created = next((members[name] for name in members if name in _CREATED), None)
    if direction is None or created is None:
        return {}
    free.remove(direction)
    options = plain_shape(direction.schema, contract.schemas).keywords.get("enum", ())
    allow = {str(option): created for option in options}
    return {
        "sort": {"parameter": direction.name, "direction": direction.name, "allow": allow, "lenient": True}
    }


def _is_direction(parameter: Parameter, contract: Contract) -> bool:
    options = plain_shape(parameter.schema, contract.schemas).keywords.get("enum", ())
    return {str(option).lower() for option in options} == {"asc", "desc"}


def _page(operation: Operation, contract: Contract) -> dict[str, Any] | None:
    """The pagination that the usual names of query parameters suggest, or None."""
    queries = [parameter for parameter in operation.parameters if parameter.location == "query"]
    by_name = {normalized(query.name): query for query in reversed(queries)}

    def first_of(names: frozenset[str], *, numeric: bool | None = None) -> Parameter | None:
        matching = [query for name, query in by_name.items() if name in names]
        if numeric is not None:
            matching = [query for query in matching if _is_number(query, contract) == numeric]
        return next(iter(matching), None)

    size = first_of(_SIZE, numeric=True)
    number, offset = first_of(_PAGE, numeric=True), first_of(_OFFSET, numeric=True)
    answer = find_list(success_schema(operation), contract.schemas)
    meta = answer.meta if answer is not None else {}
    common = {**({"size": size.name} if size else {}), **_default(size, meta, operation, contract)}
    names_cursor = "next_cursor" in meta
    # A cursor is text; a number called `after` means something else. A text called `offset` is a token if
    # the answer names the next one, else a number.
    cursor = first_of(_CURSOR, numeric=False)
    if cursor is None and names_cursor and number is None and offset is None:
        cursor = first_of(_TEXT_OFFSET | _PAGE, numeric=False)
    if cursor is not None and (names_cursor or number is None):
        return {**_cursor(cursor, offset, first_of(_BEFORE), meta, operation), **common}
    number = number or (None if offset else first_of(_PAGE))
    if number is not None:
        first = {"first": 0} if _counts_from_zero(number, contract) else {}
        return {"kind": "page", "at": number.name, **first, **common}
    offset = offset or first_of(_TEXT_OFFSET)
    if offset is not None:
        return {"kind": "offset", "at": offset.name, **common}
    return {"kind": "offset", **common} if size else None


def _cursor(
    cursor: Parameter,
    offset: Parameter | None,
    before: Parameter | None,
    meta: Mapping[str, str],
    operation: Operation,
) -> dict[str, Any]:
    """The pagination by a parameter that is a token, or a record's key where no answer names a token."""
    skip = {"skip": offset.name} if offset is not None else {}
    names_next = {"next_cursor", "next", "next_path"} & meta.keys() or "link" in _success_headers(operation)
    if names_next:
        return {"kind": "token", "at": cursor.name, **skip}
    return {"kind": "key", "at": cursor.name, **({"before": before.name} if before else {}), **skip}


def _success_headers(operation: Operation) -> frozenset[str]:
    """The lower-case names of the headers that the success declares."""
    declared = operation.response(operation.success())
    return frozenset(declared.headers) if declared is not None else frozenset()


def _counts_from_zero(number: Parameter, contract: Contract) -> bool:
    """Whether the first page has the number 0: by the default, else the example, else the minimum."""
    keywords = plain_shape(number.schema, contract.schemas).keywords
    for keyword in ("default", "example", "minimum"):
        if isinstance(keywords.get(keyword), int):
            return bool(keywords[keyword] == 0)
    return False


def _is_number(parameter: Parameter, contract: Contract) -> bool:
    return plain_shape(parameter.schema, contract.schemas).json_type in {"integer", "number"}


def _default(
    size: Parameter | None, meta: Mapping[str, str], operation: Operation, contract: Contract
) -> dict[str, int]:
    """The page size for the behaviour document; empty if the contract declares a default itself."""
    resolved = follow(size.schema, contract.schemas) if size else None
    if isinstance(resolved, Mapping) and isinstance(resolved.get("default"), int):
        return {}
    return {"default": _shown_size(meta.get("per_page"), operation) or _USUAL_SIZE}


def _shown_size(place: str | None, operation: Operation) -> int | None:
    """The page size in an example of the answer, or None. place: of the size in the body."""
    declared = operation.response(operation.success())
    if place is None or declared is None:
        return None
    for example in (each for examples in declared.examples.values() for each in examples.values()):
        value = example
        for name in place.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, int) and value > 0:
            return value
    return None
