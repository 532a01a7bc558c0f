"""Check a behaviour document against its contract: every name in it must exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mock_server.contract.operation import Contract, Operation
from mock_server.errors.dialects import DECLARED, dialects

Problem = tuple[str, str]
"""A dotted path in the document and a message."""

_WITHOUT_COLLECTION = frozenset({"custom", "attach", "detach", "keep", "echo"})
_NEEDS_TARGET = frozenset({"read", "replace", "merge", "delete", "copy", "download"})


def consistency_problems(contract: Contract, document: Mapping[str, Any]) -> list[Problem]:
    """Return the unknown names, missing operations and contradictions of a behaviour document.

    The document need not satisfy its JSON Schema: parts of another type are skipped.
    """
    collections, operations = _mapping(document, "collections"), _mapping(document, "operations")
    is_complete = document.get("complete", document.get("dialect") == DECLARED)
    problems = [*_head_problems(contract, document)]
    for name, collection in collections.items():
        if isinstance(collection, Mapping):
            bound = _bound_members(name, operations)
            problems += _collection_problems(f"collections.{name}", collection, collections, bound)
            if (schema := collection.get("schema")) is not None:
                problems += _unknown(f"collections.{name}.schema", schema, contract.schemas, "schema")
    for id_, operation in operations.items():
        if id_ not in contract.operations:
            problems.append((f"operations.{id_}", "unknown operation" + _allowed(contract.operations)))
        elif isinstance(operation, Mapping):
            problems += _operation_problems(operation, collections, contract.operations[id_])
            if not is_complete:
                problems += _filter_problems(id_, operation, collections)
    if not is_complete:
        problems += _incomplete_problems(operations)
    problems += [(f"operations.{id_}", "is missing") for id_ in contract.operations if id_ not in operations]
    return problems


def _head_problems(contract: Contract, document: Mapping[str, Any]) -> Iterator[Problem]:
    dialect = document.get("dialect")
    if dialect is None:
        yield "", "needs a `dialect`"
    if document.get("contract") != contract.name:
        yield "contract", f"must be {contract.name!r}, the contract beside this file"
    if isinstance(dialect, str):
        yield from _unknown("dialect", dialect, [*dialects(), DECLARED], "dialect")


def _incomplete_problems(operations: Mapping[str, Any]) -> Iterator[Problem]:
    for id_ in operations:
        action = _mapping(operations, id_).get("action")
        if action in {"keep", "echo", "download"}:
            yield f"operations.{id_}.action", f"{action!r} needs `complete: true`"


def _bound_members(name: str, operations: Mapping[str, Any]) -> set[str]:
    """The members of a collection's records that operations bind to values of their paths."""
    own = (each for each in operations.values() if isinstance(each, Mapping))
    return {
        str(member)
        for each in own
        if each.get("collection") == name
        for member in _mapping(each, "binds").values()
    }


def _collection_problems(
    place: str, collection: Mapping[str, Any], collections: Mapping[str, Any], bound: set[str]
) -> Iterator[Problem]:
    """What is wrong in a collection. bound: its members that operations bind to values of their paths."""
    related = {**_mapping(collection, "counts"), **_mapping(collection, "parents")}
    for member, target in related.items():
        key = "parents" if member in _mapping(collection, "parents") else "counts"
        yield from _unknown(f"{place}.{key}.{member}", target, collections, "collection")
    for member in collection.get("within", ()):
        within = [*_mapping(collection, "parents"), *sorted(bound)]
        yield from _unknown(f"{place}.within", member, within, "member of parents or binds")
    for member, reference in _mapping(collection, "references").items():
        target = reference.get("collection") if isinstance(reference, Mapping) else reference
        yield from _unknown(f"{place}.references.{member}", target, collections, "collection")
    for name, relation in _mapping(collection, "relations").items():
        if isinstance(relation, Mapping):
            target = _related(relation)
            yield from _unknown(f"{place}.relations.{name}", target, collections, "collection")
    series = _mapping(collection, "series")
    if "of" in series:
        yield from _unknown(f"{place}.series.of", series["of"], _mapping(collection, "parents"), "parent")
    lifecycle = _mapping(collection, "lifecycle")
    outcomes = _mapping(lifecycle, "outcomes")
    states = [*outcomes, *_list(lifecycle, "stops")]
    for state in _mapping(lifecycle, "writes"):
        yield from _unknown(f"{place}.lifecycle.writes", state, states, "state")
    if outcomes and not any(outcomes.values()):  # nothing could be drawn
        yield f"{place}.lifecycle.outcomes", "at least one outcome needs a weight above 0"
    if "fails" in lifecycle:
        yield from _unknown(f"{place}.lifecycle.fails", lifecycle["fails"], outcomes, "outcome")


