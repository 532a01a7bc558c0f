"""A contract defect: a member nobody declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mock_server.faults.defect import UNFIT, Defect
from mock_server.faults.fault import Declared, Draw
from mock_server.faults.places import Path, at, every, put

_NAME = "undeclared_member"


@dataclass(frozen=True, slots=True)
class ExtraMember(Defect):
    """Adds a member to an object: where the contract refuses it, else to the first object there is."""

    kind: ClassVar[str] = "extra_member"

    def planted(self, body: Any, path: Path, draw: Draw, declared: Declared) -> Any:  # noqa: ARG002
        return _added(body, path, draw)

    def otherwise(self, body: Any, draw: Draw) -> Any:
        first = next((path for path, item in every(body) if isinstance(item, dict)), None)
        return UNFIT if first is None else _added(body, first, draw)


def _added(body: Any, path: Path, draw: Draw) -> Any:
    item = at(body, path)
    if not isinstance(item, dict) or _NAME in item:
        return UNFIT
    return put(body, path, {**item, _NAME: int(draw.fraction("value") * 1000)})
