"""The files and path prefixes of the contracts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).parents[2]
OPENAPI = ROOT / "openapi"
CONTRACTS = ("aimable", "fastapi_platform", "hydracore", "patchworks")
SPECS = (*CONTRACTS, "admin")
"""Every OpenAPI file of ours: the contracts, and the mock's own admin API."""


def spec_of(contract: str) -> Path:
    """The file of a contract."""
    return OPENAPI / f"{contract}.yaml"


def prefix_of(contract: str) -> str:
    """The path prefix of a contract: the path of its first server, without a trailing slash."""
    return urlsplit(str(_read(contract)["servers"][0]["url"])).path.rstrip("/")


def operation_of(contract: str, endpoint: str) -> str:
    """The operationId at a method and path ("GET /v1/things"), or the path's first one if it has no such
    method."""
    method, _, path = endpoint.partition(" ")
    item = _read(contract)["paths"][path]
    ids = {name: one["operationId"] for name, one in item.items() if "operationId" in one}
    return str(ids.get(method.lower(), next(iter(ids.values()))))


@cache
def _read(contract: str) -> Any:
    return yaml.safe_load(spec_of(contract).read_text(encoding="utf-8"))
