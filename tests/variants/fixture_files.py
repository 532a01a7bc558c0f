"""The fixtures as plain data: seeds and credentials for implementations that are not the mock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a credential stands for.

    scope: path parameter to the values it may use; a parameter not named is not limited.
    """

    name: str
    roles: frozenset[str]
    scope: dict[str, frozenset[str]]

    def may_use(self, parameter: str, value: str) -> bool:
        """Whether this value of this path parameter is within reach."""
        return parameter not in self.scope or value in self.scope[parameter]


def records(contract: str, collection: str) -> list[dict[str, Any]]:
    """The records of one fixture file, in its order."""
    return list(_read(contract, collection)["records"])


def callers(contract: str) -> dict[tuple[str, str], Caller]:
    """Who signs in with which (scheme, credential); those whose credential ran out are left out."""
    found = {}
    for one in _read(contract, "principals")["principals"]:
        if "expires_at" in one and datetime.fromisoformat(one["expires_at"]) < datetime.now(UTC):
            continue
        scope = {name: frozenset(values) for name, values in one.get("scope", {}).items()}
        caller = Caller(one["name"], frozenset(one["roles"]), scope)
        found.update(dict.fromkeys(one["credentials"].items(), caller))
    return found


def _read(contract: str, name: str) -> Any:
    return yaml.safe_load((FIXTURES / contract / f"{name}.yaml").read_text(encoding="utf-8"))
