"""What the target file says exists: values of path parameters for checks to use."""

from __future__ import annotations

from typing import Any

from contract_tests.openapi.operation import Operation
from contract_tests.openapi.paths import places
from contract_tests.target.target_file import ContractTarget, Table
from contract_tests.verdicts import Skipped


class Fixtures:
    """Path values from the tables of the target file.

    Each lookup takes a parameter's name and the path it stands in; without a path only what the table has
    under the name alone is found. It raises Skipped when the table lacks the value.
    """

    def __init__(self, target: ContractTarget) -> None:
        self._target = target

    def known(self, name: str, path: str = "") -> Any:
        """A value that exists and may be used."""
        return self._value("known", name, path)

    def known_values(self, operation: Operation) -> dict[str, Any]:
        """The known values of an operation's path parameters, those that there are."""
        return self._values("known", operation)

    def foreign_values(self, operation: Operation) -> dict[str, Any]:
        """The foreign values of an operation's path parameters, those that there are."""
        return self._values("foreign", operation)

    def neighbour(self, name: str, path: str = "") -> Any:
        """A value of the same parameter beside the known one: changes to the known one may not show here."""
        return self._value("neighbour", name, path)

    def foreign(self, name: str, path: str = "") -> Any:
        """A value that exists and belongs to another owner."""
        return self._value("foreign", name, path)

    def empty(self, name: str, path: str = "") -> Any:
        """A value with nothing below it."""
        return self._value("empty", name, path)

    def has(self, table: Table, name: str, path: str) -> bool:
        """Whether a table has a value for a parameter of a path."""
        return self._target.named(table, name, path) is not None

    def _values(self, table: Table, operation: Operation) -> dict[str, Any]:
        values = {name: self._target.named(table, name, operation.path) for name in operation.path_parameters}
        return {name: value for name, value in values.items() if value is not None}

    def _value(self, table: Table, name: str, path: str) -> Any:
        value = self._target.named(table, name, path)
        if value is None:
            place = places(path).get(name, "")
            where = f'{table}.{name}, or {table}."{place}" with {name}' if place else f"{table}.{name}"
            raise Skipped(f"the target names no {where}")
        return value
