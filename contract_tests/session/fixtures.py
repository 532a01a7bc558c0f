"""What the target file says exists: values of path parameters for checks to use."""

from __future__ import annotations

from typing import Any

from contract_tests.openapi.operation import Operation
from contract_tests.openapi.paths import places, shape
from contract_tests.target.target_file import ContractTarget, Table
from contract_tests.verdicts import Skipped


class Fixtures:
    """Path values from the tables of the target file.

    Each lookup takes a parameter's name and the path it stands in; without a path only what the table has
    under the name alone is found. It raises Skipped when the table lacks the value.

    deleted: what the run deleted though it did not create it, see `instead`.
    """

    def __init__(self, target: ContractTarget, deleted: dict[tuple[str, str], Any] | None = None) -> None:
        self._target = target
        self._deleted = {} if deleted is None else deleted

    def instead(self, place: str, value: Any, other: Any) -> None:
        """From now on another object stands for a known one that the run has deleted.

        place: the path of the objects. other: its id, None where no other is known.
        """
        self._deleted[shape(place), str(value)] = other

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
        return self._named(table, name, path) is not None

    def _values(self, table: Table, operation: Operation) -> dict[str, Any]:
        values = {name: self._named(table, name, operation.path) for name in operation.path_parameters}
        return {name: value for name, value in values.items() if value is not None}

    def _value(self, table: Table, name: str, path: str) -> Any:
        value = self._named(table, name, path)
        if value is None and self._target.named(table, name, path) is not None:
            raise Skipped(f"this run has deleted the known {name}, as may_change permits")
        if value is None:
            place = places(path).get(name, "")
            where = f'{table}.{name}, or {table}."{place}" with {name}' if place else f"{table}.{name}"
            raise Skipped(f"the target names no {where}")
        return value

    def _named(self, table: Table, name: str, path: str) -> Any | None:
        """The value of the table, or what stands for it since it was deleted; None without either."""
        value, place = self._target.named(table, name, path), shape(places(path).get(name, ""))
        while (place, str(value)) in self._deleted:
            value = self._deleted[place, str(value)]
        return value
