"""Values of addresses that belong to no collection: the last one written to each is stored."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Any

from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.handlers.registry import Call
from mock_server.store.protocol import Order

_PARAMETER = re.compile(r"\{([^{}]+)\}")
_BY_ADDRESS = Order("address", lambda stored: stored["address"])


def read(call: Call, *, refused: bool) -> Any:
    """Return the value written to the address of a call, None if there is none.

    Raises ApiError (NOT_FOUND) for a deleted value if it is to be refused.
    """
    stored = call.state.get(_storage(call), _address(call)) or {}
    if refused and stored.get("gone"):
        raise ApiError(ErrorCode.NOT_FOUND)
    return stored.get("value")


def write(call: Call, value: Any) -> Any:
    """Store a value at the address of a call and return it; PATCH merges it with the one before."""
    before = read(call, refused=False) if call.operation.method == "PATCH" else None
    if isinstance(value, dict) and isinstance(before, dict):
        value = {**before, **value}
    _store(call, "value", value)
    return value


def forget(call: Call) -> None:
    """Delete the value at the address of a call."""
    # A mark instead of no entry: a deleted value must not be generated again.
    _store(call, "gone", True)


def forget_below(call: Call) -> None:
    """Delete the values of addresses below that of a deleted record."""
    below = f"{_address(call)}/"
    stored = call.state.select(_storage(call), order=_BY_ADDRESS)
    first = bisect_left(stored, below, key=_BY_ADDRESS.rank)
    for value in stored[first:]:
        if not value["address"].startswith(below):
            return
        call.state.delete(_storage(call), value["address"])


def _store(call: Call, member: str, value: Any) -> None:
    call.state.put(_storage(call), _address(call), {"address": _address(call), member: value})


def _storage(call: Call) -> str:
    # No collection that is inferred from a path is called so.
    return f"{call.operation.contract}/@values"


def _address(call: Call) -> str:
    # Replaced one by one instead of formatted: names of parameters may hold dots, brackets and colons.
    return _PARAMETER.sub(lambda match: str(call.path.get(match[1], match[0])), call.operation.path)
