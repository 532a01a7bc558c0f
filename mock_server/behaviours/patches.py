"""Change a record by a merge patch (RFC 7396) or a JSON Patch (RFC 6902)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from mock_server.errors.api_error import ApiError, ErrorCode, Violation, invalid
from mock_server.json_pointer import find, tokens


def merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object changed by a merge patch, nested objects included.

    Unlike in the RFC, null does not remove a member but is stored: an API's records have fixed members, and
    whether null is allowed is checked against the schema.
    """
    result = dict(before)
    for name, value in changes.items():
        inner = result.get(name)
        result[name] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return result


def patched(before: Mapping[str, Any], steps: list[Any]) -> dict[str, Any]:
    """Return a record changed by a JSON Patch.

    What is no step is ignored, and `replace` adds a member that the record lacks, because members without a
    value may be left out of a record. Raises ApiError: CONFLICT for a test that fails, INVALID for a path
    that leads nowhere.
    """
    record: Any = copy.deepcopy(dict(before))
    for number, step in enumerate(steps):
        if isinstance(step, dict) and isinstance(step.get("path"), str) and step.get("op") in _OPERATIONS:
            try:
                record = _applied(record, step)
            except LookupError:
                message = f"{step['op']} {step['path']}: the path leads nowhere"
                raise invalid(Violation("body", (number,), "value", message=message)) from None
    return record if isinstance(record, dict) else dict(before)


_OPERATIONS = frozenset({"add", "replace", "remove", "move", "copy", "test"})


def _applied(record: Any, step: Mapping[str, Any]) -> Any:
    """The record after one step. Raises LookupError for a path that leads nowhere, ApiError as patched()."""
    operation, path = step["op"], step["path"]
    if operation == "test":
        if _value(record, path) != step.get("value"):
            raise ApiError(ErrorCode.CONFLICT, message=f"The value at {path or 'the root'} is another one")
        return record
    value = step.get("value")
    if operation in {"move", "copy"}:
        value = copy.deepcopy(_value(record, str(step.get("from", ""))))
    if operation == "move":
        record = _without(record, str(step.get("from", "")))
    if operation == "remove":
        return _without(record, path)
    return _with(record, path, value, is_new=operation != "replace")


def _value(record: Any, path: str) -> Any:
    found = find(record, path)
    if found is None:
        raise LookupError(path)
    for key in found:
        record = record[key]
    return record


def _around(record: Any, path: str) -> tuple[Any, str]:
    """The object or list that a path's last token is in, and this token."""
    *outer, last = tokens(path)
    return _value(record, path[: path.rindex("/")] if outer else ""), last


def _without(record: Any, path: str) -> Any:
    around, last = _around(record, path)
    _value(record, path)
    del around[int(last) if isinstance(around, list) else last]
    return record


def _with(record: Any, path: str, value: Any, *, is_new: bool) -> Any:
    """The record with a value at a path. is_new: a list gets another entry there instead of a new one."""
    if not path:
        return value
    around, last = _around(record, path)
    if isinstance(around, dict):
        around[last] = value
    elif isinstance(around, list) and is_new and (last == "-" or _is_place(last, len(around) + 1)):
        around.insert(len(around) if last == "-" else int(last), value)
    elif isinstance(around, list) and _is_place(last, len(around)):
        around[int(last)] = value
    else:
        raise LookupError(path)
    return record


def _is_place(token: str, length: int) -> bool:
    return token.isascii() and token.isdecimal() and int(token) < length
