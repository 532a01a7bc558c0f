"""The checks of Schemathesis that contradict a platform: exceptions.yaml, turned into its own settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("exceptions.yaml")
_TOLD_AS = {
    "negative_data_rejection": "AcceptedNegativeData",
    "positive_data_acceptance": "RejectedPositiveData",
    "unsupported_method": "UnsupportedMethodResponse",
}
"""How Schemathesis' own report calls what a check finds. A check without an entry can have no exception."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """One check that is off for one operation. cites: ids of facts and decisions."""

    contract: str
    operation: str
    check: str
    cites: tuple[str, ...]
    reason: str

    @property
    def finding(self) -> tuple[str, str, str]:
        """What a run finds when the check is on: contract, operationId, kind of failure."""
        return (self.contract, self.operation, _TOLD_AS[self.check])


def allowances() -> tuple[Allowance, ...]:
    """All entries, in the order of the file."""
    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["exceptions"]
    return tuple(Allowance(**{**entry, "cites": tuple(entry["cites"])}) for entry in entries)


def settings(contract: str, entries: Iterable[Allowance]) -> str:
    """A schemathesis.toml that switches off exactly these checks of this contract, and keeps no cache."""
    lines = ["[cache]", "enabled = false", "", "[generation]", 'database = "none"']
    lines += ["", "[output.sanitization]", "enabled = false"]
    for entry in entries:
        if entry.contract == contract:
            lines += [
                "",
                "[[operations]]",
                f'include-operation-id = "{entry.operation}"',
                "[operations.checks]",
                f"{entry.check}.enabled = false",
            ]
    return "\n".join(lines) + "\n"
