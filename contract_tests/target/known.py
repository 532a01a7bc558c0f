"""Ids of things that exist, for the target file: those of a running implementation, else of examples."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx

from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.envelopes import items_in
from contract_tests.openapi.operation import SecurityScheme
from contract_tests.openapi.paths import filled, places
from contract_tests.openapi.resources import Resource, resources_of

_CREDENTIAL: Final = "contract-tests-init"
"""Sent in every scheme: a mock server takes any, and others refuse to list, which leaves the examples."""

_TIMEOUT: Final = 10.0
"""Seconds that a list may take."""


@dataclass(frozen=True, slots=True)
class Known:
    """An id, and where it comes from, in words."""

    value: Any
    origin: str


def documented_ids(contract: Contract) -> dict[str, Known]:
    """The id that examples show for each place, the prefix of a path that the id completes."""
    found: dict[str, Known] = {}
    for operation in contract.operations.values():
        for name, place in operation.places.items():
            parameter = operation.parameter(name, "path")
            for example in parameter.examples[:1] if parameter is not None else ():
                found.setdefault(place, Known(example, f"the example of {name} in {operation.id}"))
    for resource in resources_of(contract).all:
        for value, origin in _in_examples(resource):
            found.setdefault(resource.item, Known(value, origin))
    return {place: known for place, known in found.items() if _is_id(known.value)}


def observed_ids(contract: Contract, base_url: str, documented: Mapping[str, Known]) -> dict[str, Known]:
    """The first id that each list of an implementation shows; lists below a thing are asked for below the
    first one, or below a documented one.

    base_url: where the operations' paths begin. documented: what `documented_ids` found. Raises
    httpx.HTTPError when the implementation cannot be reached.
    """
    found: dict[str, Known] = {}
    with httpx.Client(timeout=_TIMEOUT, trust_env=False) as client:
        for resource in sorted(resources_of(contract).all, key=lambda each: len(each.parents)):
            above = {**documented, **found}
            listing = resource.list
            if listing is None or listing.method != "GET":
                continue
            parents = places(resource.item)
            values = {name: above.get(parents[name]) for name in resource.parents}
            query = _required_query(listing)
            if None in values.values() or query is None:
                continue
            ids = {name: quote(str(each.value), safe="") for name, each in values.items() if each is not None}
            address = base_url + filled(listing.path, ids)
            headers, credential = _credential(contract, listing)
            answer = client.get(address, params={**query, **credential}, headers=headers)
            value = _first_id(resource, _body(answer))
            if _is_id(value):
                shown = urlsplit(address).path
                found[resource.item] = Known(value, f"the first one in the answer to GET {shown}")
    return found


def base_url_of(contract: Contract, url: str) -> str:
    """Where the operations' paths begin, for the address of a mock server or of the API itself: an address
    without a path gets that of the document's first server."""
    plain = url.rstrip("/")
    return plain if urlsplit(plain).path else plain + contract.base_path


def _in_examples(resource: Resource) -> Iterator[tuple[Any, str]]:
    for operation in (resource.list, resource.read, resource.create):
        if operation is None:
            continue
        for status in operation.successes:
            for body in operation.responses[str(status)].bodies.values():
                for name, example in body.examples.items():
                    is_list = operation is resource.list
                    value = _first_id(resource, example) if is_list else resource.new_id(example)
                    label = "the example" if name == "example" else f"the example {name!r}"
                    if value is not None:
                        yield value, f"{label} of {operation.id}"


def _first_id(resource: Resource, body: Any) -> Any:
    records = items_in(body, resource.items_pointer, resource.name) or []
    found = (resource.id_in(record) for record in records)
    return next((value for value in found if value is not None), None)


def _is_id(value: Any) -> bool:
    is_text = isinstance(value, str) and value != "" and value.isprintable()
    return is_text or (isinstance(value, int) and not isinstance(value, bool))


def _body(answer: httpx.Response) -> Any:
    try:
        return answer.json() if answer.is_success else None
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None


def _required_query(operation: Operation) -> dict[str, Any] | None:
    """Values of the required query parameters; None when the document shows none for one of them."""
    query: dict[str, Any] = {}
    for parameter in operation.of("query"):
        if parameter.required:
            flat = parameter.schema.flat
            shown = (*parameter.examples, *([flat["default"]] if "default" in flat else []))
            values = (*shown, *flat.get("enum", ()))
            if not values or isinstance(values[0], dict | list):
                return None
            query[parameter.name] = values[0]
    return query


def _credential(contract: Contract, operation: Operation) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and query values with a credential for the first alternative of an operation."""
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    for name in operation.security[0] if operation.security else ():
        scheme: SecurityScheme | None = contract.schemes.get(name)
        if scheme is None:
            continue
        if scheme.type == "apiKey" and scheme.place == "query":
            query[scheme.name] = _CREDENTIAL
        elif scheme.type == "apiKey" and scheme.place == "cookie":
            headers["Cookie"] = f"{scheme.name}={_CREDENTIAL}"
        elif scheme.type == "apiKey":
            headers[scheme.name] = _CREDENTIAL
        elif scheme.type == "basic":
            basic = httpx.BasicAuth(_CREDENTIAL, _CREDENTIAL)
            request = next(basic.auth_flow(httpx.Request("GET", "http://localhost")))
            headers["Authorization"] = request.headers["Authorization"]
        else:
            headers["Authorization"] = f"Bearer {_CREDENTIAL}"
    return headers, query
