"""A contract defect: a value of another JSON type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mock_server.faults.defect import UNFIT, Defect
from mock_server.faults.fault import Declared, Draw
from mock_server.faults.places import Path, at, put


@dataclass(frozen=True, slots=True)
class WrongType(Defect):
    """Numbers, booleans and null become texts, texts numbers, lists objects and objects lists."""

    kind: ClassVar[str] = "wrong_type"

    def planted(self, body: Any, path: Path, draw: Draw, declared: Declared) -> Any:  # noqa: ARG002
        if not path and self.pointer is None:
            return UNFIT
        return put(body, path, _other(at(body, path), draw))


def _other(value: Any, draw: Draw) -> Any:
    if isinstance(value, str):
        return int(draw.fraction("number") * 1000)
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list):
        return {str(number): entry for number, entry in enumerate(value)}
    return {None: "null", True: "true", False: "false"}.get(value, str(value))
