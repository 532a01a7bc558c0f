"""What an operation tells of itself: its path, its bodies, what it makes and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mock_server.contract.operation import Contract, Operation, Schema

PARAMETER = re.compile(r"\{([^{}]+)\}")
"""A parameter in a path template; its name is the group."""


def local_path(operation: Operation, contract: Contract) -> str:
    """The operation's path without the prefix of the contract."""
    return operation.path.removeprefix(contract.prefix).rstrip("/") or "/"


def emptied(path: str) -> str:
    """A path template whose parameters have no names: two templates that differ in names alone are one."""
    return PARAMETER.sub("{}", path)


def success_schema(operation: Operation) -> Schema | None:
    """The schema of the operation's documented success, None when it has no JSON body."""
    for status in sorted(operation.responses):
        if status.startswith("2"):
            for kind, schema in operation.responses[status].content.items():
                if "json" in kind or kind == "*/*":
                    return schema
    return None


def body_schema(operation: Operation) -> Schema | None:
    """The schema of the operation's body: JSON if it takes it, else a form."""
    content = operation.body.content if operation.body else {}
    for word in ("json", "form", "*/*"):
        for kind, schema in content.items():
            if word in kind:
                return schema
    return None


def put_makes(put: Operation, beside: Iterable[Operation]) -> bool:
    """Whether a PUT on a record makes one that is not there: it says so (201), or nothing else makes the
    records that can be deleted. beside: all operations of the collection."""
    if "201" in put.responses:
        return True
    item = emptied(put.path)
    methods = {operation.method for operation in beside if not emptied(operation.path).startswith(f"{item}/")}
    return "DELETE" in methods and "POST" not in methods


def refuses_unknown(operation: Operation) -> bool:
    """Whether the operation documents a way to say that there is no such record."""
    return bool(operation.responses.keys() & {"404", "410", "default", "4XX", "4xx"})
