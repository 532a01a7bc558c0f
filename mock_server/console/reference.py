"""The API reference: rendered in the browser by Scalar, whose script is in the package
flask_openapi_scalar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

_SCRIPT = "templates/scalar/js/scalar.standalone.js"


def renderer() -> Path:
    """The path of Scalar's script."""
    return Path(str(files("flask_openapi_scalar") / _SCRIPT))


def servers(prefix: str, origin: str, worlds: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The URLs of a contract in each world, for requests sent from the reference. prefix: of the contract."""
    return [
        {
            "url": origin + ("" if world["name"] == "default" else f"/~{world['name']}") + prefix,
            "description": f"World {world['name']}",
        }
        for world in worlds
    ]
