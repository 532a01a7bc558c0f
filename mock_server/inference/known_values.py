"""The values in the path of an address without a collection that exist: those that the document shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mock_server.contract.operation import Contract, Operation, Parameter
from mock_server.inference.example_records import example_records
from mock_server.inference.operations import PARAMETER
from mock_server.sampling.shapes import plain_shape

_MISSING = frozenset({"404", "410"})
"""Statuses of an address that does not exist. `default` may speak of anything."""


@dataclass(frozen=True)
class ShownValues:
    """The values of path parameters that a document shows, by the name of the parameter."""

    contract: Contract

    def known(self, operation: Operation, declared: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Return path parameter → the values that exist, for an address of whose values some are missing.

        declared: the inferred behaviour of the operation. A parameter of which the document shows no value
        may have any.
        """
        is_address = declared["action"] in {"keep", "echo"} and not self._makes(operation)
        if not is_address or not self._refuses(operation):
            return {}
        named = {*declared.get("scope", ()), *declared.get("binds", ())}
        free = [name for name in PARAMETER.findall(operation.path) if name not in named]
        return {name: values for name in free if (values := self._of(name))}

    def _makes(self, operation: Operation) -> bool:
        """Whether an operation may make what the path names: a POST where a GET reads it, else a PUT."""
        beside = self._beside[operation.path]
        if operation.method == "POST":
            return "GET" in beside
        return operation.method in {"PUT", "PATCH"} and "POST" not in beside

    def _refuses(self, operation: Operation) -> bool:
        """Whether an operation documents that its address may be missing: itself, or by the response of
        errors in general where a read of the address does."""
        read = self._beside[operation.path].get("GET")
        is_read_missing = read is not None and bool(read.responses.keys() & _MISSING)
        is_general = "default" in operation.responses and is_read_missing
        return bool(operation.responses.keys() & _MISSING) or is_general

    @cached_property
    def _beside(self) -> Mapping[str, Mapping[str, Operation]]:
        """The operations by path and method."""
        found: dict[str, dict[str, Operation]] = {}
        for operation in self.contract.operations.values():
            found.setdefault(operation.path, {})[operation.method] = operation
        return found

    def _of(self, parameter: str) -> list[Any]:
        """The values of a parameter, and those beside them in lists: a member of listed records that shows
        one of its values shows others, too."""
        own = self._own.get(parameter, [])
        beside = (column for column in self._columns if not set(own).isdisjoint(column))
        return list(dict.fromkeys([*own, *(value for column in beside for value in column)]))

    @cached_property
    def _own(self) -> Mapping[str, list[Any]]:
        """The examples and defaults of path parameters."""
        found: dict[str, list[Any]] = {}
        for operation in self.contract.operations.values():
            for parameter in operation.parameters:
                if parameter.location == "path":
                    found.setdefault(parameter.name, []).extend(self._shown_by(parameter))
        return found

    def _shown_by(self, parameter: Parameter) -> Iterator[Any]:
        keywords = plain_shape(parameter.schema, self.contract.schemas).keywords
        shown = (parameter.example, keywords.get("default"), *keywords.get("enum", ()))
        yield from (value for value in shown if _may_name(value))

    @cached_property
    def _columns(self) -> list[list[Any]]:
        """The values of each member of the records in the example of a list."""
        columns: list[list[Any]] = []
        for operation in self.contract.operations.values():
            by_member: dict[str, list[Any]] = {}
            for record in example_records(operation, self.contract) if operation.method == "GET" else ():
                for member, value in record.items():
                    if _may_name(value):
                        by_member.setdefault(member, []).append(value)
            columns += by_member.values()
        return columns


def _may_name(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
