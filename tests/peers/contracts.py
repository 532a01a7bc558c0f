"""Where the contracts lie, and under which prefix each is served."""

from __future__ import annotations

from pathlib import Path
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
    spec = yaml.safe_load(spec_of(contract).read_text(encoding="utf-8"))
    return urlsplit(str(spec["servers"][0]["url"])).path.rstrip("/")
