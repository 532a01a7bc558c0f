"""What the query parameters of an operation ask for: pages, order, filters, fields, related records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.behaviours.searching import FIELD_NAMES, OPERATOR_NAMES, VALUE_NAMES
from mock_server.contract.operation import Contract, Operation, Parameter, body_schema, success_schema
from mock_server.contract.schema import follow
from mock_server.inference.envelopes import find_list
from mock_server.inference.filters import filters
from mock_server.inference.graph import Graph
from mock_server.inference.naming import CREATED
from mock_server.inference.references import Resource
from mock_server.sampling.meanings import normalized
from mock_server.sampling.shapes import branches_of, plain_shape

_SIZE = frozenset(
    {"limit", "perpage", "pagesize", "size", "maxresults", "take", "top", "count", "first", "pagelimit"}
)
_OFFSET = frozenset({"offset", "skip", "start", "startindex", "pageoffset"})
_TEXT_OFFSET = frozenset({"offset", "skip"})
"""Those of the offsets that are not a time when they are a text."""
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
_FIELDS = frozenset({"field", "fields", "select", "only", "attributes", "optfields", "fieldset"})
_EXPANDING = frozenset({"expand", "expands", "expansions", "include", "embed"})
"""Normalized names of parameters with the members that a response is to show as records."""
_USUAL_SIZE = 20


def queries_of(operation: Operation, action: str, resource: Resource, graph: Graph) -> dict[str, Any]:
    """What the query parameters of an operation say."""
    declared: dict[str, Any] = {}
    if action in {"list", "read", "create", "replace", "merge"}:
        declared = {**fields_of(operation), **_expansions(operation, resource, graph)}
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


def fields_of(operation: Operation) -> dict[str, Any]:
    """The parameter that names the members which a response is to contain."""
    queries = [parameter for parameter in operation.parameters if parameter.location == "query"]
    found = next((query.name for query in queries if normalized(query.name) in _FIELDS), None)
    return {} if found is None else {"fields": found}


def _listing(operation: Operation, resource: Resource, graph: Graph) -> dict[str, Any]:
    contract = graph.contract
    queries = [parameter for parameter in operation.parameters if parameter.location == "query"]
    page = page_of(operation, contract)
    declared: dict[str, Any] = _search(operation, contract)
    if page is not None:
        declared["page"] = page
    members = {normalized(name): name for name in plain_shape(resource.item, contract.schemas).properties}
    used = {page.get(name) for name in ("size", "at", "before", "skip")} if page else set()
    used.add(fields_of(operation).get("fields"))
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
    created = next((members[name] for name in members if name in CREATED), None)
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


def page_of(operation: Operation, contract: Contract) -> dict[str, Any] | None:
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
