"""A contract defect: a member that the schema requires is not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mock_server.faults.defect import UNFIT, Defect
from mock_server.faults.fault import Declared, Draw
from mock_server.faults.places import Path, drop


@dataclass(frozen=True, slots=True)
class MissingMember(Defect):
    """Takes a member out, or an entry where the pointer names one."""

    kind: ClassVar[str] = "missing_member"

    def planted(self, body: Any, path: Path, draw: Draw, declared: Declared) -> Any:  # noqa: ARG002
        return drop(body, path) if path else UNFIT
