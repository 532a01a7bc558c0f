"""Where the contracts lie, and under which prefix each is served."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).parents[2]
OPENAPI = ROOT / "openapi"
CONTRACTS = ("aimable", "fastapi_platform", "hydracore", "patchworks")


def spec_of(contract: str) -> Path:
    """The file of a contract."""
    return OPENAPI / f"{contract}.yaml"


def prefix_of(contract: str) -> str:
    """What stands before the paths of a contract: the path of its first server, no slash at its end."""
    return urlsplit(str(_read(contract)["servers"][0]["url"])).path.rstrip("/")


def operations_of(contract: str) -> dict[str, str]:
    """The operationIds of a contract, by method and path ("GET /v1/things")."""
    return {
        f"{method.upper()} {path}": operation["operationId"]
        for path, item in _read(contract)["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and "operationId" in operation
    }


@cache
def _read(contract: str) -> Any:
    return yaml.safe_load(spec_of(contract).read_text(encoding="utf-8"))
