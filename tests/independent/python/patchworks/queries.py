"""Filters, includes, sorts and pages of the list, as spatie/laravel-query-builder reads them."""

import re
from collections.abc import Callable
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request

from tests.independent.python.patchworks.store import Connector, Entity, Store
from tests.independent.python.patchworks.validation import Abort, ValidationFailed
from tests.independent.python.serving import Choices

THROUGH_IMPLEMENTATION = (
    "authenticationType",
    "system",
    "system.logo",
    "system.systemType",
    "endpoints",
    "endpoints.filters",
    "endpoints.endpointSchema",
    "endpoints.system",
    "endpoints.system.logo",
    "endpoints.entityType",
    "endpoints.fieldTags",
    "endpoints.variables",
)
RELATIONS = ("authenticationImplementation", "variables", "certificate")
INCLUDES = {
    *RELATIONS,
    *(f"{relation}_count" for relation in RELATIONS),
    *(f"{relation}Exists" for relation in RELATIONS),
    *(f"authenticationImplementation.{path}" for path in THROUGH_IMPLEMENTATION),
    "certificate.user",
}
FILTERS: dict[str, Callable[[Connector, Store], str | None]] = {
    "canonical_key": lambda connector, _: connector.canonical_key,
    "forSystemTemplate": lambda connector, _: connector.system_template_id,
    "system_template_id": lambda connector, _: connector.system_template_id,
    "system": lambda connector, store: system_of(connector, store)["id"],
    "forSession": lambda connector, _: connector.session_id,
    "platformSession": lambda connector, _: connector.session_id,
}


def system_of(connector: Connector, store: Store) -> Entity:
    return store.implementations[connector.authentication_implementation_id]["relations"]["system"]


def refuse_unknown(kind: str, unknown: list[str], allowed: list[str], choices: Choices) -> None:
    """Raise 400 for names that the query builder does not allow, where they are not ignored."""
    if unknown and choices["unknown_query"] == "400":
        names, valid = ", ".join(unknown), ", ".join(sorted(allowed))
        raise Abort(400, f"Requested {kind}(s) `{names}` are not allowed. Allowed {kind}(s) are `{valid}`.")


def read_includes(query: QueryParams, choices: Choices) -> set[str]:
    requested = [name.strip() for name in query.get("include", "").split(",") if name.strip()]
    refuse_unknown("include", [name for name in requested if name not in INCLUDES], list(INCLUDES), choices)
    return INCLUDES.intersection(requested)


def read_filters(query: QueryParams, choices: Choices) -> dict[str, list[str]]:
    """Return the values of each filter; a connector matches if it has one of them."""
    filters = {}
    for parameter, value in query.multi_items():
        match = re.fullmatch(r"filter\[([^]]*)\]", parameter)
        if match:
            filters[match[1]] = value.split(",")
    refuse_unknown("filter", [name for name in filters if name not in FILTERS], list(FILTERS), choices)
    return {name: values for name, values in filters.items() if name in FILTERS and values != [""]}


def matches(connector: Connector, filters: dict[str, list[str]], store: Store) -> bool:
    for name, values in filters.items():
        actual = FILTERS[name](connector, store) or ""
        if name == "canonical_key" and store.choices["string_filters"] == "partial":
            if not any(value.lower() in actual.lower() for value in values):
                return False
        elif actual not in values:
            return False
    return True


def sort(connectors: list[Connector], query: QueryParams, choices: Choices) -> list[Connector]:
    requested = [name for name in query.get("sort", "").split(",") if name]
    unknown = [name for name in requested if name.lstrip("-") != "name"]
    refuse_unknown("sort", unknown, ["name"], choices)
    for name in reversed(requested):
        if name.lstrip("-") == "name":
            folded = choices["collation"] == "case_insensitive"
            connectors = sorted(
                connectors,
                key=lambda connector: connector.name.casefold() if folded else connector.name,
                reverse=name.startswith("-"),
            )
    return connectors


def read_number(query: QueryParams, name: str, default: int, highest: int, choices: Choices) -> int:
    """Return a positive integer of the query; one out of range is refused or corrected."""
    text = query.get(name)
    if text is None:
        return default
    is_number = re.fullmatch(r"-?\d{1,9}", text) is not None
    if is_number and 1 <= int(text) <= highest:
        return int(text)
    if choices["paging_out_of_range"] == "corrected":
        return highest if is_number and int(text) > highest else default
    label = name.replace("_", " ")
    message = f"The {label} field must be an integer."
    if is_number:
        message = f"The {label} field must be between 1 and {highest}."
    raise ValidationFailed({name: [message]})


def paginate(
    request: Request, items: list[Connector], present: Callable[[Connector], Any], choices: Choices
) -> Any:
    """Return a page of items as one of Laravel's paginators shows it."""
    per_page = read_number(request.query_params, "per_page", int(choices["default_per_page"]), 100, choices)
    page = read_number(request.query_params, "page", 1, 10**9, choices)
    start = (page - 1) * per_page
    data = [present(item) for item in items[start : start + per_page]]
    last_page = max(1, -(-len(items) // per_page))

    def link(number: int) -> str | None:
        exists = 1 <= number <= last_page
        return str(request.url.include_query_params(page=number)) if exists else None

    links = {"first": link(1), "last": link(last_page), "prev": link(page - 1), "next": link(page + 1)}
    meta = {
        "current_page": page,
        "from": start + 1 if data else None,
        "last_page": last_page,
        "path": str(request.url.replace(query="")),
        "per_page": per_page,
        "to": start + len(data) if data else None,
        "total": len(items),
    }
    if choices["pagination"] == "simple":
        del meta["total"], meta["last_page"]
        links["last"] = None
    if choices["pagination"] == "flat":
        return {**meta, "data": data, **{f"{name}_page_url": url for name, url in links.items()}}
    return {"data": data, "links": links, "meta": meta}
