"""What the target file says exists: values of path parameters for checks to use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract_tests.target.target_file import ContractTarget
from contract_tests.verdicts import Skipped


class Fixtures:
    """Path values by parameter name, from the tables of the target file. Each lookup raises Skipped when the
    table lacks the name."""

    def __init__(self, target: ContractTarget) -> None:
        self._target = target

    def known(self, name: str) -> Any:
        """A value that exists and may be used."""
        return _value("known", self._target.known, name)

    def neighbour(self, name: str) -> Any:
        """A value of the same parameter beside the known one: changes to the known one may not show here."""
        return _value("neighbour", self._target.neighbour, name)

    def foreign(self, name: str) -> Any:
        """A value that exists and belongs to another owner."""
        return _value("foreign", self._target.foreign, name)

    def empty(self, name: str) -> Any:
        """A value with nothing below it."""
        return _value("empty", self._target.empty, name)


def _value(table: str, values: Mapping[str, Any], name: str) -> Any:
    if name not in values:
        raise Skipped(f"the target names no {table}.{name}")
    return values[name]