def _operation_problems(
    declared: Mapping[str, Any], collections: Mapping[str, Any], operation: Operation
) -> Iterator[Problem]:
    place = f"operations.{operation.id}"
    if "action" not in declared:
        yield place, "needs an `action`"
        return
    if declared.get("page") is not None and "kind" not in _mapping(declared, "page"):
        yield f"{place}.page", "needs a `kind`"
    action, name = declared.get("action"), declared.get("collection")
    scope = _mapping(declared, "scope")
    if name is not None:
        yield from _unknown(f"{place}.collection", name, collections, "collection")
    elif action not in _WITHOUT_COLLECTION:
        yield place, f"action {action!r} needs a collection"
    yield from _path_parameter_problems(place, declared, collections, operation)
    if action in _NEEDS_TARGET and declared.get("target", "path") == "path" and name not in scope.values():
        yield f"{place}.scope", f"action {action!r} needs a path parameter for the key of {name!r}"
    if (header := declared.get("idempotency")) is not None:
        headers = {name.lower() for name in _names(operation, "header")}
        yield from _unknown(f"{place}.idempotency", str(header).lower(), headers, "header")
    for key, parameter in _query_names(declared):
        yield from _unknown(f"{place}.{key}", parameter, _names(operation, "query"), "query parameter")
    collection = _mapping(collections, str(name))
    yield from _path_problems(place, declared, collection, collections)
    yield from _transition_problems(place, declared, collection)
    if _mapping(declared, "page").get("kind") == "cursor" and "order" not in declared:
        # A cursor is a position in an order.
        yield place, "a list with a cursor needs an order"


def _path_parameter_problems(
    place: str, declared: Mapping[str, Any], collections: Mapping[str, Any], operation: Operation
) -> Iterator[Problem]:
    for parameter, target in _mapping(declared, "scope").items():
        yield from _unknown(f"{place}.scope", parameter, _names(operation, "path"), "path parameter")
        yield from _unknown(f"{place}.scope.{parameter}", target, collections, "collection")
    for key in ("binds", "known"):
        for parameter in _mapping(declared, key):
            yield from _unknown(f"{place}.{key}", parameter, _names(operation, "path"), "path parameter")
    yield from _through_problems(place, declared, collections)


def _through_problems(
    place: str, declared: Mapping[str, Any], collections: Mapping[str, Any]
) -> Iterator[Problem]:
    """A list of keys is a member of a relation `listed` of the record that a parameter of the scope names."""
    scope, through = _mapping(declared, "scope"), _mapping(declared, "through")
    if declared.get("action") in {"attach", "detach"} and not through:
        yield place, f"action {declared['action']!r} needs `through`"
    for parameter, member in through.items():
        yield from _unknown(f"{place}.through", parameter, scope, "parameter of scope")
        relations = _mapping(_mapping(collections, str(scope.get(parameter))), "relations")
        lists = [each["by"] for each in relations.values() if isinstance(each, Mapping) and "listed" in each]
        yield from _unknown(f"{place}.through.{parameter}", member, lists, "list of a relation")


_PAGE_QUERIES = ("size", "at", "before", "skip")


def _query_names(declared: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    page = _mapping(declared, "page")
    yield from ((f"page.{key}", page[key]) for key in _PAGE_QUERIES if key in page)
    yield from (("filters", name) for name in _mapping(declared, "filters"))
    yield from (("tolerates", name) for name in _list(declared, "tolerates"))
    if "fields" in declared:
        yield "fields", declared["fields"]
    for key, name in (("sort", "parameter"), ("sort", "direction"), ("include", "parameter")):
        # A lenient include may be asked for by a member of the body.
        is_query = key != "include" or not _mapping(declared, key).get("lenient")
        if is_query and name in _mapping(declared, key):
            yield f"{key}.{name}", _mapping(declared, key)[name]


def _path_problems(
    place: str, declared: Mapping[str, Any], collection: Mapping[str, Any], collections: Mapping[str, Any]
) -> Iterator[Problem]:
    for path in _list(_mapping(declared, "include"), "allow"):
        yield from _relation_problems(f"{place}.include.allow", str(path).split("."), collection, collections)


def _filter_problems(
    id_: str, declared: Mapping[str, Any], collections: Mapping[str, Any]
) -> Iterator[Problem]:
    """Steps of filters that are not relations; in completed records they may be members that are objects."""
    collection = _mapping(collections, str(declared.get("collection")))
    for parameter, value in _mapping(declared, "filters").items():
        path = value.get("member", "") if isinstance(value, Mapping) else value
        *steps, _member = str(path).split(".")
        place = f"operations.{id_}.filters.{parameter}"
        yield from _relation_problems(place, steps, collection, collections)


def _relation_problems(
    place: str, steps: list[str], collection: Mapping[str, Any], collections: Mapping[str, Any]
) -> Iterator[Problem]:
    for step in steps:
        relations = _mapping(collection, "relations")
        yield from _unknown(place, step, relations, "relation")
        if step not in relations:
            return
        collection = _mapping(collections, str(_related(_mapping(relations, step))))


def _transition_problems(
    place: str, declared: Mapping[str, Any], collection: Mapping[str, Any]
) -> Iterator[Problem]:
    if declared.get("action") == "transition":
        stops = _list(_mapping(collection, "lifecycle"), "stops")
        yield from _unknown(f"{place}.to", declared.get("to"), stops, "state a call may reach")


def _related(relation: Mapping[str, Any]) -> Any:
    return relation.get("one", relation.get("many", relation.get("listed")))


def _names(operation: Operation, location: str) -> list[str]:
    return [parameter.name for parameter in operation.parameters if parameter.location == location]


def _unknown(place: str, name: Any, known: Iterable[str], noun: str) -> Iterator[Problem]:
    known = list(known)
    if name not in known:
        yield place, f"no {noun} {name!r}" + _allowed(known)


def _allowed(names: Iterable[str]) -> str:
    return f" (allowed: {', '.join(names) or 'none'})"


def _mapping(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, Mapping) else {}


def _list(parent: Mapping[str, Any], key: str) -> list[Any]:
    value = parent.get(key)
    return value if isinstance(value, list) else []
