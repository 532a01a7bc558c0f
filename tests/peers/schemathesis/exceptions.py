"""The checks of Schemathesis that contradict a platform: exceptions.yaml, turned into its own settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("exceptions.yaml")


@dataclass(frozen=True, slots=True)
class Allowance:
    """One check that is off for one operation. cites: ids of facts and decisions."""

    contract: str
    operation: str
    check: str
    cites: tuple[str, ...]
    reason: str


def allowances() -> tuple[Allowance, ...]:
    """All entries, in the order of the file."""
    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["exceptions"]
    return tuple(Allowance(**{**entry, "cites": tuple(entry["cites"])}) for entry in entries)


def settings(contract: str, entries: Iterable[Allowance]) -> str:
    """A schemathesis.toml that switches off exactly these checks of this contract, and keeps no cache."""
    lines = ["[cache]", "enabled = false", "", "[generation]", 'database = "none"']
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
