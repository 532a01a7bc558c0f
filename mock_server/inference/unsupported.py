"""The parts of a specification that the mock does not serve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.json_text import is_json
from mock_server.contract.loading import METHODS


def unsupported_parts(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a sentence for each kind of part of a spec that the mock does not serve, with an example."""
    places: dict[str, list[str]] = {}
    for kind, place in _of(document):
        places.setdefault(kind, []).append(place)
    return tuple(f"{_listed(found)} {kind}" for kind, found in places.items())


def _listed(places: list[str]) -> str:
    return places[0] if len(places) == 1 else f"{places[0]} and {len(places) - 1} more:"


def _of(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Kind and place of each part."""
    for name in _members(document, "webhooks"):
        yield "is never called", f"webhook {name}"
    for name, scheme in _members(_object(document.get("components")), "securitySchemes").items():
        if _object(scheme).get("type") == "mutualTLS":
            yield "is not checked: client certificates are not asked for", f"security scheme {name}"
    for template, item in _members(document, "paths").items():
        for method, operation in _object(item).items():
            if method in METHODS:
                yield from _of_operation(f"{method.upper()} {template}", _object(operation), _object(item))


def _of_operation(
    place: str, operation: Mapping[str, Any], item: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    if operation.get("callbacks"):
        yield "has callbacks that are never called", place
    if operation.get("servers") or item.get("servers"):
        yield "has its own `servers`; it is served below the first server of the file", place
    for owner in (operation, item):
        parameters = owner.get("parameters")
        for parameter in parameters if isinstance(parameters, list) else ():
            content = _object(_object(parameter).get("content"))
            if content and not any(map(is_json, content)):
                yield "has a parameter of a media type other than JSON, which is not validated", place


def _members(owner: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _object(owner.get(name))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
