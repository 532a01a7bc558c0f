"""The API reference: drawn in the browser by Scalar, whose one file a Python package brings along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

_SCRIPT = "templates/scalar/js/scalar.standalone.js"


def renderer() -> Path:
    """Where Scalar's script lies."""
    return Path(str(files("flask_openapi_scalar") / _SCRIPT))


def servers(prefix: str, origin: str, worlds: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Every address of a contract at this server, a world each, for requests sent from the reference."""
    return [
        {
            "url": origin + ("" if world["name"] == "default" else f"/~{world['name']}") + prefix,
            "description": f"World {world['name']}",
        }
        for world in worlds
    ]
