"""Find operations that put existing records into a list of another record, or take them out of it.

POST /contacts/{id}/tags with the `id` of a tag, POST /tasks/{id}/addTag, DELETE /contacts/{id}/tags/{tag_id}.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from mock_server.contract.operation import Contract, Operation, body_schema
from mock_server.inference.graph import Graph
from mock_server.inference.naming import singular
from mock_server.inference.operations import local_path, without_parameter_names
from mock_server.inference.references import Attachment, FoundReference, Resource
from mock_server.sampling.meanings import normalized
from mock_server.sampling.shapes import Shape, plain_shape

_VERB = re.compile(
    r"(?P<verb>add|attach|assign|link|remove|detach|unassign|unlink)[_-]?(?P<what>\w{2,})", re.I
)
"""The last segment of a path that puts something into a list or takes it out: addTag, remove_members."""
_TAKING = frozenset({"remove", "detach", "unassign", "unlink"})


def note_attachments(graph: Graph) -> None:
    """Note the attachments of a graph's operations, and the lists of keys that no record shows."""
    for operation in graph.contract.operations.values():
        found = _attached(operation, graph)
        if found is not None:
            graph.attachments[operation.id] = found
    for operation in graph.contract.operations.values():
        if operation.method == "DELETE" and (taken := _detached(operation, graph)) is not None:
            graph.attachments[operation.id] = taken


def through(operation: Operation, graph: Graph) -> tuple[str, FoundReference] | None:
    """Return the parameter and the list by which the records of a nested path belong to the one above them.

    None where their creation below it says so.
    """
    resource, on_item = graph.of(operation)
    found = None if resource is None else _holder(operation, resource, graph)
    if resource is None or found is None or operation.method != "GET":
        return None
    parameter, holder = found
    reference = graph.list_of(holder, resource)
    if reference is None or (on_item and reference.is_shown):
        return None
    path = without_parameter_names(operation.path)
    collection = path.removesuffix("/{}") if on_item else path
    creating = (
        each
        for each in graph.contract.operations.values()
        if each.method == "POST" and without_parameter_names(each.path) == collection
    )
    return None if any(each.id not in graph.attachments for each in creating) else (parameter, reference)


def _holder(operation: Operation, resource: Resource, graph: Graph) -> tuple[str, Resource] | None:
    """The innermost record in a path above those of a collection that also has a path of its own."""
    if without_parameter_names(local_path(operation, graph.contract)).startswith(resource.path):
        return None
    above = [(name, other) for name, other in graph.scope(operation).items() if other is not resource]
    return above[-1] if above else None


def _attached(operation: Operation, graph: Graph) -> Attachment | None:
    resource, on_item = graph.of(operation)
    if operation.method == "POST" and resource is None:
        return _by_verb(operation, graph)
    found = None if resource is None else _holder(operation, resource, graph)
    if resource is None or found is None or not _creates(resource, graph):
        return None
    parameter, holder = found
    if operation.method == "PUT" and on_item and operation.body is None:
        return Attachment("attach", parameter, holder, _list_of(holder, resource, graph))
    place, sent = _sent(operation, graph.contract)
    named = _member_with_key(sent, resource, graph.contract)
    if operation.method != "POST" or on_item or named is None:
        return None
    reference = _list_of(holder, resource, graph)
    return Attachment("attach", parameter, holder, reference, named, place)


def _member_with_key(sent: Shape, resource: Resource, contract: Contract) -> str | None:
    """The member of a body with the key of an existing record; None where the body describes a new one."""
    named = _member_named(sent, _key_words(resource))
    if named is None or not (named in sent.required or len(sent.properties) == 1):
        return None
    own = {normalized(name) for name in plain_shape(resource.item, contract.schemas).properties}
    described = own.intersection(normalized(name) for name in sent.properties if name != named)
    return None if described else named


def _by_verb(operation: Operation, graph: Graph) -> Attachment | None:
    last = operation.path.rstrip("/").rpartition("/")[2].rpartition(":")[2]
    match, scope = _VERB.fullmatch(last), graph.scope(operation)
    if match is None or not scope:
        return None
    parameter, holder = next(reversed(scope.items()))
    word = _of_one(match["what"])
    reference = _named_list(word, holder, graph)
    place, sent = _sent(operation, graph.contract)
    named = _member_named(sent, frozenset({word, f"{word}id", f"{word}ids"}))
    if reference is None or named is None:
        return None
    action: Literal["attach", "detach"] = "detach" if match["verb"].lower() in _TAKING else "attach"
    return Attachment(action, parameter, holder, reference, named, place)


def _named_list(word: str, holder: Resource, graph: Graph) -> FoundReference | None:
    """The list of a collection's records that is called by a word in the singular."""
    for reference in graph.references.get(holder.name, ()):
        if reference.is_list and _of_one(reference.shown) == word:
            return reference
    for resource in graph.distinct():
        if resource.parameter is not None and _of_one(resource.path.rpartition("/")[2]) == word:
            return _list_of(holder, resource, graph)
    return None


def _detached(operation: Operation, graph: Graph) -> Attachment | None:
    """The opposite of an attachment: DELETE of the record at the nested path."""
    resource, on_item = graph.of(operation)
    found = _holder(operation, resource, graph) if resource is not None and on_item else None
    if resource is None or found is None:
        return None
    parameter, holder = found
    pairs = ((each.holder, each.reference) for each in graph.attachments.values())
    reference = next((ref for other, ref in pairs if other is holder and ref.target is resource), None)
    return None if reference is None else Attachment("detach", parameter, holder, reference)


def _creates(resource: Resource, graph: Graph) -> bool:
    """Whether records of a collection are created at its own path."""
    paths = (
        without_parameter_names(local_path(operation, graph.contract))
        for operation in graph.own(resource)
        if operation.method == "POST"
    )
    return resource.path in paths


def _list_of(holder: Resource, resource: Resource, graph: Graph) -> FoundReference:
    """The list of a collection's records in those of another; a hidden one is made where none is shown."""
    reference = graph.list_of(holder, resource)
    if reference is None:
        name = f"{singular(resource.name)}_keys"
        reference = FoundReference(name, name, resource, is_list=True, is_shown=False)
        graph.references.setdefault(holder.name, []).append(reference)
    return reference


def _sent(operation: Operation, contract: Contract) -> tuple[str | None, Shape]:
    """The members of a body, and the member around them."""
    sent = plain_shape(body_schema(operation), contract.schemas)
    if len(sent.properties) == 1:
        name, member = next(iter(sent.properties.items()))
        inner = plain_shape(member, contract.schemas)
        if inner.json_type == "object" and inner.properties:
            return name, inner
    return None, sent


def _member_named(sent: Shape, words: frozenset[str]) -> str | None:
    return next(_named(sent.properties, words), None)


def _named(members: Mapping[str, object], words: frozenset[str]) -> Iterator[str]:
    return (name for name in members if normalized(name) in words or _of_one(name) in words)


def _key_words(resource: Resource) -> frozenset[str]:
    """The normalized names of a member with the key of a record."""
    word = _of_one(resource.name)
    last = _of_one(resource.path.rpartition("/")[2])
    return frozenset(
        {normalized(resource.key), normalized(resource.parameter or ""), f"{word}id", f"{last}id"} - {""}
    )


def _of_one(name: str) -> str:
    return normalized(singular(name))
