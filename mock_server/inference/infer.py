"""Write the inferred behaviour as a behaviour document, so that it can be printed, corrected and kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.contract.operation import Contract, Operation, body_schema, success_schema
from mock_server.inference import graph as graphs
from mock_server.inference.actions import action_of, is_file, list_of, record_place, resembles, shows_record
from mock_server.inference.collections import bound_members, collection_of, is_file_alone, takes_uploads
from mock_server.inference.envelopes import find_list, find_record, is_record, metadatum, sole_list
from mock_server.inference.graph import Graph
from mock_server.inference.known_values import ShownValues
from mock_server.inference.listings import fields_of, page_of, queries_of
from mock_server.inference.memberships import through
from mock_server.inference.naming import CREATED, STATES, singular
from mock_server.inference.operations import PARAMETER, put_creates, refuses_unknown
from mock_server.inference.own_records import own_target
from mock_server.inference.path_members import answer_bindings, nested_members
from mock_server.inference.references import Attachment, Resource
from mock_server.inference.resources import answers_sole_entry, build
from mock_server.sampling.meanings import normalized
from mock_server.sampling.media import bare_type, is_binary
from mock_server.sampling.new_records import first_state
from mock_server.sampling.shapes import Shape, branches_of, plain_shape

_COPYING = frozenset({"copy", "clone", "duplicate"})
"""Verbs that make a new record of the one in the path."""
_CONTENT = frozenset({"content", "contents", "download", "raw"})
"""Last segments of paths that hold the bytes of a file."""
_OWN_ACTIONS: Mapping[str, str] = {"GET": "read", "PUT": "merge", "PATCH": "merge", "DELETE": "delete"}
_CONFIRMING = frozenset({"deleted", "isdeleted", "success", "ok", "acknowledged", "removed", "archived"})
"""Normalized names of members that are true in the response of a deletion."""


def document(contract: Contract) -> dict[str, Any]:
    """Return the inferred behaviour document of a contract; operations other than CRUD are `custom`."""
    graph, shown = build(contract), ShownValues(contract)
    resources = graphs.distinct_resources(graph.resources.values())
    return {
        "contract": contract.name,
        "dialect": "declared",
        "defaults": {"operations": {"undeclared": "kept"}, "merge": {"nested": True}},
        "collections": {resource.name: collection_of(resource, graph) for resource in resources},
        "operations": {
            operation.id: _operation(operation, graph, shown) for operation in contract.operations.values()
        },
    }


def _operation(operation: Operation, graph: Graph, shown: ShownValues) -> dict[str, Any]:
    attachment = graph.attachments.get(operation.id)
    if attachment is not None:
        return _attaching(operation, attachment, graph)
    acting = _own(operation, graph) or _read_by_member(operation, graph) or _acting(operation, graph)
    known = shown.known(operation, acting)
    return {**acting, **({"known": known} if known else {}), **_stream(operation, graph.contract)}


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
        if named is None or resource.parameter is None or not shows_record(operation, resource, contract):
            continue
        scope = {name: parent.name for name, parent in graph.scope(operation).items()}
        return {
            "action": "read",
            "collection": resource.name,
            "target": "bound",
            **({"scope": scope} if scope else {}),
            "binds": {parameter[1]: named},
            **_envelope(operation, "read", resource, contract),
            **fields_of(operation),
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
    action = action_of(operation, resource, on_item=on_item, graph=graph)
    innermost = next(reversed(scope.values()), None)
    if resource is None and innermost is not None and shows_record(operation, innermost, contract):
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
    declared |= bound_members(operation, resource, graph)
    declared |= _through(operation, declared["action"], graph)
    declared |= queries_of(operation, declared["action"], resource, graph)
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
    shown = next((each for each in answers if shows_record(operation, each, contract)), None)
    if shown is None and resembles(operation, reference.target, contract):
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
    return (is_content or all(map(is_binary, response.content))) and takes_uploads(resource, graph)


def _list_inside(operation: Operation, declared: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    """The pagination of the only list inside a record that is read, and the envelope with what it tells."""
    page = page_of(operation, contract) if declared["action"] == "read" else None
    data = sole_list(success_schema(operation), contract.schemas) if page is not None else None
    if page is None or data is None or data.place is None:
        return {}
    envelope = {**declared.get("envelope", {}), "meta": dict(data.meta)}
    meta = {"envelope": envelope} if data.meta else {}
    return {"page": {**page, "list": data.place}, **meta}


def _is_paged_list(operation: Operation, contract: Contract) -> bool:
    """Whether an operation reads a list page by page."""
    if operation.method != "GET" or page_of(operation, contract) is None:
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
    page = page_of(operation, contract)
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
        is_copy = (
            method == "POST" and normalized(last) in _COPYING and shows_record(operation, resource, contract)
        )
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
        if normalized(name) not in STATES:
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
    return normalized(name) in CREATED and shape.keywords.get("format") == "date-time"


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
    place = record_place(body_schema(operation), resource, contract)
    if action in {"create", "replace", "merge"} and place is not None:
        declared["record"] = place
    if action in {"create", "replace"}:
        initial = _initial_state(resource, contract)
        if initial:
            declared["defaults"] = initial
    if action == "create":
        declared["sent_key"] = _sent_key(operation, resource, graph)
        declared |= _key_from(operation, resource, contract)
        if is_file_alone(operation):
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
    place = record_place(body_schema(operation), resource, contract)
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
    # A member of the record may have another spelling; a file cannot be a key.
    if word in {*map(normalized, members), normalized(resource.key)}:
        return {}
    named = (name for name in sorted(body.required) if normalized(name) == word)
    found = next((name for name in named if not is_file(body.properties.get(name), contract)), None)
    return {} if found is None else {"key_from": found}


def _confirmed(operation: Operation, contract: Contract) -> dict[str, Any]:
    """The members of the response by which a deletion says that it has happened."""
    confirmed: dict[str, Any] = {}
    for name, member in plain_shape(success_schema(operation), contract.schemas).properties.items():
        shape = plain_shape(member, contract.schemas)
        if shape.json_type == "boolean" and normalized(name) in _CONFIRMING:
            confirmed[name] = True
        elif normalized(name) in STATES and "deleted" in shape.keywords.get("enum", ()):
            confirmed[name] = "deleted"
    return confirmed


def _initial_state(resource: Resource, contract: Contract) -> dict[str, Any]:
    """The state of a new record, if its schema lists the states: the default, else the first one."""
    shapes = {
        name: plain_shape(member, contract.schemas)
        for name, member in plain_shape(resource.item, contract.schemas).properties.items()
        if normalized(name) in STATES and name != resource.key
    }
    return {
        name: shape.keywords.get("default", first_state(shape.keywords["enum"]))
        for name, shape in shapes.items()
        if shape.keywords.get("enum")
    }


def _answers_list(operation: Operation, contract: Contract) -> bool:
    return find_list(success_schema(operation), contract.schemas) is not None


def _envelope(operation: Operation, action: str, resource: Resource, contract: Contract) -> dict[str, Any]:
    schema = success_schema(operation)
    if action == "list":
        data = list_of(operation, resource, contract)
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
