"""The catalogue of defects as types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mock_server.yaml_file import read_yaml

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One thing an implementer got wrong. family: the catalogue's class. shows_at: further operations at
    which it naturally comes to light."""

    id: str
    family: str
    contract: str
    operation: str
    kind: str
    says: str
    cites: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    shows_at: tuple[str, ...] = ()


def load(path: Path = HERE / "catalogue.yaml") -> dict[str, Defect]:
    """Every defect by its id, in the order of the file."""
    entries = read_yaml(path)["defects"]
    return {entry["id"]: _defect(entry) for entry in entries}


def _defect(entry: Mapping[str, Any]) -> Defect:
    members = {name: value for name, value in entry.items() if name != "class"}
    members |= {"family": entry["class"], "cites": tuple(entry["cites"])}
    return Defect(**{**members, "shows_at": tuple(entry.get("shows_at", ()))})
