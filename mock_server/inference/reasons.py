"""The reason of each inferred choice, written as a comment into the behaviour document that is printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.contract.operation import Contract, Operation
from mock_server.sampling.meanings import normalized
from mock_server.yaml_text import write_yaml

_COLLECTION = {
    "created": "a date-time with a usual name",
    "updated": "a date-time with a usual name",
    "parents": "the path of a record contains these keys too",
    "within": "clients choose keys, and every path names the parents or the first part of the key",
    "relations": "a request writes keys, and a response shows the records of that collection",
    "lifecycle": "the states are those of a job that clients start and cannot set",
    "counts": "a number named after the records below",
    "other_keys": "a creation writes it beside the id that the server gives, or a path names it",
    "own_keys": "the records are people, and their keys are text",
    "content": "a form with files creates or changes records",
    "private": "no schema shows it",
}
_IDS = {
    "given": "a request must contain the key, or a PUT names it",
    "integer": "its schema is a number",
    "uuid": "its schema has the format uuid",
    "text": "its schema is a string",
}
_ACTIONS = {
    "list": "the response contains a list of records",
    "read": "the path ends in a key of a record, or the response is that record",
    "create": "the response or the body is a record of the collection",
    "replace": "PUT of a record",
    "merge": "it changes a record",
    "delete": "DELETE",
    "copy": "its path ends in copy, clone or duplicate, and the response is a record",
    "attach": "the body or the path names existing records for a list of the one above",
    "detach": "the opposite of an operation that puts records into a list",
    "download": "the response is bytes, and the collection takes uploads",
    "keep": "the address belongs to no collection; its value is kept",
    "echo": "no collection is known that it acts on; it answers with what was sent",
}
_OPERATION = {
    "scope": "parameters that stand behind the path of a collection",
    "binds": "parameters of the path that are no keys of records, and the members named like them",
    "through": "records of both collections exist on their own, and one lists the other's",
    "record": "the only member of the body, an object",
    "members": "members of the record that a client may set",
    "query_members": "a verb may take its values from the query",
    "sets": "the path ends in a verb that leads to this state",
    "stamps": "a date-time named after this state",
    "defaults": "the default, else the first, of the states in the schema",
    "shows": "members by which a response says that the record was deleted",
    "own_key": "the example of the response has this key",
    "search": "a member of the body with a field, an operator and a value",
    "include": "a parameter with a usual name, and members that are a key or a record",
    "fields": "a parameter with a usual name",
    "key_from": "required, and named like the parameter with the key",
    "stream": "a boolean of the body called stream, and text/event-stream is documented",
    "stream_end": "the description of the member names it",
    "each": "the body is a list of records",
    "sort": "a parameter with a usual name, and the members of the record",
    "tolerates": "an unknown cursor begins the list",
    "order": "a cursor needs an order",
    "unknown_filters": "parameters that the contract does not declare are ignored",
    "status": "the usual status of a deletion, if documented",
}
_VALUES = {
    ("target", "body"): "the path names no record, the body contains its key",
    ("target", "own"): "the path names the caller, and the response is a record of the collection",
    ("target", "bound"): "the parameter of the path is named like a member, and the response is a record",
    ("target", "all"): "the path names no record",
    ("missing", "created"): "it documents 201 or no 404, or nothing else creates records",
    ("missing", "ignored"): "it documents no status for a missing record",
    ("sent_key", "ignored"): "its body has members, and the key is none of them",
    ("sent_key", "unique"): "it documents a status for a conflict",
    ("sent_key", "overwrites"): "it documents no status for a conflict",
}
_COMPARISONS = {
    "equal": "named like the member, or like what it refers to or contains",
    "contains": "a usual name of a search",
}


def commented_yaml(document: Mapping[str, Any], contract: Contract) -> str:
    """Return an inferred document as YAML, with the reason of each choice in a comment before it."""
    sections = {
        "collections": {
            name: _collection_reasons(name, collection, document)
            for name, collection in document["collections"].items()
        },
        "operations": {
            id_: _operation_reasons(declared, contract.operations[id_])
            for id_, declared in document["operations"].items()
        },
    }
    parts = [write_yaml({key: value for key, value in document.items() if key not in sections})]
    for section, reasons in sections.items():
        entries = document[section]
        parts.append(f"{section}:\n" if entries else f"{section}: {{}}\n")
        for name, members in entries.items():
            parts.append(_indented(write_yaml({name: {}}).replace(" {}", ""), 1))
            for key, value in members.items():
                reason = reasons[name].get(key)
                parts.append(f"    # {reason}\n" if reason else "")
                parts.append(_indented(write_yaml({key: value}), 2))
    return "".join(parts)


def _indented(text: str, depth: int) -> str:
    return "".join(f"{'  ' * depth}{line}\n" for line in text.splitlines())


def _collection_reasons(
    name: str, collection: Mapping[str, Any], document: Mapping[str, Any]
) -> dict[str, str]:
    """Member of a collection → why it has this value."""
    reasons = {key: text for key, text in _COLLECTION.items() if key in collection}
    reasons["ids"] = _IDS[collection["ids"]]
    scopes = (declared.get("scope", {}) for declared in document["operations"].values())
    parameters = {parameter for scope in scopes for parameter, other in scope.items() if other == name}
    named = [
        parameter for parameter in parameters if normalized(parameter).endswith(normalized(collection["key"]))
    ]
    usual = "the member with a usual name of a key"
    reasons["key"] = f"named like the parameter {named[0]} of its path" if named else usual
    return reasons


def _operation_reasons(declared: Mapping[str, Any], operation: Operation) -> dict[str, str]:
    """Member of an operation → why it has this value."""
    reasons = {key: text for key, text in _OPERATION.items() if key in declared}
    reasons["action"] = f"{operation.method} {operation.path}: {_ACTIONS[declared['action']]}"
    for (key, value), text in _VALUES.items():
        if declared.get(key) == value:
            reasons[key] = text
    if "page" in declared:
        page = declared["page"]
        names = [page[key] for key in ("size", "at", "before", "skip") if key in page]
        reasons["page"] = f"usual names of parameters: {', '.join(names)}"
    if "envelope" in declared:
        reasons["envelope"] = "members of the response with a usual name, or the only one of their type"
    if "filters" in declared:
        texts = [f"{name}: {_filter_reason(value)}" for name, value in declared["filters"].items()]
        reasons["filters"] = "; ".join(texts)
    return reasons


def _filter_reason(declared: Mapping[str, str]) -> str:
    usual = "a word for a comparison beside the name of the member"
    return _COMPARISONS.get(declared["compare"], usual)
