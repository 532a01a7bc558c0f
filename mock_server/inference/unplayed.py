"""What of a spec is read over: told at the start, never passed in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mock_server.contract.loading import METHODS
from mock_server.yaml_file import read_yaml


def unplayed(path: Path) -> tuple[str, ...]:
    """A sentence for everything in the file that the mock does not play."""
    document = read_yaml(path)
    return tuple(dict.fromkeys(_of(document))) if isinstance(document, dict) else ()


def _of(document: Mapping[str, Any]) -> Iterator[str]:
    for name in document.get("webhooks") or {}:
        yield f"webhook {name} is never called"
    for name, scheme in ((document.get("components") or {}).get("securitySchemes") or {}).items():
        if isinstance(scheme, dict) and scheme.get("type") == "mutualTLS":
            yield f"security scheme {name}: client certificates are not asked for"
    for template, item in (document.get("paths") or {}).items():
        for method, operation in item.items() if isinstance(item, dict) else ():
            if method in METHODS and isinstance(operation, dict):
                yield from _of_operation(f"{method.upper()} {template}", operation, item)


def _of_operation(place: str, operation: Mapping[str, Any], item: Mapping[str, Any]) -> Iterator[str]:
    for name in operation.get("callbacks") or {}:
        yield f"{place}: callback {name} is never called"
    if operation.get("servers") or item.get("servers"):
        yield f"{place}: servers of its own are overlooked; it is served below the first server of the file"
    for parameter in [*(operation.get("parameters") or ()), *(item.get("parameters") or ())]:
        if isinstance(parameter, dict) and parameter.get("content"):
            yield f"{place}: the content of parameter {parameter.get('name')} is taken as any text"
