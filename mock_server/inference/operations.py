"""Properties of a single operation: path, schemas of its bodies, what it creates and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mock_server.contract.operation import Contract, Operation

PARAMETER = re.compile(r"\{([^{}]+)\}")
"""A parameter in a path template; its name is the group."""

_FORMAT = re.compile(r"\.(json|xml|yaml|\{_?format\})$")
"""The ending of a path that names the format of the response."""


def local_path(operation: Operation, contract: Contract) -> str:
    """Return the operation's path without the contract's prefix and the format's suffix."""
    path = operation.path.removeprefix(contract.prefix).rstrip("/")
    return _FORMAT.sub("", path) or "/"


def without_parameter_names(path: str) -> str:
    """Return a path template with `{}` for each parameter, equal for templates that differ only in names."""
    return PARAMETER.sub("{}", path)


def put_creates(put: Operation, beside: Iterable[Operation]) -> bool:
    """Whether a PUT creates the record if it does not exist.

    It does if it documents 201, or if records can be deleted but nothing else creates them, unless it
    documents that the record may be missing: below others its 404 may speak of them. beside: all operations
    of the collection.
    """
    if "201" in put.responses:
        return True
    if "404" in put.responses and len(PARAMETER.findall(put.path)) == 1:
        return False
    item = without_parameter_names(put.path)
    methods = {
        operation.method
        for operation in beside
        if not without_parameter_names(operation.path).startswith(f"{item}/")
    }
    return "DELETE" in methods and "POST" not in methods


def refuses_unknown(operation: Operation) -> bool:
    """Whether the operation documents a response for a record that does not exist."""
    return bool(operation.responses.keys() & {"404", "410", "default", "4XX", "4xx"})
