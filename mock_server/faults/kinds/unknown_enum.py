"""A contract defect: a value that is not in the schema's list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mock_server.contract.schema import parts
from mock_server.faults.defect import UNFIT, Defect
from mock_server.faults.fault import Declared, Draw
from mock_server.faults.places import Path, at, put, schema_at


@dataclass(frozen=True, slots=True)
class UnknownEnum(Defect):
    """Puts a text nobody has heard of in the place of one from a list the schema gives."""

    kind: ClassVar[str] = "unknown_enum"

    def planted(self, body: Any, path: Path, draw: Draw, declared: Declared) -> Any:
        if self.pointer is None and not (isinstance(at(body, path), str) and _listed(path, declared)):
            return UNFIT
        return put(body, path, f"unknown_{int(draw.fraction('word') * 10_000):04}")


def _listed(path: Path, declared: Declared) -> bool:
    found = schema_at(declared.schema, path, declared.schemas)
    return found is not None and any("enum" in part for part in parts(found, declared.schemas))
