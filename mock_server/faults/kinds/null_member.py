"""A contract defect: null where the schema knows none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mock_server.faults.defect import UNFIT, Defect
from mock_server.faults.fault import Declared, Draw
from mock_server.faults.places import Path, at, put


@dataclass(frozen=True, slots=True)
class NullMember(Defect):
    """Puts null in the place of a value; of the whole body only where the pointer says so."""

    kind: ClassVar[str] = "null_member"

    def planted(self, body: Any, path: Path, draw: Draw, declared: Declared) -> Any:  # noqa: ARG002
        whole = not path and self.pointer is None
        return UNFIT if whole or at(body, path) is None else put(body, path, None)
